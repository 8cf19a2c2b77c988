//! What is chosen about maps and marks: which map, where it is cut, and how it looks.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Reading, Session};
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Region, regions_in_lungs};
use crate::display::{Colormap, Overlay};
use crate::radiograph::{PixelRect, PixelSpacing};

/// The choices about maps and marks, the same for every film.
#[derive(Clone, Debug)]
pub struct OverlaySettings {
    /// The colours.
    pub colormap: Colormap,
    /// From 0, invisible, to 1, opaque.
    pub opacity: f32,
    /// Whether the map also lies over the original.
    pub on_original: bool,
    /// Whether boxes are drawn.
    pub boxes: bool,
    /// Whether the reader's marks are drawn.
    pub marks: bool,
    /// Which words are drawn in the corners of viewports, where they may hide a side marker.
    pub words: Words,
    /// How many models must agree on a place to mark it.
    pub agreeing: usize,
    /// The map chosen of each model; the others show their own default.
    kinds: HashMap<ModelId, MapKind>,
    /// The cuts set by hand, each in its map's unit: a cut means nothing on another model's map.
    cuts: HashMap<(ModelId, MapKind), f32>,
}

impl Default for OverlaySettings {
    fn default() -> Self {
        Self {
            colormap: Colormap::default(),
            opacity: 0.6,
            on_original: false,
            boxes: true,
            marks: true,
            words: Words::All,
            agreeing: 2,
            kinds: HashMap::new(),
            cuts: HashMap::new(),
        }
    }
}

impl OverlaySettings {
    /// Forgets what was chosen of a model's maps.
    pub(super) fn forget(&mut self, model: &ModelId) {
        self.kinds.remove(model);
        self.cuts.retain(|(of, _), _| of != model);
    }
}

/// How many words are drawn in the corners of viewports. What must be said stays at any level:
/// SYNTHETIC, PRIOR, OTHER PATIENT, INVERTED and PROCESSED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Words {
    /// Everything.
    #[default]
    All,
    /// Whom the film shows, the zoom and the scale.
    Identity,
    /// None.
    None,
}

impl Words {
    /// Returns the next level: fewer words, and from none to all.
    pub(super) fn next(self) -> Self {
        match self {
            Self::All => Self::Identity,
            Self::Identity => Self::None,
            Self::None => Self::All,
        }
    }
}

/// A map with the cut that is made through it.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The map.
    pub map: Arc<AnomalyMap>,
    /// The cut, in the map's unit.
    pub value: f32,
    /// The default cut and where it comes from; `None` when the model states none for this map.
    pub default: Option<(f32, String)>,
    /// The boxes of the lungs that a region must touch; none where lungs are not known.
    pub lung_boxes: Vec<PixelRect>,
    /// Why the map is not shown and has no regions, until it is chosen: see [`Outcome::withheld`].
    pub withheld: Option<String>,
}

impl Cut {
    /// Reports whether the map is shown and may have regions: see [`Self::withheld`].
    pub fn shows_map(&self) -> bool {
        self.withheld.is_none()
    }

    /// Returns the ends between which a user may set the cut: the colour scale's, widened to
    /// hold the default and the present cut.
    pub fn range(&self) -> (f32, f32) {
        let (low, high) = self.map.scale;
        let default = self
            .default
            .as_ref()
            .map_or(self.value, |(value, _)| *value);
        (
            low.min(default).min(self.value),
            high.max(default).max(self.value),
        )
    }

    /// Returns the overlay as the display draws it.
    pub fn overlay(&self, settings: &OverlaySettings) -> Overlay {
        Overlay {
            map: self.map.clone(),
            colormap: settings.colormap,
            opacity: settings.opacity,
            threshold: self.value,
            discrete: false,
        }
    }

    /// Returns the regions at or above the cut, those that touch a lung where lungs are known; none
    /// of a map that is withheld. Works on the map's own cells, never on the film.
    pub fn regions(&self, spacing: Option<&PixelSpacing>) -> Vec<Region> {
        if !self.shows_map() {
            return Vec::new();
        }
        regions_in_lungs(&self.map, self.value, &self.lung_boxes, spacing)
    }

    pub(super) fn key(&self) -> RegionsKey {
        match self.shows_map() {
            true => RegionsKey::of(&self.map, self.value),
            // No number lies above it.
            false => RegionsKey::of(&self.map, f32::INFINITY),
        }
    }
}

/// What a list of regions was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionsKey {
    map: usize,
    cut_bits: u32,
}

impl RegionsKey {
    pub(super) fn of(map: &Arc<AnomalyMap>, cut: f32) -> Self {
        Self {
            map: Arc::as_ptr(map) as usize,
            cut_bits: cut.to_bits(),
        }
    }
}

impl Session {
    /// Returns the cut through a map that came back from a file, as long as no result of this
    /// session is shown.
    pub fn returned_cut(&self, reading: &Reading) -> Option<Cut> {
        let open = reading
            .open_film()
            .filter(|_| reading.shown_outcome().is_none())?;
        let map = open.returned_map.as_ref()?;
        let (low, high) = map.scale;
        Some(Cut {
            map: map.clone(),
            value: open.returned_cut.unwrap_or((low + high) / 2.0),
            default: None,
            lung_boxes: Vec::new(),
            withheld: None,
        })
    }
}

impl OverlaySettings {
    /// Returns the chosen map of an outcome and the cut through it. A map that the outcome withholds is
    /// shown once it is chosen.
    pub fn cut(&self, outcome: &Outcome) -> Option<Cut> {
        let kind = self.kinds.get(&outcome.model).copied();
        // A map that this model lacks falls back to its default one.
        let map = outcome.map(kind).or_else(|| outcome.map(None))?;
        let first = outcome
            .map(None)
            .is_some_and(|first| Arc::ptr_eq(first, map));
        let default = first.then(|| (outcome.threshold.value, outcome.threshold.source.clone()));
        let middle = (map.scale.0 + map.scale.1) / 2.0;
        let start = default.as_ref().map_or(middle, |(value, _)| *value);
        Some(Cut {
            map: map.clone(),
            value: self
                .cuts
                .get(&(outcome.model.clone(), map.kind))
                .copied()
                .unwrap_or(start),
            default,
            lung_boxes: outcome.lung_boxes.clone(),
            withheld: outcome.withheld.clone().filter(|_| kind.is_none()),
        })
    }

    /// Chooses a model's map and the cut through it; `None` for its default one.
    pub fn choose(&mut self, model: &ModelId, kind: MapKind, cut: Option<f32>) {
        self.choose_map(model, kind);
        self.set_cut(model, kind, cut);
    }

    pub(super) fn choose_map(&mut self, model: &ModelId, kind: MapKind) {
        self.kinds.insert(model.clone(), kind);
    }

    /// Sets the cut through a model's map; `None` for its default one.
    pub fn set_cut(&mut self, model: &ModelId, kind: MapKind, value: Option<f32>) {
        let key = (model.clone(), kind);
        match value {
            Some(value) if value.is_finite() => {
                self.cuts.insert(key, value);
            }
            _ => {
                self.cuts.remove(&key);
            }
        }
    }
}
