//! Where models come from: the registry of papers, or a test's own.

use std::path::PathBuf;

use crate::anomaly::ModelId;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::gate::{Doorkeeper, Gate};
use crate::models::{Card, Entry, Model, entry, registry, trainable, trainer};
use crate::training::{RunSettings, Watch};

/// A model that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its id.
    pub id: ModelId,
    /// Its name for people.
    pub title: String,
    /// What it does, in one sentence.
    pub task: String,
}

/// A source of models.
pub trait Models: Send + Sync {
    /// Lists the models that can be asked for, in the order they are offered.
    fn list(&self) -> Vec<Listing>;

    /// Reads a model's card without loading its network.
    ///
    /// # Errors
    /// When the model is unknown or its card is missing or damaged.
    fn card(&self, id: &ModelId) -> Result<Card>;

    /// Loads a model onto a device.
    ///
    /// # Errors
    /// When the model is unknown or its weights are missing, damaged or another model's.
    fn load(&self, id: &ModelId, device: &Device) -> Result<Box<dyn Model>>;

    /// Loads whoever looks at films before models do; none where nobody does.
    ///
    /// # Errors
    /// When its weights are missing, damaged or another network's.
    fn doorkeeper(&self, _: &Device) -> Result<Option<Box<dyn Doorkeeper>>> {
        Ok(None)
    }

    /// Lists what can be trained, in the order it is offered.
    fn trainable(&self) -> Vec<Listing> {
        Vec::new()
    }

    /// Trains one of them until its budget is spent, with this source's own folder of weights.
    ///
    /// # Errors
    /// When it cannot be trained, when cancelled, or when a film or a file stands in the way.
    fn train(&self, id: &ModelId, _: RunSettings, _: &mut Watch<'_>) -> Result<()> {
        Err(Error::new(
            ErrorKind::WrongModel,
            format!("“{id}” cannot be trained here"),
            "Choose another model.",
        ))
    }
}

/// The models of this program, with their weights in one folder.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The folder of weights and cards.
    pub weights: PathBuf,
}

impl Models for Registry {
    fn list(&self) -> Vec<Listing> {
        registry()
            .iter()
            .map(|entry| Listing {
                id: ModelId::new(entry.id),
                title: entry.title.to_owned(),
                task: entry.task.to_owned(),
            })
            .collect()
    }

    fn card(&self, id: &ModelId) -> Result<Card> {
        known(id)?.card(&self.weights)
    }

    fn load(&self, id: &ModelId, device: &Device) -> Result<Box<dyn Model>> {
        (known(id)?.load)(&self.weights, device)
    }

    fn doorkeeper(&self, device: &Device) -> Result<Option<Box<dyn Doorkeeper>>> {
        Ok(Some(Box::new(Gate::load(&self.weights, device)?)))
    }

    fn trainable(&self) -> Vec<Listing> {
        let listing = |(id, title, task): (&str, &str, &str)| Listing {
            id: ModelId::new(id),
            title: title.to_owned(),
            task: task.to_owned(),
        };
        trainable().into_iter().map(listing).collect()
    }

    fn train(&self, id: &ModelId, settings: RunSettings, watch: &mut Watch<'_>) -> Result<()> {
        let settings = RunSettings {
            weights: self.weights.clone(),
            ..settings
        };
        trainer(&id.0)?(&settings, watch)
    }
}

fn known(id: &ModelId) -> Result<&'static Entry> {
    entry(&id.0).ok_or_else(|| {
        Error::new(
            ErrorKind::WrongModel,
            format!("there is no model called “{id}”"),
            "Choose one that `silhouette models` lists.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_offered_for_training_has_a_trainer() {
        let registry = Registry {
            weights: PathBuf::new(),
        };
        let offered = registry.trainable();
        assert!(offered.len() > registry.list().len());
        assert!(offered.iter().all(|listing| trainer(&listing.id.0).is_ok()));
    }
}
