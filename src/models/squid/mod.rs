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
mod stored;
mod training;

use std::path::Path;

use candle_core::DType;

use super::bare::unknown_formula;
use super::{BareWeights, Bench, Entry, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::{Error, Result};
use crate::task::Progress;
use crate::training::{RunSettings, TrainingEvent, TrainingFilms};
use config::Config;
use parity::{Networks, Reference};

/// SQUID's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "squid",
    title: "SQUID",
    paper: "Xiang et al., SQUID: Deep Feature In-Painting for Unsupervised Anomaly Detection, CVPR 2023",
    task: "rebuilds the film from memories of normal films and scores how real the result looks",
    load: |folder, device| Ok(Box::new(analysis::Squid::load(folder, device)?)),
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

/// One normal film in ten is kept out of training, chosen by its name, to calibrate on.
fn held_out(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hash = name.bytes().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    hash % 10 == 0
}

fn train(
    settings: &RunSettings,
    progress: &Progress,
    report: &mut dyn FnMut(TrainingEvent<'_>),
) -> Result<()> {
    std::fs::create_dir_all(&settings.out)
        .map_err(|cause| Error::unwritable("the output folder", &cause))?;
    let side = recipe::Recipe::named(&settings.preset)?.config.side;
    let films = TrainingFilms::read(&settings.normal, side, progress, |path, error| {
        report(TrainingEvent::LeftOut { path, error });
    })?;
    let (films, calibration) = films.split(held_out);
    report(TrainingEvent::Films {
        training: films.len(),
        held_out: calibration.len(),
    });
    let training_films = films.len();
    let mut run = training::Run::new(settings, films)?;
    run.train(progress, report)?;
    let (epochs, minutes) = run.cost();
    let finished = finish::Finished {
        settings,
        training_films,
        epochs,
        minutes,
        members: run.members()?,
    };
    finish::finish(&finished, &calibration, progress)
}
