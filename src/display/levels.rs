//! Coarser copies of a raster, and which of them a view reads.
//!
//! A film shown small is averaged, not skipped over. Each level halves the one before it by exact
//! areas, odd sides included, so every level covers the same part of the film.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::anomaly::Placed;
use crate::radiograph::{PixelRect, Raster};

/// A little over 1: at 1:1 rounding must not call for four taps.
const ONE_CELL: f32 = 1.001;

/// A raster at one resolution, all samples finite.
#[derive(Clone, Debug)]
pub(super) struct Level<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) samples: Cow<'a, [f32]>,
}

impl<'a> Level<'a> {
    /// Makes the finest level: the raster itself, with its least finite sample in place of every
    /// sample that is not finite, because a GPU may do anything with those.
    pub(super) fn finest(raster: &'a Raster) -> Self {
        let samples = raster.values();
        let samples = if samples.par_iter().all(|sample| sample.is_finite()) {
            samples
        } else {
            let least = raster.extremes().map_or(0.0, |(least, _)| least);
            samples
                .par_iter()
                .map(|&sample| if sample.is_finite() { sample } else { least })
                .collect::<Vec<f32>>()
                .into()
        };
        Self {
            width: raster.width(),
            height: raster.height(),
            samples,
        }
    }

    /// Makes the level that is read at `steps` halvings.
    pub(super) fn of(raster: &'a Raster, steps: u32) -> Self {
        let Some(coarser) = steps.checked_sub(1) else {
            return Self::finest(raster);
        };
        let half = match raster.samples().whole() {
            None => Self::finest(raster).halved(),
            // Row by row: as floats, the film would take its memory twice more.
            Some(_) => halved((raster.width(), raster.height()), |y| {
                let mut row = vec![0.0; raster.width()];
                raster.read_row((0, y), &mut row);
                row.into()
            }),
        };
        (0..coarser).fold(half, |level, _| level.halved())
    }

    /// Makes the next coarser level.
    pub(super) fn halved(&self) -> Level<'static> {
        halved((self.width, self.height), |y| {
            self.samples[y * self.width..][..self.width].into()
        })
    }
}

/// Makes the level that is coarser than one of a size, whose rows a function returns.
fn halved<'r>(
    (fine_width, fine_height): (usize, usize),
    row: impl Fn(usize) -> Cow<'r, [f32]> + Sync,
) -> Level<'static> {
    let (width, height) = halved_size(fine_width, fine_height);
    let across = shares(fine_width, width);
    let down = shares(fine_height, height);
    let mut samples = vec![0.0; width * height];
    samples
        .par_chunks_mut(width)
        .zip(&down)
        .for_each(|(cells, (top, weights))| {
            for (dy, &of_row) in weights
                .iter()
                .enumerate()
                .filter(|(_, share)| **share > 0.0)
            {
                let fine = row(top + dy);
                for (cell, (left, parts)) in cells.iter_mut().zip(&across) {
                    for (dx, &of_cell) in parts.iter().enumerate().filter(|(_, s)| **s > 0.0) {
                        *cell += fine[left + dx] * of_cell * of_row;
                    }
                }
            }
        });
    Level {
        width,
        height,
        samples: samples.into(),
    }
}

/// Returns the size of the next coarser level.
pub(super) fn halved_size(width: usize, height: usize) -> (usize, usize) {
    ((width / 2).max(1), (height / 2).max(1))
}

/// Returns the number of halvings at which a raster is read when one screen pixel covers `cells`
/// of its cells: so many that one to two cells remain under a pixel, which four taps average.
pub(super) fn steps_for(cells: f32) -> u32 {
    if cells > 1.0 {
        cells.log2().floor() as u32
    } else {
        0
    }
}

/// Returns the number of halvings after which a single cell is left along the longer side.
pub(super) fn most_steps(width: usize, height: usize) -> u32 {
    width.max(height).ilog2()
}

/// Returns, for each coarse cell, the first fine cell it covers and the shares of the three from
/// there on; a share is 0 where the area does not reach.
fn shares(fine: usize, coarse: usize) -> Vec<(usize, [f32; 3])> {
    let ratio = fine as f64 / coarse as f64;
    (0..coarse)
        .map(|cell| {
            let (from, to) = (cell as f64 * ratio, (cell + 1) as f64 * ratio);
            let first = from as usize;
            let parts = std::array::from_fn(|index| {
                let start = (first + index) as f64;
                let covered = if first + index < fine {
                    to.min(start + 1.0) - from.max(start)
                } else {
                    0.0
                };
                (covered.max(0.0) / ratio) as f32
            });
            (first, parts)
        })
        .collect()
}

/// Whether a screen pixel of `step` image pixels covers more than one cell of a raster.
pub(super) fn more_than_a_cell(step: [f32; 2], cells_per_pixel: [f32; 2]) -> bool {
    let across = step[0] * cells_per_pixel[0];
    let down = step[1] * cells_per_pixel[1];
    across.max(down) > ONE_CELL
}

/// Where a raster lies on the film, and the resolution at which it is read: the shader's
/// `Placement`, field by field.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct Placement {
    corner: [f32; 2],
    extent: [f32; 2],
    cells_per_pixel: [f32; 2],
    cells: [f32; 2],
}

impl Placement {
    /// Places a grid of `cells` on a part of the film.
    pub(super) fn new(place: &PixelRect, cells: (usize, usize)) -> Self {
        let cells = [cells.0 as f32, cells.1 as f32];
        Self {
            corner: [place.x, place.y],
            extent: [place.width, place.height],
            cells_per_pixel: [cells[0] / place.width, cells[1] / place.height],
            cells,
        }
    }

    /// Returns the sample of a level at a point of the film, `step` being the image pixels per
    /// screen pixel: one tap where a screen pixel covers at most one cell, else the mean of four.
    /// `None` outside the place.
    pub(super) fn sample(
        &self,
        level: &Level<'_>,
        (x, y): (f32, f32),
        step: [f32; 2],
    ) -> Option<f32> {
        let (dx, dy) = (x - self.corner[0], y - self.corner[1]);
        if dx < 0.0 || dy < 0.0 || dx > self.extent[0] || dy > self.extent[1] {
            return None;
        }
        if !self.takes_four(step) {
            return Some(self.value(level, x, y));
        }
        let (ox, oy) = (step[0] * 0.25, step[1] * 0.25);
        let sum = self.value(level, x - ox, y - oy)
            + self.value(level, x + ox, y - oy)
            + self.value(level, x - ox, y + oy)
            + self.value(level, x + ox, y + oy);
        Some(sum * 0.25)
    }

    /// Whether a screen pixel of `step` image pixels covers more than one cell, so that the mean of
    /// four taps is shown.
    pub(super) fn takes_four(&self, step: [f32; 2]) -> bool {
        more_than_a_cell(step, self.cells_per_pixel)
    }

    /// Returns the sample of the cell that holds a point of the film; `None` outside the place.
    pub(super) fn nearest(&self, level: &Level<'_>, x: f32, y: f32) -> Option<f32> {
        let (dx, dy) = (x - self.corner[0], y - self.corner[1]);
        if dx < 0.0 || dy < 0.0 || dx > self.extent[0] || dy > self.extent[1] {
            return None;
        }
        let column = (dx * self.cells_per_pixel[0]).min(self.cells[0] - 1.0) as usize;
        let row = (dy * self.cells_per_pixel[1]).min(self.cells[1] - 1.0) as usize;
        Some(level.samples[row * level.width + column])
    }

    /// Returns the bilinear value of a level, clamped at its edge.
    fn value(&self, level: &Level<'_>, x: f32, y: f32) -> f32 {
        let last = [self.cells[0] - 1.0, self.cells[1] - 1.0];
        let cx = ((x - self.corner[0]) * self.cells_per_pixel[0] - 0.5).clamp(0.0, last[0]);
        let cy = ((y - self.corner[1]) * self.cells_per_pixel[1] - 0.5).clamp(0.0, last[1]);
        let (ax, ay) = (cx as usize, cy as usize);
        let bx = (ax + 1).min(level.width - 1);
        let by = (ay + 1).min(level.height - 1);
        let (tx, ty) = (cx - ax as f32, cy - ay as f32);
        let upper = &level.samples[ay * level.width..][..level.width];
        let lower = &level.samples[by * level.width..][..level.width];
        let top = upper[ax] * (1.0 - tx) + upper[bx] * tx;
        let bottom = lower[ax] * (1.0 - tx) + lower[bx] * tx;
        top * (1.0 - ty) + bottom * ty
    }
}

/// Returns how many cells of a raster one screen pixel covers along the busier axis, `step` being
/// the image pixels per screen pixel.
pub(super) fn cells_under_a_pixel(placed: &Placed, step: [f32; 2]) -> f32 {
    let across = step[0] * placed.raster.width() as f32 / placed.place.width;
    let down = step[1] * placed.raster.height() as f32 / placed.place.height;
    across.max(down)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(width: usize, height: usize) -> Raster {
        let samples: Vec<f32> = (0..width * height)
            .map(|i| ((i * 37) % 101) as f32)
            .collect();
        Raster::new(width, height, samples).unwrap()
    }

    #[test]
    fn halving_keeps_the_mean_of_even_and_odd_sides() {
        for (width, height) in [(8, 6), (7, 5), (1, 9), (3, 1), (2, 2), (13, 4)] {
            let raster = level(width, height);
            let fine = Level::finest(&raster);
            let coarse = fine.halved();
            let mean =
                |level: &Level<'_>| level.samples.iter().sum::<f32>() / level.samples.len() as f32;
            assert!(
                (mean(&fine) - mean(&coarse)).abs() < 1e-3,
                "{width} × {height}"
            );
        }
    }

    #[test]
    fn halving_an_even_raster_averages_four_neighbours() {
        let raster = Raster::new(4, 2, vec![1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0]).unwrap();
        assert_eq!(&*Level::of(&raster, 1).samples, [2.5, 6.5]);
    }

    #[test]
    fn the_level_read_leaves_one_to_two_cells_under_a_pixel() {
        for cells in [0.3_f32, 1.0, 1.3, 1.5, 2.0, 3.4, 8.0, 11.0] {
            let left = cells / (1_u32 << steps_for(cells)) as f32;
            assert!(
                left < 2.0 && (left >= 1.0 || cells < 1.0),
                "{cells}: {left}"
            );
        }
    }

    #[test]
    fn samples_that_are_not_finite_become_the_least() {
        let raster = Raster::new(2, 2, vec![f32::NAN, 3.0, f32::INFINITY, 2.0]).unwrap();
        assert_eq!(&*Level::finest(&raster).samples, [2.0, 3.0, 2.0, 2.0]);
    }

    #[test]
    fn an_unmoved_raster_is_sampled_exactly() {
        let raster = level(5, 4);
        let fine = Level::finest(&raster);
        let placement = Placement::new(&PixelRect::of_image(5, 4), (5, 4));
        for (index, &sample) in raster.values().iter().enumerate() {
            let (x, y) = ((index % 5) as f32 + 0.5, (index / 5) as f32 + 0.5);
            assert_eq!(placement.sample(&fine, (x, y), [1.0; 2]), Some(sample));
        }
        assert_eq!(placement.sample(&fine, (-0.1, 2.0), [1.0; 2]), None);
    }
}
