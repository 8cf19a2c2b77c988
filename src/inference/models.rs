//! Where models come from: the registry of papers, or a test's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::anomaly::ModelId;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::gate::{Doorkeeper, Gate};
use crate::models::{
    Card, Entry, Model, adults_folder, brought_by, entry, registry, trainable, trainer,
};
use crate::training::{RunSettings, Watch, WeightsFolders};

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

    /// Returns the same source with the weights of another folder before all others, and the models
    /// that this changes.
    ///
    /// # Errors
    /// When the folder has none.
    fn with_weights(&self, _: &Path) -> Result<(Arc<dyn Models>, Vec<ModelId>)> {
        Err(Error::new(
            ErrorKind::MissingWeights,
            "these models come without weights",
            "Choose another model.",
        ))
    }

    /// Returns the folder of weights that learnt from adults, where there are some, and the models that it
    /// has with their weights' hashes.
    fn for_adults(&self) -> Option<(PathBuf, Vec<(ModelId, String)>)> {
        None
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

/// The models of this program.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Where their weights and cards are.
    pub weights: WeightsFolders,
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

    fn with_weights(&self, folder: &Path) -> Result<(Arc<dyn Models>, Vec<ModelId>)> {
        let brought = brought_by(folder);
        if brought.is_empty() {
            return Err(Error::new(
                ErrorKind::MissingWeights,
                "the folder holds no model card of this program",
                "Choose the output folder of a training run that has ended, or the program's own \
                 folder of weights.",
            ));
        }
        let all: Vec<ModelId> = self.list().into_iter().map(|listing| listing.id).collect();
        let is_model = |id: &&str| entry(id).is_some();
        // What frames films or looks at them first serves every model.
        let changed = match brought.iter().all(is_model) {
            true => brought.into_iter().map(ModelId::new).collect(),
            false => all,
        };
        let models = Self {
            weights: self.weights.clone().after(folder),
        };
        Ok((Arc::new(models), changed))
    }

    fn for_adults(&self) -> Option<(PathBuf, Vec<(ModelId, String)>)> {
        let folder = adults_folder()?;
        let weights = WeightsFolders::only(&folder);
        let models = brought_by(&folder).into_iter().filter_map(|id| {
            let card = entry(id)?.card(&weights).ok()?;
            Some((ModelId::new(id), card.sha256))
        });
        let models = models.collect();
        Some((folder, models))
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
    use crate::models::weights_folders;

    #[test]
    fn whatever_is_offered_for_training_has_a_trainer() {
        let registry = Registry {
            weights: WeightsFolders::only(""),
        };
        let offered = registry.trainable();
        assert!(offered.len() > registry.list().len());
        assert!(offered.iter().all(|listing| trainer(&listing.id.0).is_ok()));
    }

    #[test]
    fn weights_of_another_folder_come_before_the_programs_own() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry {
            weights: weights_folders(None),
        };
        let refused = registry.with_weights(folder.path()).err().unwrap();
        assert_eq!(refused.kind, ErrorKind::MissingWeights);
        let id = ModelId::new("fanogan");
        let own = Card {
            preset: "own".to_owned(),
            ..registry.card(&id).unwrap()
        };
        own.write(&folder.path().join("fanogan.json")).unwrap();
        let (models, changed) = registry.with_weights(folder.path()).unwrap();
        assert_eq!(changed, std::slice::from_ref(&id));
        assert_eq!(models.card(&id).unwrap(), own);
        let other = ModelId::new("squid");
        assert_eq!(models.card(&other), registry.card(&other));
        // The card's own weights are missed beside it, rather than taken from elsewhere.
        let missing = models.load(&id, &Device::Cpu).err().unwrap();
        assert_eq!(missing.kind, ErrorKind::MissingWeights);
        // A segmenter frames the films of every model.
        std::fs::write(folder.path().join("lungs.json"), "{}").unwrap();
        let (_, changed) = registry.with_weights(folder.path()).unwrap();
        assert_eq!(changed.len(), registry.list().len());
    }
}
