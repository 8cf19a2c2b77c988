//! What normal films look like to a trained SQUID: the yardstick of every score and map.
//!
//! Calibration films are normal films the network was not trained on.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::network::{Discriminator, Generator, Norm, Shortcut, Trace};
use crate::compute::{Mode, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::task::Progress;
use crate::training::TrainingFilms;

/// One film through both networks, as plain numbers.
pub(super) struct Seen {
    /// The film as the network sees it, `side²` greys.
    pub(super) film: Vec<f32>,
    /// The film in-painted.
    pub(super) student: Vec<f32>,
    /// The film copied by the plain autoencoder.
    pub(super) teacher: Vec<f32>,
    /// The discriminator's logit on the in-painted film: larger for more real.
    pub(super) logit: f32,
}

impl Seen {
    /// Runs both networks on `side²` greys.
    pub(super) fn through(
        (generator, discriminator): (&Generator, &Discriminator),
        film: Vec<f32>,
        side: usize,
    ) -> Result<Self> {
        let input = Tensor::from_samples(film.clone(), &[1, 1, side, side])?;
        let pass =
            generator.forward(&input, Mode::Use, &mut Shortcut::Closed, &mut Trace::off())?;
        let logit = discriminator.forward(&pass.student, Norm::Film)?;
        let teacher = match &pass.teacher {
            Some(teacher) => teacher.to_samples()?,
            None => film.clone(),
        };
        Ok(Self {
            film,
            student: pass.student.to_samples()?,
            teacher,
            logit: logit.to_number()? as f32,
        })
    }

    /// The root mean square of film − teacher: how foreign the film is to the autoencoder.
    pub(super) fn copy_error(&self) -> f32 {
        let squares = self.film.iter().zip(&self.teacher);
        let sum: f32 = squares.map(|(a, b)| (a - b) * (a - b)).sum();
        (sum / self.film.len() as f32).sqrt()
    }

    /// The plain |film − in-painted film|, in grey levels from 0 to 1.
    pub(super) fn difference(&self) -> Vec<f32> {
        let pairs = self.film.iter().zip(&self.student);
        pairs
            .map(|(film, student)| (film - student).abs())
            .collect()
    }
}

/// The yardstick: what the residue is on normal films, place by place, and how they score.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    side: usize,
    /// The mean of the smoothed residue at each place.
    mean: Vec<f32>,
    /// Its standard deviation there.
    spread: Vec<f32>,
    /// Mean and standard deviation of the logits.
    logits: (f32, f32),
}

/// Standard deviation of the smoothing, as a share of the side: 2 pixels of 64.
const SMOOTHING: f32 = 1.0 / 32.0;
/// Added to every spread, in grey levels: below it a difference is noise of 8-bit films.
const LEAST_SPREAD: f32 = 1.0 / 255.0;

impl Calibration {
    /// Measures normal films, all seen by the same networks.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let residues: Vec<Vec<f32>> = normals.iter().map(|seen| residue(seen, side)).collect();
        let count = residues.len().max(1) as f32;
        let mean: Vec<f32> = (0..side * side)
            .map(|place| residues.iter().map(|residue| residue[place]).sum::<f32>() / count)
            .collect();
        let spread = (0..side * side)
            .map(|place| {
                let squares = residues
                    .iter()
                    .map(|residue| (residue[place] - mean[place]).powi(2));
                (squares.sum::<f32>() / count).sqrt() + LEAST_SPREAD
            })
            .collect();
        let logits: Vec<f32> = normals.iter().map(|seen| seen.logit).collect();
        let center = logits.iter().sum::<f32>() / count;
        let squares = logits
            .iter()
            .map(|logit| (logit - center).powi(2))
            .sum::<f32>();
        Self {
            side,
            mean,
            spread,
            logits: (center, (squares / count).sqrt().max(1e-6)),
        }
    }

    /// Returns the residue of a film in standard deviations of normal films at each place, row-major.
    pub(super) fn residue(&self, seen: &Seen) -> Vec<f32> {
        let residue = residue(seen, self.side).into_iter();
        let normal = self.mean.iter().zip(&self.spread);
        residue
            .zip(normal)
            .map(|(value, (mean, spread))| (value - mean) / spread)
            .collect()
    }

    /// Returns how far a logit lies below those of normal films, in their standard deviations.
    pub(super) fn score(&self, logit: f32) -> f32 {
        (self.logits.0 - logit) / self.logits.1
    }

    /// Returns the tensors that are stored beside the weights.
    pub(super) fn tensors(&self) -> Result<HashMap<String, Candle>> {
        let device = candle_core::Device::Cpu;
        let square = (self.side, self.side);
        let logits = [self.logits.0, self.logits.1];
        Ok(HashMap::from([
            (
                MEAN.to_owned(),
                Candle::from_slice(&self.mean, square, &device)?,
            ),
            (
                SPREAD.to_owned(),
                Candle::from_slice(&self.spread, square, &device)?,
            ),
            (LOGITS.to_owned(), Candle::from_slice(&logits, 2, &device)?),
        ]))
    }

    /// Reads the stored tensors.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, side: usize) -> Result<Self> {
        let read = |name: &str, count: usize| -> Result<Vec<f32>> {
            let tensor = tensors
                .get(name)
                .filter(|tensor| tensor.elem_count() == count);
            let tensor = tensor.ok_or_else(|| {
                Error::new(
                    ErrorKind::WrongModel,
                    format!("the weights lack “{name}” of {count} numbers"),
                    "Use weights that `silhouette train squid` wrote.",
                )
            })?;
            let flat = tensor.flatten_all()?.to_dtype(candle_core::DType::F32)?;
            Ok(flat.to_vec1()?)
        };
        let logits = read(LOGITS, 2)?;
        Ok(Self {
            side,
            mean: read(MEAN, side * side)?,
            spread: read(SPREAD, side * side)?,
            logits: (logits[0], logits[1]),
        })
    }
}

const MEAN: &str = "calibration.residue_mean";
const SPREAD: &str = "calibration.residue_spread";
const LOGITS: &str = "calibration.logits";

/// Runs calibration films through both networks.
pub(super) fn see_all(
    networks: (&Generator, &Discriminator),
    films: &TrainingFilms,
    side: usize,
    progress: &Progress,
) -> Result<Vec<Seen>> {
    (0..films.len())
        .map(|index| {
            progress.enter("calibrating", index as f32 / films.len() as f32)?;
            Seen::through(networks, films.plain(index), side)
        })
        .collect()
}

/// What is left of the film when the in-painted film is taken away, smoothed; brighter than
/// expected is positive.
fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    let pairs = seen.film.iter().zip(&seen.student);
    let residue: Vec<f32> = pairs.map(|(film, student)| film - student).collect();
    smooth(&residue, side, SMOOTHING * side as f32)
}

/// Smooths a square by a Gaussian of `deviation` pixels; beyond the edge the edge goes on.
fn smooth(square: &[f32], side: usize, deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as isize;
    let kernel: Vec<f32> = (-reach..=reach)
        .map(|offset| (-0.5 * (offset as f32 / deviation).powi(2)).exp())
        .collect();
    let total: f32 = kernel.iter().sum();
    let along = |square: &[f32], step: (usize, usize)| -> Vec<f32> {
        (0..side * side)
            .map(|place| {
                let (x, y) = (place % side, place / side);
                let taps = kernel.iter().zip(-reach..=reach);
                let sum: f32 = taps
                    .map(|(weight, offset)| {
                        let at = |center: usize, step: usize| {
                            let moved = center as isize + offset * step as isize;
                            moved.clamp(0, side as isize - 1) as usize
                        };
                        weight * square[at(y, step.1) * side + at(x, step.0)]
                    })
                    .sum();
                sum / total
            })
            .collect()
    };
    along(&along(square, (1, 0)), (0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(film: f32, student: f32, logit: f32) -> Seen {
        Seen {
            film: vec![film; 64],
            student: vec![student; 64],
            teacher: vec![film; 64],
            logit,
        }
    }

    #[test]
    fn smoothing_keeps_a_flat_square_and_the_sum_of_a_point_inside() {
        let flat = smooth(&[0.7; 64], 8, 1.0);
        assert!(flat.iter().all(|value| (value - 0.7).abs() < 1e-6));
        let mut point = vec![0.0; 33 * 33];
        point[16 * 33 + 16] = 1.0;
        let sum: f32 = smooth(&point, 33, 2.0).iter().sum();
        assert!((sum - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_film_like_the_normals_has_no_residue_and_a_middling_score() {
        let normals = [seen(0.5, 0.4, 1.0), seen(0.5, 0.45, 3.0)];
        let calibration = Calibration::of(&normals, 8);
        let residue = calibration.residue(&seen(0.5, 0.425, 2.0));
        assert!(residue.iter().all(|value| value.abs() < 1e-3));
        assert_eq!(calibration.score(2.0), 0.0);
        assert!((calibration.score(1.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_brighter_film_has_a_positive_residue() {
        let normals = [seen(0.5, 0.4, 1.0), seen(0.5, 0.45, 3.0)];
        let calibration = Calibration::of(&normals, 8);
        let residue = calibration.residue(&seen(0.7, 0.4, 0.0));
        assert!(residue.iter().all(|&value| value > 3.0));
    }
}
