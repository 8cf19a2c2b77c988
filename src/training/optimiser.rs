//! An optimiser of either kind, where a preset decides.

use super::{Adam, Checkpoint, RmsProp};
use crate::compute::{Gradients, Parameters};
use crate::error::Result;

/// What moves a network's weights.
#[derive(Debug)]
pub enum Optimiser {
    /// See [`Adam`].
    Adam(Adam),
    /// See [`RmsProp`].
    RmsProp(RmsProp),
}

impl Optimiser {
    /// Moves every trained weight one step.
    ///
    /// # Errors
    /// When a weight has no gradient: the loss forgot it.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        rate: f64,
    ) -> Result<()> {
        match self {
            Self::Adam(adam) => adam.step(parameters, gradients, rate),
            Self::RmsProp(rms_prop) => rms_prop.step(parameters, gradients, rate),
        }
    }

    /// Adds the optimiser's memory to a checkpoint under a name.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn save(&self, name: &str, checkpoint: &mut Checkpoint) -> Result<()> {
        match self {
            Self::Adam(adam) => checkpoint.add_adam(name, adam),
            Self::RmsProp(rms_prop) => checkpoint.add_rms_prop(name, rms_prop),
        }
    }

    /// Restores the memory, which moves to its weights' device at the next step.
    ///
    /// # Errors
    /// When the checkpoint is of another optimiser.
    pub fn restore(&mut self, name: &str, checkpoint: &Checkpoint) -> Result<()> {
        match self {
            Self::Adam(adam) => checkpoint.restore_adam(name, adam),
            Self::RmsProp(rms_prop) => checkpoint.restore_rms_prop(name, rms_prop),
        }
    }
}
