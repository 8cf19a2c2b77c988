//! Scores and thresholds, each with what it means.

use serde::{Deserialize, Serialize};

/// How abnormal a model finds a whole film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The model's own number; larger is more abnormal. Not a probability.
    pub raw: f32,
    /// The share of the model's calibration normals that scored lower, in percent, 0 to 100.
    pub percentile: Option<f32>,
    /// The conformal p-value `(1 + #{normal ≥ score}) / (n + 1)` against those normals.
    pub p_value: Option<f32>,
    /// The number of calibration normals.
    pub calibration_films: usize,
}

impl Score {
    /// Places a raw score among the scores of normal films, in any order.
    pub fn among(raw: f32, normals: &[f32]) -> Self {
        let n = normals.len();
        let at_least = normals.iter().filter(|&&normal| normal >= raw).count();
        let lower = n - at_least;
        Self {
            raw,
            percentile: (n > 0).then(|| 100.0 * lower as f32 / n as f32),
            p_value: (n > 0).then(|| (1 + at_least) as f32 / (n + 1) as f32),
            calibration_films: n,
        }
    }
}

/// A cut through an anomaly map, in the map's own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The cut; what lies at or above it is a region.
    pub value: f32,
    /// The unit of the map and the cut, as in “σ of normals”.
    pub unit: String,
    /// How the value was chosen, for the user to read.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_counts_ties_against_the_film() {
        let score = Score::among(2.0, &[1.0, 2.0, 3.0]);
        assert_eq!(score.p_value, Some(0.75));
        assert!((score.percentile.unwrap() - 100.0 / 3.0).abs() < 1e-4);
    }

    #[test]
    fn without_normals_a_score_means_nothing() {
        let score = Score::among(2.0, &[]);
        assert_eq!((score.percentile, score.p_value), (None, None));
    }
}
