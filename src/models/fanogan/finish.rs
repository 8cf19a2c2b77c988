//! The end of a training run: calibration on the films kept apart, weights, card and pictures.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::ENTRY;
use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::compute::Device;
use crate::error::Result;
use crate::models::TrainingFacts;
use crate::models::finishing::{Finishing, Measured};
use crate::models::framed::FramedFilms;
use crate::models::yardstick::quiet_cut;
use crate::training::{Behind, Grid, RunSettings, Watch};

/// Films in the sample picture.
const SHOWN: usize = 6;

/// What a finished run knows of itself.
pub(super) struct Finished<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) training_films: usize,
    /// What lies behind the run.
    pub(super) behind: Behind,
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
    let config = Recipe::named(&run.settings.preset)?.config;
    let finishing = Finishing::new(&ENTRY, run.settings);
    let mut tensors = run.tensors.clone();
    let stored = finishing.as_stored(&tensors)?;
    let mut inspector = Inspector::stored(&stored, &config, &Device::Cpu)?;
    let between = &mut |share| watch.progress.enter("calibrating", share);
    let normals = held_out.seen(usize::MAX, between, |film, lungs| {
        inspector.see(film, lungs.inside.clone(), &mut |_| Ok(()))
    })?;
    let calibration = Calibration::of(&normals, config.side);
    tensors.extend(calibration.tensors()?);
    let cuts = normals
        .iter()
        .map(|seen| quiet_cut(&calibration.residue(seen), config.side));
    let measured = Measured {
        scores: normals.iter().map(|seen| calibration.score(seen)).collect(),
        cuts: cuts.collect::<Result<_>>()?,
        unit: "σ of normals",
        most_copy_error: normals.iter().map(Seen::copy_error).reduce(f32::max),
    };
    let facts = TrainingFacts {
        choice: run.choice.clone(),
        ..finishing.facts(run.training_films, &run.behind)
    };
    finishing.write(tensors, finishing.card(config.side, facts, measured))?;
    let rows = normals
        .iter()
        .take(SHOWN)
        .map(|seen| vec![seen.film.clone(), seen.counterpart.clone()]);
    let grid = Grid {
        side: config.side,
        rows: rows.collect(),
    };
    grid.write(&run.settings.out.join("samples.png"))
}
