//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ENTRY;
use super::decomposer::{Decomposer, Seen};
use super::evidence::{SCORE_UNIT, Yardstick, doubt};
use super::recipe::Recipe;
use super::samples::grid;
use super::training::Labelled;
use crate::anomaly::{MapKind, Threshold};
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::finishing::{Finishing, Measured, score_threshold};
use crate::models::framed::{FramedFilms, SeenLungs};
use crate::models::yardstick::quiet_cut;
use crate::models::{Card, Metric, TrainingFacts};
use crate::training::{Behind, RunSettings, Watch};

/// Films of each kind in the sample picture.
const SHOWN: usize = 4;

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) films: usize,
    /// What lies behind the run.
    pub(super) behind: Behind,
    /// The networks to use, `EG.…` to `DJ.…` and `D.…`.
    pub(super) tensors: HashMap<String, Candle>,
}

/// Films of one label with what the networks made of them.
struct Group<'a> {
    seen: Vec<Seen>,
    lungs: &'a [SeenLungs],
}

impl Group<'_> {
    fn scores(&self) -> Vec<f32> {
        self.seen.iter().map(doubt).collect()
    }

    /// For each film the lowest cut through its change that leaves no region.
    fn quiet_cuts(&self, yardstick: &Yardstick, side: usize) -> Result<Vec<f32>> {
        let pairs = self.seen.iter().zip(self.lungs);
        pairs
            .map(|(seen, lungs)| quiet_cut(&yardstick.change(seen, lungs), side))
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
    let yardstick = Yardstick::of(&normal.seen, recipe.side);
    yardstick.store(&mut tensors)?;
    let measured = Measured {
        scores: normal.scores(),
        cuts: normal.quiet_cuts(&yardstick, recipe.side)?,
        unit: "σ of normals",
        most_copy_error: normal.seen.iter().map(Seen::copy_error).reduce(f32::max),
    };
    let facts = facts(finishing.facts(run.films, &run.behind));
    let card = card(finishing.card(recipe.side, facts, measured), &abnormal)?;
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

/// What a run's card says otherwise of a model that finds each film's own cut and has seen labels.
fn card(begun: Card, abnormal: &Group<'_>) -> Result<Card> {
    let auc = held_out_auc(&begun.normal_scores, &abnormal.scores())?;
    Ok(Card {
        metrics: auc.into_iter().collect(),
        default_map: MapKind::Difference,
        threshold: Threshold {
            source: format!(
                "each film's own by Otsu in the lung boxes, but never below this: {}",
                begun.threshold.source
            ),
            ..begun.threshold
        },
        score_threshold: score_threshold(&begun.normal_scores, SCORE_UNIT),
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
