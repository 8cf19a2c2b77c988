//! Opacities that are pasted into normal films, so that where they lie is known exactly.
//!
//! A pasted opacity is a smooth bright ellipse: it tests whether a map answers to a local change of
//! grey, and resembles no disease. Nothing is learnt from it.

use std::f32::consts::{FRAC_PI_2, PI};

use rand::Rng;

use super::overlap::holds;
use crate::error::Result;
use crate::radiograph::{PixelPoint, PixelRect, Radiograph, Raster};

/// The shares of the grey range that are added at an opacity's middle, from hardly visible to plain.
pub const PASTED_AMPLITUDES: [f32; 4] = [0.08, 0.12, 0.18, 0.25];

/// The least and greatest semi-axis, as shares of the film's shorter side.
const SEMI_AXES: (f32, f32) = (0.04, 0.09);

/// Where lungs lie on a frontal film when nothing is known: x, y, width and height as shares of the
/// film's, a little inside the median lung boxes of normal children's films (ZhangLab).
const USUAL_LUNGS: [[f32; 4]; 2] = [[0.13, 0.20, 0.31, 0.60], [0.56, 0.20, 0.31, 0.60]];

/// How much of the ellipse inscribed in a lung's box takes the centres of opacities, per axis: the
/// rest is chest wall, or too near to it.
const MIDDLE_OF_LUNG: f32 = 0.7;

/// The elliptical radius up to which the amplitude is full; from there it falls to 0 at radius 1.
const FLAT_UP_TO: f32 = 0.5;

/// The elliptical radius at which half of the amplitude is left: the opacity's edge.
const EDGE: f32 = 0.75;

/// A smooth bright ellipse on a film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastedOpacity {
    /// Its centre in image pixels.
    pub center: PixelPoint,
    /// Its semi-axes in image pixels, to where nothing is left of it.
    pub semi_axes_px: [f32; 2],
    /// The angle of the first axis, clockwise from the image's rows, in radians.
    pub angle: f32,
}

impl PastedOpacity {
    /// Draws an opacity at random for a film of a size: its centre in the middle of one of the
    /// lungs, which are taken where they usually lie when there are none.
    pub fn random(
        random: &mut impl Rng,
        (width, height): (usize, usize),
        lungs: &[PixelRect],
    ) -> Self {
        let (width, height) = (width as f32, height as f32);
        let usual = USUAL_LUNGS
            .map(|[x, y, w, h]| PixelRect::new(x * width, y * height, w * width, h * height));
        let lungs = if lungs.is_empty() { &usual } else { lungs };
        let lung = lungs[random.random_range(0..lungs.len())];
        // Uniform in an ellipse: the root makes up for the circumference.
        let radius = MIDDLE_OF_LUNG * random.random_range(0.0_f32..1.0).sqrt();
        let direction = random.random_range(0.0..2.0 * PI);
        let middle = lung.center();
        let shorter = width.min(height);
        let mut semi_axis = || shorter * random.random_range(SEMI_AXES.0..SEMI_AXES.1);
        Self {
            semi_axes_px: [semi_axis(), semi_axis()],
            center: PixelPoint {
                x: middle.x + radius * direction.cos() * lung.width / 2.0,
                y: middle.y + radius * direction.sin() * lung.height / 2.0,
            },
            angle: random.random_range(0.0..PI),
        }
    }

    /// Adds the opacity to a film: `amplitude` of the grey range at its middle, greys ending at
    /// white. Padding and everything beyond the opacity's radius stay as they are.
    ///
    /// # Errors
    /// When the film is no film.
    pub fn pasted(&self, film: &Radiograph, amplitude: f32) -> Result<Radiograph> {
        let (width, height) = (film.raster.width(), film.raster.height());
        let mut samples = film.raster.values().into_owned();
        let greys = film.greys();
        let padded = |sample: f32| {
            let inside = |(low, high): (f32, f32)| (low..=high).contains(&sample);
            film.padding.is_some_and(inside) || !sample.is_finite()
        };
        for (pixel, sample) in samples.iter_mut().enumerate() {
            let share = self.share_at(PixelPoint {
                x: (pixel % width) as f32 + 0.5,
                y: (pixel / width) as f32 + 0.5,
            });
            if share > 0.0 && !padded(*sample) {
                let grey = (greys[pixel] + amplitude * share).min(1.0);
                *sample = film.sample_from_grey(grey);
            }
        }
        let mut pasted = film.clone();
        pasted.raster = Raster::new(width, height, samples)?;
        Ok(pasted)
    }

    /// Tells whether at least half of the amplitude is left at a point.
    pub fn covers(&self, point: PixelPoint) -> bool {
        self.radius_at(point) <= EDGE
    }

    /// Returns the box around what it covers, in image pixels.
    pub fn bounds(&self) -> PixelRect {
        let [a, b] = self.semi_axes_px.map(|axis| EDGE * axis);
        let (sin, cos) = self.angle.sin_cos();
        let (across, down) = ((a * cos).hypot(b * sin), (a * sin).hypot(b * cos));
        PixelRect::new(
            self.center.x - across,
            self.center.y - down,
            2.0 * across,
            2.0 * down,
        )
    }

    /// Tells whether a point lies in the box around what it covers: how every hit is counted.
    pub fn hit_by(&self, point: PixelPoint) -> bool {
        holds(&self.bounds(), point)
    }

    /// The share of the amplitude at a point: 1 in the middle, then a squared cosine down to 0.
    fn share_at(&self, point: PixelPoint) -> f32 {
        match self.radius_at(point) {
            radius if radius >= 1.0 => 0.0,
            radius if radius <= FLAT_UP_TO => 1.0,
            radius => {
                let fallen = (radius - FLAT_UP_TO) / (1.0 - FLAT_UP_TO);
                (FRAC_PI_2 * fallen).cos().powi(2)
            }
        }
    }

    fn radius_at(&self, point: PixelPoint) -> f32 {
        let (dx, dy) = (point.x - self.center.x, point.y - self.center.y);
        let (sin, cos) = self.angle.sin_cos();
        let [a, b] = self.semi_axes_px;
        ((dx * cos + dy * sin) / a).hypot((dy * cos - dx * sin) / b)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::radiograph::{NamedVoi, Polarity, Voi};

    const SIZE: (usize, usize) = (80, 60);

    fn opacity() -> PastedOpacity {
        PastedOpacity {
            center: PixelPoint { x: 30.0, y: 20.0 },
            semi_axes_px: [12.0, 6.0],
            angle: 0.6,
        }
    }

    fn film(polarity: Polarity) -> Radiograph {
        let samples: Vec<f32> = (0..SIZE.0 * SIZE.1)
            .map(|i| (i % 37) as f32 * 20.0)
            .collect();
        let full = NamedVoi {
            voi: Voi::spanning(0.0, 1000.0),
            explanation: String::new(),
            origin: crate::radiograph::VoiOrigin::File,
        };
        let raster = Raster::new(SIZE.0, SIZE.1, samples).unwrap();
        Radiograph::new(raster, vec![full], polarity).unwrap()
    }

    #[test]
    fn the_middle_rises_by_the_amplitude_and_the_rest_stays() {
        for polarity in [Polarity::Identity, Polarity::Inverse] {
            let film = film(polarity);
            let before = film.greys();
            let after = opacity().pasted(&film, 0.2).unwrap().greys();
            let middle = 20 * SIZE.0 + 30;
            let expected = (before[middle] + 0.2).min(1.0);
            assert!((after[middle] - expected).abs() < 1e-3, "{polarity:?}");
            let bounds = PixelRect::new(18.0, 8.0, 24.0, 24.0);
            for (pixel, (before, after)) in before.iter().zip(&after).enumerate() {
                let point = PixelPoint {
                    x: (pixel % SIZE.0) as f32 + 0.5,
                    y: (pixel / SIZE.0) as f32 + 0.5,
                };
                assert!(*after >= before - 1e-3, "no pixel darkens");
                assert!(holds(&bounds, point) || before == after);
            }
        }
    }

    #[test]
    fn padding_takes_no_opacity() {
        let film = film(Polarity::Identity).with_padding((100.0, 300.0));
        let pasted = opacity().pasted(&film, 0.2).unwrap();
        let (before, after) = (film.raster.values(), pasted.raster.values());
        let pairs = before.iter().zip(&*after);
        for (before, after) in pairs {
            assert!(!(100.0..=300.0).contains(before) || before == after);
        }
    }

    #[test]
    fn its_box_just_holds_what_it_covers() {
        let (opacity, mut tight) = (opacity(), PixelRect::new(f32::MAX, f32::MAX, 0.0, 0.0));
        let (mut right, mut bottom) = (0.0_f32, 0.0_f32);
        for step in 0..400 * 400 {
            let point = PixelPoint {
                x: (step % 400) as f32 * 0.15,
                y: (step / 400) as f32 * 0.15,
            };
            if opacity.covers(point) {
                assert!(opacity.hit_by(point));
                (tight.x, tight.y) = (tight.x.min(point.x), tight.y.min(point.y));
                (right, bottom) = (right.max(point.x), bottom.max(point.y));
            }
        }
        let bounds = opacity.bounds();
        assert!((bounds.x - tight.x).abs() < 0.3 && (bounds.y - tight.y).abs() < 0.3);
        assert!((bounds.right() - right).abs() < 0.3 && (bounds.bottom() - bottom).abs() < 0.3);
    }

    #[test]
    fn a_seed_gives_the_same_opacity_and_lungs_are_kept_to() {
        let lungs = [PixelRect::new(10.0, 10.0, 20.0, 30.0)];
        let draw = |seed| PastedOpacity::random(&mut ChaCha8Rng::seed_from_u64(seed), SIZE, &lungs);
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
        for seed in 0..200 {
            assert!(holds(&lungs[0], draw(seed).center));
        }
    }
}
