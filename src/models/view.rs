//! How films are put before a network, in training and in use alike.

use super::lungs::Lungs;
use crate::anomaly::LungField;
use crate::compute::Device;
use crate::error::Result;
use crate::radiograph::{PixelRect, Radiograph, resized_part};
use crate::training::{WeightsFolders, square_at_side, square_moved};

/// The part of a film that a network sees.
pub enum View {
    /// The whole film, squeezed into a square.
    Whole,
    /// The same, with the lungs looked for: how a model that frames films is measured without its
    /// frame.
    WholeWithLungs(Box<Lungs>),
    /// The box around the lungs with a margin, each axis stretched to the square's side: neither
    /// the film's aspect ratio nor its borders and markers reach the network, and lungs lie where
    /// other films' lungs lie.
    LungFrame(Box<Lungs>),
    /// The same box with its aspect ratio kept and black beside it: how a model that frames films is
    /// measured without the stretch.
    Letterboxed(Box<Lungs>),
}

/// A film as a network sees it.
pub struct Framed {
    /// The square that training keeps of a film, greys in [0, 1], row-major: see
    /// [`crate::training::TrainingFilms`].
    pub square: Vec<f32>,
    /// The side in pixels of what the network sees of it.
    side: usize,
    /// The part of the film that the network sees, in image pixels; may reach beyond the film.
    pub place: PixelRect,
    /// The lungs, where they were looked for.
    pub lungs: Option<LungField>,
}

/// Beyond the lungs' box on each side, as a share of its width and height.
const MARGIN: f32 = 0.06;
/// Training squares go on beyond the frame on each side, as a share of the frame: what a shifted film
/// brings into view.
const APRON: f32 = 0.08;

impl View {
    /// A view that frames films by their lungs, found by the segmenter in a folder of weights.
    ///
    /// # Errors
    /// When the segmenter's weights are missing or damaged.
    pub fn lung_frame(weights: &WeightsFolders, device: &Device) -> Result<Self> {
        Ok(Self::LungFrame(Box::new(Lungs::load(weights, device)?)))
    }

    /// Returns what tells this view from every other.
    pub fn words(&self) -> String {
        let found = |lungs: &Lungs| format!("lungs found by segmenter {}", lungs.sha256);
        match self {
            Self::Whole => "the whole film".to_owned(),
            Self::WholeWithLungs(lungs) => format!("the whole film, {}", found(lungs)),
            Self::LungFrame(lungs) => format!(
                "the lungs' frame with a margin of {MARGIN} and an apron of {APRON}, {}",
                found(lungs)
            ),
            Self::Letterboxed(lungs) => {
                format!("the lungs' frame, letterboxed, {}", found(lungs))
            }
        }
    }

    /// The same view of whole films.
    pub fn unframed(self) -> Self {
        match self {
            Self::LungFrame(lungs) => Self::WholeWithLungs(lungs),
            other => other,
        }
    }

    /// The same view with the frame's aspect ratio kept.
    pub fn letterboxed(self) -> Self {
        match self {
            Self::LungFrame(lungs) => Self::Letterboxed(lungs),
            other => other,
        }
    }

    /// Returns a film as a network of `side`² pixels sees it.
    ///
    /// # Errors
    /// When the device fails.
    pub fn frame(&mut self, film: &Radiograph, side: usize) -> Result<Framed> {
        let size = (film.raster.width(), film.raster.height());
        let whole = PixelRect::of_image(size.0, size.1);
        let greys = film.greys();
        let lungs = match self {
            Self::Whole => None,
            Self::WholeWithLungs(lungs) | Self::LungFrame(lungs) | Self::Letterboxed(lungs) => {
                Some(lungs.find_in(&greys, size)?)
            }
        };
        let around = lungs.as_ref().and_then(LungField::around);
        let frame = around.map_or(whole, |around| around.grown(MARGIN));
        let apron = (APRON * 2.0 * side as f32).round() as usize;
        let (place, apron) = match self {
            Self::Whole | Self::WholeWithLungs(_) => (whole, 0),
            Self::LungFrame(_) => (frame, apron),
            Self::Letterboxed(_) => (square_around(frame), apron),
        };
        let wide = 2 * side + 2 * apron;
        let part = place.grown(apron as f32 / (2 * side) as f32);
        let mut square = resized_part(&greys, size, part, (wide, wide))?;
        if matches!(self, Self::Letterboxed(_)) {
            blacken(&mut square, part, frame);
        }
        Ok(Framed {
            square,
            side,
            place,
            lungs,
        })
    }
}

/// The smallest square about the same centre that holds a rectangle.
fn square_around(rect: PixelRect) -> PixelRect {
    let (side, centre) = (rect.width.max(rect.height), rect.center());
    PixelRect::new(centre.x - side / 2.0, centre.y - side / 2.0, side, side)
}

/// Blackens what of a square, which shows a place, lies beyond a part of it.
fn blacken(square: &mut [f32], place: PixelRect, shown: PixelRect) {
    let side = square.len().isqrt();
    for (index, grey) in square.iter_mut().enumerate() {
        let along = |at: usize| (at as f32 + 0.5) / side as f32;
        let x = place.x + along(index % side) * place.width;
        let y = place.y + along(index / side) * place.height;
        let inside =
            (shown.x..shown.right()).contains(&x) && (shown.y..shown.bottom()).contains(&y);
        if !inside {
            *grey = 0.0;
        }
    }
}

impl Framed {
    /// Returns what the network sees: square greys in [0, 1], row-major.
    pub fn greys(&self) -> Vec<f32> {
        square_at_side(&self.square, self.side)
    }

    /// Returns the same of the film moved a little in each direction.
    pub fn moved(&self) -> impl Iterator<Item = Vec<f32>> {
        square_moved(&self.square, self.side)
    }

    /// Returns how surely each place that the network sees lies inside a lung, from 0 to 1; all 1 where
    /// no lungs were found: then the whole view counts.
    pub fn inside_lungs(&self) -> Vec<f32> {
        match &self.lungs {
            Some(lungs) if !lungs.boxes.is_empty() => lungs.over(self.place, self.side),
            _ => vec![1.0; self.side * self.side],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letterbox_keeps_the_aspect_and_is_black_beside_it() {
        let frame = PixelRect::new(10.0, 20.0, 40.0, 20.0);
        let place = square_around(frame);
        assert_eq!(place.xywh(), [10.0, 10.0, 40.0, 40.0]);
        let mut square = vec![1.0; 64];
        blacken(&mut square, place, frame);
        let rows: Vec<f32> = square.chunks(8).map(|row| row.iter().sum()).collect();
        assert_eq!(rows, [0.0, 0.0, 8.0, 8.0, 8.0, 8.0, 0.0, 0.0]);
    }
}
