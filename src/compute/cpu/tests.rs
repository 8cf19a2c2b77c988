//! Every way of the engine against the plain reference, on sizes that divide by nothing.
#![allow(clippy::single_range_in_vec_init)] // A plan's outputs are ranges, and here it has one.

use std::sync::Arc;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::super::program::{
    Activation, Border, Combine, Convolve, Deviation, Kernels, MapRows, Maps, Multiply, Normalise,
    Over, Pairing, Plan, Resample, Resampling, RowRule, Rows, Scale, Step, Table, View, reference,
};
use super::Engine;
use crate::error::Error;

fn random(rng: &mut ChaCha8Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Lays maps into an arena that grows: gaps between pixels, rows and images where `gap` says so.
fn place(arena: &mut usize, sizes: [usize; 4], gap: usize) -> Maps {
    let [images, channels, height, width] = sizes;
    let pixel_stride = channels + gap;
    let row_stride = width * pixel_stride + 2 * gap;
    let maps = Maps {
        first: *arena + gap,
        images,
        channels,
        height,
        width,
        image_stride: height * row_stride + gap,
        row_stride,
        pixel_stride,
    };
    *arena += images * maps.image_stride + 2 * gap;
    maps
}

/// Runs a step by both engines on the same samples and compares the whole arena, so that what is
/// written beside the output is found too.
fn compare(name: &str, arena: usize, step: Step) {
    compare_within(name, arena, step, 1e-5);
}

fn compare_within(name: &str, arena: usize, step: Step, tolerance: f32) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let start = random(&mut rng, arena);
    let mut expected = start.clone();
    reference::execute(&step, &mut expected);
    let plan = Plan {
        arena,
        constants: vec![(0, start.into())],
        inputs: Vec::new(),
        outputs: vec![0..arena],
        steps: vec![step],
    };
    for threads in [1, 2] {
        let mut engine = Engine::new(plan.clone(), threads).unwrap();
        engine.run(&[], &mut |_| Ok(())).unwrap();
        let result = engine.output(0).to_vec();
        let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        for (at, (result, expected)) in result.iter().zip(&expected).enumerate() {
            assert!(
                (result - expected).abs() <= tolerance * largest,
                "{name}: sample {at} is {result}, not {expected} (largest {largest})"
            );
        }
        engine.run(&[], &mut |_| Ok(())).unwrap();
        assert_eq!(result, engine.output(0), "{name}: a second run differs");
    }
}

/// A convolution to test: `[images, C_in, height, width]`, `[C_out, kernel, stride, before]`.
struct Case {
    x: [usize; 4],
    kernel: [usize; 4],
    border: Border,
    gap: usize,
    then: Activation,
}

fn convolve(case: &Case) -> (usize, Convolve) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let [images, channels, height, width] = case.x;
    let [columns, kernel, stride, before] = case.kernel;
    let size = |size: usize| (size + 2 * before - kernel) / stride + 1;
    let mut arena = 0;
    let x = place(&mut arena, case.x, case.gap);
    let out = [images, columns, size(height), size(width)];
    let mut y = place(&mut arena, out, case.gap);
    if case.gap == 2 {
        // Onto every second pixel, as a phase of a transposed convolution.
        y = place(&mut arena, [images, columns, 2 * out[2], 2 * out[3]], 0);
        (y.height, y.width) = (out[2], out[3]);
        (y.row_stride, y.pixel_stride) = (2 * y.row_stride, 2 * y.pixel_stride);
    }
    let plus = (case.gap == 1).then(|| place(&mut arena, out, 3));
    let depth = channels * kernel * kernel;
    let mut samples = random(&mut rng, columns * depth);
    for sample in &mut samples {
        *sample /= (depth as f32).sqrt();
    }
    let step = Convolve {
        x,
        y,
        kernels: Kernels {
            shape: [columns, channels, kernel, kernel],
            samples: samples.into(),
        },
        bias: (case.gap != 2).then(|| random(&mut rng, columns).into()),
        stride,
        before: (before, before),
        border: case.border,
        plus,
        then: case.then,
    };
    (arena, step)
}

#[test]
fn convolutions_agree_with_the_reference() {
    let thens = [
        Activation::Nothing,
        Activation::Leaky(0.2),
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Abs,
        Activation::Affine(0.5, -0.25),
    ];
    let mut count = 0;
    for [kernel, stride, before] in [
        [1, 1, 0],
        [3, 1, 1],
        [3, 2, 1],
        [4, 2, 1],
        [5, 1, 2],
        [7, 1, 3],
        [2, 1, 1],
        [2, 2, 0],
        [3, 1, 0],
    ] {
        for [channels, columns] in [
            [1, 1],
            [1, 32],
            [3, 5],
            [5, 40],
            [16, 17],
            [17, 3],
            [40, 16],
            [32, 1],
            [33, 2],
            [16, 64],
            [40, 4],
            [24, 96],
        ] {
            let gap = count % 3;
            let border = [Border::Zero, Border::Reflect][count % 2];
            let case = Case {
                x: [1 + count % 2, channels, 6 + count % 3, 9],
                kernel: [columns, kernel, stride, before],
                border,
                gap,
                then: thens[count % thens.len()],
            };
            count += 1;
            let (arena, step) = convolve(&case);
            let name = format!(
                "{kernel}×{kernel}/{stride} {channels}→{columns} {border:?} gap {gap} {:?}",
                case.then
            );
            compare(&name, arena, Step::Convolve(step));
        }
    }
}

#[test]
fn windows_deeper_than_a_cache_agree() {
    for (x, kernel) in [
        ([1, 300, 4, 4], [70, 3, 1, 1]),
        ([4, 2100, 1, 1], [130, 1, 1, 0]),
        ([1, 2048, 1, 1], [1, 1, 1, 0]),
        ([2, 64, 20, 24], [64, 3, 1, 1]),
        ([1, 32, 33, 31], [32, 5, 1, 2]),
    ] {
        let case = Case {
            x,
            kernel,
            border: Border::Zero,
            gap: 0,
            then: Activation::Leaky(0.0),
        };
        let (arena, step) = convolve(&case);
        compare(&format!("{x:?} {kernel:?}"), arena, Step::Convolve(step));
    }
}

#[test]
fn tiles_agree() {
    let mut count = 0;
    for [kernel, stride, before] in [
        [3, 1, 1],
        [3, 1, 0],
        [5, 1, 2],
        [2, 1, 1],
        [4, 2, 1],
        [4, 2, 3],
        [2, 1, 0],
    ] {
        for border in [Border::Zero, Border::Reflect] {
            for [images, channels, columns, height] in [[2, 32, 48, 13], [1, 64, 32, 30]] {
                let case = Case {
                    x: [images, channels, height, 17],
                    kernel: [columns, kernel, stride, before],
                    border,
                    gap: count % 3,
                    then: [Activation::Leaky(0.2), Activation::Tanh][count % 2],
                };
                count += 1;
                let (arena, step) = convolve(&case);
                let name = format!("{kernel}×{kernel}/{stride} {channels}→{columns} {border:?}");
                compare(&name, arena, Step::Convolve(step));
            }
        }
    }
}

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
        for rule in [
            RowRule::Softmax,
            RowRule::SparseSoftmax { top: 5 },
            RowRule::LayerNorm { epsilon: 1e-5 },
        ] {
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

/// Six dimensions, strides in the order given by `order` (innermost first).
fn view(first: usize, dims: [usize; 6], order: [usize; 6]) -> View {
    let mut strides = [0; 6];
    let mut stride = 1;
    for dimension in order {
        strides[dimension] = stride;
        stride *= dims[dimension];
    }
    View {
        first,
        dims,
        strides,
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
        Pairing::Maximum,
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

fn small() -> (usize, Convolve) {
    convolve(&Case {
        x: [1, 3, 8, 8],
        kernel: [4, 3, 1, 1],
        border: Border::Reflect,
        gap: 0,
        then: Activation::Nothing,
    })
}

fn refused(arena: usize, step: Step) -> bool {
    let plan = Plan {
        arena,
        steps: vec![step],
        ..Plan::default()
    };
    Engine::new(plan, 1).is_err()
}

#[test]
fn plans_that_reach_beyond_the_arena_are_refused() {
    let (arena, step) = small();
    assert!(!refused(arena, Step::Convolve(step.clone())));
    assert!(refused(arena - 1, Step::Convolve(step.clone())));
    let mut wide = step.clone();
    wide.before = (8, 1);
    assert!(
        refused(arena, Step::Convolve(wide)),
        "a border wider than its map"
    );
    let mut short = step.clone();
    short.bias = Some(Arc::from([0.0; 3]));
    assert!(refused(arena, Step::Convolve(short)), "too few biases");
    let mut far = step;
    far.x.row_stride = usize::MAX / 4;
    assert!(refused(arena, Step::Convolve(far)), "strides that overflow");
}

#[test]
fn a_refusal_between_steps_stops_the_run() {
    let [x, y] = [0, 128 * 128 * 16].map(|first| Maps::dense(first, [1, 16, 128, 128]));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let step = Step::Convolve(Convolve {
        x,
        y,
        kernels: Kernels {
            shape: [16, 16, 3, 3],
            samples: random(&mut rng, 16 * 16 * 9).into(),
        },
        bias: None,
        stride: 1,
        before: (1, 1),
        border: Border::Zero,
        plus: None,
        then: Activation::Nothing,
    });
    let plan = Plan {
        arena: 2 * 128 * 128 * 16,
        steps: vec![step.clone(), step],
        ..Plan::default()
    };
    let mut engine = Engine::new(plan, 2).unwrap();
    let mut shares = Vec::new();
    engine
        .run(&[], &mut |share| {
            shares.push(share);
            Ok(())
        })
        .unwrap();
    assert_eq!(shares, [0.5, 1.0]);
    let result = engine.run(&[], &mut |_| Err(Error::cancelled()));
    assert!(result.unwrap_err().is_cancelled());
    engine.run(&[], &mut |_| Ok(())).unwrap();
}

/// Prints what each kind of layer reaches; `cargo test --lib layer_speeds -- --ignored --nocapture`.
#[test]
#[ignore = "measures; nothing is asserted"]
#[allow(clippy::print_stdout)]
fn layer_speeds() {
    use Border::{Reflect, Zero};
    let layers = [
        ([1, 64, 64, 64], [64, 3, 1, 1], Zero),
        ([1, 128, 32, 32], [128, 3, 1, 1], Zero),
        ([1, 256, 16, 16], [256, 3, 1, 1], Zero),
        ([1, 32, 64, 64], [32, 3, 1, 1], Zero),
        ([1, 64, 32, 32], [64, 3, 1, 1], Zero),
        ([1, 512, 8, 8], [512, 3, 1, 1], Zero),
        ([1, 512, 4, 4], [512, 3, 1, 1], Zero),
        ([8, 512, 4, 4], [512, 3, 1, 1], Zero),
        ([8, 256, 16, 16], [256, 3, 1, 1], Zero),
        ([1, 32, 128, 128], [64, 3, 2, 1], Zero),
        ([1, 64, 64, 64], [128, 3, 2, 1], Zero),
        ([1, 1, 128, 128], [32, 7, 1, 3], Reflect),
        ([1, 32, 128, 128], [64, 4, 2, 1], Reflect),
        ([1, 64, 64, 64], [128, 4, 2, 1], Reflect),
        ([1, 128, 32, 32], [128, 3, 1, 1], Reflect),
        ([1, 128, 64, 64], [64, 5, 1, 2], Reflect),
        ([1, 64, 128, 128], [32, 5, 1, 2], Reflect),
        ([1, 32, 128, 128], [1, 7, 1, 3], Reflect),
        ([1, 32, 128, 128], [4, 7, 1, 3], Zero),
        ([1, 32, 128, 128], [32, 3, 1, 1], Zero),
        ([1, 64, 64, 64], [32, 2, 1, 1], Zero),
        ([1, 32, 128, 128], [1, 1, 1, 0], Zero),
        ([1, 64, 64, 64], [64, 1, 1, 0], Zero),
        ([4, 2048, 1, 1], [6144, 1, 1, 0], Zero),
        ([1, 2048, 1, 1], [2048, 1, 1, 0], Zero),
    ];
    println!(
        "{:<44} {:>8} {:>10} {:>10}",
        "layer", "MMAC", "1 thread", "2 threads"
    );
    // Weights of a whole network do not stay in the caches from run to run.
    let cold = std::env::var("COLD").is_ok();
    let mut flush = vec![0.0_f32; if cold { 16 << 20 } else { 0 }];
    for (x, kernel, border) in layers {
        let case = Case {
            x,
            kernel,
            border,
            gap: 0,
            then: Activation::Leaky(0.2),
        };
        let (arena, step) = convolve(&case);
        if std::env::var("LAYER").is_ok_and(|only| !format!("{x:?} {kernel:?}").contains(&only)) {
            continue;
        }
        let mut plan = Plan {
            arena,
            steps: vec![Step::Convolve(step)],
            ..Plan::default()
        };
        plan.outputs.push(0..1);
        let mut speeds = Vec::new();
        let mut timing = None;
        for threads in [1, 2] {
            let mut engine = Engine::new(plan.clone(), threads).unwrap();
            engine.set_profiling(true);
            let seconds = (0..25).map(|_| {
                flush.iter_mut().for_each(|sample| *sample += 1.0);
                engine.run(&[], &mut |_| Ok(())).unwrap();
                engine.timings()[0].seconds
            });
            // The fastest: what the machine does besides only adds.
            let seconds = seconds.fold(f64::INFINITY, f64::min);
            speeds.push((seconds, plan.cost() as f64 / seconds / 1e9));
            timing = engine.timings().pop();
        }
        let name = timing.map(|timing| timing.name).unwrap_or_default();
        let cost = plan.cost() as f64 / 1e6;
        let [(_, one), (seconds, two)] = speeds[..] else {
            unreachable!()
        };
        println!(
            "{name:<44} {cost:>8.1} {one:>10.1} {two:>10.1} GMAC/s {:>8.0} µs",
            seconds * 1e6
        );
    }
}

/// Prints what the other steps take.
#[test]
#[ignore = "measures; nothing is asserted"]
#[allow(clippy::print_stdout)]
fn step_speeds() {
    let table = |image_stride: usize| Table {
        first: 0,
        image_stride,
    };
    let mut steps = Vec::new();
    for [channels, size] in [[1, 128], [4, 128], [32, 128], [128, 32], [512, 4]] {
        let len = channels * size * size;
        let first = 4096;
        let x = Maps::dense(first, [1, channels, size, size]);
        let y = Maps::dense(first + len, [1, channels, size, size]);
        for over in [Over::Plane, Over::Image] {
            steps.push(Step::Normalise(Normalise {
                x,
                y,
                over,
                deviation: Deviation::Biased(1e-5),
                affine: Some((table(0), table(0))),
                plus: None,
                then: Activation::Leaky(0.0),
            }));
        }
        let then = Activation::Leaky(0.1);
        let (scale, shift) = (table(0), table(0));
        steps.push(Step::Scale(Scale {
            x,
            y,
            scale,
            shift,
            then,
        }));
        let plain = [5, 4, 3, 2, 1, 0];
        let line = view(first, [1, 1, 1, 1, 1, len], plain);
        for then in [Activation::Nothing, Activation::Tanh] {
            steps.push(Step::Combine(Combine {
                a: line,
                b: line,
                y: View {
                    first: first + len,
                    ..line
                },
                pairing: Pairing::Add,
                then,
            }));
        }
        // Channels last to channels first, and back.
        let dims = [1, 1, 1, size * size, channels, 1];
        let last = view(first, dims, plain);
        let dims = [1, 1, 1, channels, size * size, 1];
        let mut turned = view(first, dims, plain);
        turned.dims = last.dims;
        turned.strides = [0, 0, 0, 1, size * size, 0];
        for (a, mut y) in [(last, turned), (turned, last)] {
            y.first += len;
            let (pairing, then) = (Pairing::First, Activation::Nothing);
            steps.push(Step::Combine(Combine {
                a,
                b: a,
                y,
                pairing,
                then,
            }));
        }
        for (how, size) in [
            (Resampling::TwiceNearest, size * 2),
            (Resampling::TwiceBilinear, size * 2),
            (Resampling::Half, size / 2),
            (Resampling::Mean, 1),
        ] {
            let y = Maps::dense(first + len, [1, channels, size, size]);
            steps.push(Step::Resample(Resample { x, y, how }));
        }
    }
    for (rows, width) in [(64, 200), (256, 256), (16, 2048)] {
        for rule in [
            RowRule::Softmax,
            RowRule::SparseSoftmax { top: 5 },
            RowRule::LayerNorm { epsilon: 1e-5 },
        ] {
            let x = Rows {
                first: 0,
                rows,
                width,
                row_stride: width,
            };
            let y = Rows {
                first: rows * width,
                ..x
            };
            steps.push(Step::MapRows(MapRows { x, y, rule }));
        }
    }
    for [rows, depth, columns] in [[16, 32, 16], [64, 64, 64], [256, 64, 256]] {
        let plain = [5, 4, 3, 2, 1, 0];
        steps.push(Step::Multiply(Multiply {
            a: view(0, [1, 1, 1, 8, rows, depth], plain),
            b: view(0, [1, 1, 1, 8, depth, columns], [4, 5, 3, 2, 1, 0]),
            y: view(1 << 20, [1, 1, 1, 8, rows, columns], plain),
        }));
    }
    let count = steps.len();
    let mut plan = Plan {
        arena: 8 << 20,
        steps,
        ..Plan::default()
    };
    plan.constants.push((0, vec![0.5; 8 << 20].into()));
    let mut best = [vec![f64::INFINITY; count], vec![f64::INFINITY; count]];
    for (threads, best) in [1, 2].into_iter().zip(&mut best) {
        let mut engine = Engine::new(plan.clone(), threads).unwrap();
        engine.set_profiling(true);
        for _ in 0..20 {
            engine.run(&[], &mut |_| Ok(())).unwrap();
            for (best, timing) in best.iter_mut().zip(engine.timings()) {
                *best = best.min(timing.seconds);
            }
        }
    }
    let names = Engine::new(plan, 1).unwrap().timings();
    for (index, timing) in names.iter().enumerate() {
        let [one, two] = [best[0][index], best[1][index]].map(|seconds| seconds * 1e6);
        println!("{:<60} {one:>8.1} {two:>8.1} µs", timing.name);
    }
}
