//! A chest film of nobody: a synthetic phantom for the demonstration study and for tests.
//!
//! Body, lungs, heart, bones and vessels are path lengths along the beam, summed and put through a
//! film's characteristic curve. A pure function of its parameters. It is no model of disease and
//! no training data: it looks enough like a frontal film to try a viewer on.

mod bones;
mod scene;
mod shape;
mod soft;
mod vessels;

use super::{PixelPoint, PixelRect, Raster};
use crate::error::Result;
use shape::{cloud, rise};

/// The largest sample: twelve bits, as most detectors give.
pub const GREATEST_SAMPLE: f32 = 4095.0;

/// A film of nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Phantom {
    /// The number of columns; there are 9/8 as many rows.
    pub width: usize,
    /// Decides vessels, texture and noise; the anatomy stays.
    pub seed: u64,
    /// A rounded opacity, if any.
    pub opacity: Option<Opacity>,
}

/// A rounded opacity with a soft, slightly uneven rim.
#[derive(Clone, Debug, PartialEq)]
pub struct Opacity {
    /// Its centre in image pixels.
    pub center: PixelPoint,
    /// Its radius in image pixels.
    pub radius_px: f32,
    /// Its thickness, in thicknesses of the trunk: 0.1 is faint, 0.3 is dense.
    pub depth: f32,
}

impl Phantom {
    /// The demonstration study's clear film.
    pub const CLEAR: Self = Self {
        width: 1024,
        seed: 2_026,
        opacity: None,
    };

    /// The demonstration study's film with an opacity in the image's lower left lung field.
    pub const WITH_OPACITY: Self = Self {
        opacity: Some(Opacity {
            center: PixelPoint { x: 287.0, y: 712.0 },
            radius_px: 62.0,
            depth: 0.26,
        }),
        ..Self::CLEAR
    };

    /// Returns the number of rows.
    pub fn height(&self) -> usize {
        self.width * 9 / 8
    }

    /// Draws the film: whole samples from 0 to [`GREATEST_SAMPLE`], larger is brighter.
    ///
    /// # Errors
    /// When the width is 0 or too large for a film.
    pub fn draw(&self) -> Result<Raster> {
        let scene = scene::Scene {
            seed: self.seed,
            width: self.width,
            height: self.height(),
            opacity: self.opacity.as_ref(),
        };
        Raster::new(self.width, self.height(), scene.samples())
    }
}

impl Opacity {
    /// Returns the box around it, in image pixels.
    pub fn bounds(&self) -> PixelRect {
        let side = 2.0 * self.radius_px;
        PixelRect::new(
            self.center.x - self.radius_px,
            self.center.y - self.radius_px,
            side,
            side,
        )
    }

    /// Its path length at a point of the design grid, with `unit` design units to a pixel.
    fn path(&self, seed: u64, x: f32, y: f32, unit: f32) -> f32 {
        let (dx, dy) = ((x + 512.0) / unit - self.center.x, y / unit - self.center.y);
        let off = dx.hypot(dy) / self.radius_px;
        let uneven = 1.0 + 0.12 * cloud(seed + 9, x, y, 38.0);
        let patchy = 1.0 + 0.14 * cloud(seed + 10, x, y, 12.0);
        self.depth * patchy * (1.0 - rise(0.35, 1.0, off * uneven))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(opacity: Option<Opacity>) -> Raster {
        Phantom {
            width: 256,
            seed: 7,
            opacity,
        }
        .draw()
        .unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_film() {
        assert_eq!(small(None), small(None));
        let other = Phantom {
            width: 256,
            seed: 8,
            opacity: None,
        };
        assert_ne!(small(None), other.draw().unwrap());
    }

    #[test]
    fn samples_are_whole_twelve_bit_numbers() {
        let film = small(None);
        let whole =
            |sample: &f32| sample.fract() == 0.0 && (0.0..=GREATEST_SAMPLE).contains(sample);
        assert!(film.values().iter().all(whole));
    }

    #[test]
    fn lungs_are_darker_than_the_heart_and_brighter_than_air() {
        let film = small(None);
        let around = |x: usize, y: usize| -> f32 {
            let cells = (0..81).map(|cell| film.at(x - 4 + cell % 9, y - 4 + cell / 9));
            cells.sum::<f32>() / 81.0
        };
        let (lung, heart, air) = (around(75, 120), around(150, 175), around(8, 200));
        assert!(air + 200.0 < lung, "air {air}, lung {lung}");
        assert!(lung + 800.0 < heart, "lung {lung}, heart {heart}");
    }

    #[test]
    fn an_opacity_brightens_its_box_and_nothing_else() {
        let opacity = Opacity {
            center: PixelPoint { x: 72.0, y: 178.0 },
            radius_px: 16.0,
            depth: 0.26,
        };
        let bounds = opacity.bounds();
        let (clear, marked) = (small(None), small(Some(opacity)));
        let mut brightest_change = 0.0_f32;
        for y in 0..clear.height() {
            for x in 0..clear.width() {
                let change = marked.at(x, y) - clear.at(x, y);
                let (column, row) = (x as f32 + 0.5, y as f32 + 0.5);
                let inside = column > bounds.x
                    && column < bounds.right()
                    && row > bounds.y
                    && row < bounds.bottom();
                // The uneven rim may reach an eighth of a radius further; scattered light a little
                // everywhere.
                let near = (column - 72.0).hypot(row - 178.0) < 16.0 * 1.15;
                assert!(near || change.abs() <= 60.0, "{change} at {x}, {y}");
                if inside {
                    brightest_change = brightest_change.max(change);
                }
            }
        }
        assert!(brightest_change > 400.0, "{brightest_change}");
    }
}
