//! Convolutions, whichever way they take.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::super::super::program::{Activation, Border, Convolve, Kernels, Step};
use super::super::job::Ground;
use super::super::tile::Vectors;
use super::super::winograd::Winograd;
use super::{compare, place, random};

/// A convolution to test: `[images, C_in, height, width]`, `[C_out, kernel, stride, before]`.
pub(super) struct Case {
    pub(super) x: [usize; 4],
    pub(super) kernel: [usize; 4],
    pub(super) border: Border,
    pub(super) gap: usize,
    pub(super) then: Activation,
}

pub(super) fn convolve(case: &Case) -> (usize, Convolve) {
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
    // Sizes that tiles of 2, 4 or 5 pixels do not divide; many channels go the way of many weights.
    for [
        kernel,
        stride,
        before,
        images,
        channels,
        columns,
        height,
        width,
    ] in [
        [3, 1, 1, 2, 32, 48, 13, 17],
        [3, 1, 0, 1, 64, 32, 30, 17],
        [3, 1, 1, 1, 96, 96, 13, 12],
        [5, 1, 2, 2, 32, 48, 13, 17],
        [2, 1, 1, 1, 32, 48, 23, 17],
        [2, 1, 0, 1, 96, 96, 22, 18],
        [4, 2, 1, 1, 32, 32, 62, 37],
        [4, 2, 3, 1, 48, 32, 48, 38],
    ] {
        for border in [Border::Zero, Border::Reflect] {
            let case = Case {
                x: [images, channels, height, width],
                kernel: [columns, kernel, stride, before],
                border,
                gap: count % 3,
                then: [Activation::Leaky(0.2), Activation::Tanh][count % 2],
            };
            count += 1;
            let (arena, step) = convolve(&case);
            let ground = Ground {
                vectors: Vectors::detect(),
                threads: 1,
                shared: arena,
                zeros: arena,
            };
            let name = format!("{kernel}×{kernel}/{stride} {channels}→{columns} {border:?}");
            assert!(
                Winograd::new(&step, &ground).is_some(),
                "{name} takes another way"
            );
            compare(&name, arena, Step::Convolve(step));
        }
    }
}
