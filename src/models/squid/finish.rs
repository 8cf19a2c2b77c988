//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::calibration::Calibration;
use super::ensemble::{Ensemble, Seen};
use super::{ENTRY, recipe::Recipe};
use crate::compute::Device;
use crate::error::Result;
use crate::models::finishing::{Finishing, Measured};
use crate::models::framed::{FramedFilms, SeenLungs};
use crate::models::trained::mean_over_shifts;
use crate::models::yardstick::quiet_cut;
use crate::models::{Card, TrainingFacts};
use crate::training::{Behind, Grid, RunSettings, Watch};

/// Films in the sample picture.
const SHOWN: usize = 6;

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) training_films: usize,
    /// What lies behind the run.
    pub(super) behind: Behind,
    /// The checkpoints to use, both networks of each under `G.…` and `D.…`.
    pub(super) members: Vec<HashMap<String, Candle>>,
}

/// Calibrates the weights and writes them with their card.
pub(super) fn finish(
    run: &Finished<'_>,
    held_out: &FramedFilms,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let recipe = Recipe::named(&run.settings.preset)?;
    let config = recipe.config;
    let finishing = Finishing::new(&ENTRY, run.settings);
    let mut tensors = Ensemble::named(run.members.clone());
    let stored = finishing.as_stored(&tensors)?;
    let mut ensemble = Ensemble::stored(&stored, &config, &Device::Cpu)?;
    let mut see =
        |film: Vec<f32>, lungs: &SeenLungs| ensemble.see(film, &lungs.inside, &mut |_| Ok(()));
    let between = &mut |share: f32| watch.progress.enter("calibrating", 0.2 * share);
    let normals = held_out.seen(usize::MAX, between, &mut see)?;
    let calibration = Calibration::of(&normals, config.side);
    let between = &mut |share: f32| watch.progress.enter("calibrating", 0.2 + 0.8 * share);
    let scores = held_out.seen_with_moved(between, |films, lungs| {
        let seen = ensemble.see_all(films, &lungs.inside, &mut |_| Ok(()))?;
        let scores: Vec<f32> = seen.iter().map(|seen| calibration.score(seen)).collect();
        Ok(mean_over_shifts(&scores))
    })?;
    tensors.extend(calibration.tensors()?);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.map(recipe.default_map, seen), config.side));
    let measured = Measured {
        scores,
        cuts: cuts.collect::<Result<_>>()?,
        unit: "σ of normals",
        most_copy_error: normals.iter().map(Seen::copy_error).reduce(f32::max),
    };
    let facts = TrainingFacts {
        choice: format!(
            "the last checkpoint with those of two and four epochs before ({} in all), their scores \
             averaged; no labels were used",
            run.members.len()
        ),
        ..finishing.facts(run.training_films, &run.behind)
    };
    let card = Card {
        default_map: recipe.default_map,
        averages_shifts: true,
        ..finishing.card(config.side, facts, measured)
    };
    finishing.write(tensors, card)?;
    let shown = &normals[..normals.len().min(SHOWN)];
    samples(shown, config.side).write(&run.settings.out.join("samples.png"))
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
