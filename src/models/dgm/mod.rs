//! DGM: a disentangled generative model for disease decomposition in chest X-rays (Tang et al.,
//! Medical Image Analysis 67, 2021).

mod analysis;
pub mod config;
mod decomposer;
mod evidence;
mod finish;
pub mod generator;
pub mod losses;
pub mod network;
pub mod parity;
mod recipe;
mod samples;
mod training;

use std::path::Path;

use super::bare::{check_channels, no_settings};
use super::beginning::Beginning;
use super::framed::FramedFilms;
use super::{BareWeights, Bench, Entry, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Course, Learner as _, RunSettings, TrainingEvent, Watch};
use finish::{Finished, finish};
use parity::Networks;
use recipe::Recipe;
use training::{Labelled, Training};

/// DGM's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "dgm",
    title: "DGM",
    paper: "Tang et al., A disentangled generative model for disease decomposition in chest X-rays via normal image synthesis, Medical Image Analysis 67, 2021",
    task: "learned from films labelled normal or abnormal: takes the film apart into a normal film and a residue",
    slow: false,
    load: |folder, device| Ok(Box::new(analysis::Dgm::load(folder, device)?)),
    read: |settings, watch| read(settings, watch).map(drop),
    train,
};

/// DGM as bare networks.
pub const NETWORK: Network = Network {
    id: "dgm",
    title: "DGM",
    forward,
    bench,
    // Its authors published neither code nor weights.
    import: None,
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "dgm-d32-128",
        film: [1, 128, 128],
        network: Box::new(move |films| {
            let parts = networks.generator.decompose(&films[0])?;
            Ok(vec![parts.normal, parts.residue])
        }),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    no_settings(settings)?;
    let networks = Networks::stored(weights.stored()?)?;
    let films = inputs.films("in.z")?;
    check_channels(&films, 1)?;
    networks.forward(&films, inputs.find("in.y_real").as_ref())
}

fn read(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<Labelled> {
    let recipe = Recipe::named(&settings.preset)?;
    let abnormal = settings.abnormal.as_deref().ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "DGM learns from normal and from abnormal films, and no abnormal ones were given",
            "Give --abnormal DIR, a folder of abnormal films.",
        )
    })?;
    let mut view = recipe.view(&settings.weights, &Device::Cpu)?;
    let size = (recipe.side, usize::MAX);
    let mut read = |folder: &Path| {
        let films = settings.films(folder);
        FramedFilms::read(films, size, &mut view, watch)
    };
    Ok(Labelled {
        normal: read(&settings.normal)?,
        abnormal: read(abnormal)?,
    })
}

fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let beginning = Beginning::of(&ENTRY, settings)?;
    let (films, held_out) = read(settings, watch)?.split();
    let count = films.len();
    (watch.report)(TrainingEvent::Films {
        training: count,
        held_out: held_out.len(),
    });
    let training = Training::new(settings, films, held_out, &beginning)?;
    let mut course = Course::new(settings, ENTRY.id, count, training)?;
    course.begun_with(beginning.lineage());
    course.train(watch)?;
    let finished = Finished {
        settings,
        films: count,
        behind: course.behind(),
        tensors: course.learner.snapshot()?,
    };
    finish(&finished, course.learner.held_out(), watch)
}
