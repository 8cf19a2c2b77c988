//! The three passes of a convolution on plain slices, on all cores.
//!
//! Work is cut by image, never by thread count, and partial sums are added in a fixed order: the
//! same inputs give the same bits on every machine with the same instruction set.

use candle_core::WithDType;
use rayon::prelude::*;

use super::plan::Plan;
use super::winograd;
use crate::compute::matrix::{MatrixRef, Target, multiply};

/// Weight gradients are summed in this many parts, then together in order.
const WEIGHT_PARTS: usize = 8;

/// Convolves images with kernels: `(N, C_out, H_out, W_out)`.
pub(super) fn forward<T: WithDType>(
    plan: &Plan,
    images: &[T],
    kernels: &[T],
    bias: Option<&[T]>,
) -> Vec<T> {
    if winograd::fits_batch(plan) {
        return winograd::forward(plan, images, kernels, bias);
    }
    let mut output = vec![T::zero(); plan.images * plan.output_len()];
    let group = plan.images_per_group();
    let on_all_threads = plan.images.div_ceil(group) < rayon::current_num_threads();
    let convolve = |scratch: &mut Scratch<T>, index: usize, output: &mut [T]| {
        let first = index * group;
        let images = &images[first * plan.image_len()..];
        if output.len() == plan.output_len() {
            forward_image(plan, images, kernels, output, scratch, on_all_threads);
        } else {
            forward_group(plan, images, kernels, output, scratch);
        }
        if let Some(bias) = bias {
            for (channel, plane) in output.chunks_exact_mut(plan.plane_out()).enumerate() {
                let bias = bias[channel % plan.channels_out];
                plane.iter_mut().for_each(|sample| *sample += bias);
            }
        }
    };
    if on_all_threads {
        let mut scratch = Scratch::default();
        for (index, output) in output.chunks_mut(group * plan.output_len()).enumerate() {
            convolve(&mut scratch, index, output);
        }
    } else {
        output
            .par_chunks_mut(group * plan.output_len())
            .enumerate()
            .for_each_init(Scratch::default, |scratch, (index, output)| {
                convolve(scratch, index, output);
            });
    }
    output
}

/// The transpose of [`forward`] in its images: `(N, C_in, H, W)` from outputs.
pub(super) fn to_images<T: WithDType>(plan: &Plan, outputs: &[T], kernels: &[T]) -> Vec<T> {
    if winograd::fits_batch(plan) {
        return winograd::to_images(plan, outputs, kernels);
    }
    let mut images = vec![T::zero(); plan.images * plan.image_len()];
    let group = plan.images_per_group();
    let kernels = MatrixRef::row_major(kernels, plan.channels_out, plan.depth()).transposed();
    let on_all_threads = plan.images.div_ceil(group) < rayon::current_num_threads();
    let spread = |scratch: &mut Scratch<T>, index: usize, images: &mut [T]| {
        let count = images.len() / plan.image_len();
        let outputs = &outputs[index * group * plan.output_len()..][..count * plan.output_len()];
        let rows_at_once = if count > 1 {
            count * plan.height_out
        } else {
            plan.rows_per_tile()
        };
        let all_rows = count * plan.height_out;
        for start in (0..all_rows).step_by(rows_at_once) {
            let rows = start..(start + rows_at_once).min(all_rows);
            let line = rows.len() * plan.width_out;
            let Scratch {
                columns,
                outputs: side,
            } = scratch;
            let right = if count > 1 {
                plan.side_by_side(outputs, side);
                MatrixRef::row_major(&side[..], plan.channels_out, line)
            } else {
                MatrixRef {
                    samples: &outputs[start * plan.width_out..],
                    rows: plan.channels_out,
                    columns: line,
                    row_stride: plan.plane_out(),
                    column_stride: 1,
                }
            };
            columns.resize(plan.depth() * line, T::zero());
            let target = Target {
                samples: columns,
                row_stride: line,
                accumulate: false,
            };
            multiply(target, kernels, right, on_all_threads);
            plan.scatter(columns, &rows, images);
        }
    };
    if on_all_threads {
        let mut scratch = Scratch::default();
        for (index, images) in images.chunks_mut(group * plan.image_len()).enumerate() {
            spread(&mut scratch, index, images);
        }
    } else {
        images
            .par_chunks_mut(group * plan.image_len())
            .enumerate()
            .for_each_init(Scratch::default, |scratch, (index, images)| {
                spread(scratch, index, images);
            });
    }
    images
}

/// The transpose of [`forward`] in its kernels: `(C_out, C_in, kH, kW)` from images and outputs.
pub(super) fn to_kernels<T: WithDType>(plan: &Plan, images: &[T], outputs: &[T]) -> Vec<T> {
    if winograd::fits(plan) {
        return winograd::to_kernels(plan, images, outputs);
    }
    let group = plan.images_per_group();
    let groups = plan.images.div_ceil(group);
    let groups_per_part = groups.div_ceil(WEIGHT_PARTS).max(1);
    let parts: Vec<Vec<T>> = (0..groups.div_ceil(groups_per_part))
        .into_par_iter()
        .map(|part| {
            let mut kernels = vec![T::zero(); plan.channels_out * plan.depth()];
            let mut scratch = Scratch::default();
            let groups = part * groups_per_part..((part + 1) * groups_per_part).min(groups);
            for index in groups {
                let first = index * group;
                let count = group.min(plan.images - first);
                let images = &images[first * plan.image_len()..][..count * plan.image_len()];
                let outputs = &outputs[first * plan.output_len()..][..count * plan.output_len()];
                add_to_kernels(plan, images, outputs, &mut kernels, &mut scratch);
            }
            kernels
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut kernels = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, value) in kernels.iter_mut().zip(part) {
            *sum += value;
        }
    }
    kernels
}

/// Buffers that one thread reuses from product to product.
struct Scratch<T> {
    columns: Vec<T>,
    outputs: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            outputs: Vec::new(),
        }
    }
}

fn forward_image<T: WithDType>(
    plan: &Plan,
    image: &[T],
    kernels: &[T],
    output: &mut [T],
    scratch: &mut Scratch<T>,
    on_all_threads: bool,
) {
    let kernels = MatrixRef::row_major(kernels, plan.channels_out, plan.depth());
    let plane = plan.plane_out();
    if plan.is_pointwise() {
        let image = MatrixRef::row_major(image, plan.depth(), plane);
        let target = Target {
            samples: output,
            row_stride: plane,
            accumulate: false,
        };
        multiply(target, kernels, image, on_all_threads);
        return;
    }
    let columns = &mut scratch.columns;
    for start in (0..plan.height_out).step_by(plan.rows_per_tile()) {
        let rows = start..(start + plan.rows_per_tile()).min(plan.height_out);
        let line = rows.len() * plan.width_out;
        columns.resize(plan.depth() * line, T::zero());
        if on_all_threads {
            columns
                .par_chunks_exact_mut(line)
                .enumerate()
                .for_each(|(depth, line)| plan.gather_line(image, &rows, depth, line));
        } else {
            plan.gather(image, &rows, columns);
        }
        let target = Target {
            samples: &mut output[start * plan.width_out..],
            row_stride: plane,
            accumulate: false,
        };
        let columns = MatrixRef::row_major(columns, plan.depth(), line);
        multiply(target, kernels, columns, on_all_threads);
    }
}

fn forward_group<T: WithDType>(
    plan: &Plan,
    images: &[T],
    kernels: &[T],
    output: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let count = output.len() / plan.output_len();
    let rows = 0..count * plan.height_out;
    let line = rows.len() * plan.width_out;
    scratch.columns.resize(plan.depth() * line, T::zero());
    plan.gather(images, &rows, &mut scratch.columns);
    scratch.outputs.resize(plan.channels_out * line, T::zero());
    multiply(
        Target {
            samples: &mut scratch.outputs,
            row_stride: line,
            accumulate: false,
        },
        MatrixRef::row_major(kernels, plan.channels_out, plan.depth()),
        MatrixRef::row_major(&scratch.columns, plan.depth(), line),
        false,
    );
    let plane = plan.plane_out();
    for (index, image) in output.chunks_exact_mut(plan.output_len()).enumerate() {
        for (channel, target) in image.chunks_exact_mut(plane).enumerate() {
            let start = channel * line + index * plane;
            target.copy_from_slice(&scratch.outputs[start..start + plane]);
        }
    }
}

fn add_to_kernels<T: WithDType>(
    plan: &Plan,
    images: &[T],
    outputs: &[T],
    kernels: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let count = outputs.len() / plan.output_len();
    let rows_at_once = if count > 1 {
        count * plan.height_out
    } else {
        plan.rows_per_tile()
    };
    let all_rows = count * plan.height_out;
    for start in (0..all_rows).step_by(rows_at_once) {
        let rows = start..(start + rows_at_once).min(all_rows);
        let line = rows.len() * plan.width_out;
        let Scratch {
            columns,
            outputs: side,
        } = scratch;
        columns.resize(plan.depth() * line, T::zero());
        plan.gather(images, &rows, columns);
        let left = if count > 1 {
            plan.side_by_side(outputs, side);
            MatrixRef::row_major(&side[..], plan.channels_out, line)
        } else {
            MatrixRef {
                samples: &outputs[start * plan.width_out..],
                rows: plan.channels_out,
                columns: line,
                row_stride: plan.plane_out(),
                column_stride: 1,
            }
        };
        let target = Target {
            samples: kernels,
            row_stride: plan.depth(),
            accumulate: true,
        };
        let columns = MatrixRef::row_major(columns, plan.depth(), line);
        multiply(target, left, columns.transposed(), false);
    }
}
