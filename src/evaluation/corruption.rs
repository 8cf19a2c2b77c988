//! What goes wrong with films on their way: what an input gate is measured by.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::anomaly::Doubt;
use crate::error::Result;
use crate::radiograph::{
    Correction, NamedVoi, PixelRect, Polarity, Pose, Radiograph, Raster, Voi, resized, resized_part,
};

/// One way to spoil a film, as an 8-bit picture of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corruption {
    /// Laid otherwise.
    Posed(Pose),
    /// Its greys turned over.
    Inverted,
    /// A window of about half the film's width and height, anywhere.
    Cropped,
    /// Exposed so that the darkest 15 % of its pixels are black and the brightest 15 % white.
    Saturated,
    /// Sixteen grey levels.
    FewGreys,
    /// 32 × 32 pixels, enlarged again.
    Thumbnail,
    /// Replaced by noise.
    Noise,
}

/// The greatest grey of an 8-bit picture.
const WHITE: f32 = 255.0;
/// What a tight crop leaves of width and height.
const LEFT: std::ops::Range<f32> = 0.45..0.6;
/// The share of a badly exposed film's pixels that is black, and that which is white.
const CLIPPED: f32 = 0.15;

impl Corruption {
    /// What a film is spoilt with.
    pub const ALL: [Self; 10] = [
        Self::Posed(Pose::ALL[1]),
        Self::Posed(Pose::ALL[2]),
        Self::Posed(Pose::ALL[3]),
        Self::Posed(Pose::ALL[4]),
        Self::Inverted,
        Self::Cropped,
        Self::Saturated,
        Self::FewGreys,
        Self::Thumbnail,
        Self::Noise,
    ];

    /// Says what is done.
    pub fn name(self) -> &'static str {
        match self {
            Self::Posed(pose) => pose.words().unwrap_or("as it is"),
            Self::Inverted => "greys turned over",
            Self::Cropped => "cropped to about half its width and height",
            Self::Saturated => "blown out: 15 % of its pixels black, 15 % white",
            Self::FewGreys => "16 grey levels",
            Self::Thumbnail => "a thumbnail of 32 × 32 pixels, enlarged",
            Self::Noise => "noise in its place",
        }
    }

    /// Returns what there is to doubt of a film so spoilt.
    pub fn doubt(self) -> Doubt {
        match self {
            Self::Posed(_) => Doubt::Pose,
            Self::Inverted => Doubt::Inverted,
            Self::Cropped => Doubt::Cropped,
            Self::Saturated => Doubt::Saturated,
            Self::FewGreys => Doubt::FewGreys,
            Self::Thumbnail => Doubt::TooSmall,
            Self::Noise => Doubt::NotAChest,
        }
    }

    /// Returns what gives the film back that was spoilt, where something does.
    pub fn mend(self) -> Option<Correction> {
        let done = match self {
            Self::Posed(pose) => Correction {
                pose,
                inverted: false,
            },
            Self::Inverted => Correction {
                pose: Pose::UPRIGHT,
                inverted: true,
            },
            _ => return None,
        };
        Some(done.undone())
    }

    /// Returns the 8-bit picture of a film, as models see it, that is spoilt by [`Self::of`].
    ///
    /// # Errors
    /// When the film is too large.
    pub fn sound(film: &Radiograph) -> Result<Radiograph> {
        let size = (film.raster.width(), film.raster.height());
        picture(film.greys(), size)
    }

    /// Spoils a film; a seed decides what is random.
    ///
    /// # Errors
    /// When the film is too large.
    pub fn of(self, film: &Radiograph, seed: u64) -> Result<Radiograph> {
        let (width, height) = (film.raster.width(), film.raster.height());
        let mut greys = film.greys();
        let mut size = (width, height);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        match self {
            Self::Posed(pose) => {
                greys = pose.samples(&greys, size);
                size = pose.size(size);
            }
            Self::Inverted => greys.iter_mut().for_each(|grey| *grey = 1.0 - *grey),
            Self::Cropped => {
                let mut within = |side: usize| {
                    let left = random.random_range(LEFT);
                    let start = random.random_range(0.0..1.0 - left);
                    (
                        (start * side as f32).floor(),
                        (left * side as f32).floor().max(1.0),
                    )
                };
                let ((x, new_width), (y, new_height)) = (within(width), within(height));
                let part = PixelRect::new(x, y, new_width, new_height);
                size = (new_width as usize, new_height as usize);
                greys = resized_part(&greys, (width, height), part, size)?;
            }
            Self::Saturated => {
                let mut sorted = greys.clone();
                sorted.sort_by(f32::total_cmp);
                let ends = [CLIPPED, 1.0 - CLIPPED];
                let [low, high] = ends.map(|share| sorted[(share * sorted.len() as f32) as usize]);
                let span = (high - low).max(f32::MIN_POSITIVE);
                greys
                    .iter_mut()
                    .for_each(|grey| *grey = (*grey - low) / span);
            }
            Self::FewGreys => greys
                .iter_mut()
                .for_each(|grey| *grey = (*grey * 15.0).round() / 15.0),
            Self::Thumbnail => greys = resized(&resized(&greys, size, (32, 32))?, (32, 32), size)?,
            Self::Noise => greys.iter_mut().for_each(|grey| *grey = random.random()),
        }
        picture(greys, size)
    }
}

/// An 8-bit picture of greys in [0, 1].
fn picture(greys: Vec<f32>, (width, height): (usize, usize)) -> Result<Radiograph> {
    let bytes = greys
        .into_iter()
        .map(|grey| (WHITE * grey.clamp(0.0, 1.0)).round());
    let raster = Raster::new(width, height, bytes.collect::<Vec<f32>>())?;
    let full = NamedVoi::computed(Voi::spanning(0.0, WHITE), "8 bits");
    Radiograph::new(raster, vec![full], Polarity::Identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> Radiograph {
        let samples: Vec<f32> = (0..64 * 48).map(|i| (i % 251) as f32).collect();
        let raster = Raster::new(64, 48, samples).unwrap();
        Corruption::sound(&Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap())
            .unwrap()
    }

    #[test]
    fn poses_and_turned_greys_are_mended_to_the_same_film() {
        let film = film();
        for corruption in &Corruption::ALL[..5] {
            let spoilt = corruption.of(&film, 1).unwrap();
            let mend = corruption.mend().unwrap();
            let mended = mend.of(&spoilt).unwrap().greys();
            let apart = mended.iter().zip(film.greys()).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-6, "{}", corruption.name());
            assert_ne!(spoilt.greys(), film.greys());
        }
    }

    #[test]
    fn sixteen_levels_are_sixteen_and_a_crop_is_smaller() {
        let film = film();
        let mut levels = Corruption::FewGreys.of(&film, 1).unwrap().greys();
        levels.sort_by(f32::total_cmp);
        levels.dedup();
        assert_eq!(levels.len(), 16);
        let cropped = Corruption::Cropped.of(&film, 1).unwrap().raster;
        assert!(cropped.width() <= 39 && cropped.height() <= 29);
    }
}
