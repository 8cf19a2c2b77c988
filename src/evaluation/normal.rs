//! The standard normal distribution: its tail for p-values, its quantiles for ensembles.

use std::f64::consts::{PI, SQRT_2};

/// Where the series for erf gives way to the continued fraction for erfc: both reach 1e-11 there.
const SERIES_UP_TO: f64 = 3.0;

/// Returns the chance that a standard normal number lies above `z`.
pub(super) fn upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// Returns the number below which a standard normal lies with chance `share`, which is above 0
/// and below 1.
pub(super) fn quantile(share: f64) -> f64 {
    // The tail is monotone: halving an interval is slow, exact and needs no table of constants.
    let (mut low, mut high) = (-38.0, 38.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if upper_tail(-middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The complementary error function (Abramowitz and Stegun 1964, 7.1.6 and 7.1.14).
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < SERIES_UP_TO {
        let (mut term, mut sum) = (x, x);
        for n in 1..120 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * (-x * x).exp() * sum;
    }
    let mut fraction = x;
    for n in (1..=80).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    (-x * x).exp() / (PI.sqrt() * fraction)
}

#[cfg(test)]
mod tests {
    use super::super::intervals::Z_95;
    use super::*;

    #[test]
    fn the_tail_meets_tabled_values() {
        assert_eq!(upper_tail(0.0), 0.5);
        assert!((upper_tail(Z_95) - 0.025).abs() < 1e-14);
        assert!((upper_tail(-1.0) - 0.841_344_746_068_543).abs() < 1e-14);
        // Φ(−6), beyond the series.
        assert!((upper_tail(6.0) / 9.865_876_450_377e-10 - 1.0).abs() < 1e-10);
    }

    #[test]
    fn series_and_fraction_meet() {
        let z = SERIES_UP_TO * SQRT_2;
        let (below, above) = (upper_tail(z * (1.0 - 1e-15)), upper_tail(z));
        assert!((below / above - 1.0).abs() < 1e-9);
    }

    #[test]
    fn quantiles_undo_the_tail() {
        assert!((quantile(0.975) - Z_95).abs() < 1e-12);
        for z in [-4.0, -0.3, 0.0, 2.5] {
            assert!((quantile(upper_tail(-z)) - z).abs() < 1e-9, "{z}");
        }
    }
}
