//! What normal films look like to a trained model: the yardstick of its scores and maps.
//!
//! Calibration films are normal films that the networks were not trained on.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use crate::anomaly::{AnomalyMap, LEAST_REGION_CELLS, MapKind, Placed, regions};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{PixelRect, Raster};

/// The share of calibration normals that a default threshold leaves without a region.
pub(super) const QUIET_NORMALS: f32 = 0.95;
/// The share of calibration normals below a score threshold.
pub(super) const LOWER_NORMALS: f32 = 0.95;
/// Standard deviation of [`soften`]'s Gaussian, as a share of the side: 2 pixels of 64.
const SOFTNESS: f32 = 1.0 / 32.0;
/// The names of stored calibration tensors begin with this; they stay in single precision.
pub(super) const PREFIX: &str = "calibration.";
/// Part of the median spread that is added to every place's, so that a place where 100 films
/// happen to agree does not shout.
const SHARED_SPREAD: f32 = 0.3;

/// Mean and spread of some evidence on normal films, place by place.
#[derive(Clone, Debug)]
pub(super) struct Normals {
    mean: Vec<f32>,
    spread: Vec<f32>,
}

impl Normals {
    /// Measures the evidence of normal films, one value a place for each film.
    pub(super) fn of(evidence: &[Vec<f32>]) -> Self {
        let count = evidence.len().max(1) as f32;
        let places = evidence.first().map_or(0, Vec::len);
        let mean: Vec<f32> = (0..places)
            .map(|place| evidence.iter().map(|film| film[place]).sum::<f32>() / count)
            .collect();
        let mut spread: Vec<f32> = (0..places)
            .map(|place| {
                let squares = evidence
                    .iter()
                    .map(|film| (film[place] - mean[place]).powi(2));
                (squares.sum::<f32>() / count).sqrt()
            })
            .collect();
        let mut sorted = spread.clone();
        sorted.sort_by(f32::total_cmp);
        let shared = SHARED_SPREAD * sorted.get(places / 2).copied().unwrap_or(0.0);
        spread
            .iter_mut()
            .for_each(|spread| *spread += shared.max(1e-6));
        Self { mean, spread }
    }

    /// Evidence in standard deviations of normal films.
    pub(super) fn measure(&self, evidence: &[f32]) -> Vec<f32> {
        let normal = self.mean.iter().zip(&self.spread);
        evidence
            .iter()
            .zip(normal)
            .map(|(value, (mean, spread))| (value - mean) / spread)
            .collect()
    }

    /// Adds both squares of `side`² to tensors to be stored, under `calibration.NAME_…`.
    pub(super) fn store(
        &self,
        name: &str,
        side: usize,
        tensors: &mut HashMap<String, Tensor>,
    ) -> Result<()> {
        store(&format!("{name}_mean"), &self.mean, &[side, side], tensors)?;
        store(
            &format!("{name}_spread"),
            &self.spread,
            &[side, side],
            tensors,
        )
    }

    /// Reads what [`Normals::store`] stored.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(
        name: &str,
        side: usize,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<Self> {
        Ok(Self {
            mean: stored(&format!("{name}_mean"), side * side, tensors)?,
            spread: stored(&format!("{name}_spread"), side * side, tensors)?,
        })
    }
}

/// Adds numbers to tensors to be stored, under `calibration.NAME`.
pub(super) fn store(
    name: &str,
    numbers: &[f32],
    shape: &[usize],
    tensors: &mut HashMap<String, Tensor>,
) -> Result<()> {
    let tensor = Tensor::from_slice(numbers, shape, &Device::Cpu)?;
    tensors.insert(format!("{PREFIX}{name}"), tensor);
    Ok(())
}

/// Reads `count` numbers that [`store`] stored.
///
/// # Errors
/// When they are missing or another count.
pub(super) fn stored(
    name: &str,
    count: usize,
    tensors: &HashMap<String, Tensor>,
) -> Result<Vec<f32>> {
    let name = format!("{PREFIX}{name}");
    let tensor = tensors
        .get(&name)
        .filter(|tensor| tensor.elem_count() == count);
    let tensor = tensor.ok_or_else(|| {
        Error::new(
            ErrorKind::WrongModel,
            format!("the weights lack “{name}” of {count} numbers"),
            "Use weights that `silhouette train` wrote for this model.",
        )
    })?;
    Ok(tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?)
}

/// Mean and standard deviation, the latter never zero.
pub(super) fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let squares = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f32>();
    (mean, (squares / count).sqrt().max(1e-6))
}

/// The value that a share of the values does not exceed.
pub(super) fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let rank = (share * sorted.len() as f32).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// The lowest of a square map's values at which no region is left.
pub(super) fn quiet_cut(samples: &[f32], side: usize) -> Result<f32> {
    let map = AnomalyMap {
        kind: MapKind::Saliency,
        placed: Placed {
            raster: Raster::new(side, side, samples.to_vec())?,
            place: PixelRect::of_image(side, side),
        },
        scale: (0.0, 1.0),
        unit: String::new(),
    };
    let mut values = samples.to_vec();
    values.sort_by(f32::total_cmp);
    // A higher cut never brings a region back, so the values can be bisected.
    let loud = |cut: &f32| !regions(&map, *cut, LEAST_REGION_CELLS, None).is_empty();
    let first_quiet = values.partition_point(loud);
    Ok(values
        .get(first_quiet)
        .or(values.last())
        .copied()
        .unwrap_or(0.0))
}

/// A film minus its counterpart, without the mean of that over the whole view, and softened: a film
/// that is brighter as a whole was only exposed in another way.
pub(super) fn beside_exposure(film: &[f32], counterpart: &[f32], side: usize) -> Vec<f32> {
    let pairs = film.iter().zip(counterpart);
    let residue: Vec<f32> = pairs.map(|(film, other)| film - other).collect();
    let mean = residue.iter().sum::<f32>() / residue.len().max(1) as f32;
    let residue: Vec<f32> = residue.iter().map(|value| value - mean).collect();
    soften(&residue, side)
}

/// Smooths a square as every model's evidence is smoothed before it is measured.
pub(super) fn soften(square: &[f32], side: usize) -> Vec<f32> {
    smooth(square, side, SOFTNESS * side as f32)
}

/// Values at places that lie inside a lung at least so surely; 0 elsewhere.
pub(super) fn kept_inside(values: Vec<f32>, lungs: &[f32], least: f32) -> Vec<f32> {
    let pairs = values.into_iter().zip(lungs);
    pairs
        .map(|(value, &inside)| if inside >= least { value } else { 0.0 })
        .collect()
}

/// Smooths a square by a Gaussian of `deviation` pixels; beyond the edge the edge goes on.
fn smooth(square: &[f32], side: usize, deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as isize;
    let kernel: Vec<f32> = (-reach..=reach)
        .map(|offset| (-0.5 * (offset as f32 / deviation).powi(2)).exp())
        .collect();
    let total: f32 = kernel.iter().sum();
    let last = side as isize - 1;
    let along = |square: &[f32], across: bool| -> Vec<f32> {
        (0..side * side)
            .map(|place| {
                let (x, y) = ((place % side) as isize, (place / side) as isize);
                let taps = kernel.iter().zip(-reach..=reach);
                let sum: f32 = taps
                    .map(|(weight, offset)| {
                        let (x, y) = if across {
                            (x + offset, y)
                        } else {
                            (x, y + offset)
                        };
                        let (x, y) = (x.clamp(0, last) as usize, y.clamp(0, last) as usize);
                        weight * square[y * side + x]
                    })
                    .sum();
                sum / total
            })
            .collect()
    };
    along(&along(square, true), false)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_quantile_is_a_value_that_enough_do_not_exceed() {
        let values: Vec<f32> = (1..=20).map(|value| value as f32).collect();
        assert_eq!(quantile(&values, 0.95), 19.0);
        assert_eq!(quantile(&[3.0], 0.95), 3.0);
    }

    #[test]
    fn at_the_quiet_cut_no_region_is_left_and_below_it_one_is() {
        // Four connected cells of 5 to 8, and a lone one of 9.
        let mut map = vec![0.0; 36];
        for (place, value) in [(7, 5.0), (8, 6.0), (13, 7.0), (14, 8.0), (35, 9.0)] {
            map[place] = value;
        }
        assert_eq!(quiet_cut(&map, 6).unwrap(), 6.0);
    }

    #[test]
    fn normals_come_back_as_they_were_stored() {
        let normals = Normals::of(&[vec![0.0, 1.0, 2.0, 3.0], vec![2.0, 1.0, 0.0, 1.0]]);
        let mut tensors = HashMap::new();
        normals.store("residue", 2, &mut tensors).unwrap();
        let back = Normals::stored("residue", 2, &tensors).unwrap();
        let film = [5.0, 4.0, 3.0, 2.0];
        assert_eq!(back.measure(&film), normals.measure(&film));
        assert!(Normals::stored("brightness", 2, &tensors).is_err());
    }
}
