//! ROC and precision–recall curves.

use super::LabelledScores;

/// One point of a ROC curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Films at or above it are called abnormal; +∞ for the curve's first point.
    pub threshold: f64,
    /// The share of normal films called abnormal.
    pub false_positive_rate: f64,
    /// The share of abnormal films called abnormal.
    pub true_positive_rate: f64,
}

/// One point of a precision–recall curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrPoint {
    /// Films at or above it are called abnormal.
    pub threshold: f64,
    /// The share of abnormal films among those called abnormal.
    pub precision: f64,
    /// The share of abnormal films called abnormal.
    pub recall: f64,
}

/// How many films lie at or above a threshold.
#[derive(Clone, Copy, Debug)]
struct Above {
    threshold: f64,
    normal: usize,
    abnormal: usize,
}

impl LabelledScores {
    /// Returns the ROC curve from (0, 0) to (1, 1), one point per distinct score.
    pub fn roc(&self) -> Vec<RocPoint> {
        let (m, n) = (self.abnormal().len() as f64, self.normal().len() as f64);
        let start = Above {
            threshold: f64::INFINITY,
            normal: 0,
            abnormal: 0,
        };
        std::iter::once(start)
            .chain(self.sweep())
            .map(|above| RocPoint {
                threshold: above.threshold,
                false_positive_rate: above.normal as f64 / n,
                true_positive_rate: above.abnormal as f64 / m,
            })
            .collect()
    }

    /// Returns the precision–recall curve by falling threshold, one point per distinct score.
    pub fn precision_recall(&self) -> Vec<PrPoint> {
        let m = self.abnormal().len() as f64;
        self.sweep()
            .into_iter()
            .map(|above| PrPoint {
                threshold: above.threshold,
                precision: above.abnormal as f64 / (above.abnormal + above.normal) as f64,
                recall: above.abnormal as f64 / m,
            })
            .collect()
    }

    /// Returns the average precision, Σ (Rᵢ − Rᵢ₋₁) Pᵢ, without interpolation.
    pub fn average_precision(&self) -> f64 {
        let mut recall = 0.0;
        let mut sum = 0.0;
        for point in self.precision_recall() {
            sum += (point.recall - recall) * point.precision;
            recall = point.recall;
        }
        sum
    }

    /// Returns the greatest sensitivity reached at a specificity of at least `specificity`.
    pub fn sensitivity_at_specificity(&self, specificity: f64) -> f64 {
        // 1 − FPR of a round number of films may miss it by a rounding error.
        let allowed = 1.0 - specificity + 1e-12;
        let reached = self
            .roc()
            .into_iter()
            .filter(|point| point.false_positive_rate <= allowed);
        reached
            .map(|point| point.true_positive_rate)
            .fold(0.0, f64::max)
    }

    /// Returns the threshold that maximises sensitivity + specificity − 1 (Youden 1950), the
    /// highest of equals. It is chosen on these very films and therefore flatters.
    pub fn youden_threshold(&self) -> f64 {
        let mut best = (f64::NEG_INFINITY, f64::INFINITY);
        for point in self.roc() {
            let index = point.true_positive_rate - point.false_positive_rate;
            if index > best.0 {
                best = (index, point.threshold);
            }
        }
        best.1
    }

    /// The counts at each distinct score, from the highest down.
    fn sweep(&self) -> Vec<Above> {
        let abnormal = self.abnormal().iter().map(|&score| (score, true));
        let normal = self.normal().iter().map(|&score| (score, false));
        let mut films: Vec<(f64, bool)> = abnormal.chain(normal).collect();
        films.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut steps: Vec<Above> = Vec::new();
        let (mut normal, mut abnormal) = (0, 0);
        for (score, is_abnormal) in films {
            if is_abnormal {
                abnormal += 1;
            } else {
                normal += 1;
            }
            let above = Above {
                threshold: score,
                normal,
                abnormal,
            };
            match steps.last_mut() {
                Some(last) if last.threshold == score => *last = above,
                _ => steps.push(above),
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> LabelledScores {
        LabelledScores::new(vec![1.0, 2.0, 3.0], vec![2.0, 4.0]).unwrap()
    }

    #[test]
    fn the_roc_curve_has_a_point_per_distinct_score() {
        let corners: Vec<(f64, f64)> = example()
            .roc()
            .iter()
            .map(|point| (point.false_positive_rate, point.true_positive_rate))
            .collect();
        let third = 1.0 / 3.0;
        assert_eq!(
            corners,
            [
                (0.0, 0.0),
                (0.0, 0.5),
                (third, 0.5),
                (2.0 * third, 1.0),
                (1.0, 1.0)
            ]
        );
    }

    #[test]
    fn the_trapezoids_under_the_roc_curve_are_the_auc() {
        let roc = example().roc();
        let area: f64 = roc
            .windows(2)
            .map(|pair| {
                let width = pair[1].false_positive_rate - pair[0].false_positive_rate;
                width * (pair[0].true_positive_rate + pair[1].true_positive_rate) / 2.0
            })
            .sum();
        assert!((area - example().auc()).abs() < 1e-12);
    }

    #[test]
    fn average_precision_follows_a_worked_example() {
        // 4 (abnormal): P 1, R 1/2; 3: no step; 2 (one of each): P 2/4, R 1.
        assert!((example().average_precision() - (0.5 + 0.5 * 0.5)).abs() < 1e-15);
    }

    #[test]
    fn youden_takes_the_highest_of_equal_thresholds() {
        // J is 1/2 at 4, 1/6 at 3, 1/3 at 2.
        assert_eq!(example().youden_threshold(), 4.0);
        let tied = LabelledScores::new(vec![0.0, 2.0], vec![1.0, 3.0]).unwrap();
        assert_eq!(tied.youden_threshold(), 3.0);
    }

    #[test]
    fn sensitivity_is_read_at_the_asked_specificity() {
        assert_eq!(example().sensitivity_at_specificity(1.0), 0.5);
        assert_eq!(example().sensitivity_at_specificity(1.0 / 3.0), 1.0);
    }
}
