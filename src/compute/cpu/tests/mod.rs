//! Every way of the engine against the plain reference, on sizes that divide by nothing.
#![allow(clippy::single_range_in_vec_init)] // A plan's outputs are ranges, and here it has one.

mod convolutions;
mod plans;
mod speeds;
mod steps;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::super::program::{Maps, Plan, Step, View, reference};
use super::Engine;

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
