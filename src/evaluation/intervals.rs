//! Confidence intervals and percentiles.

use std::fmt;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{BOOTSTRAP_REPEATS, BOOTSTRAP_SEED};

/// The standard normal's 97.5 % point: every interval here is a 95 % one.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// A number with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Returns the share `hits / trials` with its Wilson score interval (Wilson 1927); `None` for no
/// trials.
pub fn wilson(hits: usize, trials: usize) -> Option<Estimate> {
    if trials == 0 {
        return None;
    }
    let (n, share) = (trials as f64, hits as f64 / trials as f64);
    let squared = Z_95 * Z_95;
    let center = (share + squared / (2.0 * n)) / (1.0 + squared / n);
    let spread = share * (1.0 - share) / n + squared / (4.0 * n * n);
    let half = Z_95 * spread.sqrt() / (1.0 + squared / n);
    Some(Estimate {
        value: share,
        low: (center - half).max(0.0),
        high: (center + half).min(1.0),
    })
}

/// The least number of films or lesions of which an interval is stated: below it says next to
/// nothing, and the number itself says more.
pub const LEAST_FOR_INTERVAL: usize = 10;

/// How many of a number, with the Wilson interval where the number is not too small for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub hits: usize,
    /// Of how many.
    pub of: usize,
    /// Their ratio; none of nothing.
    pub value: Option<f64>,
    /// The 95 % interval, from [`LEAST_FOR_INTERVAL`] on.
    pub interval: Option<[f64; 2]>,
}

impl Share {
    /// Counts the hits.
    pub fn of(hits: impl IntoIterator<Item = bool>) -> Self {
        let (mut count, mut of) = (0, 0);
        for hit in hits {
            of += 1;
            count += usize::from(hit);
        }
        let estimate = wilson(count, of);
        Self {
            hits: count,
            of,
            value: estimate.map(|estimate| estimate.value),
            interval: estimate
                .filter(|_| of >= LEAST_FOR_INTERVAL)
                .map(|estimate| [estimate.low, estimate.high]),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.hits, self.of)?;
        match (self.value, self.interval) {
            (Some(value), Some([low, high])) => write!(f, ", {value:.2} ({low:.2}–{high:.2})"),
            _ => f.write_str(", too few for an interval"),
        }
    }
}

/// The mean of some numbers, with a bootstrap interval where they are not too few for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean; none of nothing.
    pub value: Option<f64>,
    /// The percentile bootstrap's 95 % interval, from [`LEAST_FOR_INTERVAL`] on.
    pub interval: Option<[f64; 2]>,
    /// Of how many.
    pub of: usize,
}

impl Mean {
    /// Takes the mean of numbers in any order.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = |sum: f64| sum / n as f64;
        Self {
            value: (n > 0).then(|| mean(values.iter().sum())),
            interval: (n >= LEAST_FOR_INTERVAL).then(|| {
                let mut random = ChaCha8Rng::seed_from_u64(BOOTSTRAP_SEED);
                let mut means: Vec<f64> = (0..BOOTSTRAP_REPEATS)
                    .map(|_| mean((0..n).map(|_| values[random.random_range(0..n)]).sum()))
                    .collect();
                means.sort_by(f64::total_cmp);
                [2.5, 97.5].map(|percent| percentile(&means, percent).unwrap_or_default())
            }),
            of: n,
        }
    }
}

impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.value, self.interval) {
            (Some(value), Some([low, high])) => write!(f, "{value:.2} ({low:.2}–{high:.2})"),
            (Some(value), None) => write!(f, "{value:.2} (n = {})", self.of),
            _ => f.write_str("none"),
        }
    }
}

/// Returns the value below which `percent` (0 to 100) of the sorted values lie, interpolated
/// linearly between neighbours; `None` for no values.
pub fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let index = place as usize;
    let next = (index + 1).min(last);
    Some(sorted[index] + (sorted[next] - sorted[index]) * (place - index as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_follows_a_worked_example() {
        // 8 of 10: (0.8 + z²/20 ± z √(0.016 + z²/400)) / (1 + z²/10).
        let share = wilson(8, 10).unwrap();
        assert!((share.low - 0.490_162_4).abs() < 1e-6);
        assert!((share.high - 0.943_317_8).abs() < 1e-6);
    }

    #[test]
    fn wilson_stays_inside_zero_and_one() {
        assert_eq!(wilson(0, 5).unwrap().low, 0.0);
        assert_eq!(wilson(5, 5).unwrap().high, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn a_share_of_few_says_how_few() {
        let few = Share::of([true, false]);
        assert_eq!((few.value, few.interval), (Some(0.5), None));
        assert_eq!(few.to_string(), "1 of 2, too few for an interval");
        let many = Share::of((0..10).map(|film| film < 8));
        assert_eq!(many.to_string(), "8 of 10, 0.80 (0.49–0.94)");
    }

    #[test]
    fn a_mean_lies_inside_its_interval() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let mean = Mean::of(&values);
        let [low, high] = mean.interval.unwrap();
        assert_eq!(mean.value, Some(9.5));
        // The standard error is 5.77 / √20 = 1.29.
        assert!((low - 7.0).abs() < 0.4 && (high - 12.0).abs() < 0.4);
        assert_eq!(Mean::of(&values[..2]).interval, None);
    }

    #[test]
    fn percentiles_interpolate_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(percentile(&sorted, 0.0), Some(1.0));
        assert_eq!(percentile(&sorted, 50.0), Some(3.0));
        assert_eq!(percentile(&sorted, 100.0), Some(8.0));
        assert_eq!(percentile(&[], 50.0), None);
    }
}
