//! Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994) on
//! modality values.
//!
//! The film is cut into tiles. Each tile's histogram gives a curve that spreads its values evenly,
//! no steeper than the limit; between the middles of tiles the curves are mixed. All curves run
//! from the lower to the upper end of the film's own window and leave values beyond it alone, so
//! that every window shows afterwards what it showed before, with more local contrast.

use rayon::prelude::*;

use super::Strength;
use crate::error::Result;
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// Tiles along each side.
const TILES: usize = 8;
/// Bins of a tile's histogram; curves are linear within one.
const BINS: usize = 2048;

/// Returns by how much local contrast may grow.
pub(super) fn gain(strength: Strength) -> f32 {
    match strength {
        Strength::Light => 1.6,
        Strength::Medium => 2.4,
        Strength::Strong => 4.0,
    }
}

/// Returns the samples after equalisation, padding and samples that are no numbers as they were.
///
/// # Errors
/// When the work is cancelled.
pub(super) fn equalized(film: &Radiograph, gain: f32, progress: &Progress) -> Result<Vec<f32>> {
    let raster = &film.raster;
    let samples = raster.values();
    let Some(range) = Range::of(film) else {
        return Ok(samples.into_owned());
    };
    let across = Tiling::new(raster.width());
    let down = Tiling::new(raster.height());
    progress.enter("measuring tiles", 0.1)?;
    let places: Vec<(usize, usize)> = (0..down.count)
        .flat_map(|row| (0..across.count).map(move |column| (column, row)))
        .collect();
    let curves: Vec<Curve> = places
        .par_iter()
        .map(|&(column, row)| {
            let rows = down.cells(row).map(|y| {
                let cells = across.cells(column);
                &samples[y * raster.width()..][cells]
            });
            let in_range = rows
                .flatten()
                .filter_map(|&sample| range.bin(sample).filter(|_| !film.is_padding(sample)));
            Curve::new(in_range.map(|(bin, _)| bin), gain)
        })
        .collect();
    progress.enter("mixing tiles", 0.4)?;
    let mut out = samples.to_vec();
    let columns: Vec<_> = (0..raster.width()).map(|x| across.neighbours(x)).collect();
    out.par_chunks_mut(raster.width())
        .enumerate()
        .for_each(|(y, line)| {
            let (top, bottom, ty) = down.neighbours(y);
            for (sample, &(left, right, tx)) in line.iter_mut().zip(&columns) {
                let Some(at) = range.bin(*sample).filter(|_| !film.is_padding(*sample)) else {
                    continue;
                };
                let curve = |column: usize, row: usize| curves[row * across.count + column].at(at);
                let upper = curve(left, top) * (1.0 - tx) + curve(right, top) * tx;
                let lower = curve(left, bottom) * (1.0 - tx) + curve(right, bottom) * tx;
                *sample = range.value(upper * (1.0 - ty) + lower * ty);
            }
        });
    progress.at(1.0)?;
    Ok(out)
}

/// The values between which curves run.
struct Range {
    low: f32,
    high: f32,
}

impl Range {
    /// The film's own window, as far as there are samples; `None` where that is a single value.
    fn of(film: &Radiograph) -> Option<Self> {
        let (low, high) = film.default_voi().span();
        let (least, most) = film.extremes;
        let (low, high) = (low.max(least), high.min(most));
        (low < high).then_some(Self { low, high })
    }

    /// Returns the bin of a sample and how far it lies within it; `None` beyond the range.
    fn bin(&self, sample: f32) -> Option<(usize, f32)> {
        let within = (self.low..=self.high).contains(&sample);
        let place = (sample - self.low) / (self.high - self.low) * BINS as f32;
        let bin = (place as usize).min(BINS - 1);
        within.then_some((bin, place - bin as f32))
    }

    fn value(&self, share: f32) -> f32 {
        self.low + share * (self.high - self.low)
    }
}

/// A curve from bins to shares of the range, 0 to 1: linear between the bins' edges.
struct Curve(Vec<f32>);

impl Curve {
    fn new(bins: impl Iterator<Item = usize>, gain: f32) -> Self {
        let mut counts = vec![0_u32; BINS];
        bins.for_each(|bin| counts[bin] += 1);
        let total: u32 = counts.iter().sum();
        if total == 0 {
            return Self((0..=BINS).map(|edge| edge as f32 / BINS as f32).collect());
        }
        // What is cut off is given to all bins alike, at most one even share to each: the sum of
        // both is the gain.
        let even = total as f32 / BINS as f32;
        let limit = (gain - 1.0) * even;
        let kept: f32 = counts.iter().map(|&count| (count as f32).min(limit)).sum();
        let given = (total as f32 - kept) / BINS as f32;
        let mut sum = 0.0;
        let mut edges = vec![0.0];
        edges.extend(counts.iter().map(|&count| {
            sum += (count as f32).min(limit) + given;
            sum / total as f32
        }));
        Self(edges)
    }

    fn at(&self, (bin, part): (usize, f32)) -> f32 {
        self.0[bin] * (1.0 - part) + self.0[bin + 1] * part
    }
}

/// One side of the film in tiles of nearly equal length.
struct Tiling {
    length: usize,
    count: usize,
}

impl Tiling {
    fn new(length: usize) -> Self {
        Self {
            length,
            count: TILES.min(length),
        }
    }

    fn cells(&self, tile: usize) -> std::ops::Range<usize> {
        tile * self.length / self.count..(tile + 1) * self.length / self.count
    }

    /// Returns the tiles whose middles lie around a cell, and the share of the second.
    fn neighbours(&self, cell: usize) -> (usize, usize, f32) {
        let last = self.count - 1;
        let place = (cell as f32 + 0.5) / self.length as f32 * self.count as f32 - 0.5;
        let place = place.clamp(0.0, last as f32);
        let first = place as usize;
        (first, (first + 1).min(last), place - first as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Polarity, Raster};

    fn film(width: usize, height: usize, sample: impl Fn(usize, usize) -> f32) -> Radiograph {
        let samples: Vec<f32> = (0..width * height)
            .map(|index| sample(index % width, index / width))
            .collect();
        let raster = Raster::new(width, height, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    /// Two flat halves with a faint pattern on each.
    fn faint(width: usize, height: usize) -> Radiograph {
        film(width, height, |x, y| {
            let ground = if x < width / 2 { 200.0 } else { 3000.0 };
            ground + ((x * 7 + y * 13) % 32) as f32 + if (x, y) == (0, 0) { -200.0 } else { 0.0 }
        })
    }

    fn spread(samples: &[f32], width: usize) -> f32 {
        let row = &samples[40 * width + width / 8..][..width / 4];
        let most = row.iter().fold(f32::MIN, |a, &b| a.max(b));
        most - row.iter().fold(f32::MAX, |a, &b| a.min(b))
    }

    #[test]
    fn faint_patterns_gain_contrast_and_no_more_than_the_limit() {
        let film = faint(160, 96);
        let before = spread(&film.raster.values(), 160);
        for strength in Strength::ALL {
            let gain = gain(strength);
            let after = spread(&equalized(&film, gain, &Progress::new()).unwrap(), 160);
            assert!(after > 1.2 * before, "{strength:?}: {before} to {after}");
            assert!(after < gain * before + 4.0, "{strength:?}: {after}");
        }
    }

    #[test]
    fn the_range_stays_and_padding_is_left_alone() {
        let film = faint(90, 90).with_padding((0.0, 0.0));
        let after = equalized(&film, 4.0, &Progress::new()).unwrap();
        assert_eq!(after[0], 0.0);
        let (low, high) = film.extremes;
        let inside = |sample: &f32| (low - 0.1..=high + 0.1).contains(sample);
        assert!(after[1..].iter().all(inside));
    }

    #[test]
    fn greater_samples_of_one_place_stay_greater() {
        let film = film(64, 64, |x, y| ((x * 31 + y * 17) % 256) as f32);
        let after = equalized(&film, 3.0, &Progress::new()).unwrap();
        // Within a tile's middle the curve hardly changes from one pixel to the next.
        let mut pairs: Vec<(f32, f32)> = (36..38)
            .flat_map(|y| (36..38).map(move |x| y * 64 + x))
            .map(|index| (film.raster.samples().at(index), after[index]))
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(pairs.is_sorted_by(|a, b| a.1 <= b.1), "{pairs:?}");
    }

    #[test]
    fn flat_and_tiny_films_stay_as_they_are() {
        for (width, height) in [(1, 1), (3, 2), (9, 1)] {
            let flat = film(width, height, |_, _| 7.0);
            let after = equalized(&flat, 3.0, &Progress::new()).unwrap();
            assert_eq!(after, *flat.raster.values());
        }
    }

    #[test]
    fn cancelled_work_ends() {
        let progress = Progress::new();
        progress.cancel();
        assert!(equalized(&faint(64, 64), 3.0, &progress).is_err());
    }
}
