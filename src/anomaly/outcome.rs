//! Everything one model says about one film.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AnomalyMap, Doubt, Finding, Placed, Region, Score, Severity, Threshold, regions_in_lungs,
};
use crate::error::Result;
use crate::radiograph::{Correction, PixelRect, PixelSpacing};

/// A model's name in the registry and on the command line, as in `squid`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelId(pub String);

impl ModelId {
    /// Makes an id from its name.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the beginning of a hash, enough for a reader to tell weights or films apart.
pub fn short_hash(sha256: &str) -> &str {
    sha256.get(..8).unwrap_or(sha256)
}

/// How long each part of an analysis took, in seconds of wall time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// Reading the file; zero when the film was open already.
    pub decode: f64,
    /// From samples to the network's input.
    pub preprocess: f64,
    /// The network.
    pub infer: f64,
    /// From the network's output to maps and score.
    pub post: f64,
}

/// What one model says about one film. Pictures are in the film's own modality units.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which model.
    pub model: ModelId,
    /// SHA-256 of its weights file, in lower-case hexadecimal.
    pub weights_sha256: String,
    /// The device it ran on, as in `cpu`.
    pub device: String,
    /// The network's input size in pixels, width and height.
    pub input_size: (usize, usize),
    /// The part of the film the network saw, in image pixels.
    pub input_region: PixelRect,
    /// How abnormal the film is.
    pub score: Score,
    /// The model's other scores by name, as in “published” for the paper's own where the score is
    /// another; larger is more abnormal.
    pub variants: Vec<(&'static str, f32)>,
    /// The film as the model would expect it healthy, in modality units. SYNTHETIC.
    pub counterpart: Arc<Placed>,
    /// The film as a plain autoencoder copies it, in modality units, where the model has one.
    /// SYNTHETIC.
    pub reconstruction: Option<Arc<Placed>>,
    /// The maps; the first is the one shown by default.
    pub maps: Vec<Arc<AnomalyMap>>,
    /// Why that map is not shown unless it is asked for, as a clause: it was measured, and does not
    /// point where it should. `None` where it is shown.
    pub withheld: Option<String>,
    /// The default cut through the first map.
    pub threshold: Threshold,
    /// Where the lungs are, when known: left and right boxes in image pixels.
    pub lung_boxes: Vec<PixelRect>,
    /// Reasons to doubt the result.
    pub gate: Vec<Finding>,
    /// What was done to the film before the model saw it. Everything here lies on the film as it is
    /// shown, all the same.
    pub seen_as: Correction,
    /// How long it took.
    pub seconds: Seconds,
}

impl Outcome {
    /// Returns the words that the score is never shown without: why the film is not what the model
    /// was made for, and what was done to it; `None` for a film as models expect it.
    pub fn flag(&self) -> Option<String> {
        let unfit = self
            .gate
            .iter()
            .filter(|finding| finding.severity == Severity::Unfit);
        let mut flags: Vec<String> = unfit
            .map(|finding| finding.kind.flag().to_owned())
            .collect();
        let corrected = self.seen_as.words();
        flags.extend(corrected.map(|words| format!("analysed as if {words}")));
        (!flags.is_empty()).then(|| format!("FLAGGED: {}", flags.join(", ")))
    }

    /// Lays an outcome on a corrected film back on the film itself, of `size` pixels, and says so.
    ///
    /// # Errors
    /// Never for an outcome that exists.
    pub fn laid_back(mut self, correction: Correction, size: (usize, usize)) -> Result<Self> {
        let Some(words) = correction.words() else {
            return Ok(self);
        };
        let pose = correction.pose.undone();
        let (width, height) = correction.pose.size(size);
        let seen = (width as f32, height as f32);
        let placed = |placed: &Placed| -> Result<Placed> {
            Ok(Placed {
                raster: pose.raster(&placed.raster)?,
                place: pose.rect(&placed.place, seen),
            })
        };
        self.counterpart = Arc::new(placed(&self.counterpart)?);
        let reconstruction = self.reconstruction.as_deref().map(placed).transpose()?;
        self.reconstruction = reconstruction.map(Arc::new);
        let maps = self.maps.iter().map(|map| {
            Ok(Arc::new(AnomalyMap {
                placed: placed(&map.placed)?,
                ..AnomalyMap::clone(map)
            }))
        });
        self.maps = maps.collect::<Result<_>>()?;
        self.input_region = pose.rect(&self.input_region, seen);
        let boxes = self.lung_boxes.iter().map(|lung| pose.rect(lung, seen));
        self.lung_boxes = boxes.collect();
        self.seen_as = correction;
        let reason =
            format!("Analysed as if {words}; what was found is laid on the film as it is shown.");
        self.gate.insert(0, Finding::note(Doubt::Corrected, reason));
        Ok(self)
    }

    /// Returns the part of a film of this size that the model looked at, cut off at the film's
    /// edges; `None` when that is all of it.
    pub fn partial_view(&self, width: usize, height: usize) -> Option<PixelRect> {
        let film = PixelRect::of_image(width, height);
        let seen = self.input_region.within(&film);
        // Half a pixel of rounding hides nothing.
        let all = film.width - seen.width < 0.5 && film.height - seen.height < 0.5;
        (!all).then_some(seen)
    }

    /// Returns the map of a kind, or the default one for `None`.
    pub fn map(&self, kind: Option<super::MapKind>) -> Option<&Arc<AnomalyMap>> {
        match kind {
            Some(kind) => self.maps.iter().find(|map| map.kind == kind),
            None => self.maps.first(),
        }
    }

    /// Returns the regions of one of the maps at or above a cut: those that touch a lung, where
    /// lungs are known.
    pub fn regions(
        &self,
        map: &AnomalyMap,
        cut: f32,
        spacing: Option<&PixelSpacing>,
    ) -> Vec<Region> {
        regions_in_lungs(map, cut, &self.lung_boxes, spacing)
    }
}
