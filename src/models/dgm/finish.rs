//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{Evidence, SCORE_UNIT, UNIT, Yardstick, doubt};
use super::recipe::Recipe;
use super::training::{Labelled, grid};
use crate::anomaly::{Threshold, regions_in_lungs};
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::finishing::{Finishing, Measured};
use crate::models::framed::{FramedFilms, SeenLungs};
use crate::models::{Card, Metric, TrainingFacts};
use crate::training::{RunSettings, Watch};

/// Films of each kind in the sample picture.
const SHOWN: usize = 4;

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) films: usize,
    /// Epochs and minutes.
    pub(super) cost: (f64, f64),
    /// The networks to use, `EG.…` to `DJ.…` and `D.…`.
    pub(super) tensors: HashMap<String, Candle>,
}

/// Films of one label with what the networks made of them.
struct Group<'a> {
    seen: Vec<Seen>,
    lungs: &'a [SeenLungs],
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
    let finishing = Finishing::new(&ENTRY, run.settings);
    let mut tensors = run.tensors.clone();
    let stored = finishing.as_stored(&tensors)?;
    let sizes = (&recipe.config, recipe.side);
    let mut decomposer = Decomposer::stored(&stored, sizes, &Device::Cpu)?;
    let normal = see_all(&mut decomposer, &held_out.normal, watch)?;
    let abnormal = see_all(&mut decomposer, &held_out.abnormal, watch)?;
    let yardstick = Yardstick::of(&normal.seen);
    yardstick.store(&mut tensors)?;
    let facts = facts(finishing.facts(run.films, run.cost));
    let begun = finishing.card(recipe.side, facts, measured(&normal, yardstick)?);
    let card = card(begun, (&normal, &abnormal), yardstick)?;
    finishing.write(tensors, card)?;
    let shown = [&abnormal, &normal].map(|group| group.seen.iter().take(SHOWN));
    grid(shown.into_iter().flatten(), recipe.side).write(&run.settings.out.join("samples.png"))
}

fn see_all<'a>(
    decomposer: &mut Decomposer,
    films: &'a FramedFilms,
    watch: &Watch<'_>,
) -> Result<Group<'a>> {
    let between = &mut |share| watch.progress.enter("calibrating", share);
    let see = |film, _: &_| decomposer.see(film, &mut |_| Ok(()));
    Ok(Group {
        seen: films.seen(usize::MAX, between, see)?,
        lungs: &films.lungs,
    })
}

fn measured(normal: &Group<'_>, yardstick: Yardstick) -> Result<Measured<'static>> {
    let of_normal = normal.evidence(yardstick)?;
    Ok(Measured {
        scores: of_normal.iter().map(|(score, _)| *score).collect(),
        cuts: of_normal.iter().map(|(_, evidence)| evidence.cut).collect(),
        unit: SCORE_UNIT,
        most_copy_error: normal.seen.iter().map(Seen::copy_error).reduce(f32::max),
    })
}

/// What a run's card says otherwise of a model that finds each film's own cut and has seen labels.
fn card(
    begun: Card,
    (normal, abnormal): (&Group<'_>, &Group<'_>),
    yardstick: Yardstick,
) -> Result<Card> {
    let of_normal = normal.evidence(yardstick)?;
    let of_abnormal = abnormal.evidence(yardstick)?;
    let abnormal_scores: Vec<f32> = of_abnormal.iter().map(|(score, _)| *score).collect();
    let auc = held_out_auc(&begun.normal_scores, &abnormal_scores)?;
    Ok(Card {
        metrics: auc.into_iter().collect(),
        map_scale: yardstick.scale(),
        threshold: Threshold {
            value: yardstick.floor,
            unit: UNIT.to_owned(),
            source: format!(
                "each film's own by Otsu in the lung boxes, but never below this: {:.1} % of the \
                 residue on {} normal films kept out of training stays at or under it; there {} of \
                 them have a region",
                100.0 * Yardstick::SHARE,
                of_normal.len(),
                with_regions(&of_normal, normal.lungs)
            ),
        },
        intended_use:
            "Research on the decomposition of frontal chest films into a normal film and a residue, \
             learned from image-level labels. Not for diagnosis."
                .to_owned(),
        ..begun
    })
}

fn facts(begun: TrainingFacts) -> TrainingFacts {
    TrainingFacts {
        data:
            "the folders of normal and of abnormal films given to the command; their labels were \
               used"
                .to_owned(),
        choice:
            "the moving average of the weights at the end of the run, fixed beforehand; the AUC \
                 on labelled films kept out of training was watched and chose nothing"
                .to_owned(),
        ..begun
    }
}

/// How many films show a region at their own cut.
fn with_regions(evidence: &[(f32, Evidence)], lungs: &[SeenLungs]) -> usize {
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
