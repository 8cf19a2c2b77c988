//! HealthyGAN: learning from unannotated medical images to detect anomalies associated with human
//! disease (Rahman Siddiquee et al., 2022).

mod analysis;
mod calibration;
mod choice;
pub mod config;
mod finish;
mod import;
mod inspector;
pub mod losses;
pub mod network;
pub mod parity;
mod recipe;
mod training;

use std::path::Path;

use super::bare::{check_channels, no_settings, unknown_formula};
use super::beginning::Beginning;
use super::framed::FramedFilms;
use super::{BareWeights, Bench, Entry, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Course, RunSettings, TrainingEvent, Watch};
use parity::{Networks, Reference};
use recipe::Recipe;
use training::{Films, Training};

/// HealthyGAN's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "healthygan",
    title: "HealthyGAN",
    paper: "Rahman Siddiquee et al., HealthyGAN: Learning from Unannotated Medical Images to Detect \
            Anomalies Associated with Human Disease, SASHIMI 2022",
    task: "draws the film as it would look healthy, with a mask of what to change",
    slow: false,
    load: |folder, device| Ok(Box::new(analysis::HealthyGan::load(folder, device)?)),
    read: |settings, watch| read(settings, watch).map(drop),
    train,
};

/// HealthyGAN as bare networks.
pub const NETWORK: Network = Network {
    id: "healthygan",
    title: "HealthyGAN",
    forward,
    bench,
    import: Some(import::IMPORT),
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "healthygan-d32-128",
        film: [3, 128, 128],
        network: Box::new(move |films| {
            let found = networks.inspect(&films[0])?;
            Ok(vec![found.healthy, found.mask, found.difference])
        }),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    no_settings(settings)?;
    let networks = match weights {
        BareWeights::Formula(name) => Reference::named(name)
            .ok_or_else(|| unknown_formula(name, "healthygan_full or healthygan_tiny"))?
            .build()?,
        BareWeights::Stored(stored) => Networks::stored(stored)?,
    };
    let channels = networks.config.channels;
    let mut films = inputs.films("input_1ch")?;
    if films.dims().get(1) == Some(&1) {
        // A grey film has the same samples in every colour.
        films = Tensor::join(&vec![&films; channels], 1)?;
    }
    check_channels(&films, channels)?;
    networks.forward(&films)
}

fn read(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<Films> {
    let mixture = settings.mixture.as_deref().ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "HealthyGAN learns from a mixture of normal and abnormal films, and none was given",
            "Give --mixture DIR, a folder of unlabelled films with a fair share of abnormal ones.",
        )
    })?;
    let recipe = Recipe::named(&settings.preset)?;
    let view = &mut recipe.view(&settings.weights, &Device::Cpu)?;
    let mut read = |folder: &Path| {
        let size = (recipe.side, usize::MAX);
        FramedFilms::read(settings.films(folder), size, view, watch)
    };
    let (known, held_out) = read(&settings.normal)?.split();
    Ok(Films {
        known,
        held_out,
        mixture: read(mixture)?,
    })
}

fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let beginning = Beginning::of(&ENTRY, settings)?;
    let films = read(settings, watch)?;
    let training_films = films.known.len() + films.mixture.len();
    (watch.report)(TrainingEvent::Films {
        training: training_films,
        held_out: films.held_out.len(),
    });
    let training = Training::new(settings, films, &beginning)?;
    let mut course = Course::new(settings, ENTRY.id, training_films, training)?;
    course.begun_with(beginning.lineage());
    course.train(watch)?;
    let choice = choice::choose(&course, watch)?;
    let finished = finish::Finished {
        settings,
        films: &course.learner.films,
        behind: course.behind(),
        choice,
    };
    finish::finish(&finished, watch)
}
