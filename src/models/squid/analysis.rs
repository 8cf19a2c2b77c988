//! A trained SQUID at work: from a film to score, counterpart and maps.

use super::ENTRY;
use super::calibration::Calibration;
use super::ensemble::{Ensemble, Seen};
use super::recipe::Recipe;
use crate::anomaly::MapKind;
use crate::compute::Device;
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::DIFFERENCE_SCALE;
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights};
use crate::training::WeightsFolders;

/// SQUID's networks and their yardstick.
pub(super) struct Squid {
    ensemble: Ensemble,
    calibration: Calibration,
}

impl Squid {
    /// Loads card and weights.
    pub(super) fn load(weights: &WeightsFolders, device: &Device) -> Result<Trained<Self>> {
        let (card, tensors) = card_and_weights(ENTRY.id, weights)?;
        let recipe = Recipe::named(&card.preset)?;
        let ensemble = Ensemble::stored(&tensors, &recipe.config, device)?;
        let squid = Self {
            calibration: Calibration::stored(&tensors, recipe.config.side, ensemble.len())?,
            ensemble,
        };
        let view = recipe.view(weights, device)?;
        Ok(Trained::new(card, device, view, squid))
    }
}

impl Reader for Squid {
    type Seen = Seen;
    const WORK: &'static str = "in-painting";

    fn side(&self) -> usize {
        self.ensemble.side
    }

    fn see(
        &mut self,
        greys: Vec<f32>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        self.ensemble.see(greys, &lungs.inside, between)
    }

    fn see_all(
        &mut self,
        films: Vec<Vec<f32>>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Seen>> {
        self.ensemble.see_all(films, &lungs.inside, between)
    }

    fn copy_error(&self, seen: &Seen) -> Option<f32> {
        Some(seen.copy_error())
    }

    fn conclude(&self, seen: Seen, film: &Looked<'_>) -> Result<Conclusion> {
        let threshold = film.card.threshold.clone();
        let scale = (film.card.map_scale, threshold.unit.as_str());
        let mut kinds = [MapKind::Saliency, MapKind::Residue, MapKind::Difference];
        kinds.sort_by_key(|&kind| kind != film.card.default_map);
        let maps = kinds.into_iter().map(|kind| {
            let look = match kind {
                MapKind::Difference => DIFFERENCE_SCALE,
                _ => scale,
            };
            let map = self.calibration.map(kind, &seen);
            film.square.map(kind, map, look)
        });
        let maps = maps.collect::<Result<_>>()?;
        Ok(Conclusion {
            score: self.calibration.score(&seen),
            variants: self.calibration.variants(&seen),
            counterpart: seen.student,
            reconstruction: Some(seen.teacher),
            maps,
            threshold,
        })
    }
}
