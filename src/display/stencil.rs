//! What a file draws over its film, as coverages: how much of a cell its overlays draw on, and how
//! much its shutter hides. Made once per film, at every resolution; never given to models.

use std::sync::Arc;

use rayon::prelude::*;

use super::levels::{Placement, halved_size, more_than_a_cell, most_steps, steps_for};
use crate::radiograph::{Graphics, OverlayKind, OverlayPlane, PixelRect};

/// The colour of a file's overlays, as 8-bit sRGB: no grey of any film. The shader's number.
pub const OVERLAY_COLOR: [u8; 3] = [90, 230, 255];
/// Lines and letters hide the film.
const GRAPHICS: u8 = 255;
/// Areas let it through.
const REGION: u8 = 90;

/// What lies over a film. The `Arc` that holds it is its key on the GPU.
#[derive(Debug)]
pub struct Stencil {
    /// The film's own size first, each of the others half the one before.
    pub(super) levels: Vec<StencilLevel>,
    /// The grey of what is hidden, from 0 to 1.
    pub(super) shade: f32,
}

/// A stencil at one resolution.
#[derive(Debug)]
pub(super) struct StencilLevel {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The coverage by overlays and by the shutter, each of 255.
    pub(super) cells: Vec<[u8; 2]>,
}

/// A stencil and which half of it is shown.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// What there is.
    pub stencil: Arc<Stencil>,
    /// Whether overlays are drawn.
    pub overlays: bool,
    /// Whether the shutter hides anything.
    pub shutter: bool,
}

/// Which of the things that a file draws over its film are shown: all, as the file wants it,
/// until somebody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMarks {
    /// Its overlays.
    pub overlays: bool,
    /// Its shutter.
    pub shutter: bool,
}

impl Default for FileMarks {
    fn default() -> Self {
        Self {
            overlays: true,
            shutter: true,
        }
    }
}

impl Stencil {
    /// Draws what a file draws over a film of this size; `None` where that is nothing. Takes a
    /// while on a large film: not for the window's thread.
    pub fn new(graphics: &Graphics, width: usize, height: usize) -> Option<Self> {
        if graphics.is_empty() || width == 0 || height == 0 {
            return None;
        }
        let mut level = StencilLevel::finest(graphics, width, height);
        let mut levels = Vec::new();
        for _ in 0..most_steps(width, height) {
            let coarser = level.halved();
            levels.push(std::mem::replace(&mut level, coarser));
        }
        levels.push(level);
        let shade = graphics
            .shutter
            .as_ref()
            .map_or(0.0, |shutter| shutter.shade);
        Some(Self { levels, shade })
    }

    /// Returns the level to read when one screen pixel covers `step` image pixels.
    pub(super) fn steps(step: [f32; 2]) -> u32 {
        steps_for(step[0].max(step[1]))
    }
}

impl StencilLevel {
    fn finest(graphics: &Graphics, width: usize, height: usize) -> Self {
        let mut cells = vec![[0; 2]; width * height];
        if let Some(shutter) = &graphics.shutter {
            let rows = cells.par_chunks_mut(width).enumerate();
            rows.for_each(|(y, row)| {
                let closed = shutter.hidden_row(y, width);
                for ([_, hidden], closed) in row.iter_mut().zip(closed) {
                    *hidden = if closed { 255 } else { 0 };
                }
            });
        }
        for plane in &graphics.overlays {
            draw(plane, &mut cells, width);
        }
        Self {
            width,
            height,
            cells,
        }
    }

    /// A line one pixel wide stays a line at any size; what is hidden is averaged.
    fn halved(&self) -> Self {
        let (width, height) = halved_size(self.width, self.height);
        let across = covered(self.width, width);
        let down = covered(self.height, height);
        let mut cells = vec![[0; 2]; width * height];
        cells
            .par_chunks_mut(width)
            .zip(&down)
            .for_each(|(row, &(top, bottom))| {
                for (cell, &(left, right)) in row.iter_mut().zip(&across) {
                    *cell = self.summary((left, right), (top, bottom));
                }
            });
        Self {
            width,
            height,
            cells,
        }
    }

    fn summary(&self, (left, right): (usize, usize), (top, bottom): (usize, usize)) -> [u8; 2] {
        let (mut most, mut sum) = (0, 0_usize);
        for y in top..bottom {
            for [drawn, hidden] in &self.cells[y * self.width..][left..right] {
                most = most.max(*drawn);
                sum += usize::from(*hidden);
            }
        }
        let count = (right - left) * (bottom - top);
        [most, ((sum + count / 2) / count) as u8]
    }
}

/// Returns the fine cells that each coarse one touches, first and one past the last.
fn covered(fine: usize, coarse: usize) -> Vec<(usize, usize)> {
    (0..coarse)
        .map(|cell| {
            let from = cell * fine / coarse;
            (from, ((cell + 1) * fine).div_ceil(coarse))
        })
        .collect()
}

fn draw(plane: &OverlayPlane, cells: &mut [[u8; 2]], film_width: usize) {
    let (left, top) = plane.corner;
    let coverage = match plane.kind {
        OverlayKind::Graphics => GRAPHICS,
        OverlayKind::Region => REGION,
    };
    for y in 0..plane.mask.height() {
        let row = &mut cells[(top + y) * film_width + left..][..plane.mask.width()];
        for (x, [drawn, _]) in row.iter_mut().enumerate() {
            if plane.mask.is_set(x, y) {
                *drawn = coverage.max(*drawn);
            }
        }
    }
}

/// A stencil with everything looked up that does not change from pixel to pixel.
pub(super) struct StencilReader<'a> {
    level: &'a StencilLevel,
    cells_per_pixel: [f32; 2],
    step: [f32; 2],
    overlays: bool,
    shutter: bool,
    shade: f32,
}

impl<'a> StencilReader<'a> {
    pub(super) fn new(drawn: &'a Drawn, step: [f32; 2]) -> Self {
        let levels = &drawn.stencil.levels;
        let last = levels.len() - 1;
        let level = &levels[(Stencil::steps(step) as usize).min(last)];
        let film = &levels[0];
        Self {
            level,
            cells_per_pixel: [
                level.width as f32 / film.width as f32,
                level.height as f32 / film.height as f32,
            ],
            step,
            overlays: drawn.overlays,
            shutter: drawn.shutter,
            shade: drawn.stencil.shade,
        }
    }

    /// Returns the coverages at a point of the film, each from 0 to 1.
    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 2] {
        if !more_than_a_cell(self.step, self.cells_per_pixel) {
            return self.cell(x, y);
        }
        let (ox, oy) = (self.step[0] * 0.25, self.step[1] * 0.25);
        let taps = [(-ox, -oy), (ox, -oy), (-ox, oy), (ox, oy)];
        let taps = taps.map(|(dx, dy)| self.cell(x + dx, y + dy));
        [
            taps.iter().fold(0.0, |most, tap| tap[0].max(most)),
            taps.iter().map(|tap| tap[1]).sum::<f32>() * 0.25,
        ]
    }

    fn cell(&self, x: f32, y: f32) -> [f32; 2] {
        let place = |at: f32, axis: usize, count: usize| {
            (at * self.cells_per_pixel[axis]).clamp(0.0, count as f32 - 1.0) as usize
        };
        let column = place(x, 0, self.level.width);
        let row = place(y, 1, self.level.height);
        self.level.cells[row * self.level.width + column].map(|code| f32::from(code) / 255.0)
    }

    /// Returns a grey after the shutter.
    pub(super) fn shuttered(&self, grey: f32, coverage: f32) -> f32 {
        let share = if self.shutter { coverage } else { 0.0 };
        grey * (1.0 - share) + self.shade * share
    }

    /// Returns a colour under the overlays.
    pub(super) fn drawn(&self, color: [f32; 3], coverage: f32) -> [f32; 3] {
        let share = if self.overlays { coverage } else { 0.0 };
        std::array::from_fn(|channel| {
            let ink = f32::from(OVERLAY_COLOR[channel]) / 255.0;
            color[channel] * (1.0 - share) + ink * share
        })
    }
}

/// Returns where a level lies, as the shader is told.
pub(super) fn placement((width, height): (usize, usize), level: (usize, usize)) -> Placement {
    Placement::new(&PixelRect::of_image(width, height), level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{BitMask, Shutter, ShutterShape};

    fn line() -> Graphics {
        Graphics {
            overlays: vec![OverlayPlane {
                group: 0x6000,
                kind: OverlayKind::Graphics,
                label: None,
                corner: (5, 0),
                mask: BitMask::from_fn(1, 37, |_, _| true).unwrap(),
            }],
            shutter: Some(Shutter {
                shapes: vec![ShutterShape::Rectangle {
                    left: 0.0,
                    right: 20.0,
                    top: 0.0,
                    bottom: 37.0,
                }],
                shade: 0.25,
            }),
        }
    }

    #[test]
    fn a_thin_line_is_there_at_every_resolution() {
        let stencil = Stencil::new(&line(), 40, 37).unwrap();
        assert_eq!(stencil.levels.len(), 6);
        for level in &stencil.levels {
            let drawn = level.cells.iter().filter(|cell| cell[0] == 255).count();
            assert!(drawn >= level.height, "{} × {}", level.width, level.height);
        }
    }

    #[test]
    fn the_hidden_half_stays_a_half() {
        let stencil = Stencil::new(&line(), 40, 37).unwrap();
        for level in &stencil.levels {
            let hidden: usize = level.cells.iter().map(|cell| usize::from(cell[1])).sum();
            let share = hidden as f32 / 255.0 / level.cells.len() as f32;
            assert!((share - 0.5).abs() < 0.13, "{share} at {}", level.width);
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(Stencil::new(&Graphics::default(), 40, 37).is_none());
    }
}
