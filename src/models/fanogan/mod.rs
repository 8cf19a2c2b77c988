//! f-AnoGAN: fast unsupervised anomaly detection with generative adversarial networks (Schlegl et
//! al., Medical Image Analysis 54, 2019), and AnoGAN, its slow baseline.

mod analysis;
mod baseline;
mod calibration;
mod chance;
mod comparison;
pub mod config;
mod finish;
mod import;
mod inspector;
mod iterative;
pub mod losses;
pub mod network;
mod nudge;
pub mod parity;
mod port;
mod recipe;
mod training;

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor as Candle;

use super::bare::no_settings;
use super::beginning::Beginning;
use super::framed::FramedFilms;
use super::{BareWeights, Bench, Entry, Inputs, Network, View};
use crate::compute::{Device, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;
use crate::training::{Course, Learner as _, RunSettings, TrainingEvent, Watch, WeightsFolders};
pub use baseline::BASELINE;
use comparison::COMPARED;
use finish::{Finished, finish};
use parity::Networks;
use recipe::Recipe;
use training::Training;

/// f-AnoGAN's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "fanogan",
    title: "f-AnoGAN",
    paper: "Schlegl et al., f-AnoGAN: Fast Unsupervised Anomaly Detection with Generative Adversarial \
            Networks, Medical Image Analysis 54, 2019",
    task: "draws the normal film nearest to this one and measures what it cannot draw",
    slow: false,
    load: |folder, device| Ok(Box::new(analysis::FastAnoGan::load(folder, device)?)),
    read: |settings, watch| read(settings, watch).map(drop),
    train,
};

/// f-AnoGAN as bare networks.
pub const NETWORK: Network = Network {
    id: "fanogan",
    title: "f-AnoGAN",
    forward,
    bench,
    import: Some(import::IMPORT),
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "fanogan-d64-64",
        film: [1, 64, 64],
        network: Box::new(move |films| {
            let found = networks.inspect(&films[0], &mut Trace::off())?;
            let features = found.features.minus(&found.counterpart_features)?;
            Ok(vec![found.counterpart, features])
        }),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    no_settings(settings)?;
    let stored = weights.stored()?;
    let networks = port::build(stored, |part| stored.part(part))?;
    parity::forward(
        &*networks,
        &inputs.films("in.x")?,
        inputs.find("in.z").as_ref(),
    )
}

/// What the networks of a recipe see of a film.
fn view(recipe: &Recipe, weights: &WeightsFolders, device: &Device) -> Result<View> {
    match recipe.lung_frame {
        true => View::lung_frame(weights, device),
        false => Ok(View::Whole),
    }
}

/// Reads the normal films, and some of the mixture where there is one.
fn read(
    settings: &RunSettings,
    watch: &mut Watch<'_>,
) -> Result<(FramedFilms, Option<FramedFilms>)> {
    let recipe = Recipe::named(&settings.preset)?;
    let side = recipe.config.side;
    let mut view = view(&recipe, &settings.weights, &Device::Cpu)?;
    let mut read = |folder: &Path, most: usize| {
        FramedFilms::read(settings.films(folder), (side, most), &mut view, watch)
    };
    let films = read(&settings.normal, usize::MAX)?;
    let mixture = settings.mixture.as_deref();
    let mixture = mixture.map(|folder| read(folder, COMPARED)).transpose()?;
    Ok((films, mixture))
}

fn train(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let beginning = Beginning::of(&ENTRY, settings)?;
    let (films, mixture) = read(settings, watch)?;
    let (films, held_out) = films.split();
    let count = films.len();
    (watch.report)(TrainingEvent::Films {
        training: count,
        held_out: held_out.len(),
    });
    let training = Training::new(settings, (films, held_out), mixture, &beginning)?;
    let mut course = Course::new(settings, ENTRY.id, count, training)?;
    course.begun_with(beginning.lineage());
    course.train(watch)?;
    course.learner.finished()?;
    let (choice, tensors) = chosen(&course)?;
    let run = Finished {
        settings,
        training_films: count,
        behind: course.behind(),
        choice,
        tensors,
    };
    finish(&run, &course.learner.held_out, watch)
}

/// The networks that a finished run is used as, and how they were chosen: the epoch that compared
/// best, or the last.
fn chosen(course: &Course<'_, Training>) -> Result<(String, HashMap<String, Candle>)> {
    if let Some((epoch, auc)) = course.best().filter(|best| best.1 > 0.0)
        && let Some(tensors) = course.snapshots(epoch, &[0])?.pop()
    {
        let choice = format!(
            "epoch {epoch}, by the greatest AUC ({auc:.3}) of {COMPARED} unlabelled films against as \
             many normal ones; no labels were used"
        );
        return Ok((choice, tensors));
    }
    let choice = "the last checkpoint, fixed beforehand; no labels were used".to_owned();
    Ok((choice, course.learner.snapshot()?))
}
