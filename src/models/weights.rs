//! Weights on disk: where they are looked for, and the check that they are what the card says.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

use super::{trainable, yardstick};
use crate::anomaly::short_hash;
use crate::error::{Error, ErrorKind, Result};
use crate::training::WeightsFolders;

/// The bytes of a weights file and their hash.
pub struct WeightsFile {
    bytes: Vec<u8>,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub sha256: String,
}

impl WeightsFile {
    /// Reads a weights file.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|cause| {
            Error::new(
                ErrorKind::MissingWeights,
                format!("the weights file cannot be read: {cause}"),
                "Put the weights folder beside the program, or name it with --weights-dir.",
            )
        })?;
        let sha256 = format!("{:x}", Sha256::digest(&bytes));
        Ok(Self { bytes, sha256 })
    }

    /// Checks the hash against a card's.
    ///
    /// # Errors
    /// When they differ.
    pub fn verified(self, expected_sha256: &str) -> Result<Self> {
        if self.sha256 == expected_sha256 {
            return Ok(self);
        }
        Err(Error::new(
            ErrorKind::CorruptWeights,
            format!(
                "the weights file does not match its card: SHA-256 is {}…, the card says {}…",
                short_hash(&self.sha256),
                short_hash(expected_sha256)
            ),
            "Restore the weights folder from the release.",
        ))
    }

    /// Parses the tensors, as they are stored.
    ///
    /// # Errors
    /// When the file is no safetensors file.
    pub fn tensors(&self) -> Result<HashMap<String, Tensor>> {
        candle_core::safetensors::load_buffer(&self.bytes, &Device::Cpu).map_err(|cause| {
            Error::new(
                ErrorKind::CorruptWeights,
                format!("the weights file cannot be parsed: {cause}"),
                "Use a .safetensors file of this model.",
            )
        })
    }
}

/// Returns where weights and cards are looked for: in `chosen` or `SILHOUETTE_WEIGHTS`, and what that
/// lacks in the program's own folder, which is `weights` beside the program, else the source tree's.
/// A folder without a single card is looked in alone: it was hardly meant.
pub fn weights_folders(chosen: Option<&Path>) -> WeightsFolders {
    let own = WeightsFolders::only(own_folder());
    let named = std::env::var_os("SILHOUETTE_WEIGHTS").map(PathBuf::from);
    match chosen.map(Path::to_owned).or(named) {
        None => own,
        Some(chosen) if brought_by(&chosen).is_empty() => WeightsFolders::only(chosen),
        Some(chosen) => own.after(chosen),
    }
}

/// Returns the ids of the networks whose cards a folder has.
pub fn brought_by(folder: &Path) -> Vec<&'static str> {
    let ids = trainable().into_iter().map(|(id, ..)| id);
    ids.filter(|id| WeightsFolders::card(folder, id).is_file())
        .collect()
}

/// Returns the folder of the program's own weights that learnt from adults, where it has some. Models
/// that it lacks know children only.
pub fn adults_folder() -> Option<PathBuf> {
    let folder = own_folder().join("adults");
    (!brought_by(&folder).is_empty()).then_some(folder)
}

fn own_folder() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("weights")));
    match beside {
        Some(beside) if beside.is_dir() => beside,
        _ => Path::new(env!("CARGO_MANIFEST_DIR")).join("weights"),
    }
}

/// Writes named tensors in the order of their names: weights in half precision, calibration in
/// single.
pub(super) fn write_tensors(path: &Path, tensors: HashMap<String, Tensor>) -> Result<()> {
    let mut halves = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let precision = if name.starts_with(yardstick::PREFIX) {
            DType::F32
        } else {
            DType::F16
        };
        halves.push((name, tensor.to_dtype(precision)?.to_device(&Device::Cpu)?));
    }
    halves.sort_by(|a, b| a.0.cmp(&b.0));
    let bytes = safetensors::serialize(halves, None)
        .map_err(|cause| Error::internal(format!("the weights: {cause}")))?;
    let partial = path.with_extension("partial");
    std::fs::write(&partial, bytes)
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|cause| Error::unwritable("the weights", &cause))
}
