//! What normal films look like to a trained HealthyGAN: the yardstick of its score and maps.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::inspector::Seen;
use crate::error::Result;
use crate::models::reading::difference;
use crate::models::yardstick::{Normals, kept_inside, mean_and_deviation, soften, store, stored};

/// Places that lie inside a lung less surely than this are left out of residues.
const LEAST_LUNGS: f32 = 0.3;
/// The share of the places inside the lungs that the focal variant looks at.
const FOCAL: f32 = 0.05;

/// The yardstick.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    side: usize,
    residue: Normals,
    /// Mean and standard deviation, on normal films, of the score's two halves: how unusual the
    /// residue in the lungs is, and how little the critic likes the film.
    halves: [(f32, f32); 2],
}

impl Calibration {
    /// Measures normal films that the networks were not trained on.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let residues: Vec<_> = normals.iter().map(|seen| residue(seen, side)).collect();
        let mut calibration = Self {
            side,
            residue: Normals::of(&residues),
            halves: [(0.0, 1.0); 2],
        };
        let halves: Vec<_> = normals.iter().map(|seen| calibration.raw(seen)).collect();
        calibration.halves = [0, 1].map(|half| {
            let values: Vec<f32> = halves.iter().map(|halves| halves[half]).collect();
            mean_and_deviation(&values)
        });
        calibration
    }

    /// |film − counterpart|, smoothed, in shares of the grey range inside the lungs; 0 elsewhere.
    pub(super) fn change(&self, seen: &Seen) -> Vec<f32> {
        let change = difference(&seen.film, &seen.healthy);
        let smoothed = soften(&change, self.side);
        kept_inside(smoothed, &seen.lungs, LEAST_LUNGS)
    }

    /// Film − counterpart, smoothed, in standard deviations of normal films at each place inside
    /// the lungs; 0 elsewhere.
    fn unusual(&self, seen: &Seen) -> Vec<f32> {
        let measured = self.residue.measure(&residue(seen, self.side));
        kept_inside(measured, &seen.lungs, LEAST_LUNGS)
    }

    /// The mean of two halves in standard deviations of normal films: how unusual the residue in
    /// the lungs is, and how little the critic takes the film for a known normal.
    pub(super) fn score(&self, seen: &Seen) -> f32 {
        self.halves(seen).iter().sum::<f32>() / 2.0
    }

    /// The paper's score, the score's two halves, and two more by name.
    pub(super) fn variants(&self, seen: &Seen) -> Vec<(&'static str, f32)> {
        // Greys are in [0, 1], half as wide as the [−1, 1] whose difference the paper halves.
        let published = mean(difference(&seen.film, &seen.healthy).into_iter());
        let [residue, critic] = self.halves(seen);
        vec![
            ("published", published),
            ("residue in the lungs", residue),
            ("critic on the film", critic),
            ("focal change", focal(&self.change(seen), &seen.lungs)),
            ("mask", mean(seen.mask.iter().copied())),
        ]
    }

    fn halves(&self, seen: &Seen) -> [f32; 2] {
        let raw = self.raw(seen);
        [0, 1].map(|half| (raw[half] - self.halves[half].0) / self.halves[half].1)
    }

    fn raw(&self, seen: &Seen) -> [f32; 2] {
        let residue = self.unusual(seen);
        let size = residue.iter().map(|value| value.abs());
        [inside_mean(size, &seen.lungs), -seen.judgement]
    }

    /// The tensors that are stored beside the weights.
    pub(super) fn tensors(&self) -> Result<HashMap<String, Candle>> {
        let mut tensors = HashMap::new();
        self.residue.store("residue", self.side, &mut tensors)?;
        let [residue, critic] = self.halves;
        let halves = [residue.0, residue.1, critic.0, critic.1];
        store("halves", &halves, &[2, 2], &mut tensors)?;
        Ok(tensors)
    }

    /// Reads the stored tensors.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, side: usize) -> Result<Self> {
        let halves = stored("halves", 4, tensors)?;
        Ok(Self {
            side,
            residue: Normals::stored("residue", side, tensors)?,
            halves: [(halves[0], halves[1]), (halves[2], halves[3])],
        })
    }
}

/// Film − counterpart, smoothed, in shares of the grey range: positive where opacity was removed.
fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    let pairs = seen.film.iter().zip(&seen.healthy);
    let residue: Vec<f32> = pairs.map(|(film, healthy)| film - healthy).collect();
    soften(&residue, side)
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    values.sum::<f32>() / count
}

/// The mean of values weighted by how surely they lie inside a lung.
fn inside_mean(values: impl Iterator<Item = f32>, lungs: &[f32]) -> f32 {
    let sum: f32 = values
        .zip(lungs)
        .map(|(value, inside)| value * inside)
        .sum();
    sum / lungs.iter().sum::<f32>().max(1.0)
}

/// The mean of the largest values inside the lungs: what a small lesion shows in.
fn focal(values: &[f32], lungs: &[f32]) -> f32 {
    let inside = values.iter().zip(lungs);
    let inside = inside.filter(|(_, lungs)| **lungs >= LEAST_LUNGS);
    let mut inside: Vec<f32> = inside.map(|(value, _)| *value).collect();
    inside.sort_by(|a, b| b.total_cmp(a));
    let count = ((FOCAL * inside.len() as f32).ceil() as usize).max(1);
    mean(inside.iter().take(count).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 8;

    /// A film of which `removed` was taken everywhere, with lungs in its left half.
    fn seen(removed: f32, judgement: f32) -> Seen {
        let lungs = (0..SIDE * SIDE).map(|place| f32::from(place % SIDE < SIDE / 2));
        Seen {
            film: vec![0.5; SIDE * SIDE],
            lungs: lungs.collect(),
            healthy: vec![0.5 - removed; SIDE * SIDE],
            mask: vec![0.25; SIDE * SIDE],
            judgement,
        }
    }

    fn calibration() -> Calibration {
        let normals = [(0.08, 1.0), (0.10, 2.0), (0.14, 3.0)];
        Calibration::of(
            &normals.map(|(removed, judged)| seen(removed, judged)),
            SIDE,
        )
    }

    #[test]
    fn the_change_is_kept_to_the_lungs_whichever_its_direction() {
        let change = calibration().change(&seen(-0.3, 2.0));
        for (place, value) in change.iter().enumerate() {
            let expected = f32::from(place % SIDE < SIDE / 2) * 0.3;
            assert!((value - expected).abs() < 1e-5, "{value} at {place}");
        }
    }

    #[test]
    fn removing_more_or_judging_worse_raises_the_score() {
        let score = |removed, judgement| calibration().score(&seen(removed, judgement));
        assert!(score(0.3, 2.0) > score(0.11, 2.0) + 1.0);
        assert!(score(0.11, 0.0) > score(0.11, 2.0) + 1.0);
    }

    #[test]
    fn normals_score_nought_on_average() {
        let normals = [(0.08, 1.0), (0.10, 2.0), (0.14, 3.0)];
        let scores = normals.map(|(removed, judged)| calibration().score(&seen(removed, judged)));
        assert!(scores.iter().sum::<f32>().abs() < 1e-4, "{scores:?}");
    }

    #[test]
    fn the_published_score_is_half_the_mean_difference_of_signed_films() {
        let variants = calibration().variants(&seen(0.2, 2.0));
        let (name, published) = variants[0];
        // 0.2 of [0, 1] are 0.4 of [−1, 1], halved.
        assert_eq!(name, "published");
        assert!((published - 0.2).abs() < 1e-6);
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let there = calibration();
        let back = Calibration::stored(&there.tensors().unwrap(), SIDE).unwrap();
        let film = seen(0.21, 0.7);
        assert_eq!(back.score(&film), there.score(&film));
        assert_eq!(back.variants(&film), there.variants(&film));
        assert!(Calibration::stored(&there.tensors().unwrap(), 16).is_err());
    }
}
