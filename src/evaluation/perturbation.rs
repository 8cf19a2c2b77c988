//! Small changes of a film that mean nothing: what a score is worth that changes with them.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use crate::error::{Error, Result};
use crate::radiograph::{
    NamedVoi, PixelPoint, PixelRect, Polarity, Radiograph, Raster, Voi, VoiOrigin, bilinear,
};

/// A change that a second exposure, another table or an export might make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Perturbation {
    /// Turned about the film's middle by so many degrees, clockwise.
    Turned(f32),
    /// Enlarged from the film's middle by this share; smaller where negative.
    Enlarged(f32),
    /// Every grey of [0, 1] raised to this power.
    Gamma(f32),
    /// Compressed as an 8-bit JPEG of this quality, and read again.
    Jpeg(u8),
}

impl Perturbation {
    /// What a film is tried under.
    pub const ALL: [Self; 7] = [
        Self::Turned(-1.0),
        Self::Turned(1.0),
        Self::Enlarged(-0.02),
        Self::Enlarged(0.02),
        Self::Gamma(0.9),
        Self::Gamma(1.1),
        Self::Jpeg(90),
    ];

    /// Says what is changed, as in “turned by 1°”.
    pub fn name(self) -> String {
        let minus = |number: f32| if number < 0.0 { "−" } else { "" };
        match self {
            Self::Turned(degrees) => {
                format!("turned by {}{}°", minus(degrees), degrees.abs())
            }
            Self::Enlarged(share) => {
                format!("enlarged by {}{:.0} %", minus(share), 100.0 * share.abs())
            }
            Self::Gamma(power) => format!("greys to the power {power}"),
            Self::Jpeg(quality) => format!("JPEG of quality {quality}"),
        }
    }

    /// Returns the film so changed, as the greys that models are given ([`Radiograph::greys`]).
    ///
    /// # Errors
    /// When the film cannot be compressed.
    pub fn of(self, film: &Radiograph) -> Result<Radiograph> {
        let (width, height) = (film.raster.width(), film.raster.height());
        let greys = film.greys();
        let greys = match self {
            Self::Turned(_) | Self::Enlarged(_) => {
                self.placed(&greys, (width, height), film.pixel_aspect())
            }
            Self::Gamma(power) => greys.into_iter().map(|grey| grey.powf(power)).collect(),
            Self::Jpeg(quality) => through_jpeg(&greys, (width, height), quality)?,
        };
        let full = NamedVoi {
            voi: Voi::spanning(0.0, 1.0),
            explanation: String::new(),
            origin: VoiOrigin::Computed,
        };
        let raster = Raster::new(width, height, greys)?;
        let changed = Radiograph::new(raster, vec![full], Polarity::Identity)?;
        Ok(changed
            .with_spacing(film.spacing.clone())
            .with_aspect(film.stated_aspect))
    }

    /// Returns where a box of the film lies after the change: moved with its centre, as large as
    /// before.
    pub fn moved(self, bounds: &PixelRect, film: &Radiograph) -> PixelRect {
        let middle = middle(film.raster.width(), film.raster.height());
        let center = self.forward(bounds.center(), middle, film.pixel_aspect());
        PixelRect {
            x: center.x - bounds.width / 2.0,
            y: center.y - bounds.height / 2.0,
            ..*bounds
        }
    }

    /// Returns cosine and sine of the turn, and the factor of enlargement.
    fn turn(self) -> ((f32, f32), f32) {
        match self {
            Self::Turned(degrees) => {
                let (sine, cosine) = degrees.to_radians().sin_cos();
                ((cosine, sine), 1.0)
            }
            Self::Enlarged(share) => ((1.0, 0.0), 1.0 + share),
            Self::Gamma(_) | Self::Jpeg(_) => ((1.0, 0.0), 1.0),
        }
    }

    /// Returns where a point of the film goes; `aspect` is a pixel's height over its width.
    fn forward(self, point: PixelPoint, middle: PixelPoint, aspect: f32) -> PixelPoint {
        let ((cosine, sine), factor) = self.turn();
        let (x, y) = (point.x - middle.x, (point.y - middle.y) * aspect);
        PixelPoint {
            x: middle.x + factor * (cosine * x - sine * y),
            y: middle.y + factor * (sine * x + cosine * y) / aspect,
        }
    }

    /// Returns the greys at their new places; beyond the film its edge goes on.
    fn placed(self, greys: &[f32], (width, height): (usize, usize), aspect: f32) -> Vec<f32> {
        let ((cosine, sine), factor) = self.turn();
        let middle = middle(width, height);
        let mut placed = vec![0.0; greys.len()];
        let rows = placed.par_chunks_mut(width).enumerate();
        rows.for_each(|(row, out)| {
            let y = (row as f32 + 0.5 - middle.y) * aspect / factor;
            for (column, grey) in out.iter_mut().enumerate() {
                let x = (column as f32 + 0.5 - middle.x) / factor;
                // The way back: the turn the other way round.
                let from_x = middle.x + cosine * x + sine * y;
                let from_y = middle.y + (cosine * y - sine * x) / aspect;
                *grey = bilinear(greys, (width, height), (from_x - 0.5, from_y - 0.5));
            }
        });
        placed
    }
}

fn middle(width: usize, height: usize) -> PixelPoint {
    PixelPoint {
        x: width as f32 / 2.0,
        y: height as f32 / 2.0,
    }
}

fn through_jpeg(greys: &[f32], (width, height): (usize, usize), quality: u8) -> Result<Vec<f32>> {
    let failed = |cause: image::ImageError| {
        Error::internal(format!("the film could not be compressed as JPEG: {cause}"))
    };
    let bytes: Vec<u8> = greys
        .iter()
        .map(|grey| (255.0 * grey).round() as u8)
        .collect();
    let mut compressed = Vec::new();
    JpegEncoder::new_with_quality(&mut compressed, quality)
        .encode(&bytes, width as u32, height as u32, ExtendedColorType::L8)
        .map_err(failed)?;
    let picture = image::load(Cursor::new(compressed), ImageFormat::Jpeg).map_err(failed)?;
    let greys = picture.into_luma8().into_raw();
    Ok(greys
        .into_iter()
        .map(|byte| f32::from(byte) / 255.0)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(width: usize, height: usize) -> Radiograph {
        let samples: Vec<f32> = (0..width * height)
            .map(|index| {
                let (x, y) = ((index % width) as f32, (index / width) as f32);
                1000.0 + 300.0 * (x / 9.0).sin() + 2.0 * y
            })
            .collect();
        let raster = Raster::new(width, height, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Inverse).unwrap()
    }

    fn furthest(a: &Radiograph, b: &Radiograph) -> f32 {
        let pairs = a.greys().into_iter().zip(b.greys());
        pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn no_change_changes_nothing() {
        let film = film(61, 47);
        for nothing in [
            Perturbation::Turned(0.0),
            Perturbation::Enlarged(0.0),
            Perturbation::Gamma(1.0),
        ] {
            let same = nothing.of(&film).unwrap();
            assert!(furthest(&film, &same) < 1e-5, "{}", nothing.name());
        }
        assert!(furthest(&film, &Perturbation::Jpeg(100).of(&film).unwrap()) < 0.02);
    }

    #[test]
    fn a_point_is_found_where_it_went() {
        let mut samples = vec![0.0; 200 * 150];
        for y in 40..44 {
            samples[y * 200 + 160..y * 200 + 164].fill(1.0);
        }
        let raster = Raster::new(200, 150, samples).unwrap();
        let film = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
        let bounds = PixelRect::new(160.0, 40.0, 4.0, 4.0);
        for change in [
            Perturbation::Turned(10.0),
            Perturbation::Turned(-5.0),
            Perturbation::Enlarged(0.2),
        ] {
            let center = change.moved(&bounds, &film).center();
            let changed = change.of(&film).unwrap();
            let grey = changed.greys()[center.y as usize * 200 + center.x as usize];
            assert!(grey > 0.9, "{}: {grey}", change.name());
        }
        let away = Perturbation::Turned(10.0).moved(&bounds, &film).center();
        assert!(
            away.y > bounds.center().y,
            "clockwise goes down on the right"
        );
    }
}
