//! The papers, one folder each, and the registry that the window, the command line and the tests
//! iterate: nobody else matches on a model by name.

mod card;
pub mod formula;
pub mod squid;
mod weights;

pub use card::{Card, MapWorth, Metric, TrainingFacts};
pub use weights::{WeightsFile, weights_folder};

use std::collections::HashMap;
use std::path::Path;

use crate::anomaly::Outcome;
use crate::compute::{Device, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Radiograph;
use crate::task::Progress;
use crate::training::{RunSettings, TrainingEvent};

/// A loaded network with its preprocessing and its reading of the outcome.
pub trait Model: Send {
    /// Returns the model card that came with the weights.
    fn card(&self) -> &Card;

    /// Analyses one film.
    ///
    /// # Errors
    /// When cancelled, when the film is unusable, or when the device fails.
    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome>;
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
    /// Loads it from the folder of weights.
    pub load: fn(&Path, &Device) -> Result<Box<dyn Model>>,
    /// Runs the bare network on a tensor and returns its named outputs.
    pub forward: Forward,
    /// Trains it, from the settings' folder of normal films.
    pub train: Train,
}

/// Trains a model, reporting steps and epochs.
pub type Train = fn(&RunSettings, &Progress, &mut dyn FnMut(TrainingEvent<'_>)) -> Result<()>;

/// Runs a bare network: weights, settings as `key=value`, and the input.
pub type Forward =
    fn(&BareWeights, &[String], &candle_core::Tensor) -> Result<Vec<(String, Tensor)>>;

/// Weights for a bare network.
pub enum BareWeights {
    /// Computed by the formula of a named reference.
    Formula(String),
    /// Stored tensors under the public code's names.
    Stored(HashMap<String, candle_core::Tensor>),
}

impl Entry {
    /// Reads the card beside the weights without loading the network.
    ///
    /// # Errors
    /// When the card is missing or cannot be parsed.
    pub fn card(&self, weights: &Path) -> Result<Card> {
        Card::read(&weights.join(format!("{}.json", self.id)))
    }
}

/// Returns every model this program knows.
pub fn registry() -> &'static [Entry] {
    &[squid::ENTRY]
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
