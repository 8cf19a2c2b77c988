//! Normalisation of maps, in three stages: moments of each row, one factor and one offset per
//! channel from them, and their application.
//!
//! Moments of rows are exact to rounding and joined in double precision, so that a large mean does
//! not eat the variance.

use pulp::Arch;

use super::super::program::{Deviation, Normalise, Over};
use super::arena::Arena;
use super::job::{Ground, Job, SAMPLE, Stage, range};
use super::math;
use super::scale::{numbers, rows_per_chunk, scaled};

/// A normalisation.
pub(super) struct Norm {
    step: Normalise,
    /// For each row of each image: means of the channels, then sums of squared deviations.
    moments: usize,
    /// For each image: factors of the channels, then offsets.
    factors: usize,
}

impl Norm {
    /// Finds room for the moments.
    pub(super) fn new(step: &Normalise, ground: &Ground) -> Self {
        let rows = step.x.images * step.x.height;
        Self {
            step: *step,
            moments: ground.shared,
            factors: ground.shared + rows * 2 * step.x.channels,
        }
    }

    #[inline(always)]
    fn measure(&self, arena: &Arena, row: usize) {
        let x = &self.step.x;
        let first = self.moments + row * 2 * x.channels;
        let (means, squares) = arena
            .part_mut(first, 2 * x.channels)
            .split_at_mut(x.channels);
        let pixel = |column| arena.part(x.at(row / x.height, row % x.height, column), x.channels);
        means.fill(0.0);
        for column in 0..x.width {
            for (sum, x) in means.iter_mut().zip(pixel(column)) {
                *sum += x;
            }
        }
        let share = 1.0 / x.width as f32;
        for mean in means.iter_mut() {
            *mean *= share;
        }
        squares.fill(0.0);
        for column in 0..x.width {
            for ((sum, x), mean) in squares.iter_mut().zip(pixel(column)).zip(means.iter()) {
                *sum += (x - mean) * (x - mean);
            }
        }
    }

    /// Mean and deviation over some channels of an image.
    fn join(&self, arena: &Arena, image: usize, channels: std::ops::Range<usize>) -> (f64, f64) {
        let x = &self.step.x;
        let first = self.moments + image * x.height * 2 * x.channels;
        let moments = arena.part(first, x.height * 2 * x.channels);
        let (mut mean, mut squares) = (0.0, 0.0);
        for row in moments.chunks_exact(2 * x.channels) {
            for &part in &row[channels.clone()] {
                mean += f64::from(part);
            }
        }
        mean /= (x.height * channels.len()) as f64;
        for row in moments.chunks_exact(2 * x.channels) {
            let (means, sums) = row.split_at(x.channels);
            for (&part, &sum) in means[channels.clone()].iter().zip(&sums[channels.clone()]) {
                let away = f64::from(part) - mean;
                squares += f64::from(sum) + x.width as f64 * away * away;
            }
        }
        let count = (x.height * x.width * channels.len()) as f64;
        let deviation = match self.step.deviation {
            Deviation::Biased(epsilon) => (squares / count + f64::from(epsilon)).sqrt(),
            Deviation::Unbiased(epsilon) => (squares / (count - 1.0)).sqrt() + f64::from(epsilon),
        };
        (mean, deviation)
    }

    fn derive(&self, arena: &Arena, image: usize) {
        let channels = self.step.x.channels;
        let factors = arena.part_mut(self.factors + image * 2 * channels, 2 * channels);
        let (factors, offsets) = factors.split_at_mut(channels);
        let mut moments = match self.step.over {
            Over::Image => self.join(arena, image, 0..channels),
            Over::Plane => (0.0, 1.0),
        };
        let affine = self.step.affine.map(|(scale, shift)| {
            let of = |table| numbers(arena, table, image, channels);
            (of(scale), of(shift))
        });
        for channel in 0..channels {
            if self.step.over == Over::Plane {
                moments = self.join(arena, image, channel..channel + 1);
            }
            let (scale, shift) = affine.map_or((1.0, 0.0), |(scale, shift)| {
                (f64::from(scale[channel]), f64::from(shift[channel]))
            });
            let factor = scale / moments.1;
            factors[channel] = factor as f32;
            offsets[channel] = (shift - moments.0 * factor) as f32;
        }
    }

    #[inline(always)]
    fn apply(&self, arena: &Arena, row: usize) {
        let Normalise { x, y, .. } = self.step;
        let (image, row, channels) = (row / y.height, row % y.height, y.channels);
        let factors = arena.part(self.factors + image * 2 * channels, 2 * channels);
        let factors = factors.split_at(channels);
        for column in 0..y.width {
            let x = arena.part(x.at(image, row, column), channels);
            let y = arena.part_mut(y.at(image, row, column), channels);
            scaled((x, y), factors);
            if let Some(plus) = &self.step.plus {
                let plus = arena.part(plus.at(image, row, column), channels);
                for (y, plus) in y.iter_mut().zip(plus) {
                    *y += plus;
                }
            }
            math::activate(self.step.then, y);
        }
    }
}

impl Job for Norm {
    fn stages(&self) -> Vec<Stage> {
        let x = &self.step.x;
        let chunks = (x.images * x.height).div_ceil(rows_per_chunk(x));
        let rows = Stage::new(chunks, x.len() * SAMPLE);
        let images = Stage::new(x.images, x.images * x.height * x.channels * SAMPLE);
        vec![rows, images, rows]
    }

    fn shared(&self) -> usize {
        let x = &self.step.x;
        2 * x.channels * x.images * (x.height + 1)
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, _: usize) {
        let x = &self.step.x;
        let rows = range(chunk, rows_per_chunk(x), x.images * x.height);
        Arch::new().dispatch(
            #[inline(always)]
            || match stage {
                0 => rows.for_each(
                    #[inline(always)]
                    |row| self.measure(arena, row),
                ),
                1 => self.derive(arena, chunk),
                _ => rows.for_each(
                    #[inline(always)]
                    |row| self.apply(arena, row),
                ),
            },
        );
    }
}
