//! A trained DGM at work: from a film to score, counterpart and maps.

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{Evidence, UNIT, Yardstick, doubt, variants};
use super::recipe::Recipe;
use crate::anomaly::{AnomalyMap, MapKind, Threshold, adaptive_cut};
use crate::compute::Device;
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::DIFFERENCE_SCALE;
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights};
use crate::training::WeightsFolders;

/// DGM's networks and what normal films' residues are like.
pub(super) struct Dgm {
    side: usize,
    decomposer: Decomposer,
    yardstick: Yardstick,
}

impl Dgm {
    /// Loads card and weights.
    pub(super) fn load(weights: &WeightsFolders, device: &Device) -> Result<Trained<Self>> {
        let (card, tensors) = card_and_weights(ENTRY.id, weights)?;
        let recipe = Recipe::named(&card.preset)?;
        let sizes = (&recipe.config, recipe.side);
        let model = Self {
            side: recipe.side,
            decomposer: Decomposer::stored(&tensors, sizes, device)?,
            yardstick: Yardstick::stored(&tensors, recipe.side)?,
        };
        let view = recipe.view(weights, device)?;
        Ok(Trained::new(card, device, view, model))
    }

    /// The film's own cut: the paper leaves the adaptive threshold open, and this is Otsu's.
    fn threshold(&self, change: &AnomalyMap, film: &Looked<'_>) -> Threshold {
        let floor = &film.card.threshold;
        Threshold {
            value: adaptive_cut(change, &film.lungs.boxes, floor.value),
            unit: floor.unit.clone(),
            source: format!(
                "Otsu in the lung boxes, not below {:.1}, the least that leaves most normal films without a region",
                floor.value
            ),
        }
    }
}

impl Reader for Dgm {
    type Seen = Seen;
    const WORK: &'static str = "taking the film apart";

    fn side(&self) -> usize {
        self.side
    }

    fn see(
        &mut self,
        greys: Vec<f32>,
        _lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        self.decomposer.see(greys, between)
    }

    fn copy_error(&self, seen: &Seen) -> Option<f32> {
        Some(seen.copy_error())
    }

    fn conclude(&self, seen: Seen, film: &Looked<'_>) -> Result<Conclusion> {
        let evidence = Evidence::of(&seen, film.lungs, &self.yardstick)?;
        let look = (self.yardstick.scale(), UNIT);
        let saliency = evidence.saliency.clone();
        let square = film.square;
        let scale = (film.card.map_scale, film.card.threshold.unit.as_str());
        let change = self.yardstick.change(&seen, film.lungs);
        let change = square.map(MapKind::Difference, change, scale)?;
        let threshold = self.threshold(&change, film);
        let maps = vec![
            change,
            evidence.residue.clone(),
            square.map(MapKind::Saliency, saliency, look)?,
            square.map(MapKind::Fidelity, seen.unexplained(), DIFFERENCE_SCALE)?,
        ];
        Ok(Conclusion {
            score: doubt(&seen),
            variants: variants(&seen, film.lungs, &evidence, &self.yardstick),
            threshold,
            counterpart: seen.normal,
            reconstruction: Some(seen.again),
            maps,
        })
    }
}
