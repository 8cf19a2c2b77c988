//! Normalisation of maps, in three stages: moments of each row, one factor and one offset per
//! channel from them, and their application. Few channels are repeated, so that loops are long.
//!
//! Moments of rows are exact to rounding and joined in double precision, so that a large mean does
//! not eat the variance.

use std::ops::Range;

use pulp::Arch;

use super::super::program::{Deviation, Normalise, Over};
use super::arena::Arena;
use super::job::{Ground, Job, SAMPLE, Stage, range};
use super::math;
use super::scale::{numbers, pieces, repeat, rows_per_chunk, scaled, span};

/// Channels whose moments are joined side by side.
const BLOCK: usize = 16;

fn blocks(channels: usize) -> impl Iterator<Item = Range<usize>> {
    let firsts = (0..channels).step_by(BLOCK);
    firsts.map(move |first| first..(first + BLOCK).min(channels))
}

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

    /// Means of a row's channels and sums of their squared deviations.
    #[inline(always)]
    fn measure(&self, arena: &Arena, row: usize, own: usize) {
        let x = &self.step.x;
        let (channels, span) = (x.channels, span(x.channels));
        let first = self.moments + row * 2 * channels;
        let (means, squares) = arena.part_mut(first, 2 * channels).split_at_mut(channels);
        let (sums, repeated) = arena.part_mut(own, 2 * span).split_at_mut(span);
        let piece = |(column, len)| arena.part(x.at(row / x.height, row % x.height, column), len);
        sums.fill(0.0);
        for x in pieces(&[x]).map(piece) {
            for x in x.chunks(span) {
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum += x;
                }
            }
        }
        let share = 1.0 / x.width as f32;
        fold(sums, means);
        for mean in means.iter_mut() {
            *mean *= share;
        }
        repeat(means, repeated);
        sums.fill(0.0);
        for x in pieces(&[x]).map(piece) {
            for x in x.chunks(span) {
                for ((sum, x), mean) in sums.iter_mut().zip(x).zip(repeated.iter()) {
                    *sum += (x - mean) * (x - mean);
                }
            }
        }
        fold(sums, squares);
    }

    /// Means of some channels of an image, and sums of their squared deviations.
    #[inline(always)]
    fn join(&self, arena: &Arena, image: usize, channels: &Range<usize>) -> [[f64; BLOCK]; 2] {
        let x = &self.step.x;
        let moments = |row: usize, first: usize| {
            let row = self.moments + (image * x.height + row) * 2 * x.channels;
            arena.part(row + first + channels.start, channels.len())
        };
        let (mut means, mut squares) = ([0.0; BLOCK], [0.0; BLOCK]);
        for row in 0..x.height {
            for (mean, &part) in means.iter_mut().zip(moments(row, 0)) {
                *mean += f64::from(part);
            }
        }
        for mean in &mut means {
            *mean /= x.height as f64;
        }
        for row in 0..x.height {
            let parts = moments(row, 0).iter().zip(moments(row, x.channels));
            for ((square, mean), (&part, &sum)) in squares.iter_mut().zip(means).zip(parts) {
                let away = f64::from(part) - mean;
                *square += f64::from(sum) + x.width as f64 * away * away;
            }
        }
        [means, squares]
    }

    fn deviation(&self, squares: f64, count: f64) -> f64 {
        match self.step.deviation {
            Deviation::Biased(epsilon) => (squares / count + f64::from(epsilon)).sqrt(),
            Deviation::Unbiased(epsilon) => (squares / (count - 1.0)).sqrt() + f64::from(epsilon),
        }
    }

    /// Mean and deviation over all channels of an image.
    #[inline(always)]
    fn overall(&self, arena: &Arena, image: usize) -> (f64, f64) {
        let x = &self.step.x;
        let pixels = (x.height * x.width) as f64;
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for channels in blocks(x.channels) {
            let [means, sums] = self.join(arena, image, &channels);
            for (part, sum) in means.into_iter().zip(sums).take(channels.len()) {
                let away = part - mean;
                squares += sum + away * away * pixels * count / (count + pixels);
                count += pixels;
                mean += away * pixels / count;
            }
        }
        (mean, self.deviation(squares, count))
    }

    #[inline(always)]
    fn derive(&self, arena: &Arena, image: usize) {
        let channels = self.step.x.channels;
        let span = span(channels);
        let factors = arena.part_mut(self.factors + image * 2 * span, 2 * span);
        let (factors, offsets) = factors.split_at_mut(span);
        let overall = match self.step.over {
            Over::Image => Some(self.overall(arena, image)),
            Over::Plane => None,
        };
        let affine = self.step.affine.map(|(scale, shift)| {
            let of = |table| numbers(arena, table, image, channels);
            (of(scale), of(shift))
        });
        let pixels = (self.step.x.height * self.step.x.width) as f64;
        for block in blocks(channels) {
            let [means, squares] = match overall {
                Some(_) => [[0.0; BLOCK]; 2],
                None => self.join(arena, image, &block),
            };
            for (channel, (mean, squares)) in block.zip(means.into_iter().zip(squares)) {
                let (mean, deviation) =
                    overall.unwrap_or_else(|| (mean, self.deviation(squares, pixels)));
                let (scale, shift) = affine.map_or((1.0, 0.0), |(scale, shift)| {
                    (f64::from(scale[channel]), f64::from(shift[channel]))
                });
                let factor = scale / deviation;
                factors[channel] = factor as f32;
                offsets[channel] = (shift - mean * factor) as f32;
            }
        }
        for numbers in [factors, offsets] {
            let (numbers, rest) = numbers.split_at_mut(channels);
            repeat(numbers, rest);
        }
    }

    #[inline(always)]
    fn apply(&self, arena: &Arena, row: usize) {
        let Normalise { x, y, plus, .. } = &self.step;
        let (image, row, span) = (row / y.height, row % y.height, span(y.channels));
        let factors = arena.part(self.factors + image * 2 * span, 2 * span);
        let factors = factors.split_at(span);
        for (column, len) in pieces(&[x, y, plus.as_ref().unwrap_or(x)]) {
            let x = arena.part(x.at(image, row, column), len);
            let y = arena.part_mut(y.at(image, row, column), len);
            scaled(x, y, factors);
            if let Some(plus) = plus {
                let plus = arena.part(plus.at(image, row, column), len);
                for (y, plus) in y.iter_mut().zip(plus) {
                    *y += plus;
                }
            }
            math::activate(self.step.then, y);
        }
    }
}

/// Adds up the repetitions of the channels, by halves as long as that goes; `sums` are used up.
#[inline(always)]
fn fold(sums: &mut [f32], to: &mut [f32]) {
    let mut count = sums.len() / to.len();
    while count.is_multiple_of(2) {
        count /= 2;
        let (lower, upper) = sums.split_at_mut(count * to.len());
        for (lower, upper) in lower.iter_mut().zip(upper) {
            *lower += *upper;
        }
    }
    to.fill(0.0);
    for sums in sums[..count * to.len()].chunks_exact(to.len()) {
        for (to, sum) in to.iter_mut().zip(sums) {
            *to += sum;
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
        2 * x.images * (x.channels * x.height + span(x.channels))
    }

    fn own(&self) -> usize {
        2 * span(self.step.x.channels)
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, own: usize) {
        let x = &self.step.x;
        let rows = range(chunk, rows_per_chunk(x), x.images * x.height);
        Arch::new().dispatch(
            #[inline(always)]
            || match stage {
                0 => rows.for_each(
                    #[inline(always)]
                    |row| self.measure(arena, row, own),
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
