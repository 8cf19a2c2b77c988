//! Confidence intervals and percentiles.

use serde::Serialize;

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
    fn percentiles_interpolate_between_neighbours() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(percentile(&sorted, 0.0), Some(1.0));
        assert_eq!(percentile(&sorted, 50.0), Some(3.0));
        assert_eq!(percentile(&sorted, 100.0), Some(8.0));
        assert_eq!(percentile(&[], 50.0), None);
    }
}
