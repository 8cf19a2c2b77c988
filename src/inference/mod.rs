//! The worker thread that owns the loaded models and the device.
//!
//! Everything that wants a model's opinion asks a [`Worker`] and gets a task; no model and no
//! tensor ever leaves its thread. Where models come from is a [`Models`], so that tests can run
//! the whole window with a model of their own.

mod door;
mod models;
#[cfg(test)]
pub(crate) mod testing;
mod worker;

pub use crate::models::gate::{Reply, Terms};
pub use models::{Listing, Models, Registry};
pub use worker::{Request, Worker};
