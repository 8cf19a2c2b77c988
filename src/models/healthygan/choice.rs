//! Which epoch's networks a run is for, told without labels.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::calibration::Calibration;
use super::inspector::{Inspector, seen};
use super::training::{Films, Training};
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::framed::FramedFilms;
use crate::training::{Course, Learner as _, Watch};

/// Films of each kind that the final choice looks at, many more than an epoch is compared on: on few
/// films AUCp moves by a few hundredths by chance.
const CHOSEN_ON: usize = 256;

/// How well the score tells known normals from the unlabelled mixture, on at most `most` films of
/// each (AUCp, Rahman Siddiquee et al., IEEE TMI 2026): where it rises, more of the mixture's
/// abnormal films are found, and no label is looked at.
pub(super) fn aucp(
    inspector: &mut Inspector,
    films: &Films,
    most: usize,
    between: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<f64> {
    let normals = seen(&films.held_out, inspector, most, between)?;
    let calibration = Calibration::of(&normals, inspector.side);
    let mut scores = |films: &FramedFilms| -> Result<Vec<f64>> {
        let seen = seen(films, inspector, most, between)?;
        let scores = seen.iter().map(|seen| calibration.score(seen));
        Ok(scores.map(f64::from).collect())
    };
    let (known, mixture) = (scores(&films.known)?, scores(&films.mixture)?);
    Ok(LabelledScores::new(known, mixture)?.auc())
}

/// Networks to use, under `G.…` and `D.…`, and words on why these.
pub(super) struct Choice {
    pub(super) tensors: HashMap<String, Candle>,
    pub(super) words: String,
}

/// Compares the epochs that are still kept on more films than each was compared on, and returns the
/// best; without any, the networks as they are.
pub(super) fn choose(course: &Course<'_, Training>, watch: &Watch<'_>) -> Result<Choice> {
    let films = &course.learner.films;
    let mut best: Option<(f64, Choice)> = None;
    for epoch in 1..=course.epochs() {
        let Some(tensors) = course.snapshots(epoch, &[0])?.pop() else {
            continue;
        };
        let share = epoch as f32 / course.epochs() as f32;
        let mut inspector = Inspector::stored(&tensors, course.learner.side(), &Device::Cpu)?;
        let between = &mut |_| watch.progress.enter("choosing", share);
        let aucp = aucp(&mut inspector, films, CHOSEN_ON, between)?;
        if best.as_ref().is_none_or(|(best, _)| aucp > *best) {
            let words = format!("epoch {epoch}, best AUCp ({aucp:.3}) of the epochs kept");
            best = Some((aucp, Choice { tensors, words }));
        }
    }
    match best {
        Some((_, choice)) => Ok(choice),
        None => Ok(Choice {
            tensors: course.learner.snapshot()?,
            words: "the last step; no epoch was whole".to_owned(),
        }),
    }
}
