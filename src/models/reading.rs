//! What every model's analysis does alike: maps and pictures put in their place, and reasons to doubt.

use std::sync::Arc;

use super::view::Framed;
use crate::anomaly::{AnomalyMap, Doubt, Finding, MapKind, Placed};
use crate::error::Result;
use crate::radiograph::{PixelRect, Radiograph, Raster};

/// The ratio of width to height beyond which a film is hardly a frontal chest.
const USUAL_ASPECT: std::ops::RangeInclusive<f32> = 0.6..=2.1;

/// Where a network's square pictures lie on a film.
#[derive(Clone, Copy)]
pub(super) struct Square {
    /// The square's side in the network's pixels.
    pub(super) side: usize,
    /// The part of the film it covers, in image pixels.
    pub(super) place: PixelRect,
}

impl Square {
    /// Puts samples of `side`² where they lie on the film.
    pub(super) fn placed(&self, samples: Vec<f32>) -> Result<Placed> {
        Ok(Placed {
            raster: Raster::new(self.side, self.side, samples)?,
            place: self.place,
        })
    }

    /// A picture of greys in [0, 1], in the film's own units.
    pub(super) fn picture(&self, film: &Radiograph, greys: &[f32]) -> Result<Arc<Placed>> {
        let samples = greys.iter().map(|&grey| film.sample_from_grey(grey));
        Ok(Arc::new(self.placed(samples.collect())?))
    }

    /// A map with its colour scale and unit.
    pub(super) fn map(
        &self,
        kind: MapKind,
        samples: Vec<f32>,
        (scale, unit): ((f32, f32), &str),
    ) -> Result<Arc<AnomalyMap>> {
        Ok(Arc::new(AnomalyMap {
            kind,
            placed: self.placed(samples)?,
            scale,
            unit: unit.to_owned(),
        }))
    }
}

/// The ends of the difference map's colour scale and its unit.
pub(super) const DIFFERENCE_SCALE: ((f32, f32), &str) = ((0.0, 0.3), "share of the grey range");

/// The plain |film − counterpart|, in shares of the grey range.
pub(super) fn difference(film: &[f32], counterpart: &[f32]) -> Vec<f32> {
    let pairs = film.iter().zip(counterpart);
    pairs.map(|(film, other)| (film - other).abs()).collect()
}

/// Reasons to doubt that a network of `side`² pixels can judge a film.
pub(super) fn doubts(film: &Radiograph, seen: &Framed, side: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut doubt = |kind, reason: String| findings.push(Finding::warning(kind, reason));
    let (width, height) = (film.raster.width() as f32, film.raster.height() as f32);
    if !USUAL_ASPECT.contains(&(width / height)) {
        doubt(
            Doubt::Shape,
            format!(
                "The film is {width} × {height} pixels: too long or too wide for a whole frontal chest."
            ),
        );
    }
    if seen.place.width.min(seen.place.height) < side as f32 {
        doubt(
            Doubt::TooSmall,
            format!(
                "The part the model looks at is smaller than the {side} × {side} pixels it sees."
            ),
        );
    }
    let first = seen.square.first().copied().unwrap_or(0.0);
    let even = |grey: &f32| (grey - first).abs() < 1.0 / 255.0;
    if seen.square.iter().all(even) {
        doubt(Doubt::Blank, "The film has no contrast.".to_owned());
    }
    match seen.lungs.as_ref().map(|lungs| lungs.boxes.len()) {
        Some(0) => doubt(
            Doubt::Lungs,
            "No lungs were found, so the whole film is looked at: it may not be a frontal chest film."
                .to_owned(),
        ),
        Some(1) => doubt(
            Doubt::Lungs,
            "Only one lung was found, or both ran together.".to_owned(),
        ),
        _ => {}
    }
    findings
}

/// A reason to doubt, where a model's plain copy of the film is worse than any of its calibration
/// films' was: root mean square errors in shares of the grey range.
pub(super) fn foreign(error: f32, most: Option<f32>) -> Option<Finding> {
    let most = most.filter(|most| error > *most)?;
    let reason = format!(
        "The model copies this film worse (error {error:.3}) than any film it was calibrated on ({most:.3}): \
         it may not be a frontal chest film of the kind it knows."
    );
    Some(Finding::warning(Doubt::Unfamiliar, reason))
}
