//! Lungs: a small U-Net that finds the lungs, for framing films alike, for scores and maps that
//! leave out what lies outside, and for the boxes of DGM's saliency pipeline.

mod dice;
mod finding;
mod network;
mod training;

pub use dice::dice;
pub use finding::Lungs;

use super::beginning::from_noise;
use super::part_training::{PartTraining, parted, store};
use super::{Metric, PartCard};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Course, RunSettings, TrainingFilms, Watch, Whole, held_out};
use training::{Pairs, Recipe, Training};

/// The model's name on the command line.
pub const ID: &str = "lungs";
/// Its name for people.
pub const TITLE: &str = "Lungs";
/// What it does, in one sentence.
pub const TASK: &str =
    "finds the lungs, so that other models look at nothing else; learns from masks";

/// The weights file's name, beside the card.
const WEIGHTS_FILE: &str = "lungs.safetensors";

/// Trains the segmenter on the films of `settings.normal` that have a mask in `settings.masks`; they
/// may be normal or not.
///
/// # Errors
/// When there are no masks, when cancelled, when a file cannot be written.
pub fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    from_noise(settings)?;
    let (films, masks) = read(settings, watch)?;
    let (films, held_films) = parted(films, watch)?;
    let (masks, held_masks) = masks.split(held_out);
    let count = films.len();
    let held = Pairs {
        films: held_films,
        masks: held_masks,
    };
    let pairs = (Pairs { films, masks }, held);
    let training = PartTraining::new(settings, |scope| Training::new(scope, settings, pairs))?;
    let mut course = Course::new(settings, ID, count, training)?;
    course.train(watch)?;
    finish(settings, &mut course, count, watch)
}

/// Reads the films and masks that [`train`] learns from.
///
/// # Errors
/// As [`train`].
pub fn read(
    settings: &RunSettings,
    watch: &mut Watch<'_>,
) -> Result<(TrainingFilms, TrainingFilms)> {
    let side = Recipe::named(&settings.preset)?.side;
    let masks = settings.masks.as_deref().ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "the lung segmenter learns from masks, and none were given",
            "Give --masks DIR, a folder of PNG masks under the films' names.",
        )
    })?;
    let films = settings.films(&settings.normal);
    let films = TrainingFilms::read(films, side, watch, &mut Whole(side))?;
    films.with_masks(settings.films(masks), watch)
}

/// Stores the snapshot that compared best, with its card.
fn finish(
    settings: &RunSettings,
    course: &mut Course<'_, PartTraining<Training>>,
    films: usize,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let side = Recipe::named(&settings.preset)?.side;
    let data = "the folders of films and masks given to the command";
    let (file, training) = store(settings, course, (WEIGHTS_FILE, data, films))?;
    let dices = course.learner.part.dices(file.tensors()?, watch)?;
    let card = PartCard {
        id: ID.to_owned(),
        title: TITLE.to_owned(),
        paper: "Ronneberger et al., U-Net, MICCAI 2015".to_owned(),
        task: "finds the lungs on a frontal chest film".to_owned(),
        side,
        weights: WEIGHTS_FILE.to_owned(),
        sha256: file.sha256,
        training,
        metrics: vec![mean_dice(&dices)],
        intended_use: "Framing frontal chest films and restricting scores to the lungs. Not for \
                       diagnosis."
            .to_owned(),
        limits: Vec::new(),
    };
    card.write(&settings.out)
}

/// Mean Dice with a normal interval of the mean.
fn mean_dice(dices: &[f64]) -> Metric {
    let count = dices.len().max(1) as f64;
    let mean = dices.iter().sum::<f64>() / count;
    let squares: f64 = dices.iter().map(|dice| (dice - mean).powi(2)).sum();
    let error = 1.96 * (squares / count).sqrt() / count.sqrt();
    Metric {
        name: "Dice".to_owned(),
        value: mean,
        low: Some(mean - error),
        high: Some(mean + error),
        data: format!("{} films kept out of training", dices.len()),
    }
}
