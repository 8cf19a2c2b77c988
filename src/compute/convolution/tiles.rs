//! The tile transforms of Winograd's F(2×2, 3×3), in lines so that they vectorise.

use std::ops::Range;

use candle_core::WithDType;
use pulp::Arch;

use super::plan::Plan;

/// Cuts images into overlapping 4×4 tiles and transforms them by `Bᵀ d B`: `(16, C_in, tiles)`.
/// `rows` counts rows of tiles over all the images.
pub(super) fn input_tiles<T: WithDType>(
    plan: &Plan,
    images: &[T],
    rows: &Range<usize>,
    tiles: &mut [T],
) {
    Arch::new().dispatch(
        #[inline(always)]
        || input_tiles_inner(plan, images, rows, tiles),
    );
}

/// Transforms 2×2 tiles of an output's gradient by `A y Aᵀ`: `(16, C_out, tiles)`.
pub(super) fn output_tiles<T: WithDType>(
    plan: &Plan,
    gradients: &[T],
    rows: &Range<usize>,
    tiles: &mut [T],
) {
    Arch::new().dispatch(
        #[inline(always)]
        || output_tiles_inner(plan, gradients, rows, tiles),
    );
}

/// Transforms tiles `(16, C_out, tiles)` by `Aᵀ m A` into 2×2 outputs, and adds the bias.
pub(super) fn outputs_from_tiles<T: WithDType>(
    plan: &Plan,
    tiles: &[T],
    rows: &Range<usize>,
    bias: Option<&[T]>,
    output: &mut [T],
) {
    Arch::new().dispatch(
        #[inline(always)]
        || outputs_from_tiles_inner(plan, tiles, rows, bias, output),
    );
}

#[inline(always)]
fn input_tiles_inner<T: WithDType>(
    plan: &Plan,
    images: &[T],
    rows: &Range<usize>,
    tiles: &mut [T],
) {
    let (height, width, across) = (plan.height, plan.width, plan.width / 2);
    let count = rows.len() * across;
    let stride = plan.channels_in * count;
    let zeros = vec![T::zero(); width];
    // A line of samples with one zero on either side, even and odd places apart.
    let mut even = vec![T::zero(); across + 1];
    let mut odd = vec![T::zero(); across + 1];
    for channel in 0..plan.channels_in {
        for (index, row) in rows.clone().enumerate() {
            let (image, top) = (row / (height / 2), row % (height / 2) * 2);
            let plane = &images[(image * plan.channels_in + channel) * height * width..];
            let line = |y: usize| -> &[T] {
                // `y` is one too large, so that the row above the image is 0 and not −1.
                if (1..=height).contains(&y) {
                    &plane[(y - 1) * width..][..width]
                } else {
                    &zeros
                }
            };
            let lines = [line(top), line(top + 1), line(top + 2), line(top + 3)];
            let place = channel * count + index * across;
            for (vertical, (a, b, sign)) in [(0, 2, -1.0), (1, 2, 1.0), (2, 1, -1.0), (1, 3, -1.0)]
                .into_iter()
                .enumerate()
            {
                combine(lines[a], lines[b], T::from_f64(sign), &mut even, &mut odd);
                for horizontal in 0..4 {
                    let start = (vertical * 4 + horizontal) * stride + place;
                    let target = &mut tiles[start..start + across];
                    let (e, o) = (&even[..], &odd[..]);
                    match horizontal {
                        0 => subtract(&e[..across], &e[1..], target),
                        1 => add(&o[..across], &e[1..], target),
                        2 => subtract(&e[1..], &o[..across], target),
                        _ => subtract(&o[..across], &o[1..], target),
                    }
                }
            }
        }
    }
}

/// `a + sign · b`, padded by one zero on the left, split into even and odd places.
#[inline(always)]
fn combine<T: WithDType>(a: &[T], b: &[T], sign: T, even: &mut [T], odd: &mut [T]) {
    let across = a.len() / 2;
    even[0] = T::zero();
    odd[across] = T::zero();
    for (((even, odd), a), b) in even[1..]
        .iter_mut()
        .zip(&mut odd[..across])
        .zip(a.chunks_exact(2))
        .zip(b.chunks_exact(2))
    {
        *odd = a[0] + sign * b[0];
        *even = a[1] + sign * b[1];
    }
}

#[inline(always)]
fn add<T: WithDType>(a: &[T], b: &[T], sum: &mut [T]) {
    for ((sum, &a), &b) in sum.iter_mut().zip(a).zip(b) {
        *sum = a + b;
    }
}

#[inline(always)]
fn subtract<T: WithDType>(a: &[T], b: &[T], difference: &mut [T]) {
    for ((difference, &a), &b) in difference.iter_mut().zip(a).zip(b) {
        *difference = a - b;
    }
}

#[inline(always)]
fn output_tiles_inner<T: WithDType>(
    plan: &Plan,
    gradients: &[T],
    rows: &Range<usize>,
    tiles: &mut [T],
) {
    let (height, width, across) = (plan.height, plan.width, plan.width / 2);
    let count = rows.len() * across;
    let stride = plan.channels_out * count;
    // The even and the odd places of the four combinations of two rows: u, u + l, u − l, −l.
    let mut even = vec![T::zero(); 4 * across];
    let mut odd = vec![T::zero(); 4 * across];
    for channel in 0..plan.channels_out {
        for (index, row) in rows.clone().enumerate() {
            let (image, top) = (row / (height / 2), row % (height / 2) * 2);
            let plane = (image * plan.channels_out + channel) * height * width;
            let pair = &gradients[plane + top * width..][..2 * width];
            combine_pair(pair, &mut even, &mut odd);
            let place = channel * count + index * across;
            for vertical in 0..4 {
                let e = &even[vertical * across..][..across];
                let o = &odd[vertical * across..][..across];
                let start = vertical * 4 * stride + place;
                tiles[start..start + across].copy_from_slice(e);
                add(e, o, &mut tiles[start + stride..][..across]);
                subtract(e, o, &mut tiles[start + 2 * stride..][..across]);
                for (tile, &o) in tiles[start + 3 * stride..][..across].iter_mut().zip(o) {
                    *tile = T::zero() - o;
                }
            }
        }
    }
}

#[inline(always)]
fn combine_pair<T: WithDType>(pair: &[T], even: &mut [T], odd: &mut [T]) {
    let across = even.len() / 4;
    let (upper, lower) = pair.split_at(2 * across);
    for (parity, target) in [(0, even), (1, odd)] {
        let (first, rest) = target.split_at_mut(across);
        let (second, rest) = rest.split_at_mut(across);
        let (third, fourth) = rest.split_at_mut(across);
        for x in 0..across {
            let (u, l) = (upper[2 * x + parity], lower[2 * x + parity]);
            first[x] = u;
            second[x] = u + l;
            third[x] = u - l;
            fourth[x] = T::zero() - l;
        }
    }
}

#[inline(always)]
fn outputs_from_tiles_inner<T: WithDType>(
    plan: &Plan,
    tiles: &[T],
    rows: &Range<usize>,
    bias: Option<&[T]>,
    output: &mut [T],
) {
    let (height, width, across) = (plan.height, plan.width, plan.width / 2);
    let count = rows.len() * across;
    let stride = plan.channels_out * count;
    // Rows 0 and 1 of `Aᵀ m`, four lines each.
    let mut first = vec![T::zero(); 4 * across];
    let mut second = vec![T::zero(); 4 * across];
    for channel in 0..plan.channels_out {
        let bias = bias.map_or(T::zero(), |bias| bias[channel]);
        for (index, row) in rows.clone().enumerate() {
            let (image, top) = (row / (height / 2), row % (height / 2) * 2);
            let plane = (image * plan.channels_out + channel) * height * width;
            let place = channel * count + index * across;
            let line = |frequency: usize| &tiles[frequency * stride + place..][..across];
            for k in 0..4 {
                let (a, b, c, d) = (line(k), line(4 + k), line(8 + k), line(12 + k));
                let first = &mut first[k * across..][..across];
                let second = &mut second[k * across..][..across];
                for x in 0..across {
                    first[x] = a[x] + b[x] + c[x];
                    second[x] = b[x] - c[x] - d[x];
                }
            }
            let (upper, lower) = output[plane + top * width..][..2 * width].split_at_mut(width);
            interleave(&first, bias, upper);
            interleave(&second, bias, lower);
        }
    }
}

/// The two columns of `m A` from four lines, side by side, plus the bias.
#[inline(always)]
fn interleave<T: WithDType>(lines: &[T], bias: T, output: &mut [T]) {
    let across = lines.len() / 4;
    let (a, rest) = lines.split_at(across);
    let (b, rest) = rest.split_at(across);
    let (c, d) = rest.split_at(across);
    for (x, pair) in output.chunks_exact_mut(2).enumerate() {
        pair[0] = a[x] + b[x] + c[x] + bias;
        pair[1] = b[x] - c[x] - d[x] + bias;
    }
}
