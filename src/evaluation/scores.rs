//! Scores of films whose label is known, and how well they tell the labels apart.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::intervals::{Estimate, Z_95, percentile};
use crate::error::{Error, ErrorKind, Result};

/// How often a bootstrap resamples.
pub const BOOTSTRAP_REPEATS: usize = 2000;
/// The bootstrap's seed, the same everywhere so that intervals can be reproduced.
pub const BOOTSTRAP_SEED: u64 = 20_260_101;

/// Finite scores of normal and of abnormal films, at least one of each.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledScores {
    normal: Vec<f64>,
    abnormal: Vec<f64>,
}

impl LabelledScores {
    /// Takes the scores of both classes, in any order.
    ///
    /// # Errors
    /// When a class is empty or a score is not finite.
    pub fn new(normal: Vec<f64>, abnormal: Vec<f64>) -> Result<Self> {
        if normal.is_empty() || abnormal.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                format!(
                    "{} normal and {} abnormal films have a score; metrics need both",
                    normal.len(),
                    abnormal.len()
                ),
                "Give a folder with films of each kind.",
            ));
        }
        let odd = normal
            .iter()
            .chain(&abnormal)
            .filter(|score| !score.is_finite());
        match odd.count() {
            0 => Ok(Self { normal, abnormal }),
            count => Err(Error::new(
                ErrorKind::Damaged,
                format!("{count} scores are not finite numbers"),
                "Look for the films concerned in the per-film table.",
            )),
        }
    }

    /// Returns the scores of the normal films.
    pub fn normal(&self) -> &[f64] {
        &self.normal
    }

    /// Returns the scores of the abnormal films.
    pub fn abnormal(&self) -> &[f64] {
        &self.abnormal
    }

    /// Returns the area under the ROC curve: the chance that an abnormal film scores above a
    /// normal one, ties counting half.
    pub fn auc(&self) -> f64 {
        let (m, n) = (self.abnormal.len() as f64, self.normal.len() as f64);
        let rank_sum: f64 = self.pooled_ranks()[..self.abnormal.len()].iter().sum();
        (rank_sum - m * (m + 1.0) / 2.0) / (m * n)
    }

    /// Returns the AUC with DeLong's Wald interval, clamped to [0, 1] (DeLong et al. 1988, by the
    /// mid-ranks of Sun and Xu 2014).
    pub fn auc_delong(&self) -> Estimate {
        let auc = self.auc();
        let half = Z_95 * self.delong_variance().sqrt();
        Estimate {
            value: auc,
            low: (auc - half).max(0.0),
            high: (auc + half).min(1.0),
        }
    }

    /// Returns DeLong's variance of the AUC; 0 when a class has a single film.
    pub fn delong_variance(&self) -> f64 {
        let (abnormal, normal) = self.placements();
        covariance(&abnormal, &abnormal) / abnormal.len() as f64
            + covariance(&normal, &normal) / normal.len() as f64
    }

    /// The share of normal films that each abnormal film scores above, and for each normal film
    /// that of abnormal films that score above it, ties counting half.
    pub(super) fn placements(&self) -> (Vec<f64>, Vec<f64>) {
        let (m, n) = (self.abnormal.len(), self.normal.len());
        let pooled = self.pooled_ranks();
        let above = |own: &[f64], pooled: &[f64], others: usize| -> Vec<f64> {
            let own = mid_ranks(own);
            let pairs = pooled.iter().zip(&own);
            pairs
                .map(|(all, own)| (all - own) / others as f64)
                .collect()
        };
        let of_abnormal = above(&self.abnormal, &pooled[..m], n);
        let of_normal = above(&self.normal, &pooled[m..], m);
        (
            of_abnormal,
            of_normal.into_iter().map(|share| 1.0 - share).collect(),
        )
    }

    /// Returns the AUC with a percentile bootstrap interval, resampling within each class.
    pub fn auc_bootstrap(&self, repeats: usize, seed: u64) -> Estimate {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut areas: Vec<f64> = (0..repeats)
            .map(|_| {
                let mut draw = |scores: &[f64]| -> Vec<f64> {
                    let pick = |_| scores[random.random_range(0..scores.len())];
                    (0..scores.len()).map(pick).collect()
                };
                let resampled = Self {
                    normal: draw(&self.normal),
                    abnormal: draw(&self.abnormal),
                };
                resampled.auc()
            })
            .collect();
        areas.sort_by(f64::total_cmp);
        let auc = self.auc();
        Estimate {
            value: auc,
            low: percentile(&areas, 2.5).unwrap_or(auc),
            high: percentile(&areas, 97.5).unwrap_or(auc),
        }
    }

    /// The mid-ranks from 1 of all scores together, the abnormal films' first.
    fn pooled_ranks(&self) -> Vec<f64> {
        let pooled: Vec<f64> = self.abnormal.iter().chain(&self.normal).copied().collect();
        mid_ranks(&pooled)
    }
}

/// Ranks from 1, equal values sharing the mean of theirs.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let value = values[order[first]];
        let equal = order[first..]
            .iter()
            .take_while(|&&index| values[index] == value)
            .count();
        for &index in &order[first..first + equal] {
            ranks[index] = first as f64 + (equal as f64 + 1.0) / 2.0;
        }
        first += equal;
    }
    ranks
}

/// The sample covariance of paired values, 0 for fewer than two.
pub(super) fn covariance(ours: &[f64], theirs: &[f64]) -> f64 {
    if ours.len() < 2 {
        return 0.0;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (our_mean, their_mean) = (mean(ours), mean(theirs));
    let pairs = ours.iter().zip(theirs);
    let products: f64 = pairs
        .map(|(our, their)| (our - our_mean) * (their - their_mean))
        .sum();
    products / (ours.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(normal: &[f64], abnormal: &[f64]) -> LabelledScores {
        LabelledScores::new(normal.to_vec(), abnormal.to_vec()).unwrap()
    }

    #[test]
    fn the_auc_counts_pairs_and_halves_ties() {
        // Pairs (abnormal, normal): 2>1, 2=2, 3>1, 3>2: 3.5 of 4.
        assert_eq!(scores(&[1.0, 2.0], &[2.0, 3.0]).auc(), 3.5 / 4.0);
        assert_eq!(scores(&[0.0], &[0.0]).auc(), 0.5);
    }

    #[test]
    fn swapping_the_classes_mirrors_the_auc() {
        let (normal, abnormal) = ([0.1, 0.4, 0.4, 0.8], [0.4, 0.5, 0.9]);
        let there = scores(&normal, &abnormal).auc();
        let back = scores(&abnormal, &normal).auc();
        assert!((there + back - 1.0).abs() < 1e-12);
    }

    #[test]
    fn any_rising_curve_keeps_the_auc() {
        let curve = |values: &[f64]| values.iter().map(|x| x.exp() * 7.0).collect::<Vec<_>>();
        let (normal, abnormal) = ([0.1, -0.4, 0.4, 0.8], [0.4, 0.5, -0.9]);
        let bent = scores(&curve(&normal), &curve(&abnormal));
        assert_eq!(scores(&normal, &abnormal).auc(), bent.auc());
    }

    #[test]
    fn delongs_variance_follows_a_worked_example() {
        // Placements of abnormal 2 and 4 among normal 1 and 3: 1/2 and 1, variance 1/8; of normal
        // 1 and 3: 1 and 1/2, variance 1/8. (1/8)/2 + (1/8)/2 = 1/8.
        let example = scores(&[1.0, 3.0], &[2.0, 4.0]);
        assert!((example.delong_variance() - 0.125).abs() < 1e-15);
        let estimate = example.auc_delong();
        assert_eq!((estimate.value, estimate.high), (0.75, 1.0));
    }

    #[test]
    fn perfect_separation_leaves_no_doubt_to_the_bootstrap() {
        let estimate = scores(&[0.0, 1.0], &[2.0, 3.0]).auc_bootstrap(50, 1);
        assert_eq!(
            (estimate.low, estimate.value, estimate.high),
            (1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn the_bootstrap_repeats_itself_for_a_seed() {
        let mixed = scores(&[0.1, 0.3, 0.5, 0.7, 0.2], &[0.4, 0.6, 0.2, 0.9]);
        let first = mixed.auc_bootstrap(200, 5);
        assert_eq!(first, mixed.auc_bootstrap(200, 5));
        assert!(first.low < first.value && first.value < first.high);
    }

    #[test]
    fn one_class_or_a_nan_is_refused_by_name() {
        let one_class = LabelledScores::new(vec![1.0], Vec::new()).unwrap_err();
        assert_eq!(one_class.kind, ErrorKind::Usage);
        assert!(LabelledScores::new(vec![f64::NAN], vec![1.0]).is_err());
    }
}
