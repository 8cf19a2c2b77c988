//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ENTRY;
use super::analysis::WEIGHTS_FILE;
use super::calibration::Calibration;
use super::films::FramedFilms;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::anomaly::{MapKind, Threshold};
use crate::compute::Device;
use crate::error::Result;
use crate::models::yardstick::{LOWER_NORMALS, QUIET_NORMALS, quantile, quiet_cut};
use crate::models::{Card, TrainingFacts, WeightsFile, write_tensors};
use crate::training::{Grid, RunSettings, Watch};

/// Films in the sample picture.
const SHOWN: usize = 6;
/// The unit of residue and score.
const UNIT: &str = "σ of normals";

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) training_films: usize,
    pub(super) epochs: f64,
    pub(super) minutes: f64,
    /// How the networks were chosen.
    pub(super) choice: String,
    /// The networks to use, under `G.…`, `D.…` and `E.…`.
    pub(super) tensors: HashMap<String, Candle>,
}

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(
    run: &Finished<'_>,
    held_out: &FramedFilms,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let recipe = Recipe::named(&run.settings.preset)?;
    let path = run.settings.out.join(WEIGHTS_FILE);
    // Written once without calibration and read back, so that what is calibrated are the weights
    // as they are stored.
    let mut tensors = run.tensors.clone();
    write_tensors(&path, tensors.clone())?;
    let stored = WeightsFile::read(&path)?.tensors()?;
    let mut inspector = Inspector::stored(&stored, &recipe.config, &Device::Cpu)?;
    let normals = held_out.seen_by(&mut inspector, usize::MAX, watch.progress)?;
    let calibration = Calibration::of(&normals, recipe.config.side);
    tensors.extend(calibration.tensors()?);
    write_tensors(&path, tensors)?;
    let card = Card {
        sha256: WeightsFile::read(&path)?.sha256,
        ..card(run, &recipe, &calibration, &normals)?
    };
    card.write(&run.settings.out.join(format!("{}.json", ENTRY.id)))?;
    let rows = normals
        .iter()
        .take(SHOWN)
        .map(|seen| vec![seen.film.clone(), seen.counterpart.clone()]);
    let grid = Grid {
        side: recipe.config.side,
        rows: rows.collect(),
    };
    grid.write(&run.settings.out.join("samples.png"))
}

fn card(
    run: &Finished<'_>,
    recipe: &Recipe,
    calibration: &Calibration,
    normals: &[Seen],
) -> Result<Card> {
    let side = recipe.config.side;
    let mut scores: Vec<f32> = normals.iter().map(|seen| calibration.score(seen)).collect();
    scores.sort_by(f32::total_cmp);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.residue(seen), side))
        .collect::<Result<Vec<f32>>>()?;
    let cut = quantile(&cuts, QUIET_NORMALS);
    let threshold = |value: f32, words: &str, share: f32| Threshold {
        value,
        unit: UNIT.to_owned(),
        source: format!(
            "{words} {:.0} % of {} normal films kept out of training",
            100.0 * share,
            normals.len()
        ),
    };
    Ok(Card {
        id: ENTRY.id.to_owned(),
        title: ENTRY.title.to_owned(),
        paper: ENTRY.paper.to_owned(),
        task: ENTRY.task.to_owned(),
        preset: run.settings.preset.clone(),
        input_size: (side, side),
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
            choice: run.choice.clone(),
        },
        metrics: Vec::new(),
        maps: Vec::new(),
        default_map: MapKind::Residue,
        map_scale: (0.0, (2.0 * cut).ceil()),
        threshold: threshold(cut, "no region on", QUIET_NORMALS),
        score_threshold: threshold(quantile(&scores, LOWER_NORMALS), "above", LOWER_NORMALS),
        normal_scores: scores,
        most_copy_error: normals.iter().map(Seen::copy_error).reduce(f32::max),
        intended_use:
            "Research on unsupervised anomaly detection in frontal chest films. Not for diagnosis."
                .to_owned(),
        limits: Vec::new(),
    })
}
