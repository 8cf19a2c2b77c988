//! The card of a network that serves the models: what its weights are and what they are worth.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::card::read_card;
use super::{Metric, TrainingFacts};
use crate::error::Result;
use crate::files;
use crate::training::WeightsFolders;

/// A card, stored as JSON beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartCard {
    /// The network's id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The paper.
    pub paper: String,
    /// What it does, in one sentence.
    pub task: String,
    /// The input's side in pixels.
    pub side: usize,
    /// The weights file's name, beside the card.
    pub weights: String,
    /// The weights file's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// How the weights were made.
    pub training: TrainingFacts,
    /// What it measured.
    pub metrics: Vec<Metric>,
    /// What the network may be used for.
    pub intended_use: String,
    /// What it cannot do.
    pub limits: Vec<String>,
}

impl PartCard {
    /// Reads a network's card among folders of weights.
    ///
    /// # Errors
    /// When it is missing or no card.
    pub fn read(weights: &WeightsFolders, id: &str) -> Result<Self> {
        read_card(&WeightsFolders::card(weights.of(id), id))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        files::write_json(&WeightsFolders::card(folder, &self.id), self)
    }
}
