//! What can be told from a film without looking at it: the numbers every AUC is printed beside.

use crate::radiograph::Radiograph;

/// Trivial properties of a film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baselines {
    /// Width over height, in pixels.
    pub aspect_ratio: f64,
    /// The mean grey, from 0 to 1.
    pub mean: f64,
    /// The standard deviation of the greys.
    pub deviation: f64,
}

impl Baselines {
    /// Measures a film as models see it: default VOI and polarity.
    pub fn of(film: &Radiograph) -> Self {
        let greys = film.greys();
        let n = greys.len() as f64;
        let mean = greys.iter().map(|&grey| f64::from(grey)).sum::<f64>() / n;
        let squares: f64 = greys
            .iter()
            .map(|&grey| (f64::from(grey) - mean).powi(2))
            .sum();
        Self {
            aspect_ratio: film.raster.width() as f64 / film.raster.height() as f64,
            mean,
            deviation: (squares / n).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Polarity, Raster};

    #[test]
    fn a_half_black_film_has_mean_and_deviation_one_half() {
        let raster = Raster::new(4, 2, vec![0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 9.0, 0.0]).unwrap();
        let film = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
        let measured = Baselines::of(&film);
        assert_eq!(measured.aspect_ratio, 2.0);
        assert!((measured.mean - 0.5).abs() < 1e-6 && (measured.deviation - 0.5).abs() < 1e-6);
    }
}
