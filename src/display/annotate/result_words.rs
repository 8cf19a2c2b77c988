//! What is said of a score and of a threshold.

use std::sync::Arc;

use super::Analysis;
use crate::anomaly::Score;
use crate::display::scale::plain;

/// Says where a score stands among those of normal films.
pub(super) fn score_line(score: &Score) -> String {
    let raw = plain(score.raw);
    match (score.percentile, score.p_value) {
        (Some(percentile), Some(p_value)) => format!(
            "Score {raw}: higher than {} % of {} normal films (p = {}); not a probability of disease",
            plain(percentile),
            score.calibration_films,
            plain(p_value)
        ),
        _ => format!("Score {raw}: not compared with normal films; not a probability of disease"),
    }
}

/// Says where a map is cut, and where the cut comes from.
pub(super) fn threshold_line(analysis: &Analysis) -> String {
    let map = &analysis.map;
    let default = &analysis.outcome.threshold;
    let of_first = analysis
        .outcome
        .map(None)
        .is_some_and(|first| Arc::ptr_eq(first, map));
    let source = if of_first {
        format!(" (default {}: {})", plain(default.value), default.source)
    } else {
        String::new()
    };
    let (low, high) = map.scale;
    format!(
        "Threshold {} {}{source} · {} scale {} to {}, the same for every film · opacity {} %",
        plain(analysis.threshold),
        map.unit,
        map.kind.name(),
        plain(low),
        plain(high),
        plain(100.0 * analysis.opacity)
    )
}
