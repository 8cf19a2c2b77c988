//! The papers, one folder each, with two lists that the window, the command line and the tests
//! iterate: the registry of trained models and the bare networks. Nobody else matches on a model by
//! name.

mod ages;
mod bare;
mod beginning;
mod card;
pub mod dgm;
pub mod fanogan;
mod finishing;
pub mod formula;
mod framed;
pub mod gate;
pub mod healthygan;
pub mod import;
pub mod lungs;
#[cfg(test)]
mod other_device;
mod part_card;
mod part_training;
mod reading;
pub mod squid;
mod stored;
pub mod trace;
mod trained;
mod view;
mod weights;
mod yardstick;

pub use ages::stated_age;
pub use bare::{BareWeights, Bench, Forward, Inputs, Network, Run, network, networks};
pub use card::{Card, MapWorth, Metric, TrainingFacts};
pub use part_card::PartCard;
pub use stored::Stored;
pub use view::{Framed, View};
use weights::write_tensors;
pub use weights::{WeightsFile, adults_folder, brought_by, weights_folders};

use crate::anomaly::Outcome;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Radiograph;
use crate::task::Progress;
use crate::training::{RunSettings, Watch, WeightsFolders};

/// A loaded network with its preprocessing and its reading of the outcome.
pub trait Model: Send {
    /// Returns the model card that came with the weights.
    fn card(&self) -> &Card;

    /// Analyses one film.
    ///
    /// # Errors
    /// When cancelled, when the film is unusable, or when the device fails.
    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome>;

    /// Scores a film as it is and moved a little in each direction, by 2 % of what the model looks
    /// at: how much a score owes to where exactly the film lies. None where the model cannot tell.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    fn scores_of_shifts(&mut self, _film: &Radiograph, _progress: &Progress) -> Result<Vec<f32>> {
        Ok(Vec::new())
    }

    /// Looks at films whole from now on, squeezed into a square, even if the model was made for films
    /// framed by their lungs: the difference is what the frame is worth.
    fn look_at_whole_films(&mut self) {}

    /// Keeps the aspect ratio of the frame around the lungs from now on, black beside it, even if the
    /// model was made for frames stretched to a square.
    fn keep_the_aspect(&mut self) {}
}

/// One line of the registry.
pub struct Entry {
    /// The model's name on the command line and in files.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The paper, as authors, venue and year.
    pub paper: &'static str,
    /// What it does, in one sentence.
    pub task: &'static str,
    /// Whether an analysis takes far longer than a reader waits: `all` leaves it out.
    pub slow: bool,
    /// Loads it from the folders of weights.
    pub load: fn(&WeightsFolders, &Device) -> Result<Box<dyn Model>>,
    /// Reads the films that its training learns from, and no more: what a pack is made by.
    pub read: Train,
    /// Trains it, from the settings' folder of normal films.
    pub train: Train,
}

/// Trains a model or does a part of that, reporting films, steps and epochs.
pub type Train = fn(&RunSettings, &mut Watch<'_>) -> Result<()>;

/// Returns how to train a model: one of the registry, or a network that serves
/// them: the lung segmenter and the input gate.
///
/// # Errors
/// When there is no such model.
pub fn trainer(id: &str) -> Result<Train> {
    match id {
        gate::ID => Ok(gate::train),
        lungs::ID => Ok(lungs::train),
        _ => Ok(known(id)?.train),
    }
}

/// Returns how to read the films that [`trainer`]'s training learns from: what a pack is made by.
///
/// # Errors
/// When there is no such model.
pub fn film_reader(id: &str) -> Result<Train> {
    match id {
        gate::ID => Ok(|settings, watch| gate::read(settings, watch).map(drop)),
        lungs::ID => Ok(|settings, watch| lungs::read(settings, watch).map(drop)),
        _ => Ok(known(id)?.read),
    }
}

/// Returns the id, the title and the task of everything that [`trainer`] can train.
pub fn trainable() -> Vec<(&'static str, &'static str, &'static str)> {
    let models = registry().iter();
    let models = models.map(|entry| (entry.id, entry.title, entry.task));
    models
        .chain([
            (lungs::ID, lungs::TITLE, lungs::TASK),
            (gate::ID, gate::TITLE, gate::TASK),
        ])
        .collect()
}

impl Entry {
    /// Reads the card beside the weights without loading the network.
    ///
    /// # Errors
    /// When the card is missing or cannot be parsed.
    pub fn card(&self, weights: &WeightsFolders) -> Result<Card> {
        trained::card_of(self.id, weights)
    }
}

/// Returns every model this program has trained weights for.
pub fn registry() -> &'static [Entry] {
    &[
        squid::ENTRY,
        fanogan::ENTRY,
        healthygan::ENTRY,
        dgm::ENTRY,
        fanogan::BASELINE,
    ]
}

/// Returns the registry's line for an id.
pub fn entry(id: &str) -> Option<&'static Entry> {
    registry().iter().find(|entry| entry.id == id)
}

/// Returns the registry's line for an id, or says which ids there are.
///
/// # Errors
/// When there is no such model.
pub fn known(id: &str) -> Result<&'static Entry> {
    entry(id).ok_or_else(|| {
        let known: Vec<&str> = registry().iter().map(|entry| entry.id).collect();
        Error::new(
            ErrorKind::Usage,
            format!("“{id}” is no model of this program"),
            format!("Use one of: {}.", known.join(", ")),
        )
    })
}
