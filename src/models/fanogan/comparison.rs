//! How epochs are compared without labels: how well the score tells normal films from a folder of
//! which nobody says what is in it.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::calibration::Calibration;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::framed::FramedFilms;

/// Films of each kind that are compared.
pub(super) const COMPARED: usize = 64;

/// The AUC of networks' scores of unlabelled films against those of normal ones, which rises with
/// that against abnormal ones.
///
/// # Errors
/// When `between` ends it, or the device fails.
pub(super) fn separation(
    tensors: &HashMap<String, Candle>,
    recipe: &Recipe,
    [held_out, normal, unlabelled]: [&FramedFilms; 3],
    between: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<f64> {
    let mut inspector = Inspector::stored(tensors, &recipe.config, &Device::Cpu)?;
    let mut seen = |films: &FramedFilms| {
        films.seen(COMPARED, between, |film, lungs| {
            inspector.see(film, lungs.inside.clone(), &mut |_| Ok(()))
        })
    };
    let calibration = Calibration::of(&seen(held_out)?, recipe.config.side);
    let scores = |seen: Vec<Seen>| -> Vec<f64> {
        let scores = seen.iter().map(|seen| calibration.score(seen));
        scores.map(f64::from).collect()
    };
    let (normal, unlabelled) = (scores(seen(normal)?), scores(seen(unlabelled)?));
    Ok(LabelledScores::new(normal, unlabelled)?.auc())
}
