//! What a run keeps on disk: its checkpoint, and the networks of some epochs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use crate::error::{Error, Result};
use crate::training::RunSettings;

/// The newest snapshots that are kept.
const NEWEST: usize = 8;

/// A run's folder.
pub(super) struct Shelf {
    out: PathBuf,
}

impl Shelf {
    pub(super) fn new(out: &Path) -> Result<Self> {
        let shelf = Self {
            out: out.to_owned(),
        };
        std::fs::create_dir_all(shelf.snapshots())
            .map_err(|cause| Error::unwritable("the output folder", &cause))?;
        Ok(shelf)
    }

    /// The file a run goes on from.
    pub(super) fn checkpoint(&self) -> PathBuf {
        RunSettings::checkpoint(&self.out)
    }

    fn snapshots(&self) -> PathBuf {
        self.out.join("snapshots")
    }

    fn path(&self, epoch: u64) -> PathBuf {
        self.snapshots()
            .join(format!("epoch-{epoch:04}.safetensors"))
    }

    /// Keeps an epoch's networks in half precision.
    pub(super) fn add(&self, epoch: u64, tensors: HashMap<String, Tensor>) -> Result<()> {
        let halves: HashMap<String, Tensor> = tensors
            .into_iter()
            .map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F16)?.to_device(&Device::Cpu)?)))
            .collect::<Result<_>>()?;
        let path = self.path(epoch);
        let partial = path.with_extension("partial");
        candle_core::safetensors::save(&halves, &partial)?;
        std::fs::rename(&partial, &path).map_err(|cause| Error::unwritable("a snapshot", &cause))
    }

    /// Returns an epoch's networks if they are still kept.
    pub(super) fn snapshot(&self, epoch: u64) -> Result<Option<HashMap<String, Tensor>>> {
        let path = self.path(epoch);
        if !path.is_file() {
            return Ok(None);
        }
        Ok(Some(candle_core::safetensors::load(path, &Device::Cpu)?))
    }

    /// Lets go of all snapshots but the newest and the best.
    pub(super) fn thin(&self, best: Option<u64>) -> Result<()> {
        let unwritable = |cause: std::io::Error| Error::unwritable("the snapshots", &cause);
        let entries = std::fs::read_dir(self.snapshots()).map_err(unwritable)?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let old = paths.len().saturating_sub(NEWEST);
        let best = best.map(|epoch| self.path(epoch));
        for path in &paths[..old] {
            if Some(path) != best.as_ref() {
                std::fs::remove_file(path).map_err(unwritable)?;
            }
        }
        Ok(())
    }
}
