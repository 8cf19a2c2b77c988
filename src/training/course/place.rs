//! Where a run is.

use serde::{Deserialize, Serialize};

use crate::training::{Curves, Lineage};

/// Where a run is; with the tensors of a checkpoint, all it needs to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) model: String,
    pub(super) preset: String,
    pub(super) seed: u64,
    pub(super) films: usize,
    pub(super) epoch: u64,
    pub(super) batch_in_epoch: usize,
    pub(super) steps: u64,
    pub(super) minutes: f64,
    pub(super) loading_minutes: f64,
    pub(super) sums: Vec<f64>,
    pub(super) counts: Vec<u64>,
    pub(super) curves: Curves,
    pub(super) choices: Vec<(u64, f64)>,
    #[serde(default)]
    pub(super) lineage: Option<Lineage>,
}
