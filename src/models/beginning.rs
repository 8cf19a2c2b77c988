//! What networks begin to learn from: noise, or weights of the same model that have learnt before.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Tensor;

use super::trained::card_and_weights;
use super::{Entry, Stored};
use crate::compute::{Builder, Device, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Lineage, RunSettings, WeightsFolders, seed_at};

/// Where a run's networks have their first weights from.
pub(super) struct Beginning {
    learnt: Option<(Stored, Lineage)>,
    seed: u64,
    device: Device,
}

impl Beginning {
    /// Reads the weights that a run is to begin with, if it names any. A run that goes on has its
    /// weights from its checkpoint.
    ///
    /// # Errors
    /// When the weights are not there, are not what their card says, are of another configuration, or
    /// would be overwritten by the run's own.
    pub(super) fn of(entry: &Entry, settings: &RunSettings) -> Result<Self> {
        let learnt = match &settings.from {
            Some(folder) if !settings.resume => Some(read(entry, settings, folder)?),
            _ => None,
        };
        Ok(Self {
            learnt,
            seed: settings.seed,
            device: settings.device.clone(),
        })
    }

    /// Returns the builder of the run's `part`-th network: in weights files its weights' names begin
    /// with `name` and a full stop, or are its own, where it is made of several.
    pub(super) fn builder(&self, part: u64, name: Option<&str>) -> Builder {
        let source = match &self.learnt {
            Some((learnt, _)) => Source::Stored(learnt.named(name)),
            None => Source::seeded(seed_at(self.seed, 0, part)),
        };
        Builder::new(source).on(&self.device)
    }

    /// Returns what the networks have learnt before, where they have.
    pub(super) fn lineage(&self) -> Option<&Lineage> {
        self.learnt.as_ref().map(|(_, lineage)| lineage)
    }
}

/// Refuses weights to begin with, for what learns from noise or not at all.
///
/// # Errors
/// When the run names some.
pub(super) fn from_noise(settings: &RunSettings) -> Result<()> {
    match settings.from {
        None => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::Usage,
            "this network cannot begin with weights that have learnt before",
            "Leave out the weights to begin with.",
        )),
    }
}

fn read(entry: &Entry, settings: &RunSettings, folder: &Path) -> Result<(Stored, Lineage)> {
    let place = |folder: &Path| folder.canonicalize().ok();
    if place(folder).is_some_and(|folder| Some(folder) == place(&settings.out)) {
        return Err(Error::new(
            ErrorKind::Usage,
            "the run would overwrite the weights it begins with",
            "Name another output folder.",
        ));
    }
    let read = card_and_weights(entry.id, &WeightsFolders::only(folder));
    let (card, tensors) = read.map_err(|error| {
        Error::new(
            error.kind,
            error.message,
            "To begin with weights that have learnt before, name a folder with this model's card and weights, such as a finished run's.",
        )
    })?;
    if card.preset != settings.preset {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "the weights to begin with are of the preset “{}”, the run is of “{}”",
                card.preset, settings.preset
            ),
            "Name the preset that the weights were trained with.",
        ));
    }
    let lineage = Lineage {
        sha256: card.sha256,
        data: card.training.data,
        licence: card.training.licence,
    };
    Ok((latest(tensors), lineage))
}

/// Of weights that are several checkpoints of one run, the last.
fn latest(tensors: HashMap<String, Tensor>) -> Stored {
    let bare = |name: String| match name.strip_prefix("0.") {
        Some(bare) => bare.to_owned(),
        None => name,
    };
    let tensors = tensors.into_iter();
    Stored::new(tensors.map(|(name, tensor)| (bare(name), tensor)).collect())
}
