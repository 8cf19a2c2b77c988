//! What layers and other steps reach on this machine. Nothing is asserted; run with
//! `cargo test --lib speeds -- --ignored --nocapture`.

use std::time::Instant;

use super::super::super::program::{
    Activation, Border, Combine, Deviation, MapRows, Maps, Multiply, Normalise, Over, Pairing,
    Plan, Resample, Resampling, RowRule, Rows, Scale, Step, Table, View,
};
use super::super::Engine;
use super::convolutions::{Case, convolve};
use super::view;

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
        let (mut timing, mut prepared) = (None, 0.0);
        for threads in [1, 2] {
            let start = Instant::now();
            let mut engine = Engine::new(plan.clone(), threads).unwrap();
            prepared = start.elapsed().as_secs_f64() * 1e3;
            engine.set_profiling(true);
            let seconds = (0..25).map(|_| {
                flush.iter_mut().for_each(|sample| *sample += 1.0);
                engine.run(&[], &mut |_| Ok(())).unwrap();
                engine.timings()[0].seconds
            });
            // The fastest: what the machine does besides only adds.
            let seconds = seconds.fold(f64::INFINITY, f64::min);
            speeds.push((seconds, plan.cost() as f64 / seconds / 1e9));
            timing = engine.timings().last().cloned();
        }
        let name = timing.map(|timing| timing.name).unwrap_or_default();
        let cost = plan.cost() as f64 / 1e6;
        let [(_, one), (seconds, two)] = speeds[..] else {
            unreachable!()
        };
        println!(
            "{name:<44} {cost:>8.1} {one:>10.1} {two:>10.1} GMAC/s {:>8.0} µs (made in {prepared:.0} ms)",
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
        for rule in [RowRule::Softmax, RowRule::SparseSoftmax { top: 5 }] {
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
    let engine = Engine::new(plan, 1).unwrap();
    for (index, timing) in engine.timings().iter().enumerate() {
        let [one, two] = [best[0][index], best[1][index]].map(|seconds| seconds * 1e6);
        println!("{:<60} {one:>8.1} {two:>8.1} µs", timing.name);
    }
}
