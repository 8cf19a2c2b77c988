//! What is said about a film: a reader's marks, and what models found.

use super::uids::tracking_uid;
use super::{Algorithm, Subject};
use crate::anomaly::{MapKind, Region, Score};
use crate::radiograph::{Annotation, Origin, PixelPoint};

/// What is said about a film.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The reader's marks.
    pub annotations: Vec<Annotation>,
    /// What models say.
    pub results: Vec<ModelResult>,
}

/// What one model says about a film.
#[derive(Clone, Debug)]
pub struct ModelResult {
    /// The model.
    pub algorithm: Algorithm,
    /// How abnormal it finds the film; `None` for what several models say together.
    pub score: Option<Score>,
    /// The words that the score is not to be shown without, where there are any.
    pub flag: Option<String>,
    /// Which of its maps was cut.
    pub map: MapKind,
    /// The cut, in the map's unit.
    pub threshold: f32,
    /// The unit of the map and the cut.
    pub unit: String,
    /// Where the cut comes from, as in “default: …” or “set by hand”.
    pub threshold_source: String,
    /// The regions at or above the cut.
    pub regions: Vec<Region>,
}

/// Returns the identifier of a mark: the same mark on the same film keeps it.
pub(super) fn mark_uid(origin: &Origin, mark: &Annotation) -> String {
    let kind = mark.shape.kind().name();
    let points: Vec<String> = mark
        .shape
        .points()
        .iter()
        .map(|PixelPoint { x, y }| format!("{x},{y}"))
        .collect();
    let number = mark.id.0.to_string();
    tracking_uid(&[&origin.sop_instance, kind, &number, &points.join(" ")])
}

/// Returns the identifier of a model's region: the same in a report and in a segmentation.
///
/// The film must be one that objects can be about; of another the identifier is of no use.
pub fn region_uid(subject: &Subject<'_>, result: &ModelResult, region: &Region) -> String {
    let origin = subject.film.source.origin.as_deref();
    let film = origin.map_or("", |origin| origin.sop_instance.as_str());
    let [x, y, width, height] = region.bounds.xywh();
    let place = format!("{x},{y},{width},{height}");
    let algorithm = &result.algorithm;
    let parts = [
        film,
        &algorithm.name,
        &algorithm.weights_sha256,
        result.map.name(),
        &place,
    ];
    tracking_uid(&parts)
}

/// Returns the corners of a region's box as a closed line.
pub(super) fn outline(region: &Region) -> Vec<PixelPoint> {
    let corners = region.bounds.corners();
    let mut line = corners.to_vec();
    line.push(corners[0]);
    line
}
