//! A trained SQUID at work: from a film to score, counterpart and maps.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::calibration::Calibration;
use super::ensemble::{Ensemble, Seen};
use super::recipe::Recipe;
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Score, Seconds};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference, doubts, foreign};
use crate::models::{Card, Model, View, WeightsFile};
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// The weights' file name, beside the card.
pub(super) const WEIGHTS_FILE: &str = "squid.safetensors";

/// SQUID with its weights, its yardstick and its card.
pub(super) struct Squid {
    card: Card,
    device: Device,
    view: View,
    ensemble: Ensemble,
    calibration: Calibration,
}

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
        let ensemble = Ensemble::stored(&tensors, &config, device)?;
        Ok(Self {
            view: View::whole(folder, device)?,
            calibration: Calibration::stored(&tensors, config.side, ensemble.len())?,
            ensemble,
            card,
            device: device.clone(),
        })
    }

    fn maps(&self, seen: &Seen, inside: &[f32], square: Square) -> Result<Vec<Arc<AnomalyMap>>> {
        let scale = (self.card.map_scale, self.card.threshold.unit.as_str());
        let saliency = self.calibration.saliency(seen, inside);
        let residue = self.calibration.residue(seen);
        let difference = difference(&seen.film, &seen.student);
        Ok(vec![
            square.map(MapKind::Saliency, saliency, scale)?,
            square.map(MapKind::Residue, residue, scale)?,
            square.map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
        ])
    }
}

impl Model for Squid {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("preparing the film", 0.05)?;
        let start = Instant::now();
        let side = self.ensemble.side;
        let framed = self.view.frame(film, side)?;
        let square = Square {
            side,
            place: framed.place,
        };
        let mut gate = doubts(film, &framed, side);
        let inside = framed.inside_lungs(side);
        let lung_boxes = framed.lungs.map_or_else(Vec::new, |lungs| lungs.boxes);
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("in-painting", 0.2)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.2 + 0.7 * done);
        let seen = self.ensemble.see(framed.greys, between)?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        gate.extend(foreign(seen.copy_error(), self.card.most_copy_error));
        let outcome = Outcome {
            model: ModelId::new("squid"),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(self.calibration.score(&seen), &self.card.normal_scores),
            variants: self.calibration.variants(&seen),
            counterpart: square.picture(film, &seen.student)?,
            reconstruction: Some(square.picture(film, &seen.teacher)?),
            maps: self.maps(&seen, &inside, square)?,
            threshold: self.card.threshold.clone(),
            lung_boxes,
            gate,
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
