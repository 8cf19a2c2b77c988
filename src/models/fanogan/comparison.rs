//! How epochs are compared without labels: how well the score tells normal films from a folder of
//! which nobody says what is in it.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::calibration::Calibration;
use super::films::FramedFilms;
use super::inspector::{Inspector, Seen};
use super::recipe::Recipe;
use crate::compute::Device;
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::task::Progress;

/// Films of each kind that are compared.
pub(super) const COMPARED: usize = 64;

/// The AUC of networks' scores of unlabelled films against those of normal ones, which rises with
/// that against abnormal ones.
///
/// # Errors
/// When the device fails.
pub(super) fn separation(
    tensors: &HashMap<String, Candle>,
    recipe: &Recipe,
    [held_out, normal, unlabelled]: [&FramedFilms; 3],
) -> Result<f64> {
    let mut inspector = Inspector::stored(tensors, &recipe.config, &Device::Cpu)?;
    // A comparison takes a second or two; the loop asks for interrupts right after it.
    let progress = Progress::new();
    let mut seen = |films: &FramedFilms| films.seen_by(&mut inspector, COMPARED, &progress);
    let calibration = Calibration::of(&seen(held_out)?, recipe.config.side);
    let scores = |seen: Vec<Seen>| -> Vec<f64> {
        let scores = seen.iter().map(|seen| calibration.score(seen));
        scores.map(f64::from).collect()
    };
    let (normal, unlabelled) = (scores(seen(normal)?), scores(seen(unlabelled)?));
    Ok(LabelledScores::new(normal, unlabelled)?.auc())
}
