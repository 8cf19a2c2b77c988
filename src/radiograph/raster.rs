//! A rectangle of samples.

use std::borrow::Cow;

use super::Samples;
use crate::error::{Error, ErrorKind, Result};

/// The widest or tallest image this program holds, in pixels: 16-bit films stay below 512 MiB.
pub const LARGEST_SIDE_PX: usize = 16_384;

/// A rectangle of samples, row-major, shared without copying.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    width: usize,
    height: usize,
    samples: Samples,
}

impl Raster {
    /// Makes a raster of `width` × `height` samples, row-major.
    ///
    /// # Errors
    /// When a side is 0 or above [`LARGEST_SIDE_PX`], or the number of samples does not fit.
    pub fn new(width: usize, height: usize, samples: impl Into<Samples>) -> Result<Self> {
        let samples = samples.into();
        let too_large = width > LARGEST_SIDE_PX || height > LARGEST_SIDE_PX;
        if too_large {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "the image is {width} × {height} pixels; the limit is {LARGEST_SIDE_PX} a side"
                ),
                "Export it at a smaller size.",
            ));
        }
        if width == 0 || height == 0 || samples.len() != width * height {
            return Err(Error::new(
                ErrorKind::Damaged,
                format!(
                    "the image says {width} × {height} pixels but holds {}",
                    samples.len()
                ),
                "Export it again from its source.",
            ));
        }
        Ok(Self {
            width,
            height,
            samples,
        })
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the samples, row-major, as they lie in memory.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Returns all samples as numbers, row-major; copied where they are kept as whole numbers, as
    /// those of films are. Maps are not.
    pub fn values(&self) -> Cow<'_, [f32]> {
        self.samples.values()
    }

    /// Returns the sample at a column and a row inside the raster.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.samples.at(y * self.width + x)
    }

    /// Writes a row, as long as the raster is wide, from a column on.
    pub fn read_row(&self, (x, y): (usize, usize), values: &mut [f32]) {
        self.samples.read(y * self.width + x, values);
    }

    /// Returns the least and the greatest finite sample, or `None` when none is finite.
    pub fn extremes(&self) -> Option<(f32, f32)> {
        match self.samples.whole() {
            Some(whole) => whole.extremes(),
            None => self.extremes_of(f32::is_finite),
        }
    }

    /// Returns the least and the greatest sample of those that count, or `None` when none does.
    pub(super) fn extremes_of(&self, counts: impl Fn(f32) -> bool) -> Option<(f32, f32)> {
        const LANES: usize = 16;
        // Lanes side by side and no branch: a film has millions of samples.
        let mut low = [f32::INFINITY; LANES];
        let mut high = [f32::NEG_INFINITY; LANES];
        let mut take = |lane: usize, sample: f32| {
            let counted = counts(sample);
            let (least, most) = if counted {
                (sample, sample)
            } else {
                (f32::INFINITY, f32::NEG_INFINITY)
            };
            low[lane] = if least < low[lane] { least } else { low[lane] };
            high[lane] = if most > high[lane] { most } else { high[lane] };
        };
        self.samples.each_block(0..self.samples.len(), |block| {
            let (chunks, rest) = block.as_chunks::<LANES>();
            for chunk in chunks {
                for (lane, &sample) in chunk.iter().enumerate() {
                    take(lane, sample);
                }
            }
            rest.iter()
                .enumerate()
                .for_each(|(lane, &sample)| take(lane, sample));
        });
        let least = low.into_iter().fold(f32::INFINITY, f32::min);
        let greatest = high.into_iter().fold(f32::NEG_INFINITY, f32::max);
        (least <= greatest).then_some((least, greatest))
    }
}
