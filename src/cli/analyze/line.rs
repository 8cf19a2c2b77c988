//! The lines of `silhouette analyze --json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::Analysis;
use crate::anomaly::{AnomalyMap, Finding, Region, Seconds, Threshold};
use crate::evaluation::MapNumbers;
use crate::radiograph::Correction;

/// One line of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    path: &'a Path,
    model: &'a str,
    weights_sha256: &'a str,
    device: &'a str,
    input: Input,
    score: f32,
    variants: BTreeMap<&'static str, f32>,
    site: Option<Site>,
    threshold: &'a Threshold,
    regions: &'a [Region],
    /// Why the default map is not shown and has no regions, where that is so.
    map_withheld: Option<&'a str>,
    lung_boxes: Vec<[f32; 4]>,
    maps: Vec<MapLine>,
    gate: &'a [Finding],
    /// The words that the score is not to be shown without, where there are any.
    flag: Option<String>,
    /// What was done to the film for the model; boxes and maps lie on the film as it is stored.
    seen_as: Correction,
    seconds: Seconds,
}

#[derive(Debug, Serialize)]
struct Input {
    width: usize,
    height: usize,
    region: [f32; 4],
}

/// The score among the calibration normals.
#[derive(Debug, Serialize)]
struct Site {
    p_value: f32,
    percentile: f32,
    n: usize,
}

#[derive(Debug, Serialize)]
struct MapLine {
    kind: &'static str,
    unit: String,
    scale: [f32; 2],
    min: Option<f32>,
    max: Option<f32>,
    mean: Option<f64>,
}

impl MapLine {
    fn of(map: &AnomalyMap) -> Self {
        let extremes = map.placed.raster.extremes();
        Self {
            kind: map.kind.name(),
            unit: map.unit.clone(),
            scale: [map.scale.0, map.scale.1],
            min: extremes.map(|(low, _)| low),
            max: extremes.map(|(_, high)| high),
            mean: MapNumbers::of(map, &[]).map(|numbers| numbers.mean),
        }
    }
}

impl<'a> Line<'a> {
    /// Spells a film's result.
    pub(super) fn new(analysis: &'a Analysis, path: &'a Path) -> Self {
        let outcome = &analysis.outcome;
        let score = outcome.score;
        let site = score.p_value.zip(score.percentile);
        Self {
            path,
            model: &outcome.model.0,
            weights_sha256: &outcome.weights_sha256,
            device: &outcome.device,
            input: Input {
                width: outcome.input_size.0,
                height: outcome.input_size.1,
                region: outcome.input_region.xywh(),
            },
            score: score.raw,
            variants: outcome.variants.iter().copied().collect(),
            site: site.map(|(p_value, percentile)| Site {
                p_value,
                percentile,
                n: score.calibration_films,
            }),
            threshold: &analysis.threshold,
            regions: &analysis.regions,
            map_withheld: analysis.withheld.as_deref(),
            lung_boxes: outcome.lung_boxes.iter().map(|lung| lung.xywh()).collect(),
            maps: outcome.maps.iter().map(|map| MapLine::of(map)).collect(),
            gate: &outcome.gate,
            flag: outcome.flag(),
            seen_as: outcome.seen_as,
            seconds: outcome.seconds,
        }
    }
}
