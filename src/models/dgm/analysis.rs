//! A trained DGM at work: from a film to score, counterpart and maps.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{Evidence, UNIT, Yardstick, doubt, variants};
use super::films::Lungs;
use super::recipe::Recipe;
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Score, Seconds, Threshold};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference, doubts, foreign};
use crate::models::{Card, Model, View, WeightsFile};
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// DGM with its weights, its view of films and its card.
pub(super) struct Dgm {
    card: Card,
    device: Device,
    view: View,
    side: usize,
    decomposer: Decomposer,
    yardstick: Yardstick,
}

impl Dgm {
    /// Loads card and weights, and checks one against the other.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Self> {
        let card = ENTRY.card(folder)?;
        if card.id != ENTRY.id {
            return Err(Error::new(
                ErrorKind::WrongModel,
                format!("the card says it is of “{}”, not of DGM", card.id),
                "Restore the weights folder from the release.",
            ));
        }
        let recipe = Recipe::named(&card.preset)?;
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
        let tensors = file.tensors()?;
        Ok(Self {
            decomposer: Decomposer::stored(&tensors, (&recipe.config, recipe.side), device)?,
            yardstick: Yardstick::stored(&tensors)?,
            view: recipe.view(folder, device)?,
            side: recipe.side,
            device: device.clone(),
            card,
        })
    }

    fn maps(
        &self,
        seen: &Seen,
        evidence: &Evidence,
        square: Square,
    ) -> Result<Vec<Arc<AnomalyMap>>> {
        let look = (self.yardstick.scale(), UNIT);
        let difference = difference(&seen.film, &seen.normal);
        Ok(vec![
            evidence.residue.clone(),
            square.map(MapKind::Saliency, evidence.saliency.clone(), look)?,
            square.map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
            square.map(MapKind::Fidelity, seen.unexplained(), DIFFERENCE_SCALE)?,
        ])
    }

    fn threshold(&self, evidence: &Evidence) -> Threshold {
        Threshold {
            value: evidence.cut,
            unit: UNIT.to_owned(),
            source: format!(
                "Otsu in the lung boxes, not below {:.3}, which {:.1} % of the residue on normal films does not exceed",
                self.yardstick.floor,
                100.0 * Yardstick::SHARE
            ),
        }
    }
}

impl Model for Dgm {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("finding the lungs", 0.05)?;
        let start = Instant::now();
        let side = self.side;
        let framed = self.view.frame(film, side)?;
        let lungs = Lungs::of(&framed, side);
        let square = Square {
            side,
            place: framed.place,
        };
        let mut gate = doubts(film, &framed, side);
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("taking the film apart", 0.3)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.3 + 0.6 * done);
        let seen = self.decomposer.see(framed.greys, between)?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        gate.extend(foreign(seen.copy_error(), self.card.most_copy_error));
        let evidence = Evidence::of(&seen, &lungs, self.yardstick)?;
        let outcome = Outcome {
            model: ModelId::new(ENTRY.id),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(doubt(&seen), &self.card.normal_scores),
            variants: variants(&seen, &lungs, &evidence),
            counterpart: square.picture(film, &seen.normal)?,
            reconstruction: Some(square.picture(film, &seen.again)?),
            maps: self.maps(&seen, &evidence, square)?,
            threshold: self.threshold(&evidence),
            lung_boxes: lungs.boxes,
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
