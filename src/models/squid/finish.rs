//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor as Candle;

use super::analysis::WEIGHTS_FILE;
use super::calibration::Calibration;
use super::config::Config;
use super::ensemble::{Ensemble, Seen};
use super::stored::write_tensors;
use super::{ENTRY, recipe::Recipe};
use crate::anomaly::{AnomalyMap, LEAST_REGION_CELLS, MapKind, Placed, Threshold, regions};
use crate::compute::Device;
use crate::error::Result;
use crate::models::{Card, TrainingFacts, WeightsFile};
use crate::radiograph::{PixelRect, Raster};
use crate::task::Progress;
use crate::training::{RunSettings, TrainingFilms};

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) training_films: usize,
    pub(super) epochs: f64,
    pub(super) minutes: f64,
    /// The checkpoints to use, both networks of each under `G.…` and `D.…`.
    pub(super) members: Vec<HashMap<String, Candle>>,
}

/// The share of calibration normals that the default threshold leaves without a region.
const QUIET_NORMALS: f32 = 0.95;
/// The share of calibration normals below the score threshold.
const LOWER_NORMALS: f32 = 0.95;

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(
    run: &Finished<'_>,
    calibration_films: &TrainingFilms,
    progress: &Progress,
) -> Result<()> {
    let config = Recipe::named(&run.settings.preset)?.config;
    let path = run.settings.out.join(WEIGHTS_FILE);
    // Written once without calibration and read back, so that what is calibrated are the weights
    // as they are stored.
    let mut tensors = Ensemble::named(run.members.clone());
    write_tensors(&path, tensors.clone())?;
    let stored = WeightsFile::read(&path)?.tensors()?;
    let mut ensemble = Ensemble::stored(&stored, &config, &Device::Cpu)?;
    let normals = (0..calibration_films.len())
        .map(|index| {
            let share = index as f32 / calibration_films.len() as f32;
            progress.enter("calibrating", share)?;
            ensemble.see(calibration_films.plain(index), &mut |_| Ok(()))
        })
        .collect::<Result<Vec<Seen>>>()?;
    let lungs = lung_prior(run, calibration_films, progress)?;
    let calibration = Calibration::of(&normals, config.side, lungs);
    tensors.extend(calibration.tensors()?);
    write_tensors(&path, tensors)?;
    let card = card(run, &config, &calibration, &normals)?;
    let sha256 = WeightsFile::read(&path)?.sha256;
    Card { sha256, ..card }.write(&run.settings.out.join("squid.json"))?;
    let shown = &normals[..normals.len().min(6)];
    write_samples(&run.settings.out.join("samples.png"), shown, config.side)
}

/// How often each place lies inside the lungs, from the masks of the calibration films.
fn lung_prior(
    run: &Finished<'_>,
    films: &TrainingFilms,
    progress: &Progress,
) -> Result<Option<Vec<f32>>> {
    let Some(folder) = &run.settings.masks else {
        return Ok(None);
    };
    let side = Recipe::named(&run.settings.preset)?.config.side;
    let masks = films.masks(folder, progress)?;
    let count = masks.len() as f32;
    let places =
        (0..side * side).map(|place| masks.iter().map(|mask| mask[place]).sum::<f32>() / count);
    Ok(Some(places.collect()))
}

fn card(
    run: &Finished<'_>,
    config: &Config,
    calibration: &Calibration,
    normals: &[Seen],
) -> Result<Card> {
    let count = normals.len();
    let mut scores: Vec<f32> = normals.iter().map(|seen| calibration.score(seen)).collect();
    scores.sort_by(f32::total_cmp);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.saliency(seen), config.side))
        .collect::<Result<Vec<f32>>>()?;
    let cut = quantile(&cuts, QUIET_NORMALS);
    let unit = "σ of normals";
    Ok(Card {
        id: ENTRY.id.to_owned(),
        title: ENTRY.title.to_owned(),
        paper: ENTRY.paper.to_owned(),
        task: ENTRY.task.to_owned(),
        preset: run.settings.preset.clone(),
        input_size: (config.side, config.side),
        weights: WEIGHTS_FILE.to_owned(),
        sha256: String::new(),
        training: TrainingFacts {
            data: "the folder of normal films given to the command".to_owned(),
            licence: String::new(),
            films: run.training_films,
            command: run.settings.command.clone(),
            epochs: run.epochs,
            minutes: run.minutes,
            device: run.settings.device.to_string(),
            choice: format!(
                "the last checkpoint with those of two and four epochs before ({} in all), their \
                 scores averaged; no labels were used",
                run.members.len()
            ),
        },
        metrics: Vec::new(),
        maps: Vec::new(),
        default_map: MapKind::Saliency,
        map_scale: (0.0, (2.0 * cut).ceil()),
        threshold: Threshold {
            value: cut,
            unit: unit.to_owned(),
            source: format!(
                "no region on {:.0} % of {count} normal films kept out of training",
                100.0 * QUIET_NORMALS
            ),
        },
        score_threshold: Threshold {
            value: quantile(&scores, LOWER_NORMALS),
            unit: unit.to_owned(),
            source: format!(
                "above {:.0} % of {count} normal films kept out of training",
                100.0 * LOWER_NORMALS
            ),
        },
        normal_scores: scores,
        most_copy_error: normals.iter().map(Seen::copy_error).reduce(f32::max),
        intended_use:
            "Research on unsupervised anomaly detection in frontal chest films. Not for diagnosis."
                .to_owned(),
        limits: Vec::new(),
    })
}

/// The lowest of a map's values at which no region is left.
fn quiet_cut(samples: &[f32], side: usize) -> Result<f32> {
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

/// The value that a share of the values does not exceed.
fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let rank = (share * sorted.len() as f32).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// Rows of film, in-painted film and copy, side by side.
fn write_samples(path: &Path, shown: &[Seen], side: usize) -> Result<()> {
    let width = 3 * side;
    let mut greys = vec![0.0; width * side * shown.len()];
    for (row, seen) in shown.iter().enumerate() {
        for (column, picture) in [&seen.film, &seen.student, &seen.teacher]
            .into_iter()
            .enumerate()
        {
            for (y, line) in picture.chunks_exact(side).enumerate() {
                let start = (row * side + y) * width + column * side;
                greys[start..start + side].copy_from_slice(line);
            }
        }
    }
    let samples: Vec<u16> = greys
        .iter()
        .map(|grey| (grey.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16)
        .collect();
    let height = side * shown.len();
    crate::files::write_png_grey16(path, width as u32, height as u32, &samples)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
