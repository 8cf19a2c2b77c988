//! What normal films look like to a trained SQUID: the yardstick of every score and map.
//!
//! Calibration films are normal films the networks were not trained on.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ensemble::Seen;
use super::evidence::{brightness, residue};
use crate::anomaly::MapKind;
use crate::error::Result;
use crate::models::reading::difference;
use crate::models::yardstick::{Normals, kept_inside, mean_and_deviation, store, stored};

/// The yardstick.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    side: usize,
    residue: Normals,
    brightness: Normals,
    /// Mean and standard deviation of each member's two logits.
    logits: Vec<[(f32, f32); 2]>,
}

/// Places belong to a lung from this value of the mask on.
const INSIDE: f32 = 0.5;

/// The places of a member's two logits: on the in-painted film and on the film itself.
const INPAINTED: usize = 0;
const FILM: usize = 1;

impl Calibration {
    /// Measures normal films, all seen by the same networks.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let all = |evidence: fn(&Seen, usize) -> Vec<f32>| {
            let evidence: Vec<_> = normals.iter().map(|seen| evidence(seen, side)).collect();
            Normals::of(&evidence)
        };
        let members = normals.first().map_or(0, |seen| seen.logits.len());
        let logits = (0..members)
            .map(|member| {
                [0, 1].map(|which| {
                    let logits: Vec<f32> = normals
                        .iter()
                        .map(|seen| seen.logits[member][which])
                        .collect();
                    mean_and_deviation(&logits)
                })
            })
            .collect();
        Self {
            side,
            residue: all(residue),
            brightness: all(brightness),
            logits,
        }
    }

    /// Film − counterpart, smoothed, in standard deviations of normal films at each place.
    pub(super) fn residue(&self, seen: &Seen) -> Vec<f32> {
        self.residue.measure(&residue(seen, self.side))
    }

    /// How much brighter the film is than normal films at each place inside the lungs, in their
    /// standard deviations; 0 elsewhere.
    pub(super) fn saliency(&self, seen: &Seen) -> Vec<f32> {
        let measured = self.brightness.measure(&brightness(seen, self.side));
        kept_inside(measured, &seen.inside, INSIDE)
    }

    /// One of the maps of a film.
    pub(super) fn map(&self, kind: MapKind, seen: &Seen) -> Vec<f32> {
        match kind {
            MapKind::Residue => self.residue(seen),
            MapKind::Difference => difference(&seen.film, &seen.student),
            _ => self.saliency(seen),
        }
    }

    /// The mean over members and over both logits – on the in-painted film, which is the paper's
    /// score, and on the film itself – of how far each lies below normal films' in their standard
    /// deviations.
    pub(super) fn score(&self, seen: &Seen) -> f32 {
        0.5 * (self.below_normals(seen, INPAINTED) + self.below_normals(seen, FILM))
    }

    /// The score's two halves.
    pub(super) fn variants(&self, seen: &Seen) -> Vec<(&'static str, f32)> {
        vec![
            ("published", self.below_normals(seen, INPAINTED)),
            ("logit on the film", self.below_normals(seen, FILM)),
        ]
    }

    /// How far one of the two logits lies below normal films', the members' mean.
    fn below_normals(&self, seen: &Seen, which: usize) -> f32 {
        let pairs = seen.logits.iter().zip(&self.logits);
        let sum: f32 = pairs
            .map(|(logits, normal)| (normal[which].0 - logits[which]) / normal[which].1)
            .sum();
        sum / self.logits.len().max(1) as f32
    }

    /// The tensors that are stored beside the weights.
    pub(super) fn tensors(&self) -> Result<HashMap<String, Candle>> {
        let side = self.side;
        let logits: Vec<f32> = self
            .logits
            .iter()
            .flatten()
            .flat_map(|&(mean, deviation)| [mean, deviation])
            .collect();
        let mut tensors = HashMap::new();
        self.residue.store("residue", side, &mut tensors)?;
        self.brightness.store("brightness", side, &mut tensors)?;
        store("logits", &logits, &[self.logits.len(), 2, 2], &mut tensors)?;
        Ok(tensors)
    }

    /// Reads the stored tensors.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        side: usize,
        members: usize,
    ) -> Result<Self> {
        let logits = stored("logits", 4 * members, tensors)?;
        Ok(Self {
            side,
            residue: Normals::stored("residue", side, tensors)?,
            brightness: Normals::stored("brightness", side, tensors)?,
            logits: logits
                .chunks_exact(4)
                .map(|four| [(four[0], four[1]), (four[2], four[3])])
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(student: f32, logit: f32) -> Seen {
        Seen {
            film: vec![0.5; 64],
            inside: vec![1.0; 64],
            student: vec![student; 64],
            teacher: vec![0.5; 64],
            logits: vec![[logit, 2.0 * logit]],
        }
    }

    fn calibration() -> Calibration {
        Calibration::of(&[seen(0.4, 1.0), seen(0.44, 3.0)], 8)
    }

    #[test]
    fn a_film_like_the_normals_has_no_residue_and_a_middling_score() {
        let film = seen(0.42, 2.0);
        let residue = calibration().residue(&film);
        assert!(residue.iter().all(|value| value.abs() < 1e-3));
        assert!(calibration().score(&film).abs() < 1e-6);
    }

    #[test]
    fn a_film_brighter_than_its_counterpart_has_a_positive_residue() {
        let residue = calibration().residue(&seen(0.3, 2.0));
        assert!(residue.iter().all(|&value| value > 3.0));
    }

    #[test]
    fn a_less_real_film_scores_higher() {
        // Both logits one standard deviation below the normals' mean.
        assert!((calibration().score(&seen(0.42, 1.0)) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let there = calibration();
        let back = Calibration::stored(&there.tensors().unwrap(), 8, 1).unwrap();
        let film = seen(0.37, 1.7);
        assert_eq!(back.residue(&film), there.residue(&film));
        assert_eq!(back.score(&film), there.score(&film));
        assert!(Calibration::stored(&there.tensors().unwrap(), 16, 1).is_err());
    }
}
