//! The kernel that convolutions and products share: some pixels times some vectors of columns,
//! summed in registers.
//!
//! A row of the left matrix is given by its pixel's address and the runs of samples that count from
//! there, so that a convolution's windows are read where they lie.
//!
//! The inner loop walks slices of one length: their bounds are checked once before it, and no check
//! is left in it even where the compiler inserts checks into pointer arithmetic.

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};

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
                (2, 8..) if most => tile::<S, 8, 2>(simd, &mut self),
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
    let mut x = [0; P];
    for x in &mut x {
        *x = block.x.step();
    }
    let mut rows = [[simd.splat_f32s(0.0); V]; P];
    simd.vectorize(Sum {
        simd,
        arena,
        x,
        runs: block.runs,
        weights: block.weights,
        sums: &mut rows,
    });
    for row in &rows {
        if block.width == V * S::F32_LANES {
            whole(simd, block, row);
        } else {
            part(block, bytemuck::cast_slice(row));
        }
    }
    block.pixels -= P;
}

/// The innermost loops. They are a function of their own, so that the compiler keeps all sums in
/// registers whatever is done to them afterwards.
struct Sum<'a, S: Simd, const P: usize, const V: usize> {
    simd: S,
    arena: &'a Arena,
    x: [usize; P],
    runs: &'a [Run],
    weights: &'a [f32],
    sums: &'a mut [[S::f32s; V]; P],
}

/// Samples between two checks of the slices' bounds.
const STRETCH: usize = 4;

impl<S: Simd, const P: usize, const V: usize> NullaryFnOnce for Sum<'_, S, P, V> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let simd = self.simd;
        let mut sums = [[simd.splat_f32s(0.0); V]; P];
        let (mut rows, _) = S::as_simd_f32s(self.weights).0.as_chunks::<V>();
        for run in self.runs {
            let (weights, rest) = rows.split_at(run.len);
            rows = rest;
            let mut samples: [&[f32]; P] = [&[]; P];
            for (samples, x) in samples.iter_mut().zip(self.x) {
                *samples = self.arena.part(x + run.first, run.len);
            }
            let (stretches, rest) = weights.as_chunks::<STRETCH>();
            for (index, weights) in stretches.iter().enumerate() {
                let mut here: [&[f32; STRETCH]; P] = [&[0.0; STRETCH]; P];
                for p in 0..P {
                    here[p] = &samples[p].as_chunks::<STRETCH>().0[index];
                }
                for k in 0..STRETCH {
                    for p in 0..P {
                        let sample = simd.splat_f32s(here[p][k]);
                        for v in 0..V {
                            sums[p][v] = simd.mul_add_e_f32s(sample, weights[k][v], sums[p][v]);
                        }
                    }
                }
            }
            let done = run.len - rest.len();
            for (index, weights) in rest.iter().enumerate() {
                for p in 0..P {
                    let sample = simd.splat_f32s(samples[p][done + index]);
                    for v in 0..V {
                        sums[p][v] = simd.mul_add_e_f32s(sample, weights[v], sums[p][v]);
                    }
                }
            }
        }
        *self.sums = sums;
    }
}

/// Writes a pixel of a full panel.
#[inline(always)]
fn whole<S: Simd, const V: usize>(simd: S, block: &mut Block, row: &[S::f32s; V]) {
    let (arena, width) = (block.arena, V * S::F32_LANES);
    let mut row = *row;
    if let Some(bias) = block.finish.bias {
        add(simd, &mut row, &bias[..width]);
    }
    let first = block.y.step();
    if block.finish.resume {
        add(simd, &mut row, arena.part(first, width));
    }
    if let Some(plus) = &mut block.finish.plus {
        add(simd, &mut row, arena.part(plus.step(), width));
    }
    if let Activation::Leaky(slope) = block.finish.then {
        for sum in &mut row {
            let scaled = simd.mul_f32s(*sum, simd.splat_f32s(slope));
            let positive = simd.greater_than_f32s(*sum, simd.splat_f32s(0.0));
            *sum = simd.select_f32s(positive, *sum, scaled);
        }
    }
    let y = arena.part_mut(first, width);
    let (vectors, _) = S::as_mut_simd_f32s(y);
    for (y, sum) in vectors.iter_mut().zip(row) {
        *y = sum;
    }
    match block.finish.then {
        Activation::Nothing | Activation::Leaky(_) => {}
        then => math::activate(then, y),
    }
}

#[inline(always)]
fn add<S: Simd, const V: usize>(simd: S, row: &mut [S::f32s; V], more: &[f32]) {
    let (more, _) = S::as_simd_f32s(more);
    for (sum, more) in row.iter_mut().zip(more) {
        *sum = simd.add_f32s(*sum, *more);
    }
}

/// Writes a pixel of a panel whose last vector is part empty.
#[inline(always)]
fn part(block: &mut Block, row: &[f32]) {
    let (arena, first) = (block.arena, block.y.step());
    let y = arena.part_mut(first, block.width);
    let bias = block.finish.bias;
    for (column, (y, &sum)) in y.iter_mut().zip(row).enumerate() {
        let held = if block.finish.resume { *y } else { 0.0 };
        *y = sum + bias.map_or(0.0, |bias| bias[column]) + held;
    }
    if let Some(plus) = &mut block.finish.plus {
        for (y, plus) in y.iter_mut().zip(arena.part(plus.step(), block.width)) {
            *y += plus;
        }
    }
    math::activate(block.finish.then, y);
}
