//! A trained DGM at work: from a film to score, counterpart and maps.

use std::path::Path;

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{Evidence, UNIT, Yardstick, doubt, variants};
use super::recipe::Recipe;
use crate::anomaly::{MapKind, Threshold};
use crate::compute::Device;
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::{DIFFERENCE_SCALE, difference};
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights};

/// DGM's networks and what normal films' residues are like.
pub(super) struct Dgm {
    side: usize,
    decomposer: Decomposer,
    yardstick: Yardstick,
}

impl Dgm {
    /// Loads card and weights.
    pub(super) fn load(folder: &Path, device: &Device) -> Result<Trained<Self>> {
        let (card, tensors) = card_and_weights(ENTRY.id, folder)?;
        let recipe = Recipe::named(&card.preset)?;
        let sizes = (&recipe.config, recipe.side);
        let model = Self {
            side: recipe.side,
            decomposer: Decomposer::stored(&tensors, sizes, device)?,
            yardstick: Yardstick::stored(&tensors)?,
        };
        let view = recipe.view(folder, device)?;
        Ok(Trained::new(card, device, view, model))
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
        let evidence = Evidence::of(&seen, film.lungs, self.yardstick)?;
        let look = (self.yardstick.scale(), UNIT);
        let saliency = evidence.saliency.clone();
        let difference = difference(&seen.film, &seen.normal);
        let square = film.square;
        let maps = vec![
            evidence.residue.clone(),
            square.map(MapKind::Saliency, saliency, look)?,
            square.map(MapKind::Difference, difference, DIFFERENCE_SCALE)?,
            square.map(MapKind::Fidelity, seen.unexplained(), DIFFERENCE_SCALE)?,
        ];
        Ok(Conclusion {
            score: doubt(&seen),
            variants: variants(&seen, film.lungs, &evidence),
            threshold: self.threshold(&evidence),
            counterpart: seen.normal,
            reconstruction: Some(seen.again),
            maps,
        })
    }
}
