//! SQUID: space-aware memory queues for in-painting and detecting anomalies (Xiang et al., CVPR 2023).

mod analysis;
mod calibration;
pub mod config;
mod ensemble;
mod evidence;
mod finish;
mod import;
pub mod losses;
pub mod network;
pub mod parity;
mod recipe;
mod training;

use std::collections::HashMap;

use candle_core::{DType, Tensor as Candle};

use super::bare::unknown_formula;
use super::beginning::Beginning;
use super::framed::FramedFilms;
use super::{BareWeights, Bench, Entry, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::Result;
use crate::training::{Course, Learner as _, RunSettings, TrainingEvent, Watch};
use config::Config;
use parity::{Networks, Reference};

/// SQUID's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "squid",
    title: "SQUID",
    paper: "Xiang et al., SQUID: Deep Feature In-Painting for Unsupervised Anomaly Detection, CVPR 2023",
    task: "rebuilds the film from memories of normal films and scores how real the result looks",
    slow: false,
    load: |folder, device| Ok(Box::new(analysis::Squid::load(folder, device)?)),
    read: |settings, watch| read(settings, watch).map(drop),
    train,
};

/// SQUID as a bare network.
pub const NETWORK: Network = Network {
    id: "squid",
    title: "SQUID",
    forward,
    bench,
    import: Some(import::IMPORT),
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "squid-128",
        film: [1, 128, 128],
        network: Box::new(move |films| networks.inspect(&films[0])),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    let input = inputs.films("input")?;
    match weights {
        BareWeights::Formula(name) => {
            let reference = Reference::named(name)
                .ok_or_else(|| unknown_formula(name, "squid_full or squid_tiny"))?;
            let config = reference.config.with(settings)?;
            reference.build(DType::F32)?.forward(&input, &config)
        }
        BareWeights::Stored(stored) => {
            let config = Config::PAPER.with(settings)?;
            Networks::stored(stored, &config)?.forward(&input, &config)
        }
    }
}

fn read(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<FramedFilms> {
    let recipe = recipe::Recipe::named(&settings.preset)?;
    let mut view = recipe.view(&settings.weights, &Device::Cpu)?;
    let size = (recipe.config.side, usize::MAX);
    FramedFilms::read(settings.films(&settings.normal), size, &mut view, watch)
}

fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let beginning = Beginning::of(&ENTRY, settings)?;
    let (films, calibration) = read(settings, watch)?.split();
    let training_films = films.len();
    (watch.report)(TrainingEvent::Films {
        training: training_films,
        held_out: calibration.len(),
    });
    let training = training::Training::new(settings, films.films, &beginning)?;
    let mut course = Course::new(settings, ENTRY.id, training_films, training)?;
    course.begun_with(beginning.lineage());
    course.train(watch)?;
    let finished = finish::Finished {
        settings,
        training_films,
        behind: course.behind(),
        members: members(&course)?,
    };
    finish::finish(&finished, &calibration, watch)
}

/// The networks a finished run is used as: its last, and those of two and of four epochs before. A
/// single checkpoint's score swings by several points of AUC from epoch to epoch; their mean does
/// not. Chosen without looking at any film.
fn members(course: &Course<'_, training::Training>) -> Result<Vec<HashMap<String, Candle>>> {
    let mut members = vec![course.learner.snapshot()?];
    members.extend(course.snapshots(course.epochs(), &[2, 4])?);
    Ok(members)
}
