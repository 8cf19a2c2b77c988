//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use super::calibration::Calibration;
use super::choice::Choice;
use super::inspector::{Inspector, seen};
use super::training::Films;
use super::{ENTRY, recipe::Recipe};
use crate::anomaly::Threshold;
use crate::compute::Device;
use crate::error::Result;
use crate::models::finishing::{Finishing, Measured};
use crate::models::reading::DIFFERENCE_SCALE;
use crate::models::yardstick::quiet_cut;
use crate::models::{Card, TrainingFacts};
use crate::training::{Behind, RunSettings, Watch};

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) films: &'a Films,
    /// What lies behind the run.
    pub(super) behind: Behind,
    pub(super) choice: Choice,
}

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(run: &Finished<'_>, watch: &mut Watch<'_>) -> Result<()> {
    let side = Recipe::named(&run.settings.preset)?.side;
    let finishing = Finishing::new(&ENTRY, run.settings);
    let mut tensors = run.choice.tensors.clone();
    let stored = finishing.as_stored(&tensors)?;
    let mut inspector = Inspector::stored(&stored, side, &Device::Cpu)?;
    let between = &mut |share| watch.progress.enter("calibrating", share);
    let normals = seen(&run.films.held_out, &mut inspector, usize::MAX, between)?;
    let calibration = Calibration::of(&normals, side);
    tensors.extend(calibration.tensors()?);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.change(seen), side));
    let measured = Measured {
        scores: normals.iter().map(|seen| calibration.score(seen)).collect(),
        cuts: cuts.collect::<Result<_>>()?,
        unit: "σ of normals",
        most_copy_error: None,
    };
    let card = finishing.card(side, facts(run, &finishing), measured);
    let card = Card {
        map_scale: (0.0, 2.0 * card.threshold.value),
        threshold: Threshold {
            unit: DIFFERENCE_SCALE.1.to_owned(),
            ..card.threshold
        },
        intended_use:
            "Research on anomaly detection in frontal chest films that learns from normal films and \
             an unannotated mixture. Not for diagnosis."
                .to_owned(),
        ..card
    };
    finishing.write(tensors, card)
}

fn facts(run: &Finished<'_>, finishing: &Finishing<'_>) -> TrainingFacts {
    let (known, mixture) = (run.films.known.len(), run.films.mixture.len());
    TrainingFacts {
        data: format!(
            "{known} normal films and {mixture} unlabelled ones, from the two folders given to the \
             command"
        ),
        choice: format!(
            "{}: how well the score tells normal training films from the unlabelled mixture; no label \
             of a film in it was used",
            run.choice.words
        ),
        ..finishing.facts(known + mixture, &run.behind)
    }
}
