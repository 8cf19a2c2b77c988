//! A trained HealthyGAN at work: from a film to score, counterpart and maps.

use super::ENTRY;
use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::anomaly::MapKind;
use crate::compute::Device;
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::{DIFFERENCE_SCALE, difference};
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights};
use crate::training::WeightsFolders;

/// HealthyGAN's networks and their yardstick.
pub(super) struct HealthyGan {
    inspector: Inspector,
    calibration: Calibration,
}

/// The ends of the mask's colour scale and its unit.
const MASK_SCALE: ((f32, f32), &str) = ((0.0, 1.0), "share replaced");

impl HealthyGan {
    /// Loads card and weights.
    pub(super) fn load(weights: &WeightsFolders, device: &Device) -> Result<Trained<Self>> {
        let (card, tensors) = card_and_weights(ENTRY.id, weights)?;
        let recipe = Recipe::named(&card.preset)?;
        let model = Self {
            inspector: Inspector::stored(&tensors, recipe.side, device)?,
            calibration: Calibration::stored(&tensors, recipe.side)?,
        };
        let view = recipe.view(weights, device)?;
        Ok(Trained::new(card, device, view, model))
    }
}

impl Reader for HealthyGan {
    type Seen = Seen;
    const WORK: &'static str = "drawing the counterpart";

    fn side(&self) -> usize {
        self.inspector.side
    }

    fn see(
        &mut self,
        greys: Vec<f32>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        self.inspector.see((greys, lungs.inside.clone()), between)
    }

    fn conclude(&self, seen: Seen, film: &Looked<'_>) -> Result<Conclusion> {
        let threshold = film.card.threshold.clone();
        let scale = (film.card.map_scale, threshold.unit.as_str());
        let change = self.calibration.change(&seen);
        let difference = difference(&seen.film, &seen.healthy);
        let score = self.calibration.score(&seen);
        let variants = self.calibration.variants(&seen);
        let maps = vec![
            film.square.map(MapKind::Residue, change, scale)?,
            film.square.map(MapKind::Saliency, seen.mask, MASK_SCALE)?,
            film.square
                .map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
        ];
        Ok(Conclusion {
            score,
            variants,
            counterpart: seen.healthy,
            reconstruction: None,
            maps,
            threshold,
        })
    }
}
