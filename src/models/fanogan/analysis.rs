//! A trained f-AnoGAN at work: from a film to score, counterpart and maps.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use super::{ENTRY, view};
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Score, Seconds};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference, doubts, foreign};
use crate::models::{Card, Model, View, WeightsFile};
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// The weights' file name, beside the card.
pub(super) const WEIGHTS_FILE: &str = "fanogan.safetensors";

/// f-AnoGAN with its weights, its yardstick and its card.
pub(super) struct FastAnoGan {
    card: Card,
    device: Device,
    view: View,
    inspector: Inspector,
    kappa: f32,
    calibration: Calibration,
}

/// Reads a card of f-AnoGAN or its baseline and checks that it is of that model.
pub(super) fn card_of(id: &str, folder: &Path) -> Result<Card> {
    let card = Card::read(&folder.join(format!("{id}.json")))?;
    if card.id == id {
        return Ok(card);
    }
    Err(Error::new(
        ErrorKind::WrongModel,
        format!("the card says it is of “{}”, not of “{id}”", card.id),
        "Restore the weights folder from the release.",
    ))
}

impl FastAnoGan {
    /// Loads card and weights, and checks one against the other.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Self> {
        let card = card_of(ENTRY.id, folder)?;
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
        let tensors = file.tensors()?;
        let recipe = Recipe::named(&card.preset)?;
        Ok(Self {
            view: view(&recipe, folder, device)?,
            inspector: Inspector::stored(&tensors, &recipe.config, device)?,
            kappa: recipe.kappa as f32,
            calibration: Calibration::stored(&tensors, recipe.config.side)?,
            card,
            device: device.clone(),
        })
    }

    /// The published score `A_R + κ A_D`, its parts, the distance of the latent vectors, and the halves
    /// of the score.
    fn variants(&self, seen: &Seen) -> Vec<(&'static str, f32)> {
        let [residue, in_place] = self.calibration.parts(seen);
        vec![
            ("published", seen.pixels + self.kappa * seen.features),
            ("pixels", seen.pixels),
            ("features", seen.features),
            ("latent vectors", seen.latent),
            ("residue in the lungs", residue),
            ("features in the lungs", in_place),
        ]
    }

    fn maps(&self, seen: &Seen, square: Square) -> Result<Vec<Arc<AnomalyMap>>> {
        let scale = (self.card.map_scale, self.card.threshold.unit.as_str());
        let residue = self.calibration.residue(seen);
        let (side, features) = self.calibration.features(seen);
        let cells = Square { side, ..square };
        let difference = difference(&seen.film, &seen.counterpart);
        Ok(vec![
            square.map(MapKind::Residue, residue, scale)?,
            cells.map(MapKind::Saliency, features, scale)?,
            square.map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
        ])
    }
}

impl Model for FastAnoGan {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("finding the lungs", 0.05)?;
        let start = Instant::now();
        let side = self.inspector.side;
        let framed = self.view.frame(film, side)?;
        let square = Square {
            side,
            place: framed.place,
        };
        let mut gate = doubts(film, &framed, side);
        let inside = framed.inside_lungs(side);
        let lung_boxes = framed.lungs.map_or_else(Vec::new, |lungs| lungs.boxes);
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("drawing the nearest normal film", 0.3)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.3 + 0.6 * done);
        let seen = self.inspector.see(framed.greys, inside, between)?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        gate.extend(foreign(seen.copy_error(), self.card.most_copy_error));
        let outcome = Outcome {
            model: ModelId::new(ENTRY.id),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(self.calibration.score(&seen), &self.card.normal_scores),
            variants: self.variants(&seen),
            counterpart: square.picture(film, &seen.counterpart)?,
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
