//! What a model must be able to do to be trained.

use std::collections::HashMap;

use candle_core::Tensor;

use super::At;
use crate::error::Result;
use crate::training::{Checkpoint, Grid};

/// What a model brings to the loop.
pub trait Learner {
    /// The names of the losses that a step reports.
    fn losses(&self) -> &'static [&'static str];

    /// The number of steps in an epoch.
    fn steps_per_epoch(&self) -> usize;

    /// Moves the networks once and returns a loss per name, `None` for those that this step left
    /// alone. Everything random must come from [`At::seed`].
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>>;

    /// Adds everything that the next steps depend on to a checkpoint.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()>;

    /// Takes up what [`Learner::save`] stored.
    ///
    /// # Errors
    /// When the checkpoint is of another model or preset.
    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()>;

    /// The networks as they would be used if the run ended now.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn snapshot(&self) -> Result<HashMap<String, Tensor>>;

    /// The name of the measure by which epochs are compared without labels, where the model has
    /// one; without, the last snapshot is the one to use.
    fn comparison(&self) -> Option<&'static str> {
        None
    }

    /// Measures the networks at an epoch's end; larger is better. `between` hears the share that is
    /// done and may end it.
    ///
    /// # Errors
    /// When `between` ends it, or a tensor operation fails.
    fn compare(&mut self, _between: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
        Ok(0.0)
    }

    /// Rows of pictures that show the state of the run, of `side`² greys each.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn samples(&mut self) -> Result<Option<Grid>> {
        Ok(None)
    }
}
