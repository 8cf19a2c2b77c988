//! The input gate: whether a film is what the models were made for, before one is asked.
//!
//! A tiny network tells how a frontal chest film lies, whether its greys are turned over, whether
//! too little of the chest is seen, and whether it is one at all; plain counts tell blown-out greys, too
//! few of them, and too little detail; a DICOM file's own words tell other views and body parts.

mod asking;
mod counts;
mod decoys;
mod detail;
mod judgement;
mod lessons;
mod look;
mod network;
mod training;
mod words;

pub use asking::{Doorkeeper, Reply, Terms};
pub use counts::Counts;
pub use detail::Detail;
pub use look::{Gate, Glimpse, Measured};
pub use words::{OTHER_VIEWS, stated};

use super::part_training::{PartTraining, parted, store};
use super::{Metric, PartCard};
use crate::error::Result;
use crate::training::{Course, RunSettings, TrainingFilms, Watch, Whole};
use network::SIDE;
use training::{Material, Training};

/// The gate's name on the command line.
pub const ID: &str = "gate";
/// Its name for people.
pub const TITLE: &str = "Input gate";
/// What it does, in one sentence.
pub const TASK: &str = "tells whether a film is an upright frontal chest film, before a model is asked; learns from \
     frontal films, normal or not, and from pictures of other things";

/// The weights file's name, beside the card.
const WEIGHTS_FILE: &str = "gate.safetensors";

/// Trains the gate on the films of `settings.normal`, frontal chest films that may be normal or not,
/// and on the pictures of `settings.abnormal`, which are none.
///
/// # Errors
/// When too few films can be read, when cancelled, when a file cannot be written.
pub fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let (films, others) = read(settings, watch)?;
    let (films, held_out) = parted(films, watch)?;
    let count = films.len();
    let material = (Material { films, others }, held_out);
    let training = PartTraining::new(settings, |scope| Training::new(scope, settings, material))?;
    let mut course = Course::new(settings, ID, count, training)?;
    course.train(watch)?;
    finish(settings, &mut course, count)
}

/// Reads the films, and the other pictures where there are any, that [`train`] learns from.
///
/// # Errors
/// When too few films can be read, or when cancelled.
pub fn read(
    settings: &RunSettings,
    watch: &mut Watch<'_>,
) -> Result<(TrainingFilms, Option<TrainingFilms>)> {
    let mut read = |folder| {
        let films = settings.films(folder);
        TrainingFilms::read(films, SIDE, watch, &mut Whole(SIDE))
    };
    let films = read(&settings.normal)?;
    let others = settings.abnormal.as_deref().map(read).transpose()?;
    Ok((films, others))
}

/// Stores the snapshot that compared best, with its card.
fn finish(
    settings: &RunSettings,
    course: &mut Course<'_, PartTraining<Training>>,
    films: usize,
) -> Result<()> {
    let data = "the folders of films and other pictures given to the command";
    let (file, training) = store(settings, course, (WEIGHTS_FILE, data, films))?;
    let right = course.best().map(|(_, right)| Metric {
        name: "poses and polarities told right at a single look".to_owned(),
        value: right,
        low: None,
        high: None,
        data: "films kept out of training by name".to_owned(),
    });
    let card = PartCard {
        id: ID.to_owned(),
        title: TITLE.to_owned(),
        paper: "none".to_owned(),
        task: TASK.to_owned(),
        side: SIDE,
        weights: WEIGHTS_FILE.to_owned(),
        sha256: file.sha256,
        training,
        metrics: right.into_iter().collect(),
        intended_use: "Warning of films that no model here was made for. Not for diagnosis."
            .to_owned(),
        limits: Vec::new(),
    };
    card.write(&settings.out)
}
