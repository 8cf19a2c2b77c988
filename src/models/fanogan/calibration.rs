//! What normal films look like to a trained f-AnoGAN: the yardstick of its maps and scores.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::inspector::Seen;
use crate::error::Result;
use crate::models::yardstick::{Normals, beside_exposure, mean_and_deviation, store, stored};

/// Added to squared differences of features before their logarithm is taken.
const LEAST_SQUARE: f32 = 1e-6;

/// The yardstick.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    side: usize,
    /// Film − counterpart, place by place.
    residue: Normals,
    /// The distance of the critic's middle maps, place by place.
    features: Normals,
    /// Mean and standard deviation of both maps' means inside the lungs.
    means: [(f32, f32); 2],
}

/// Which of the critic's blocks has the middle maps, and their side: the second of four, 16 of 64.
fn middle(side: usize) -> (usize, usize) {
    let blocks = (side / super::config::SMALLEST).max(2).ilog2() as usize;
    let index = (blocks - 1) / 2;
    (index, side >> (index + 1))
}

impl Calibration {
    /// Measures normal films, all seen by the same networks at `side`² pixels.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let all = |evidence: fn(&Seen, usize) -> Vec<f32>| {
            let evidence: Vec<_> = normals.iter().map(|seen| evidence(seen, side)).collect();
            Normals::of(&evidence)
        };
        let mut calibration = Self {
            side,
            residue: all(residue),
            features: all(features),
            means: [(0.0, 1.0); 2],
        };
        let means: Vec<_> = normals.iter().map(|seen| calibration.means(seen)).collect();
        calibration.means = [0, 1].map(|which| {
            let means: Vec<f32> = means.iter().map(|means| means[which]).collect();
            mean_and_deviation(&means)
        });
        calibration
    }

    /// How much brighter the film is than its counterpart, smoothed, in standard deviations of normal
    /// films at each place; 0 where it is darker and outside the lungs. `side`² values.
    pub(super) fn residue(&self, seen: &Seen) -> Vec<f32> {
        within(
            &self.residue.measure(&residue(seen, self.side)),
            &seen.inside,
        )
    }

    /// How much further apart the critic's middle maps of film and counterpart are than normal
    /// films', in their standard deviations; 0 where they are nearer and outside the lungs: the side
    /// and its square of values.
    pub(super) fn features(&self, seen: &Seen) -> (usize, Vec<f32>) {
        let (_, side) = middle(self.side);
        let measured = self.features.measure(&features(seen, self.side));
        let inside = reduced(&seen.inside, self.side, side);
        (side, within(&measured, &inside))
    }

    /// The mean of both maps' means inside the lungs, each in standard deviations of normal films'.
    pub(super) fn score(&self, seen: &Seen) -> f32 {
        let [residue, features] = self.parts(seen);
        0.5 * (residue + features)
    }

    /// The score's two halves: by the residue and by the critic's features.
    pub(super) fn parts(&self, seen: &Seen) -> [f32; 2] {
        let means = self.means(seen);
        [0, 1].map(|which| {
            let (mean, deviation) = self.means[which];
            (means[which] - mean) / deviation
        })
    }

    fn means(&self, seen: &Seen) -> [f32; 2] {
        let (side, features) = self.features(seen);
        let of_cells = reduced(&seen.inside, self.side, side);
        let mean = |map: Vec<f32>, inside: &[f32]| {
            map.iter().sum::<f32>() / inside.iter().sum::<f32>().max(1.0)
        };
        [
            mean(self.residue(seen), &seen.inside),
            mean(features, &of_cells),
        ]
    }

    /// The tensors that are stored beside the weights.
    pub(super) fn tensors(&self) -> Result<HashMap<String, Candle>> {
        let mut tensors = HashMap::new();
        let means: Vec<f32> = self
            .means
            .iter()
            .flat_map(|pair| [pair.0, pair.1])
            .collect();
        self.residue.store("residue", self.side, &mut tensors)?;
        let (_, side) = middle(self.side);
        self.features.store("features", side, &mut tensors)?;
        store("means", &means, &[2, 2], &mut tensors)?;
        Ok(tensors)
    }

    /// Reads the stored tensors.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, side: usize) -> Result<Self> {
        let means = stored("means", 4, tensors)?;
        Ok(Self {
            side,
            residue: Normals::stored("residue", side, tensors)?,
            features: Normals::stored("features", middle(side).1, tensors)?,
            means: [(means[0], means[1]), (means[2], means[3])],
        })
    }
}

/// Film − counterpart, softened and without its mean, in shares of the grey range.
fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    beside_exposure(&seen.film, &seen.counterpart, side)
}

/// The logarithm of the squared distance of the critic's middle maps, place by place.
fn features(seen: &Seen, side: usize) -> Vec<f32> {
    let squares = seen.blocks[middle(side).0].iter();
    squares.map(|square| (square + LEAST_SQUARE).ln()).collect()
}

/// The positive part of a map inside the lungs.
fn within(map: &[f32], inside: &[f32]) -> Vec<f32> {
    let pairs = map.iter().zip(inside);
    pairs
        .map(|(value, inside)| value.max(0.0) * inside)
        .collect()
}

/// The means of a square's cells, `small`² of `side`².
fn reduced(square: &[f32], side: usize, small: usize) -> Vec<f32> {
    let cell = side / small.max(1);
    let mut means = vec![0.0; small * small];
    for (place, value) in square.iter().enumerate() {
        let (x, y) = (place % side / cell, place / side / cell);
        means[y * small + x] += value / (cell * cell) as f32;
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 16;

    /// A film that is brighter than its counterpart by `excess` in its upper half.
    fn seen(excess: f32, distance: f32) -> Seen {
        let counterpart = vec![0.4; SIDE * SIDE];
        let mut film = counterpart.clone();
        film[..SIDE * SIDE / 2]
            .iter_mut()
            .for_each(|grey| *grey += excess);
        Seen {
            film,
            counterpart,
            inside: vec![1.0; SIDE * SIDE],
            pixels: 0.1,
            features: 0.2,
            latent: 0.3,
            blocks: vec![vec![distance; 64], vec![distance; 16]],
        }
    }

    fn calibration() -> Calibration {
        let normals = [seen(0.0, 1.0), seen(0.02, 1.2), seen(-0.02, 0.8)];
        Calibration::of(&normals, SIDE)
    }

    #[test]
    fn a_film_brighter_in_one_half_stands_out_there() {
        let residue = calibration().residue(&seen(0.3, 1.0));
        assert!(residue[2 * SIDE] > 3.0);
        assert_eq!(residue[13 * SIDE], 0.0);
        assert!(calibration().score(&seen(0.3, 1.0)) > calibration().score(&seen(0.01, 1.0)));
    }

    #[test]
    fn a_film_exposed_in_another_way_has_no_residue() {
        let mut film = seen(0.0, 1.0);
        film.film.iter_mut().for_each(|grey| *grey += 0.3);
        let residue = calibration().residue(&film);
        assert!(residue.iter().all(|value| value.abs() < 1e-3));
    }

    #[test]
    fn further_features_score_higher_and_nearer_ones_are_no_evidence() {
        let parts = |distance| calibration().parts(&seen(0.0, distance))[1];
        assert!(parts(3.0) > parts(1.5));
        assert_eq!(parts(0.1), parts(0.2));
    }

    #[test]
    fn nothing_counts_outside_the_lungs() {
        let mut film = seen(0.3, 3.0);
        film.inside = vec![0.0; SIDE * SIDE];
        assert!(
            calibration()
                .residue(&film)
                .iter()
                .all(|&value| value == 0.0)
        );
        assert!(
            calibration()
                .features(&film)
                .1
                .iter()
                .all(|&value| value == 0.0)
        );
    }

    #[test]
    fn the_middle_maps_of_64_pixels_have_16() {
        assert_eq!(middle(64), (1, 16));
        assert_eq!(middle(16), (0, 8));
        assert_eq!(reduced(&[1.0, 0.0, 0.0, 1.0], 2, 1), [0.5]);
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let there = calibration();
        let back = Calibration::stored(&there.tensors().unwrap(), SIDE).unwrap();
        let film = seen(0.1, 1.7);
        assert_eq!(back.residue(&film), there.residue(&film));
        assert_eq!(back.score(&film), there.score(&film));
        assert!(Calibration::stored(&there.tensors().unwrap(), 32).is_err());
    }
}
