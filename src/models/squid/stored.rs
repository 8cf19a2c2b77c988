//! SQUID's weights on disk: safetensors in half precision, with the public checkpoint's names under
//! `G.…` and `D.…`.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};

use crate::error::{Error, Result};

/// Writes named tensors in the order of their names: weights in half precision, calibration in
/// single.
pub(super) fn write_tensors(path: &Path, tensors: HashMap<String, Tensor>) -> Result<()> {
    let mut halves = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let precision = if name.starts_with("calibration.") {
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
