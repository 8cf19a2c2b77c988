//! What normal films look like to a trained HealthyGAN: the yardstick of its score and maps.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::inspector::Seen;
use crate::error::Result;
use crate::models::yardstick::{Normals, mean_and_deviation, smooth, store, stored};

/// Standard deviation of the smoothing, as a share of the side: 2 pixels of 64.
const SMOOTHING: f32 = 1.0 / 32.0;
/// Places that lie inside a lung less surely than this are left out of the residue map.
const LEAST_LUNGS: f32 = 0.3;
/// The share of the places inside the lungs that a focal score looks at.
const FOCAL: f32 = 0.05;

/// The yardstick.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    side: usize,
    residue: Normals,
    /// Mean and standard deviation of the critic's judgement of normal films and of how much better
    /// it judges their counterparts.
    judgements: [(f32, f32); 2],
}

impl Calibration {
    /// Measures normal films that the networks were not trained on.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let residues: Vec<_> = normals.iter().map(|seen| residue(seen, side)).collect();
        let judged = |judged: fn(&Seen) -> f32| {
            let judged: Vec<f32> = normals.iter().map(judged).collect();
            mean_and_deviation(&judged)
        };
        Self {
            side,
            residue: Normals::of(&residues),
            judgements: [judged(|seen| -seen.judgements[0]), judged(gain)],
        }
    }

    /// Film − counterpart, smoothed, in standard deviations of normal films at each place inside
    /// the lungs; 0 elsewhere.
    pub(super) fn residue(&self, seen: &Seen) -> Vec<f32> {
        let measured = self.residue.measure(&residue(seen, self.side));
        let inside = measured.into_iter().zip(&seen.lungs);
        inside
            .map(|(value, lungs)| if *lungs >= LEAST_LUNGS { value } else { 0.0 })
            .collect()
    }

    /// How much opacity was removed from the lungs: the mean of the residue map where positive.
    pub(super) fn score(&self, seen: &Seen) -> f32 {
        let residue = self.residue(seen);
        inside_mean(residue.iter().map(|value| value.max(0.0)), &seen.lungs)
    }

    /// The paper's score and other parts by name.
    pub(super) fn variants(&self, seen: &Seen) -> Vec<(&'static str, f32)> {
        let residue = self.residue(seen);
        let difference = || seen.film.iter().zip(&seen.healthy);
        let [judged, gain] = self.judgements;
        let (judged, gain) = (
            (-seen.judgements[0] - judged.0) / judged.1,
            (self::gain(seen) - gain.0) / gain.1,
        );
        let whole = vec![1.0; seen.film.len()];
        vec![
            (
                "published",
                inside_mean(difference().map(|(a, b)| (a - b).abs()), &whole),
            ),
            (
                "inside the lungs",
                inside_mean(difference().map(|(a, b)| (a - b).abs()), &seen.lungs),
            ),
            (
                "opacity removed",
                inside_mean(difference().map(|(a, b)| (a - b).max(0.0)), &seen.lungs),
            ),
            (
                "signed",
                inside_mean(difference().map(|(a, b)| a - b), &seen.lungs),
            ),
            (
                "signed σ",
                inside_mean(residue.iter().copied(), &seen.lungs),
            ),
            (
                "absolute σ",
                inside_mean(residue.iter().map(|value| value.abs()), &seen.lungs),
            ),
            ("focal σ", focal(&residue, &seen.lungs)),
            ("mask", inside_mean(seen.mask.iter().copied(), &whole)),
            (
                "mask inside the lungs",
                inside_mean(seen.mask.iter().copied(), &seen.lungs),
            ),
            ("critic on the film", judged),
            ("critic's gain", gain),
            ("critic on the counterpart", -seen.judgements[1]),
            ("layer 1", seen.distances[0]),
            ("layer 2", seen.distances[1]),
            ("layer 3", seen.distances[2]),
            ("layer 4", seen.distances.get(3).copied().unwrap_or(0.0)),
        ]
    }

    /// The tensors that are stored beside the weights.
    pub(super) fn tensors(&self) -> Result<HashMap<String, Candle>> {
        let mut tensors = HashMap::new();
        self.residue.store("residue", self.side, &mut tensors)?;
        let judgements: Vec<f32> = self.judgements.iter().flat_map(|&(a, b)| [a, b]).collect();
        store("judgements", &judgements, &[2, 2], &mut tensors)?;
        Ok(tensors)
    }

    /// Reads the stored tensors.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, side: usize) -> Result<Self> {
        let judgements = stored("judgements", 4, tensors)?;
        Ok(Self {
            side,
            residue: Normals::stored("residue", side, tensors)?,
            judgements: [
                (judgements[0], judgements[1]),
                (judgements[2], judgements[3]),
            ],
        })
    }
}

/// Film − counterpart, smoothed, in shares of the grey range: positive where opacity was removed.
fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    let pairs = seen.film.iter().zip(&seen.healthy);
    let residue: Vec<f32> = pairs.map(|(film, healthy)| film - healthy).collect();
    smooth(&residue, side, SMOOTHING * side as f32)
}

/// How much better the critic judges the counterpart than the film.
fn gain(seen: &Seen) -> f32 {
    seen.judgements[1] - seen.judgements[0]
}

/// The mean of values weighted by how surely they lie inside a lung.
fn inside_mean(values: impl Iterator<Item = f32>, lungs: &[f32]) -> f32 {
    let sum: f32 = values
        .zip(lungs)
        .map(|(value, inside)| value * inside)
        .sum();
    sum / lungs.iter().sum::<f32>().max(1.0)
}

/// The mean of the largest values inside the lungs.
fn focal(values: &[f32], lungs: &[f32]) -> f32 {
    let inside = values
        .iter()
        .zip(lungs)
        .filter(|(_, lungs)| **lungs >= LEAST_LUNGS);
    let mut inside: Vec<f32> = inside.map(|(value, _)| *value).collect();
    inside.sort_by(|a, b| b.total_cmp(a));
    let count = ((FOCAL * inside.len() as f32).ceil() as usize).clamp(1, inside.len().max(1));
    inside.iter().take(count).sum::<f32>() / count as f32
}
