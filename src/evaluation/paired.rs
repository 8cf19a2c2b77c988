//! Two scores of the same films: is one AUC larger than the other?

use serde::Serialize;

use super::intervals::{Estimate, Z_95};
use super::normal::upper_tail;
use super::scores::{LabelledScores, covariance};
use crate::error::{Error, Result};

/// The difference of two AUCs on the same films (DeLong et al. 1988).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first AUC less the second, with its 95 % Wald interval, clamped to [−1, 1].
    pub difference: Estimate,
    /// The difference in standard errors; none when the films leave no doubt to measure it by.
    pub z: Option<f64>,
    /// The chance of at least such a difference, either way, if there were none.
    pub p_value: Option<f64>,
}

impl LabelledScores {
    /// Compares the AUCs of two scores of the same films, listed in the same order in both.
    ///
    /// # Errors
    /// When the numbers of films differ.
    pub fn compare(&self, other: &Self) -> Result<Comparison> {
        let counts = |scores: &Self| (scores.normal().len(), scores.abnormal().len());
        if counts(self) != counts(other) {
            return Err(Error::internal("two scores of different films"));
        }
        let difference = self.auc() - other.auc();
        let doubt =
            self.delong_variance() + other.delong_variance() - 2.0 * self.delong_covariance(other);
        // Equal scores leave a rounding error that may be negative.
        let error = doubt.max(0.0).sqrt();
        let z = (error > 1e-12).then(|| difference / error);
        Ok(Comparison {
            difference: Estimate {
                value: difference,
                low: (difference - Z_95 * error).max(-1.0),
                high: (difference + Z_95 * error).min(1.0),
            },
            z,
            p_value: z.map(|z| 2.0 * upper_tail(z.abs())),
        })
    }

    /// Returns DeLong's covariance of the AUCs of two scores of the same films in the same order.
    fn delong_covariance(&self, other: &Self) -> f64 {
        let ((abnormal, normal), (other_abnormal, other_normal)) =
            (self.placements(), other.placements());
        covariance(&abnormal, &other_abnormal) / abnormal.len() as f64
            + covariance(&normal, &other_normal) / normal.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(normal: &[f64], abnormal: &[f64]) -> LabelledScores {
        LabelledScores::new(normal.to_vec(), abnormal.to_vec()).unwrap()
    }

    #[test]
    fn a_score_does_not_differ_from_itself() {
        let one = scores(&[1.0, 3.0, 2.0], &[2.0, 4.0, 2.5]);
        let compared = one.compare(&one).unwrap();
        assert_eq!(compared.difference.value, 0.0);
        assert_eq!((compared.z, compared.p_value), (None, None));
    }

    #[test]
    fn swapping_the_scores_mirrors_the_difference() {
        let one = scores(&[1.0, 3.0, 2.0], &[2.0, 4.0, 2.5]);
        let other = scores(&[1.0, 2.0, 4.0], &[3.0, 1.0, 2.5]);
        let (there, back) = (one.compare(&other).unwrap(), other.compare(&one).unwrap());
        assert_eq!(there.difference.value, -back.difference.value);
        assert_eq!(there.p_value, back.p_value);
        assert!(there.difference.low < there.difference.value);
    }

    #[test]
    fn scores_of_other_films_are_refused() {
        assert!(
            scores(&[1.0], &[2.0])
                .compare(&scores(&[1.0, 2.0], &[2.0]))
                .is_err()
        );
    }
}
