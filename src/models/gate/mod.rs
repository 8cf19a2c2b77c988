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
mod shadows;
mod training;
mod words;

pub use asking::{Doorkeeper, Reply, Terms};
pub use counts::Counts;
pub use detail::Detail;
pub use look::{Gate, Glimpse, Measured};
pub use words::{OTHER_VIEWS, stated};

use std::path::Path;

use super::beginning::from_noise;
use super::part_training::{PartTraining, parted, store};
use super::{Metric, PartCard};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Course, RunSettings, TrainingFilms, Watch, Whole};
use network::SIDE;
use training::{Material, Training, batch_of};

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
/// When the settings are another model's, when too few films can be read, when cancelled, when a file
/// cannot be written.
pub fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    from_noise(settings)?;
    check(settings)?;
    let (films, others) = read(settings, watch)?;
    let (films, held_out) = parted(films, watch)?;
    let count = films.len();
    let material = Material {
        films,
        held_out,
        others,
    };
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

/// Refuses what would be ignored, or would teach the gate that a chest film is none.
fn check(settings: &RunSettings) -> Result<()> {
    batch_of(&settings.preset)?;
    let unused = [
        ("--masks", settings.masks.is_some()),
        ("--mixture", settings.mixture.is_some()),
    ];
    if let Some((option, _)) = unused.into_iter().find(|(_, given)| *given) {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the input gate learns nothing from {option}"),
            "Give frontal chest films, normal or not, with --normal, and pictures of anything else with --abnormal.",
        ));
    }
    let place = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let films = place(&settings.normal);
    let others = settings.abnormal.as_deref().map(place);
    if others.is_some_and(|others| others.starts_with(&films) || films.starts_with(&others)) {
        return Err(Error::new(
            ErrorKind::Usage,
            "the same pictures are given to the input gate as chest films and as something else",
            "Name two folders, neither inside the other: --abnormal is for pictures that are no frontal chest films.",
        ));
    }
    Ok(())
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
        name: "films told from their mirror images by two looks".to_owned(),
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
