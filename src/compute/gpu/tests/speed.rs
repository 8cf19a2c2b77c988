//! How fast each kind of layer is. Run by hand:
//! `cargo test --lib compute::gpu::tests::speed -- --ignored --nocapture`.

use super::*;
use crate::compute::program::{
    Activation, Border, Combine, Convolve, Deviation, Kernels, MapRows, Normalise, Over, Pairing,
    RowRule, Rows,
};

/// Images, channels in and out, side, kernel, stride.
type Layer = (usize, (usize, usize), usize, usize, usize);

const LAYERS: [Layer; 12] = [
    (4, (1, 32), 64, 3, 1),
    (4, (32, 32), 64, 3, 1),
    (4, (64, 64), 32, 3, 1),
    (4, (128, 128), 16, 3, 1),
    (4, (256, 256), 8, 3, 1),
    (4, (512, 512), 4, 3, 1),
    (1, (64, 64), 128, 3, 1),
    (1, (256, 256), 64, 3, 1),
    (1, (64, 128), 128, 4, 2),
    (1, (64, 1), 128, 7, 1),
    (1, (131, 512), 16, 1, 1),
    (4, (2048, 2048), 1, 1, 1),
];

fn layer(sketch: &mut Sketch, shrink: usize, layer: Layer) -> String {
    let (images, channels, side, kernel, stride) = layer;
    let side = (side / shrink).max(1);
    let x = sketch.maps_in([images, channels.0, side, side]);
    let out = side / stride;
    let y = sketch.maps_out([images, channels.1, out, out]);
    let shape = [channels.1, channels.0, kernel, kernel];
    sketch.step(Step::Convolve(Convolve {
        x,
        y,
        kernels: Kernels {
            shape,
            samples: vec![0.01; shape.iter().product()].into(),
        },
        bias: None,
        stride,
        before: ((kernel - 1) / 2, (kernel - 1) / 2),
        border: Border::Zero,
        plus: None,
        then: Activation::Leaky(0.0),
    }));
    format!("convolve {layer:?} at {side}")
}

fn others(sketch: &mut Sketch, shrink: usize) -> Vec<String> {
    let side = 128 / shrink;
    let maps = [1, 64, side, side];
    let (x, y) = (sketch.maps_in(maps), sketch.maps_out(maps));
    let mut names = Vec::new();
    for over in [Over::Plane, Over::Image] {
        sketch.step(Step::Normalise(Normalise {
            x,
            y,
            over,
            deviation: Deviation::Biased(1e-5),
            affine: None,
            plus: None,
            then: Activation::Leaky(0.0),
        }));
        names.push(format!("normalise {over:?} {maps:?}"));
    }
    let dims = [1, 1, 1, 1, side * side, 64];
    let (a, y) = (sketch.view_in(dims), sketch.view_out(dims));
    sketch.step(Step::Combine(Combine {
        a,
        b: a,
        y,
        pairing: Pairing::Add,
        then: Activation::Nothing,
    }));
    names.push(format!("combine {dims:?}"));
    let rows = |first| Rows {
        first,
        rows: 64,
        width: 500,
        row_stride: 500,
    };
    let (x, y) = (sketch.input(32000), sketch.reserve(32000, 4));
    sketch.step(Step::MapRows(MapRows {
        x: rows(x),
        y: rows(y),
        rule: RowRule::SparseSoftmax { top: 5 },
    }));
    names.push("sparse softmax of 64 rows of 500".to_owned());
    names
}

#[test]
#[ignore = "a table to read, not a law"]
fn speed_of_layers() {
    let Some(gpu) = gpu() else {
        return;
    };
    let shrink = if gpu.is_software() { 4 } else { 1 };
    let mut sketch = Sketch::default();
    let mut names: Vec<String> = LAYERS
        .iter()
        .map(|&it| layer(&mut sketch, shrink, it))
        .collect();
    names.extend(others(&mut sketch, shrink));
    let inputs: Vec<&[f32]> = sketch.given.iter().map(Vec::as_slice).collect();
    for precision in [Precision::Single, Precision::Half] {
        let began = std::time::Instant::now();
        let mut engine = Engine::new(gpu, &sketch.plan, precision).unwrap();
        eprintln!(
            "{} {precision:?}: loaded in {:?}",
            gpu.name(),
            began.elapsed()
        );
        for _ in 0..3 {
            let began = std::time::Instant::now();
            engine.run(&inputs, &mut |_| Ok(())).unwrap();
            eprintln!("a run: {:?}", began.elapsed());
        }
        let runs: Vec<Vec<f64>> = (0..5)
            .filter_map(|_| engine.step_seconds().unwrap())
            .collect();
        for (index, (name, step)) in names.iter().zip(&sketch.plan.steps).enumerate() {
            let mut seconds: Vec<f64> = runs.iter().map(|run| run[index]).collect();
            seconds.sort_by(f64::total_cmp);
            let Some(&median) = seconds.get(seconds.len() / 2) else {
                continue;
            };
            eprintln!(
                "{:9.3} ms {:9.2} GMAC/s  {name}",
                median * 1e3,
                step.cost() as f64 / median.max(1e-9) / 1e9
            );
        }
    }
}

#[test]
fn steps_are_timed() {
    let Some(gpu) = gpu() else {
        return;
    };
    let mut sketch = Sketch::default();
    layer(&mut sketch, 16, LAYERS[1]);
    let mut engine = Engine::new(gpu, &sketch.plan, Precision::Single).unwrap();
    let inputs: Vec<&[f32]> = sketch.given.iter().map(Vec::as_slice).collect();
    engine.run(&inputs, &mut |_| Ok(())).unwrap();
    if let Some(seconds) = engine.step_seconds().unwrap() {
        assert_eq!(seconds.len(), 1);
        assert!(seconds[0] > 0.0 && seconds[0] < 60.0, "{seconds:?}");
    }
}
