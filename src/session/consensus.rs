//! What the picked models say together about one film.

use std::sync::Arc;

use super::{OverlaySettings, RegionsKey};
use crate::anomaly::{Agreement, Outcome, Region, Vote};
use crate::display::{Concord, Overlay};
use crate::radiograph::{PixelSpacing, Radiograph};

/// The agreement of several models on one film, and the regions where enough of them agree.
pub struct Consensus {
    /// How many models find each place unusual.
    pub agreement: Arc<Agreement>,
    /// How many models must agree on a place to mark it, from 1 to their number.
    pub least: usize,
    /// The regions where at least so many agree.
    pub regions: Vec<Region>,
    /// What the agreement was computed from.
    key: Vec<RegionsKey>,
}

impl Consensus {
    /// Returns the overlay as the display draws it.
    pub fn overlay(&self, settings: &OverlaySettings) -> Overlay {
        Overlay {
            map: self.agreement.above.clone(),
            colormap: settings.colormap,
            opacity: settings.opacity,
            threshold: self.least as f32,
            discrete: true,
        }
    }

    /// Returns it as an export draws it.
    pub(super) fn concord(&self, settings: &OverlaySettings) -> Concord {
        Concord {
            agreement: self.agreement.clone(),
            least: self.least,
            regions: self.regions.clone(),
            opacity: settings.opacity,
            colormap: settings.colormap,
        }
    }

    /// Returns what the list of regions depends on.
    pub(super) fn regions_key(&self) -> RegionsKey {
        RegionsKey::of(&self.agreement.above, self.least as f32)
    }

    /// Computes the consensus, or only what has changed of an earlier one; `None` without results.
    pub(super) fn follow(
        before: Option<Self>,
        outcomes: &[&Arc<Outcome>],
        overlay: &OverlaySettings,
        film: &Radiograph,
    ) -> Option<Self> {
        // A map that is withheld has no say.
        let cuts = outcomes.iter().filter_map(|outcome| {
            let cut = overlay.cut(outcome)?;
            cut.shows_map().then_some((*outcome, cut))
        });
        let cuts: Vec<_> = cuts.collect();
        let key: Vec<RegionsKey> = cuts.iter().map(|(_, cut)| cut.key()).collect();
        let least = overlay.agreeing.clamp(1, cuts.len().max(1));
        let spacing = film.spacing.as_ref();
        if let Some(before) = before.filter(|before| before.key == key) {
            return Some(before.with_least(least, spacing));
        }
        let votes = cuts.iter().map(|(outcome, cut)| Vote {
            model: outcome.model.clone(),
            weights_sha256: outcome.weights_sha256.clone(),
            map: cut.map.clone(),
            threshold: cut.value,
        });
        let size = (film.raster.width(), film.raster.height());
        let votes: Vec<Vote> = votes.collect();
        if votes.is_empty() {
            return None;
        }
        // A film that is open has pixels.
        let agreement = Agreement::new(votes, size).ok()?;
        Some(Self {
            regions: agreement.regions(least, spacing),
            agreement: Arc::new(agreement),
            least,
            key,
        })
    }

    fn with_least(mut self, least: usize, spacing: Option<&PixelSpacing>) -> Self {
        if self.least != least {
            self.least = least;
            self.regions = self.agreement.regions(least, spacing);
        }
        self
    }
}
