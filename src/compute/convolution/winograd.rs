//! Winograd's F(2×2, 3×3) for the convolution that fills these networks: 3×3, stride 1, padding 1.
//!
//! A 4×4 tile of input, a kernel and a 2×2 tile of output become 16 numbers each, and the
//! convolution 16 matrix products over the channels: 4 multiplications an output pixel instead of
//! 9, and 4 samples gathered instead of 9 (Lavin and Gray, CVPR 2016).

use std::ops::Range;

use candle_core::WithDType;
use rayon::prelude::*;

use super::plan::{Plan, Stepping};
use super::tiles::{input_tiles, output_tiles, outputs_from_tiles};
use crate::compute::matrix::{MatrixRef, Target, multiply};

/// Numbers per tile.
pub(super) const FREQUENCIES: usize = 16;
/// Weight gradients are summed in this many parts, then together in order.
const WEIGHT_PARTS: usize = 8;
/// Samples of tiles that are held at once, within the second-level cache.
const SAMPLES_AT_ONCE: usize = 384 * 1024;

/// Reports whether a convolution has the shape that tiles serve.
pub(super) fn fits(plan: &Plan) -> bool {
    let pad_one = Stepping {
        stride: 1,
        padding: 1,
    };
    (plan.kernel_height, plan.kernel_width) == (3, 3)
        && plan.stepping == pad_one
        && plan.height.is_multiple_of(2)
        && plan.width.is_multiple_of(2)
        && plan.channels_in >= 4
        && plan.channels_out >= 4
}

/// Reports whether there are images enough to keep every core busy with some.
pub(super) fn fits_batch(plan: &Plan) -> bool {
    fits(plan) && plan.images >= rayon::current_num_threads()
}

/// Convolves images with kernels.
pub(super) fn forward<T: WithDType>(
    plan: &Plan,
    images: &[T],
    kernels: &[T],
    bias: Option<&[T]>,
) -> Vec<T> {
    let kernels = transform_kernels(plan.channels_out, plan.channels_in, kernels);
    let mut output = vec![T::zero(); plan.images * plan.output_len()];
    let group = images_per_group(plan);
    output
        .par_chunks_mut(group * plan.output_len())
        .zip(images.par_chunks(group * plan.image_len()))
        .for_each_init(Scratch::default, |scratch, (output, images)| {
            for rows in ranges_of_rows(plan, images.len() / plan.image_len()) {
                scratch.convolve(plan, images, &kernels, &rows);
                outputs_from_tiles(plan, &scratch.outputs, &rows, bias, output);
            }
        });
    output
}

/// The transpose of [`forward`] in its images: a convolution with the kernels turned about.
pub(super) fn to_images<T: WithDType>(plan: &Plan, outputs: &[T], kernels: &[T]) -> Vec<T> {
    let (channels_out, channels_in) = (plan.channels_out, plan.channels_in);
    let mut turned = vec![T::zero(); kernels.len()];
    for (index, kernel) in kernels.chunks_exact(9).enumerate() {
        let (from, to) = (index / channels_in, index % channels_in);
        let place = (to * channels_out + from) * 9;
        for (target, &sample) in turned[place..place + 9].iter_mut().zip(kernel.iter().rev()) {
            *target = sample;
        }
    }
    let turned_plan = Plan {
        channels_in: channels_out,
        channels_out: channels_in,
        ..*plan
    };
    forward(&turned_plan, outputs, &turned, None)
}

/// The transpose of [`forward`] in its kernels.
pub(super) fn to_kernels<T: WithDType>(plan: &Plan, images: &[T], outputs: &[T]) -> Vec<T> {
    let size = FREQUENCIES * plan.channels_out * plan.channels_in;
    let rows: Vec<Range<usize>> = ranges_of_rows(plan, plan.images).collect();
    let parts: Vec<Vec<T>> = rows
        .par_chunks(rows.len().div_ceil(WEIGHT_PARTS).max(1))
        .map(|rows| {
            let mut kernels = vec![T::zero(); size];
            let mut scratch = Scratch::default();
            for rows in rows {
                scratch.add_to_kernels(plan, (images, outputs), rows, &mut kernels);
            }
            kernels
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut sum = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, value) in sum.iter_mut().zip(part) {
            *sum += value;
        }
    }
    kernels_from_transform(plan.channels_out, plan.channels_in, &sum)
}

fn tiles_at_once(plan: &Plan) -> usize {
    (SAMPLES_AT_ONCE / (FREQUENCIES * (plan.channels_in + plan.channels_out))).clamp(48, 768)
}

/// How many whole images one thread takes at a time.
fn images_per_group(plan: &Plan) -> usize {
    let tiles = plan.height * plan.width / 4;
    (tiles_at_once(plan) / tiles)
        .min(plan.images.div_ceil(rayon::current_num_threads()))
        .max(1)
}

/// Cuts the rows of tiles of `images` images into stretches that fit the cache.
fn ranges_of_rows(plan: &Plan, images: usize) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = images * plan.height / 2;
    let at_once = (tiles_at_once(plan) / (plan.width / 2)).max(1);
    (0..rows)
        .step_by(at_once)
        .map(move |start| start..(start + at_once).min(rows))
}

/// Tiles that one thread reuses from stretch to stretch.
struct Scratch<T> {
    inputs: Vec<T>,
    outputs: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
        }
    }
}

impl<T: WithDType> Scratch<T> {
    fn convolve(&mut self, plan: &Plan, images: &[T], kernels: &[T], rows: &Range<usize>) {
        let tiles = rows.len() * plan.width / 2;
        let (inputs, outputs) = (plan.channels_in * tiles, plan.channels_out * tiles);
        self.inputs.resize(FREQUENCIES * inputs, T::zero());
        self.outputs.resize(FREQUENCIES * outputs, T::zero());
        input_tiles(plan, images, rows, &mut self.inputs);
        let per_frequency = plan.channels_out * plan.channels_in;
        for frequency in 0..FREQUENCIES {
            let kernels = &kernels[frequency * per_frequency..][..per_frequency];
            multiply(
                Target {
                    samples: &mut self.outputs[frequency * outputs..][..outputs],
                    row_stride: tiles,
                    accumulate: false,
                },
                MatrixRef::row_major(kernels, plan.channels_out, plan.channels_in),
                MatrixRef::row_major(
                    &self.inputs[frequency * inputs..][..inputs],
                    plan.channels_in,
                    tiles,
                ),
                false,
            );
        }
    }

    fn add_to_kernels(
        &mut self,
        plan: &Plan,
        (images, gradients): (&[T], &[T]),
        rows: &Range<usize>,
        kernels: &mut [T],
    ) {
        let tiles = rows.len() * plan.width / 2;
        let (inputs, outputs) = (plan.channels_in * tiles, plan.channels_out * tiles);
        self.inputs.resize(FREQUENCIES * inputs, T::zero());
        self.outputs.resize(FREQUENCIES * outputs, T::zero());
        input_tiles(plan, images, rows, &mut self.inputs);
        output_tiles(plan, gradients, rows, &mut self.outputs);
        let per_frequency = plan.channels_out * plan.channels_in;
        for frequency in 0..FREQUENCIES {
            let inputs = &self.inputs[frequency * inputs..][..inputs];
            let outputs = &self.outputs[frequency * outputs..][..outputs];
            multiply(
                Target {
                    samples: &mut kernels[frequency * per_frequency..][..per_frequency],
                    row_stride: plan.channels_in,
                    accumulate: true,
                },
                MatrixRef::row_major(outputs, plan.channels_out, tiles),
                MatrixRef::row_major(inputs, plan.channels_in, tiles).transposed(),
                false,
            );
        }
    }
}

/// The transform's 4×3 matrix `G`.
const G: [[f64; 3]; 4] = [
    [1.0, 0.0, 0.0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0.0, 0.0, 1.0],
];

/// `G w Gᵀ` for every kernel: `(16, C_out, C_in)`.
fn transform_kernels<T: WithDType>(
    channels_out: usize,
    channels_in: usize,
    kernels: &[T],
) -> Vec<T> {
    let pairs = channels_out * channels_in;
    let g = G.map(|row| row.map(T::from_f64));
    let mut transformed = vec![T::zero(); FREQUENCIES * pairs];
    for (pair, kernel) in kernels.chunks_exact(9).enumerate() {
        for row in 0..4 {
            let half: [T; 3] = std::array::from_fn(|x| {
                g[row][0] * kernel[x] + g[row][1] * kernel[3 + x] + g[row][2] * kernel[6 + x]
            });
            for column in 0..4 {
                transformed[(row * 4 + column) * pairs + pair] =
                    half[0] * g[column][0] + half[1] * g[column][1] + half[2] * g[column][2];
            }
        }
    }
    transformed
}

/// `Gᵀ u G` for every kernel: the transpose of [`transform_kernels`].
fn kernels_from_transform<T: WithDType>(
    channels_out: usize,
    channels_in: usize,
    transformed: &[T],
) -> Vec<T> {
    let pairs = channels_out * channels_in;
    let g = G.map(|row| row.map(T::from_f64));
    let mut kernels = vec![T::zero(); pairs * 9];
    for (pair, kernel) in kernels.chunks_exact_mut(9).enumerate() {
        for row in 0..4 {
            let line: [T; 4] = std::array::from_fn(|k| transformed[(row * 4 + k) * pairs + pair]);
            for x in 0..3 {
                let half = (0..4).fold(T::zero(), |sum, k| sum + line[k] * g[k][x]);
                for y in 0..3 {
                    kernel[y * 3 + x] += g[row][y] * half;
                }
            }
        }
    }
    kernels
}
