//! What an export says in numbers: the reader's marks, and what the shown models found.

use super::ExportJob;
use crate::anomaly::{MapKind, Outcome, Region, short_hash};
use crate::display::Concord;
use crate::files::dicom_export::{Algorithm, Findings, ModelResult};
use crate::session::Cut;

/// Collects everything that is shown.
pub(super) fn of(job: &ExportJob) -> Findings {
    let results = match &job.concord {
        Some(concord) => vec![together(concord)],
        None => {
            let shown = job.shown.iter();
            shown
                .map(|(outcome, cut)| alone(job, outcome, cut))
                .collect()
        }
    };
    Findings {
        annotations: job.marks.clone(),
        results,
    }
}

/// Names the model of an outcome.
pub(super) fn algorithm(outcome: &Outcome) -> Algorithm {
    Algorithm {
        name: outcome.model.to_string(),
        weights_sha256: outcome.weights_sha256.clone(),
    }
}

fn alone(job: &ExportJob, outcome: &Outcome, cut: &Cut) -> ModelResult {
    let source = match &cut.default {
        _ if let Some(why) = &cut.withheld => format!("none: the map is not shown, for {why}"),
        Some((value, source)) if *value == cut.value => format!("default: {source}"),
        _ => "set by hand".to_owned(),
    };
    ModelResult {
        algorithm: algorithm(outcome),
        score: Some(outcome.score),
        flag: outcome.flag(),
        map: cut.map.kind,
        threshold: cut.value,
        unit: cut.map.unit.clone(),
        threshold_source: source,
        regions: cut.regions(job.film.radiograph.spacing.as_ref()),
    }
}

/// Several models as one: their names, and the beginnings of their weights' hashes.
pub(super) fn joined(concord: &Concord) -> Algorithm {
    let votes = &concord.agreement.votes;
    let names: Vec<String> = votes.iter().map(|vote| vote.model.to_string()).collect();
    let hashes: Vec<&str> = votes
        .iter()
        .map(|vote| short_hash(&vote.weights_sha256))
        .collect();
    Algorithm {
        name: format!("agreement of {}", names.join(", ")),
        weights_sha256: hashes.join(" "),
    }
}

fn together(concord: &Concord) -> ModelResult {
    let regions: Vec<Region> = concord.regions.clone();
    ModelResult {
        algorithm: joined(concord),
        score: None,
        flag: None,
        map: MapKind::Agreement,
        threshold: concord.least as f32,
        unit: concord.agreement.above.unit.clone(),
        threshold_source: "set by hand".to_owned(),
        regions,
    }
}
