//! Maps of another size.

use pulp::Arch;

use super::super::program::{Resample, Resampling};
use super::arena::Arena;
use super::job::{Job, SAMPLE, Stage, per_chunk, range};

impl Job for Resample {
    fn stages(&self) -> Vec<Stage> {
        let rows = self.y.images * self.y.height;
        let cost = self.y.len().max(self.x.len() / 4) * SAMPLE;
        vec![Stage::new(rows.div_ceil(rows_per_chunk(self)), cost)]
    }

    fn own(&self) -> usize {
        self.x.channels
    }

    fn run(&self, arena: &Arena, _: usize, chunk: usize, own: usize) {
        let rows = range(chunk, rows_per_chunk(self), self.y.images * self.y.height);
        let row = Row { step: self, arena };
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for index in rows {
                    let (image, y) = (index / self.y.height, index % self.y.height);
                    match self.how {
                        Resampling::TwiceNearest => row.nearest(image, y),
                        Resampling::TwiceBilinear => row.bilinear(image, y),
                        Resampling::Half => row.half(image, y),
                        Resampling::Mean => row.mean(image, own),
                    }
                }
            },
        );
    }
}

fn rows_per_chunk(step: &Resample) -> usize {
    let rows = step.y.images * step.y.height;
    let samples = step.y.len().max(step.x.len() / 4);
    per_chunk(rows, samples * SAMPLE / rows.max(1))
}

struct Row<'a> {
    step: &'a Resample,
    arena: &'a Arena,
}

impl Row<'_> {
    #[inline(always)]
    fn x(&self, image: usize, row: usize, column: usize) -> &[f32] {
        self.arena
            .part(self.step.x.at(image, row, column), self.step.x.channels)
    }

    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    fn y(&self, image: usize, row: usize, column: usize) -> &mut [f32] {
        self.arena
            .part_mut(self.step.y.at(image, row, column), self.step.x.channels)
    }

    #[inline(always)]
    fn nearest(&self, image: usize, row: usize) {
        for column in 0..self.step.x.width {
            let x = self.x(image, row / 2, column);
            self.y(image, row, 2 * column).copy_from_slice(x);
            self.y(image, row, 2 * column + 1).copy_from_slice(x);
        }
    }

    /// Weights 3/4 for the pixel that an output pixel lies in and 1/4 for its neighbour, both ways.
    #[inline(always)]
    fn bilinear(&self, image: usize, row: usize) {
        let other = |at: usize, size: usize| match at % 2 {
            0 => (at / 2).saturating_sub(1),
            _ => (at / 2 + 1).min(size - 1),
        };
        let (near, far) = (row / 2, other(row, self.step.x.height));
        for column in 0..self.step.y.width {
            let (here, there) = (column / 2, other(column, self.step.x.width));
            let nearest = self.x(image, near, here);
            let above = self.x(image, far, here);
            let beside = self.x(image, near, there);
            let across = self.x(image, far, there);
            let y = self.y(image, row, column);
            let far = above.iter().zip(beside).zip(across);
            for ((y, nearest), ((above, beside), across)) in y.iter_mut().zip(nearest).zip(far) {
                *y = 0.5625 * nearest + 0.1875 * (above + beside) + 0.0625 * across;
            }
        }
    }

    #[inline(always)]
    fn half(&self, image: usize, row: usize) {
        for column in 0..self.step.y.width {
            let pixel =
                |down: usize, right: usize| self.x(image, 2 * row + down, 2 * column + right);
            let upper = pixel(0, 0).iter().zip(pixel(0, 1));
            let lower = pixel(1, 0).iter().zip(pixel(1, 1));
            let y = self.y(image, row, column);
            for ((y, (a, b)), (c, d)) in y.iter_mut().zip(upper).zip(lower) {
                *y = 0.25 * ((a + b) + (c + d));
            }
        }
    }

    /// Sums rows, then their sums, so that rounding does not add up over all pixels.
    #[inline(always)]
    fn mean(&self, image: usize, own: usize) {
        let x = &self.step.x;
        let sums = self.arena.part_mut(own, x.channels);
        let y = self.y(image, 0, 0);
        y.fill(0.0);
        for row in 0..x.height {
            sums.fill(0.0);
            for column in 0..x.width {
                for (sum, x) in sums.iter_mut().zip(self.x(image, row, column)) {
                    *sum += x;
                }
            }
            for (y, sum) in y.iter_mut().zip(sums.iter()) {
                *y += sum;
            }
        }
        let share = 1.0 / (x.height * x.width) as f32;
        for y in y.iter_mut() {
            *y *= share;
        }
    }
}
