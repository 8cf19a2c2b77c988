//! Rules applied to each row.

use pulp::Arch;

use super::super::program::{MapRows, RowRule};
use super::arena::Arena;
use super::job::{Job, SAMPLE, Stage, per_chunk, range};
use super::math;

/// Partial sums that are carried side by side, so that sums vectorise.
const LANES: usize = 16;

/// Up to which place the largest entries are kept sorted.
const FEW: usize = 16;

/// What a sample costs, in samples that are only scaled.
const PASSES: usize = 3;

impl Job for MapRows {
    fn stages(&self) -> Vec<Stage> {
        let chunks = self.x.rows.div_ceil(rows_per_chunk(self));
        vec![Stage::new(
            chunks,
            self.x.rows * self.x.width * SAMPLE * PASSES,
        )]
    }

    fn own(&self) -> usize {
        self.x.width
    }

    fn run(&self, arena: &Arena, _: usize, chunk: usize, own: usize) {
        let (x, y) = (&self.x, &self.y);
        let rows = range(chunk, rows_per_chunk(self), x.rows);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for row in rows {
                    let x = arena.part(x.first + row * x.row_stride, x.width);
                    let y = arena.part_mut(y.first + row * y.row_stride, x.len());
                    let own = arena.part_mut(own, x.len());
                    match self.rule {
                        RowRule::Softmax => softmax(x, y),
                        RowRule::SparseSoftmax { top } => {
                            softmax(x, own);
                            sparse(own, y, top);
                        }
                    }
                }
            },
        );
    }
}

fn rows_per_chunk(step: &MapRows) -> usize {
    per_chunk(step.x.rows, step.x.width * SAMPLE * PASSES)
}

#[inline(always)]
fn fold(x: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut parts = [start; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (part, &x) in parts.iter_mut().zip(chunk) {
            *part = join(*part, x);
        }
    }
    for (part, &x) in parts.iter_mut().zip(rest) {
        *part = join(*part, x);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for index in 0..half {
            parts[index] = join(parts[index], parts[index + half]);
        }
        half /= 2;
    }
    parts[0]
}

#[inline(always)]
fn sum(x: &[f32]) -> f32 {
    fold(x, 0.0, |a, b| a + b)
}

#[inline(always)]
fn softmax(x: &[f32], y: &mut [f32]) {
    let most = fold(x, f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    for (y, x) in y.iter_mut().zip(x) {
        *y = math::exp(x - most);
    }
    let share = 1.0 / sum(y);
    for y in y.iter_mut() {
        *y *= share;
    }
}

/// `soft` is used up.
#[inline(always)]
fn sparse(soft: &mut [f32], y: &mut [f32], top: usize) {
    y.copy_from_slice(soft);
    let threshold = threshold(soft, top);
    for y in y.iter_mut() {
        let excess = *y - threshold;
        let kept = if excess > 0.0 { excess } else { 0.0 };
        *y = kept * *y / (excess.abs() + 1e-12);
    }
    let sum = sum(y);
    let share = 1.0 / if sum > 1e-12 { sum } else { 1e-12 };
    for y in y.iter_mut() {
        *y *= share;
    }
}

/// The `top`-th largest, counted from 1. Keeps the largest sorted at the front, which few of the
/// samples change once it has filled; `samples` are used up.
#[inline(always)]
fn threshold(samples: &mut [f32], top: usize) -> f32 {
    let last = top.clamp(1, samples.len()) - 1;
    if last >= FEW {
        let (_, threshold, _) = samples.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
        return *threshold;
    }
    let mut largest = [f32::NEG_INFINITY; FEW];
    for &sample in samples.iter() {
        if sample > largest[last] {
            let mut place = last;
            while place > 0 && sample > largest[place - 1] {
                largest[place] = largest[place - 1];
                place -= 1;
            }
            largest[place] = sample;
        }
    }
    largest[last]
}
