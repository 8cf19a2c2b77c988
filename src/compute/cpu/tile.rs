//! The kernel that convolutions and products share: some pixels times some vectors of columns,
//! summed in registers.
//!
//! A row of the left matrix is given by its pixel's address and the runs of samples that count from
//! there, so that a convolution's windows are read where they lie.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use pulp::{Arch, Simd, WithSimd};

use super::super::program::Activation;
use super::arena::Arena;
use super::grid::Walk;
use super::math;

/// Neighbouring samples that take part in a product, counted from the pixel's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) len: usize,
}

/// What is done to sums before they are written.
#[derive(Clone, Copy)]
pub(super) struct Finish<'a> {
    /// A number for each column of the panel.
    pub(super) bias: Option<&'a [f32]>,
    /// Samples to add, pixel by pixel.
    pub(super) plus: Option<Walk>,
    /// Whether to add what `y` holds: the sums of earlier runs.
    pub(super) resume: bool,
    pub(super) then: Activation,
}

/// `y[p, c] = finish(Σ x[p, k] · weights[k, c])` for the columns of one panel.
pub(super) struct Block<'a> {
    pub(super) arena: &'a Arena,
    pub(super) x: Walk,
    pub(super) y: Walk,
    pub(super) pixels: usize,
    pub(super) runs: &'a [Run],
    /// As many rows as the runs have samples, `vectors · lanes` wide.
    pub(super) weights: &'a [f32],
    pub(super) vectors: usize,
    /// Columns to write.
    pub(super) width: usize,
    pub(super) finish: Finish<'a>,
}

/// The most vectors a panel has.
const MOST: usize = 4;

/// What the processor offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vectors {
    /// Samples of a vector.
    pub(super) lanes: usize,
    /// Vectors of the widest panel.
    pub(super) most: usize,
}

impl Vectors {
    /// Asks the processor.
    pub(super) fn detect() -> Self {
        Arch::new().dispatch(Ask)
    }
}

struct Ask;

impl WithSimd for Ask {
    type Output = Vectors;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vectors {
        Vectors {
            lanes: S::F32_LANES,
            most: if S::REGISTER_COUNT >= 32 { MOST } else { 2 },
        }
    }
}

impl Block<'_> {
    /// Computes it.
    pub(super) fn compute(self) {
        debug_assert_eq!(
            self.runs.iter().map(|run| run.len).sum::<usize>()
                * self.vectors
                * Vectors::detect().lanes,
            self.weights.len()
        );
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // Sums, columns and one pixel fill 31 of 32 registers, or 15 of 16.
        let most = S::REGISTER_COUNT >= 32;
        while self.pixels > 0 {
            match (self.vectors, self.pixels) {
                (4, 6..) if most => tile::<S, 6, 4>(simd, &mut self),
                (4, 4..) if most => tile::<S, 4, 4>(simd, &mut self),
                (4, 2..) if most => tile::<S, 2, 4>(simd, &mut self),
                (4, _) if most => tile::<S, 1, 4>(simd, &mut self),
                (3, 8..) if most => tile::<S, 8, 3>(simd, &mut self),
                (3, 4..) if most => tile::<S, 4, 3>(simd, &mut self),
                (3, 2..) if most => tile::<S, 2, 3>(simd, &mut self),
                (3, _) if most => tile::<S, 1, 3>(simd, &mut self),
                (2, 12..) if most => tile::<S, 12, 2>(simd, &mut self),
                (2, 6..) => tile::<S, 6, 2>(simd, &mut self),
                (2, 4..) => tile::<S, 4, 2>(simd, &mut self),
                (2, 2..) => tile::<S, 2, 2>(simd, &mut self),
                (2, _) => tile::<S, 1, 2>(simd, &mut self),
                (_, 12..) => tile::<S, 12, 1>(simd, &mut self),
                (_, 6..) => tile::<S, 6, 1>(simd, &mut self),
                (_, 3..) => tile::<S, 3, 1>(simd, &mut self),
                (_, _) => tile::<S, 1, 1>(simd, &mut self),
            }
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const P: usize, const V: usize>(simd: S, block: &mut Block) {
    let arena = block.arena;
    let mut x = [arena.at(0).cast_const(); P];
    for x in &mut x {
        *x = arena.at(block.x.step()).cast_const();
    }
    let mut sums = [[simd.splat_f32s(0.0); V]; P];
    let mut weights = block.weights.as_ptr().cast::<S::f32s>();
    for run in block.runs {
        for k in run.first..run.first + run.len {
            // SAFETY: the runs of every pixel of the grid lie inside the arena (checked when the
            // plan was), and the panel has a row of V vectors for each of their samples.
            unsafe {
                let mut columns = [simd.splat_f32s(0.0); V];
                for (v, column) in columns.iter_mut().enumerate() {
                    *column = weights.add(v).read_unaligned();
                }
                for p in 0..P {
                    let sample = simd.splat_f32s(*x[p].add(k));
                    for v in 0..V {
                        sums[p][v] = simd.mul_add_f32s(sample, columns[v], sums[p][v]);
                    }
                }
                weights = weights.add(V);
            }
        }
    }
    // Through memory, so that the loop below can count pixels without moving sums out of registers
    // in the loop above.
    let mut rows = [[MaybeUninit::<S::f32s>::uninit(); V]; P];
    for p in 0..P {
        for v in 0..V {
            rows[p][v].write(sums[p][v]);
        }
    }
    for row in &mut rows {
        // SAFETY: V vectors were written above, and vectors are arrays of samples.
        let row = unsafe {
            std::slice::from_raw_parts_mut(row.as_mut_ptr().cast::<f32>(), V * S::F32_LANES)
        };
        if block.width == row.len() {
            whole::<S, V>(simd, block, row);
        } else {
            part(block, row);
        }
    }
    block.pixels -= P;
}

/// Writes a pixel of a full panel.
#[inline(always)]
fn whole<S: Simd, const V: usize>(simd: S, block: &mut Block, row: &[f32]) {
    let arena = block.arena;
    let y = arena.at(block.y.step()).cast::<S::f32s>();
    let plus = block
        .finish
        .plus
        .as_mut()
        .map(|plus| arena.at(plus.step()).cast::<S::f32s>());
    let row = row.as_ptr().cast::<S::f32s>();
    // SAFETY: the pixel's V vectors of columns lie inside the arena in `y` and `plus`, in the bias,
    // and in the row.
    unsafe {
        for v in 0..V {
            let mut sum = row.add(v).read_unaligned();
            if let Some(bias) = block.finish.bias {
                let bias = bias.as_ptr().cast::<S::f32s>();
                sum = simd.add_f32s(sum, bias.add(v).read_unaligned());
            }
            if block.finish.resume {
                sum = simd.add_f32s(sum, y.add(v).read_unaligned());
            }
            if let Some(plus) = plus {
                sum = simd.add_f32s(sum, plus.add(v).read_unaligned());
            }
            if let Activation::Leaky(slope) = block.finish.then {
                let scaled = simd.mul_f32s(sum, simd.splat_f32s(slope));
                let positive = simd.greater_than_f32s(sum, simd.splat_f32s(0.0));
                sum = simd.select_f32s(positive, sum, scaled);
            }
            y.add(v).write_unaligned(sum);
        }
        match block.finish.then {
            Activation::Nothing | Activation::Leaky(_) => {}
            then => {
                let y = std::slice::from_raw_parts_mut(y.cast::<f32>(), block.width);
                math::activate(then, y);
            }
        }
    }
}

/// Writes a pixel of a panel whose last vector is part empty.
#[inline(always)]
fn part(block: &mut Block, row: &mut [f32]) {
    let arena = block.arena;
    let row = &mut row[..block.width];
    if let Some(bias) = block.finish.bias {
        add(row, bias);
    }
    let first = block.y.step();
    if block.finish.resume {
        add(row, arena.part(first, block.width));
    }
    if let Some(plus) = &mut block.finish.plus {
        add(row, arena.part(plus.step(), block.width));
    }
    math::activate(block.finish.then, row);
    arena.part_mut(first, block.width).copy_from_slice(row);
}

#[inline(always)]
fn add(row: &mut [f32], more: &[f32]) {
    for (sample, more) in row.iter_mut().zip(more) {
        *sample += more;
    }
}
