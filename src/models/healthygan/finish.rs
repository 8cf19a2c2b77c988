//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use super::analysis::WEIGHTS_FILE;
use super::calibration::Calibration;
use super::chests::Films;
use super::choice::Choice;
use super::inspector::{Inspector, Seen};
use super::{ENTRY, recipe::Recipe};
use crate::anomaly::{MapKind, Threshold};
use crate::compute::Device;
use crate::error::Result;
use crate::models::yardstick::{LOWER_NORMALS, QUIET_NORMALS, quantile, quiet_cut};
use crate::models::{Card, TrainingFacts, WeightsFile, write_tensors};
use crate::training::{RunSettings, Watch};

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) films: &'a Films,
    pub(super) epochs: f64,
    pub(super) minutes: f64,
    pub(super) choice: Choice,
}

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(run: &Finished<'_>, watch: &mut Watch<'_>) -> Result<()> {
    let side = Recipe::named(&run.settings.preset)?.side;
    let path = run.settings.out.join(WEIGHTS_FILE);
    // Written once without calibration and read back, so that what is calibrated are the weights
    // as they are stored.
    let mut tensors = run.choice.tensors.clone();
    write_tensors(&path, tensors.clone())?;
    let stored = WeightsFile::read(&path)?.tensors()?;
    let mut inspector = Inspector::stored(&stored, side, &Device::Cpu)?;
    let between = &mut || watch.progress.enter("calibrating", 1.0);
    let normals = run
        .films
        .held_out
        .seen(&mut inspector, usize::MAX, between)?;
    let calibration = Calibration::of(&normals, side);
    tensors.extend(calibration.tensors()?);
    write_tensors(&path, tensors)?;
    let card = card(run, side, &calibration, &normals)?;
    let sha256 = WeightsFile::read(&path)?.sha256;
    let path = run.settings.out.join(format!("{}.json", ENTRY.id));
    Card { sha256, ..card }.write(&path)
}

fn card(
    run: &Finished<'_>,
    side: usize,
    calibration: &Calibration,
    normals: &[Seen],
) -> Result<Card> {
    let mut scores: Vec<f32> = normals.iter().map(|seen| calibration.score(seen)).collect();
    scores.sort_by(f32::total_cmp);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.residue(seen), side))
        .collect::<Result<Vec<f32>>>()?;
    let cut = quantile(&cuts, QUIET_NORMALS);
    let of_normals = |sentence: &str, share: f32| Threshold {
        value: 0.0,
        unit: "σ of normals".to_owned(),
        source: format!(
            "{sentence} {:.0} % of {} normal films kept out of training",
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
        training: training_facts(run),
        metrics: Vec::new(),
        maps: Vec::new(),
        default_map: MapKind::Residue,
        map_scale: (0.0, (2.0 * cut).ceil()),
        threshold: Threshold {
            value: cut,
            ..of_normals("no region on", QUIET_NORMALS)
        },
        score_threshold: Threshold {
            value: quantile(&scores, LOWER_NORMALS),
            ..of_normals("above", LOWER_NORMALS)
        },
        normal_scores: scores,
        most_copy_error: None,
        intended_use:
            "Research on anomaly detection in frontal chest films that learns from normal \
                       films and an unannotated mixture. Not for diagnosis."
                .to_owned(),
        limits: Vec::new(),
    })
}

fn training_facts(run: &Finished<'_>) -> TrainingFacts {
    let (known, mixture) = (run.films.known.len(), run.films.mixture.len());
    TrainingFacts {
        data: format!(
            "{known} normal films and {mixture} unlabelled ones, from the two folders given to the \
             command"
        ),
        licence: String::new(),
        films: known + mixture,
        command: run.settings.command.clone(),
        epochs: run.epochs,
        minutes: run.minutes,
        device: "cpu".to_owned(),
        choice: format!(
            "{}: how well the score tells normal training films from the unlabelled mixture; no label \
             of a film in it was used",
            run.choice.words
        ),
    }
}
