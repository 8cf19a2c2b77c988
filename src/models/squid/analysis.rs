//! A trained SQUID at work: from a film to score, counterpart and maps.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::calibration::Calibration;
use super::ensemble::{Ensemble, Seen};
use super::recipe::Recipe;
use crate::anomaly::{
    AnomalyMap, Finding, MapKind, ModelId, Outcome, Placed, Score, Seconds, Severity,
};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::{Card, Model, WeightsFile};
use crate::radiograph::{PixelRect, Radiograph, Raster};
use crate::task::Progress;
use crate::training::film_at_side;

/// The weights' file name, beside the card.
pub(super) const WEIGHTS_FILE: &str = "squid.safetensors";

/// SQUID with its weights, its yardstick and its card.
pub(super) struct Squid {
    card: Card,
    device: Device,
    ensemble: Ensemble,
    calibration: Calibration,
}

/// The ratio of width to height beyond which a film is hardly a frontal chest.
const USUAL_ASPECT: std::ops::RangeInclusive<f32> = 0.6..=2.1;

impl Squid {
    /// Loads card and weights, and checks one against the other.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Self> {
        let card = Card::read(&folder.join("squid.json"))?;
        if card.id != "squid" {
            return Err(Error::new(
                ErrorKind::WrongModel,
                format!("the card says it is of “{}”, not of SQUID", card.id),
                "Restore the weights folder from the release.",
            ));
        }
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
        let tensors = file.tensors()?;
        let config = Recipe::named(&card.preset)?.config;
        let ensemble = Ensemble::stored(&tensors, &config, *device)?;
        Ok(Self {
            calibration: Calibration::stored(&tensors, config.side, ensemble.len())?,
            ensemble,
            card,
            device: *device,
        })
    }

    fn map(&self, kind: MapKind, samples: Vec<f32>, place: PixelRect) -> Result<AnomalyMap> {
        let side = self.ensemble.side;
        let (scale, unit) = match kind {
            MapKind::Saliency | MapKind::Residue => {
                (self.card.map_scale, self.card.threshold.unit.as_str())
            }
            MapKind::Difference => (DIFFERENCE_SCALE, "share of the grey range"),
        };
        Ok(AnomalyMap {
            kind,
            placed: Placed {
                raster: Raster::new(side, side, samples)?,
                place,
            },
            scale,
            unit: unit.to_owned(),
        })
    }

    /// A picture of the network, in the film's own units.
    fn picture(&self, film: &Radiograph, greys: &[f32], place: PixelRect) -> Result<Arc<Placed>> {
        let side = self.ensemble.side;
        let samples: Vec<f32> = greys
            .iter()
            .map(|&grey| film.sample_from_grey(grey))
            .collect();
        Ok(Arc::new(Placed {
            raster: Raster::new(side, side, samples)?,
            place,
        }))
    }

    fn gate(&self, film: &Radiograph, seen: &Seen) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut doubt = |severity, reason: String| findings.push(Finding { reason, severity });
        let (width, height) = (film.raster.width() as f32, film.raster.height() as f32);
        if !USUAL_ASPECT.contains(&(width / height)) {
            doubt(
                Severity::Warning,
                format!(
                    "The film is {width} × {height} pixels: too long or too wide for a whole frontal chest."
                ),
            );
        }
        if width.min(height) < self.ensemble.side as f32 {
            doubt(
                Severity::Warning,
                format!(
                    "The film is smaller than the {0} × {0} pixels the model sees.",
                    self.ensemble.side
                ),
            );
        }
        let flat = seen
            .film
            .iter()
            .all(|&grey| (grey - seen.film[0]).abs() < 1.0 / 255.0);
        if flat {
            doubt(Severity::Warning, "The film has no contrast.".to_owned());
        }
        if let Some(most) = self.card.most_copy_error {
            let error = seen.copy_error();
            if error > most {
                doubt(
                    Severity::Warning,
                    format!(
                        "The model copies this film worse (error {error:.3}) than any film it was calibrated on ({most:.3}): \
                         it may not be a frontal chest film of the kind it knows."
                    ),
                );
            }
        }
        findings
    }
}

/// The ends of the difference map's colour scale, in shares of the grey range.
const DIFFERENCE_SCALE: (f32, f32) = (0.0, 0.3);

impl Model for Squid {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("preparing the film", 0.05)?;
        let start = Instant::now();
        let input = film_at_side(film, self.ensemble.side)?;
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("in-painting", 0.2)?;
        let start = Instant::now();
        let members = self.ensemble.len() as f32;
        let seen = self.ensemble.see(input, |member| {
            progress.at(0.2 + 0.7 * (member + 1) as f32 / members)
        })?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        let place = PixelRect::of_image(film.raster.width(), film.raster.height());
        let saliency = self.map(MapKind::Saliency, self.calibration.saliency(&seen), place)?;
        let residue = self.map(MapKind::Residue, self.calibration.residue(&seen), place)?;
        let difference = self.map(MapKind::Difference, seen.difference(), place)?;
        let outcome = Outcome {
            model: ModelId::new("squid"),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (self.ensemble.side, self.ensemble.side),
            input_region: place,
            score: Score::among(self.calibration.score(&seen), &self.card.normal_scores),
            counterpart: self.picture(film, &seen.student, place)?,
            reconstruction: Some(self.picture(film, &seen.teacher, place)?),
            maps: [saliency, residue, difference].map(Arc::new).into(),
            threshold: self.card.threshold.clone(),
            lung_boxes: Vec::new(),
            gate: self.gate(film, &seen),
            seconds: Seconds {
                decode: 0.0,
                preprocess,
                infer,
                post: start.elapsed().as_secs_f64(),
            },
        };
        progress.enter("done", 1.0)?;
        Ok(outcome)
    }
}
