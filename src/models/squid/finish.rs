//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::analysis::WEIGHTS_FILE;
use super::calibration::Calibration;
use super::config::Config;
use super::ensemble::{Ensemble, Seen};
use super::{ENTRY, recipe::Recipe};
use crate::anomaly::{MapKind, Threshold};
use crate::compute::Device;
use crate::error::Result;
use crate::models::yardstick::{LOWER_NORMALS, QUIET_NORMALS, quantile, quiet_cut};
use crate::models::{Card, TrainingFacts, WeightsFile, write_tensors};
use crate::training::{Grid, RunSettings, TrainingFilms, Watch};

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) training_films: usize,
    pub(super) epochs: f64,
    pub(super) minutes: f64,
    /// The checkpoints to use, both networks of each under `G.…` and `D.…`.
    pub(super) members: Vec<HashMap<String, Candle>>,
}

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(
    run: &Finished<'_>,
    calibration_films: &TrainingFilms,
    watch: &mut Watch<'_>,
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
            watch.progress.enter("calibrating", share)?;
            ensemble.see(calibration_films.plain(index), &mut |_| Ok(()))
        })
        .collect::<Result<Vec<Seen>>>()?;
    let lungs = lung_prior(run, calibration_films, watch)?;
    let calibration = Calibration::of(&normals, config.side, lungs);
    tensors.extend(calibration.tensors()?);
    write_tensors(&path, tensors)?;
    let card = card(run, &config, &calibration, &normals)?;
    let sha256 = WeightsFile::read(&path)?.sha256;
    Card { sha256, ..card }.write(&run.settings.out.join("squid.json"))?;
    let shown = &normals[..normals.len().min(6)];
    samples(shown, config.side).write(&run.settings.out.join("samples.png"))
}

/// How often each place lies inside the lungs, from the masks of the calibration films.
fn lung_prior(
    run: &Finished<'_>,
    films: &TrainingFilms,
    watch: &mut Watch<'_>,
) -> Result<Option<Vec<f32>>> {
    let Some(folder) = &run.settings.masks else {
        return Ok(None);
    };
    let side = Recipe::named(&run.settings.preset)?.config.side;
    let (_, masks) = films.clone().with_masks(folder, watch)?;
    let count = masks.len() as f32;
    let masks: Vec<Vec<f32>> = (0..masks.len()).map(|index| masks.plain(index)).collect();
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
    // Calibration films' own lungs are not looked for: the cut is at most too careful.
    let anywhere = vec![1.0; config.side * config.side];
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.saliency(seen, &anywhere), config.side))
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

/// Rows of film, in-painted film and copy, side by side.
fn samples(shown: &[Seen], side: usize) -> Grid {
    let row = |seen: &Seen| {
        vec![
            seen.film.clone(),
            seen.student.clone(),
            seen.teacher.clone(),
        ]
    };
    Grid {
        side,
        rows: shown.iter().map(row).collect(),
    }
}
