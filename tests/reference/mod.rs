//! The reference tensors of the papers' public code, where this machine has them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor as Candle};
use silhouette::compute::Tensor;

/// The folder of reference tensors.
pub(crate) struct References(PathBuf);

impl References {
    /// Finds the folder; without it, says so loudly or fails where everything is required.
    pub(crate) fn find() -> Option<Self> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/oracles"));
        if folder.is_dir() {
            return Some(Self(folder));
        }
        assert!(
            std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
            "the reference tensors are missing"
        );
        eprintln!("SKIPPED: the reference tensors are not on this machine");
        None
    }

    /// Reads a safetensors file.
    pub(crate) fn tensors(&self, name: &str) -> HashMap<String, Candle> {
        candle_core::safetensors::load(self.0.join(name), &Device::Cpu).unwrap()
    }

    /// Reads a JSON file.
    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(self.0.join(name)).unwrap()).unwrap()
    }
}

/// The greatest absolute difference between two tensors.
pub(crate) fn worst_difference(found: &Tensor, expected: &Candle) -> f64 {
    let found = found.candle().unwrap().to_dtype(DType::F64).unwrap();
    let difference = (found - expected.to_dtype(DType::F64).unwrap()).unwrap();
    let difference = difference.abs().unwrap().flatten_all().unwrap();
    difference.max(0).unwrap().to_scalar::<f64>().unwrap()
}
