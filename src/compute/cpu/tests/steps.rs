//! All steps but convolutions.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::super::super::program::{
    Activation, Combine, Deviation, MapRows, Maps, Multiply, Normalise, Over, Pairing, Plan,
    Resample, Resampling, RowRule, Rows, Scale, Step, Table, reference,
};
use super::super::Engine;
use super::{compare, compare_within, place, random, view};

#[test]
fn scaling_agrees() {
    for channels in [1, 5, 16, 40] {
        let mut arena = 0;
        let x = place(&mut arena, [2, channels, 7, 5], 3);
        let y = place(&mut arena, [2, channels, 7, 5], 1);
        let table = |first: usize, image_stride: usize| Table {
            first: arena + first,
            image_stride,
        };
        let step = Scale {
            x,
            y,
            scale: table(0, 0),
            shift: table(channels, channels),
            then: Activation::Leaky(0.1),
        };
        compare("scale", arena + 3 * channels, Step::Scale(step));
    }
}

#[test]
fn normalisation_agrees() {
    for (index, channels) in [1, 3, 16, 40].into_iter().enumerate() {
        for over in [Over::Plane, Over::Image] {
            for deviation in [Deviation::Biased(1e-5), Deviation::Unbiased(1e-5)] {
                let mut arena = 0;
                let x = place(&mut arena, [2, channels, 9, 11], index);
                let y = place(&mut arena, [2, channels, 9, 11], 1);
                let plus = (index % 2 == 0).then(|| place(&mut arena, [2, channels, 9, 11], 0));
                let table = |first: usize| Table {
                    first: arena + first,
                    image_stride: channels * (index % 2),
                };
                let step = Normalise {
                    x,
                    y,
                    over,
                    deviation,
                    affine: (index > 0).then(|| (table(0), table(2 * channels))),
                    plus,
                    then: Activation::Leaky(0.0),
                };
                compare("normalise", arena + 4 * channels, Step::Normalise(step));
            }
        }
    }
}

#[test]
fn a_large_mean_does_not_eat_the_variance() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let samples: Vec<f32> = random(&mut rng, 64 * 64)
        .iter()
        .map(|x| 1000.0 + x)
        .collect();
    let [x, y] = [0, 4096].map(|first| Maps::dense(first, [1, 1, 64, 64]));
    let step = Step::Normalise(Normalise {
        x,
        y,
        over: Over::Plane,
        deviation: Deviation::Biased(1e-5),
        affine: None,
        plus: None,
        then: Activation::Nothing,
    });
    let plan = Plan {
        arena: 8192,
        inputs: vec![0..4096],
        outputs: vec![4096..8192],
        steps: vec![step],
        ..Plan::default()
    };
    let expected = reference::run(&plan, &[&samples]);
    let mut engine = Engine::new(plan, 2).unwrap();
    engine.run(&[&samples], &mut |_| Ok(())).unwrap();
    for (result, expected) in engine.output(0).iter().zip(&expected[0]) {
        assert!((result - expected).abs() < 1e-3, "{result}, not {expected}");
    }
}

#[test]
fn rules_for_rows_agree() {
    for width in [1, 5, 17, 200] {
        for rule in [RowRule::Softmax, RowRule::SparseSoftmax { top: 5 }] {
            let x = Rows {
                first: 3,
                rows: 7,
                width,
                row_stride: width + 2,
            };
            let y = Rows {
                first: 10 * (width + 2),
                row_stride: width + 5,
                ..x
            };
            let arena = 20 * (width + 5);
            let step = Step::MapRows(MapRows { x, y, rule });
            // What is left of a few samples' softmax after the threshold is a difference of two.
            compare_within(&format!("{rule:?} {width}"), arena, step, 1e-4);
        }
    }
}

#[test]
fn products_agree() {
    let plain = [5, 4, 3, 2, 1, 0];
    let turned = [4, 5, 2, 3, 1, 0];
    for [rows, depth, columns] in [[3, 5, 7], [17, 16, 33], [1, 40, 5], [25, 8, 70]] {
        for orders in [[plain; 3], [plain, turned, plain], [turned, plain, turned]] {
            let [a, b, y] = [[rows, depth], [depth, columns], [rows, columns]]
                .map(|[height, width]| [1, 1, 2, 3, height, width]);
            let size = |dims: [usize; 6]| dims.iter().product::<usize>();
            let step = Multiply {
                a: view(0, a, orders[0]),
                b: view(size(a), b, orders[1]),
                y: view(size(a) + size(b), y, orders[2]),
            };
            let arena = size(a) + size(b) + size(y);
            compare("multiply", arena, Step::Multiply(step));
        }
    }
}

#[test]
fn combinations_agree() {
    let dims = [1, 2, 3, 5, 4, 3];
    let orders = [[5, 4, 3, 2, 1, 0], [3, 5, 4, 2, 1, 0], [0, 1, 2, 3, 4, 5]];
    let pairings = [
        Pairing::First,
        Pairing::Add,
        Pairing::Subtract,
        Pairing::Multiply,
    ];
    for (index, order) in orders.into_iter().enumerate() {
        for (turn, pairing) in pairings.into_iter().enumerate() {
            let mut b = view(1000, dims, orders[(index + turn) % 3]);
            if turn % 2 == 1 {
                b.strides[2] = 0;
                b.strides[5] = 0;
            }
            let step = Combine {
                a: view(0, dims, orders[turn % 3]),
                b,
                y: view(2000, dims, order),
                pairing,
                then: [Activation::Nothing, Activation::Tanh][turn % 2],
            };
            compare(&format!("{pairing:?} {index}"), 3000, Step::Combine(step));
        }
    }
    let line = |first: usize| view(first, [1, 1, 1, 1, 1, 8192], orders[0]);
    let step = Combine {
        a: line(0),
        b: line(8192),
        y: line(16384),
        pairing: Pairing::Add,
        then: Activation::Affine(0.5, 0.5),
    };
    compare("a long line", 24576, Step::Combine(step));
}

#[test]
fn resampling_agrees() {
    for channels in [1, 5, 40] {
        for (how, height, width) in [
            (Resampling::TwiceBilinear, 14, 10),
            (Resampling::TwiceNearest, 14, 10),
            (Resampling::Half, 3, 2),
            (Resampling::Mean, 1, 1),
        ] {
            let mut arena = 0;
            let x = place(&mut arena, [2, channels, 7, 5], 1);
            let y = place(&mut arena, [2, channels, height, width], 2);
            compare(
                &format!("{how:?}"),
                arena,
                Step::Resample(Resample { x, y, how }),
            );
        }
    }
}
