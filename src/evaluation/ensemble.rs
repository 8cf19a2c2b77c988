//! Several models' scores brought to one scale by each model's own normal films.

use super::normal::quantile;
use crate::error::{Error, ErrorKind, Result};

/// How an ensemble's score comes about, for the user to read.
pub const ENSEMBLE_FORMULA: &str = "mean over the models of z, where z is Φ⁻¹((rank − ½) / n) of the score among the n calibration \
     normals of the model's card, interpolated linearly between them and continued beyond them by \
     one per standard deviation of theirs";

/// A model's scores as a normal distribution would have them, by its calibration normals.
///
/// The i-th smallest of n normal scores stands at Φ⁻¹((i − ½) / n), equal ones at the mean of
/// theirs, and what lies between two is interpolated linearly. Beyond the least and the greatest,
/// where ranks say no more, a standard deviation of the normal scores is 1. So the order of the films
/// is kept, and normal films are about standard normal whatever the model.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalScale {
    /// Distinct normal scores and where they stand, both rising.
    knots: Vec<(f64, f64)>,
    deviation: f64,
}

impl NormalScale {
    /// Takes the scores of a model's calibration normals, in any order.
    ///
    /// # Errors
    /// When there are not two different ones, or one is not finite.
    pub fn of(normals: &[f32]) -> Result<Self> {
        let mut sorted: Vec<f64> = normals.iter().map(|&score| f64::from(score)).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mut knots: Vec<(f64, f64)> = Vec::new();
        for (rank, equal) in sorted.chunk_by(|a, b| a == b).scan(0, |rank, equal| {
            *rank += equal.len();
            Some((*rank - equal.len(), equal))
        }) {
            let places = (rank..rank + equal.len()).map(|rank| quantile((rank as f64 + 0.5) / n));
            knots.push((equal[0], places.sum::<f64>() / equal.len() as f64));
        }
        if knots.len() < 2 || sorted.iter().any(|score| !score.is_finite()) {
            return Err(Error::new(
                ErrorKind::CorruptWeights,
                format!(
                    "the card lists {} normal scores, {} of them different; a scale needs two",
                    normals.len(),
                    knots.len()
                ),
                "Calibrate the model on normal films, or leave it out of the ensemble.",
            ));
        }
        let mean = sorted.iter().sum::<f64>() / n;
        let squares: f64 = sorted.iter().map(|score| (score - mean).powi(2)).sum();
        Ok(Self {
            knots,
            deviation: (squares / (n - 1.0)).sqrt(),
        })
    }

    /// Returns where a score stands among the normal ones, in standard deviations.
    pub fn place(&self, score: f64) -> f64 {
        let above = self.knots.partition_point(|(normal, _)| *normal < score);
        let beyond = |(normal, z): (f64, f64)| z + (score - normal) / self.deviation;
        match (above.checked_sub(1), self.knots.get(above)) {
            (None, _) => beyond(self.knots[0]),
            (Some(last), None) => beyond(self.knots[last]),
            (Some(below), Some(&(high, z_high))) => {
                let (low, z_low) = self.knots[below];
                z_low + (z_high - z_low) * (score - low) / (high - low)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_stand_at_the_quantiles_of_their_ranks() {
        let scale = NormalScale::of(&[3.0, 1.0, 2.0, 4.0]).unwrap();
        assert!((scale.place(1.0) - quantile(0.125)).abs() < 1e-12);
        assert!((scale.place(3.0) - quantile(0.625)).abs() < 1e-12);
        assert!(scale.place(2.5).abs() < 1e-12);
    }

    #[test]
    fn the_order_of_films_is_kept_even_beyond_all_normals() {
        let scale = NormalScale::of(&[0.1, 0.5, 0.5, 0.7, 0.2]).unwrap();
        let scores: Vec<f64> = (-20..40).map(|step| f64::from(step) * 0.05).collect();
        let placed: Vec<f64> = scores.iter().map(|&score| scale.place(score)).collect();
        assert!(placed.is_sorted_by(|a, b| a < b), "{placed:?}");
    }

    #[test]
    fn beyond_the_normals_a_deviation_is_one() {
        let scale = NormalScale::of(&[1.0, 2.0, 3.0]).unwrap();
        assert!((scale.place(5.0) - scale.place(4.0) - 1.0).abs() < 1e-12);
        assert!((scale.place(-4.0) - scale.place(-5.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_unit_of_a_score_does_not_matter() {
        let (one, other) = (
            NormalScale::of(&[1.0, 2.0, 4.0]).unwrap(),
            NormalScale::of(&[100.0, 200.0, 400.0]).unwrap(),
        );
        for score in [0.0, 1.5, 3.0, 9.0] {
            assert!((one.place(score) - other.place(100.0 * score)).abs() < 1e-9);
        }
    }

    #[test]
    fn equal_normals_make_no_scale() {
        assert!(NormalScale::of(&[1.0, 1.0]).is_err());
        assert!(NormalScale::of(&[]).is_err());
        assert!(NormalScale::of(&[1.0, f32::NAN]).is_err());
    }
}
