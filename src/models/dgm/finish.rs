//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{Evidence, SCORE_UNIT, UNIT, Yardstick, doubt};
use super::films::{Films, Lungs};
use super::recipe::Recipe;
use super::training::{Labelled, grid};
use crate::anomaly::{MapKind, Threshold, regions_in_lungs};
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::yardstick::{LOWER_NORMALS, quantile};
use crate::models::{Card, Metric, TrainingFacts, WeightsFile, write_tensors};
use crate::training::{RunSettings, Watch};

/// The weights' file name, beside the card.
const WEIGHTS_FILE: &str = "dgm.safetensors";
/// Films of each kind in the sample picture.
const SHOWN: usize = 4;

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) films: usize,
    pub(super) epochs: f64,
    pub(super) minutes: f64,
    /// The networks to use, `EG.…` to `DJ.…` and `D.…`.
    pub(super) tensors: HashMap<String, Candle>,
}

/// Films of one label with what the networks made of them.
struct Group<'a> {
    seen: Vec<Seen>,
    lungs: &'a [Lungs],
}

impl Group<'_> {
    fn evidence(&self, yardstick: Yardstick) -> Result<Vec<(f32, Evidence)>> {
        let pairs = self.seen.iter().zip(self.lungs);
        pairs
            .map(|(seen, lungs)| {
                let evidence = Evidence::of(seen, lungs, yardstick)?;
                Ok((doubt(seen), evidence))
            })
            .collect()
    }
}

/// Calibrates the weights on the films kept apart and writes them with their card.
pub(super) fn finish(run: &Finished<'_>, held_out: &Labelled, watch: &mut Watch<'_>) -> Result<()> {
    let recipe = Recipe::named(&run.settings.preset)?;
    let path = run.settings.out.join(WEIGHTS_FILE);
    // Written once without calibration and read back, so that what is calibrated are the weights
    // as they are stored.
    let mut tensors = run.tensors.clone();
    write_tensors(&path, tensors.clone())?;
    let stored = WeightsFile::read(&path)?.tensors()?;
    let sizes = (&recipe.config, recipe.side);
    let mut decomposer = Decomposer::stored(&stored, sizes, &Device::Cpu)?;
    let normal = see_all(&mut decomposer, &held_out.normal, watch)?;
    let abnormal = see_all(&mut decomposer, &held_out.abnormal, watch)?;
    let yardstick = Yardstick::of(&normal.seen);
    yardstick.store(&mut tensors)?;
    write_tensors(&path, tensors)?;
    let card = card(run, &recipe, (&normal, &abnormal), yardstick)?;
    let sha256 = WeightsFile::read(&path)?.sha256;
    Card { sha256, ..card }.write(&run.settings.out.join("dgm.json"))?;
    let shown = [&abnormal, &normal].map(|group| group.seen.iter().take(SHOWN));
    grid(shown.into_iter().flatten(), recipe.side).write(&run.settings.out.join("samples.png"))
}

fn see_all<'a>(
    decomposer: &mut Decomposer,
    films: &'a Films,
    watch: &Watch<'_>,
) -> Result<Group<'a>> {
    let count = films.films.len();
    let seen = (0..count).map(|film| {
        let share = film as f32 / count as f32;
        watch.progress.enter("calibrating", share)?;
        decomposer.see(films.films.plain(film), &mut |_| Ok(()))
    });
    Ok(Group {
        seen: seen.collect::<Result<_>>()?,
        lungs: &films.lungs,
    })
}

fn card(
    run: &Finished<'_>,
    recipe: &Recipe,
    (normal, abnormal): (&Group<'_>, &Group<'_>),
    yardstick: Yardstick,
) -> Result<Card> {
    let of_normal = normal.evidence(yardstick)?;
    let mut scores: Vec<f32> = of_normal.iter().map(|(score, _)| *score).collect();
    scores.sort_by(f32::total_cmp);
    let of_abnormal = abnormal.evidence(yardstick)?;
    let abnormal_scores: Vec<f32> = of_abnormal.iter().map(|(score, _)| *score).collect();
    let count = scores.len();
    Ok(Card {
        id: ENTRY.id.to_owned(),
        title: ENTRY.title.to_owned(),
        paper: ENTRY.paper.to_owned(),
        task: ENTRY.task.to_owned(),
        preset: run.settings.preset.clone(),
        input_size: (recipe.side, recipe.side),
        weights: WEIGHTS_FILE.to_owned(),
        sha256: String::new(),
        training: facts(run),
        metrics: held_out_auc(&scores, &abnormal_scores)?
            .into_iter()
            .collect(),
        maps: Vec::new(),
        default_map: MapKind::Residue,
        map_scale: yardstick.scale(),
        threshold: Threshold {
            value: yardstick.floor,
            unit: UNIT.to_owned(),
            source: format!(
                "each film's own by Otsu in the lung boxes, but never below this: {:.1} % of the \
                 residue on {count} normal films kept out of training stays at or under it; there \
                 {} of them have a region",
                100.0 * Yardstick::SHARE,
                with_regions(&of_normal, normal.lungs)
            ),
        },
        score_threshold: Threshold {
            value: quantile(&scores, LOWER_NORMALS),
            unit: SCORE_UNIT.to_owned(),
            source: format!(
                "above {:.0} % of {count} normal films kept out of training",
                100.0 * LOWER_NORMALS
            ),
        },
        normal_scores: scores,
        most_copy_error: normal.seen.iter().map(Seen::copy_error).reduce(f32::max),
        intended_use:
            "Research on the decomposition of frontal chest films into a normal film and \
                       a residue, learned from image-level labels. Not for diagnosis."
                .to_owned(),
        limits: Vec::new(),
    })
}

fn facts(run: &Finished<'_>) -> TrainingFacts {
    TrainingFacts {
        data: "the folders of normal and of abnormal films given to the command; their labels \
               were used"
            .to_owned(),
        licence: String::new(),
        films: run.films,
        command: run.settings.command.clone(),
        epochs: run.epochs,
        minutes: run.minutes,
        device: run.settings.device.to_string(),
        choice: "the moving average of the weights at the end of the run, fixed beforehand; the \
                 AUC on labelled films kept out of training was watched and chose nothing"
            .to_owned(),
    }
}

/// How many films show a region at their own cut.
fn with_regions(evidence: &[(f32, Evidence)], lungs: &[Lungs]) -> usize {
    let pairs = evidence.iter().zip(lungs);
    pairs
        .filter(|((_, evidence), lungs)| {
            let (residue, cut) = (&evidence.residue, evidence.cut);
            !regions_in_lungs(residue, cut, &lungs.boxes, None).is_empty()
        })
        .count()
}

/// The AUC on films kept out of training; `None` where one kind is missing.
fn held_out_auc(normal: &[f32], abnormal: &[f32]) -> Result<Option<Metric>> {
    if normal.is_empty() || abnormal.is_empty() {
        return Ok(None);
    }
    let wide = |scores: &[f32]| scores.iter().map(|&score| f64::from(score)).collect();
    let auc = LabelledScores::new(wide(normal), wide(abnormal))?.auc_delong();
    Ok(Some(Metric {
        name: "AUC".to_owned(),
        value: auc.value,
        low: Some(auc.low),
        high: Some(auc.high),
        data: format!(
            "films kept out of training ({} normal and {} abnormal; other films of the same \
             patients may be in training)",
            normal.len(),
            abnormal.len()
        ),
    }))
}
