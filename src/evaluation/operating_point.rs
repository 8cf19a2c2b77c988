//! What happens at one threshold.

use serde::Serialize;

use super::LabelledScores;
use super::intervals::{Estimate, wilson};

/// The confusion at a threshold and the shares that follow from it, with Wilson intervals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// Films at or above it are called abnormal.
    pub threshold: f64,
    /// How the threshold was chosen, for the user to read.
    pub source: String,
    /// Abnormal films called abnormal.
    pub true_positives: usize,
    /// Normal films called abnormal.
    pub false_positives: usize,
    /// Normal films called normal.
    pub true_negatives: usize,
    /// Abnormal films called normal.
    pub false_negatives: usize,
    /// The share of abnormal films called abnormal.
    pub sensitivity: Option<Estimate>,
    /// The share of normal films called normal.
    pub specificity: Option<Estimate>,
    /// The share of all films called right.
    pub accuracy: Option<Estimate>,
    /// The share of abnormal films among those called abnormal; none when nothing was called.
    pub precision: Option<Estimate>,
    /// 2 TP / (2 TP + FP + FN).
    pub f1: f64,
}

impl LabelledScores {
    /// Returns what happens at a threshold.
    pub fn at_threshold(&self, threshold: f64, source: &str) -> OperatingPoint {
        let above = |scores: &[f64]| scores.iter().filter(|&&score| score >= threshold).count();
        let (hits, alarms) = (above(self.abnormal()), above(self.normal()));
        let (m, n) = (self.abnormal().len(), self.normal().len());
        let called = hits + alarms;
        OperatingPoint {
            threshold,
            source: source.to_owned(),
            true_positives: hits,
            false_positives: alarms,
            true_negatives: n - alarms,
            false_negatives: m - hits,
            sensitivity: wilson(hits, m),
            specificity: wilson(n - alarms, n),
            accuracy: wilson(hits + n - alarms, m + n),
            precision: wilson(hits, called),
            f1: 2.0 * hits as f64 / (called + m) as f64,
        }
    }

    /// Returns the operating point of Youden's threshold, saying that these films chose it.
    pub fn best_point(&self) -> OperatingPoint {
        self.at_threshold(
            self.youden_threshold(),
            "greatest sensitivity + specificity, chosen on these very films: flatters",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_on_the_threshold_is_called_abnormal() {
        let scores = LabelledScores::new(vec![1.0, 2.0, 3.0], vec![2.0, 4.0]).unwrap();
        let point = scores.at_threshold(2.0, "by hand");
        let confusion = (
            point.true_positives,
            point.false_positives,
            point.true_negatives,
            point.false_negatives,
        );
        assert_eq!(confusion, (2, 2, 1, 0));
        assert_eq!(point.sensitivity.unwrap().value, 1.0);
        assert!((point.f1 - 2.0 / 3.0).abs() < 1e-15);
        assert!((point.accuracy.unwrap().value - 0.6).abs() < 1e-15);
    }

    #[test]
    fn calling_nothing_has_no_precision() {
        let scores = LabelledScores::new(vec![1.0], vec![2.0]).unwrap();
        let point = scores.at_threshold(9.0, "by hand");
        assert_eq!((point.precision, point.f1), (None, 0.0));
    }

    #[test]
    fn raising_the_threshold_never_raises_sensitivity() {
        let scores = LabelledScores::new(vec![0.1, 0.5, 0.7], vec![0.2, 0.6, 0.9, 0.9]).unwrap();
        let sensitivities: Vec<f64> = (0..=10)
            .filter_map(|step| scores.at_threshold(f64::from(step) / 10.0, "").sensitivity)
            .map(|share| share.value)
            .collect();
        assert!(sensitivities.is_sorted_by(|a, b| a >= b));
        assert_eq!(sensitivities.len(), 11);
    }
}
