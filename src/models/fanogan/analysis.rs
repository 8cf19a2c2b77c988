//! A trained f-AnoGAN at work: from a film to score, counterpart and maps.

use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use super::{ENTRY, view};
use crate::anomaly::MapKind;
use crate::compute::Device;
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference};
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights};
use crate::training::WeightsFolders;

/// f-AnoGAN's networks and their yardstick.
pub(super) struct FastAnoGan {
    inspector: Inspector,
    kappa: f32,
    calibration: Calibration,
}

impl FastAnoGan {
    /// Loads card and weights.
    pub(super) fn load(weights: &WeightsFolders, device: &Device) -> Result<Trained<Self>> {
        let (card, tensors) = card_and_weights(ENTRY.id, weights)?;
        let recipe = Recipe::named(&card.preset)?;
        let model = Self {
            inspector: Inspector::stored(&tensors, &recipe.config, device)?,
            kappa: recipe.kappa as f32,
            calibration: Calibration::stored(&tensors, recipe.config.side)?,
        };
        Ok(Trained::new(
            card,
            device,
            view(&recipe, weights, device)?,
            model,
        ))
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
}

impl Reader for FastAnoGan {
    type Seen = Seen;
    const WORK: &'static str = "drawing the nearest normal film";

    fn side(&self) -> usize {
        self.inspector.side
    }

    fn see(
        &mut self,
        greys: Vec<f32>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        self.inspector.see(greys, lungs.inside.clone(), between)
    }

    fn copy_error(&self, seen: &Seen) -> Option<f32> {
        Some(seen.copy_error())
    }

    fn conclude(&self, seen: Seen, film: &Looked<'_>) -> Result<Conclusion> {
        let threshold = film.card.threshold.clone();
        let scale = (film.card.map_scale, threshold.unit.as_str());
        let residue = self.calibration.residue(&seen);
        let (side, features) = self.calibration.features(&seen);
        let cells = Square {
            side,
            ..film.square
        };
        let difference = difference(&seen.film, &seen.counterpart);
        let maps = vec![
            film.square.map(MapKind::Residue, residue, scale)?,
            cells.map(MapKind::Saliency, features, scale)?,
            film.square
                .map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
        ];
        Ok(Conclusion {
            score: self.calibration.score(&seen),
            variants: self.variants(&seen),
            counterpart: seen.counterpart,
            reconstruction: None,
            maps,
            threshold,
        })
    }
}
