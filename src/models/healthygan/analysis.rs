//! A trained HealthyGAN at work: from a film to score, counterpart and maps.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::ENTRY;
use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Score, Seconds};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference, doubts};
use crate::models::{Card, Model, View, WeightsFile};
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// The weights' file name, beside the card.
pub(super) const WEIGHTS_FILE: &str = "healthygan.safetensors";

/// HealthyGAN with its weights, its yardstick and its card.
pub(super) struct HealthyGan {
    card: Card,
    device: Device,
    view: View,
    side: usize,
    inspector: Inspector,
    calibration: Calibration,
}

impl HealthyGan {
    /// Loads card and weights, and checks one against the other.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Self> {
        let card = Card::read(&folder.join(format!("{}.json", ENTRY.id)))?;
        if card.id != ENTRY.id {
            return Err(Error::new(
                ErrorKind::WrongModel,
                format!("the card says it is of “{}”, not of HealthyGAN", card.id),
                "Restore the weights folder from the release.",
            ));
        }
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
        let tensors = file.tensors()?;
        let recipe = Recipe::named(&card.preset)?;
        Ok(Self {
            view: recipe.view(folder, device)?,
            side: recipe.side,
            inspector: Inspector::stored(&tensors, recipe.side, device)?,
            calibration: Calibration::stored(&tensors, recipe.side)?,
            card,
            device: device.clone(),
        })
    }

    fn maps(&self, seen: &Seen, square: Square) -> Result<Vec<Arc<AnomalyMap>>> {
        let scale = (self.card.map_scale, self.card.threshold.unit.as_str());
        let residue = self.calibration.residue(seen);
        let difference = difference(&seen.film, &seen.healthy);
        Ok(vec![
            square.map(MapKind::Residue, residue, scale)?,
            square.map(MapKind::Saliency, seen.mask.clone(), MASK_SCALE)?,
            square.map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
        ])
    }
}

/// The ends of the mask's colour scale and its unit.
const MASK_SCALE: ((f32, f32), &str) = ((0.0, 1.0), "share replaced");

impl Model for HealthyGan {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("finding the lungs", 0.05)?;
        let start = Instant::now();
        let side = self.side;
        let framed = self.view.frame(film, side)?;
        let square = Square {
            side,
            place: framed.place,
        };
        let gate = doubts(film, &framed, side);
        let inside = framed.inside_lungs(side);
        let lung_boxes = framed.lungs.map(|lungs| lungs.boxes).unwrap_or_default();
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("drawing the counterpart", 0.4)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.4 + 0.5 * done);
        let seen = self.inspector.see((framed.greys, inside), between)?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        let outcome = Outcome {
            model: ModelId::new(ENTRY.id),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(self.calibration.score(&seen), &self.card.normal_scores),
            variants: self.calibration.variants(&seen),
            counterpart: square.picture(film, &seen.healthy)?,
            reconstruction: None,
            maps: self.maps(&seen, square)?,
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
