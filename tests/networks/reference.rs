//! The reference tensors of the papers' public code, where this machine has them.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Tensor as Candle};
use silhouette::compute::{Device, Tensor};
use silhouette::models::{BareWeights, Inputs, Network};

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
        candle_core::safetensors::load(self.0.join(name), &candle_core::Device::Cpu).unwrap()
    }

    /// Reads a JSON file.
    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(self.0.join(name)).unwrap()).unwrap()
    }
}

/// Runs a bare network both ways: at once, and laid out as trained models run on the processor.
pub(crate) fn both_ways(
    network: &Network,
    weights: impl Fn() -> BareWeights,
    inputs: &Inputs,
) -> [HashMap<String, Tensor>; 2] {
    let at_once = (network.forward)(&weights(), &[], inputs).unwrap();
    let laid_out = network.run(weights(), Vec::new(), inputs, &Device::Cpu);
    [at_once, laid_out.unwrap()].map(|outputs| outputs.into_iter().collect())
}

/// The greatest absolute difference between two tensors.
pub(crate) fn worst_difference(found: &Tensor, expected: &Candle) -> f64 {
    let found = found.candle().unwrap().to_dtype(DType::F64).unwrap();
    let difference = (found - expected.to_dtype(DType::F64).unwrap()).unwrap();
    let difference = difference.abs().unwrap().flatten_all().unwrap();
    difference.max(0).unwrap().to_scalar::<f64>().unwrap()
}

/// A tensor's samples in double precision, row-major.
pub(crate) fn samples(tensor: &Candle) -> Vec<f64> {
    let exact = tensor.to_dtype(DType::F64).unwrap();
    exact.flatten_all().unwrap().to_vec1().unwrap()
}

/// Asserts that a tensor is the reference's within `absolute + relative · |reference|` everywhere.
pub(crate) fn assert_close(
    name: &str,
    found: &Candle,
    expected: &Candle,
    (absolute, relative): (f64, f64),
) {
    assert_eq!(found.dims(), expected.dims(), "{name}");
    for (found, expected) in samples(found).iter().zip(samples(expected)) {
        let difference = (found - expected).abs();
        assert!(
            difference <= absolute + relative * expected.abs(),
            "{name}: {found} is not {expected}"
        );
    }
}

/// Asserts that two tensors differ nowhere by more than a share of the reference's largest sample,
/// as gradients are compared.
pub(crate) fn assert_close_to_largest(name: &str, found: &Candle, expected: &Candle, share: f64) {
    let sizes = samples(expected).into_iter().map(f64::abs);
    let largest = sizes.fold(0.0, f64::max);
    assert!(largest > 0.0, "the reference's {name} is zero");
    assert_close(name, found, expected, (share * largest, 0.0));
}

/// Asserts that a tensor has a digest's shape, its samples within `tolerance`, and its sum.
pub(crate) fn assert_digest(
    name: &str,
    found: &Tensor,
    digest: &serde_json::Value,
    tolerance: f64,
) {
    let shape: Vec<usize> = serde_json::from_value(digest["shape"].clone()).unwrap();
    assert_eq!(found.dims(), shape, "{name}");
    let samples = found.to_samples().unwrap();
    let stride = digest["stride"].as_u64().unwrap() as usize;
    let expected: Vec<f64> = serde_json::from_value(digest["samples"].clone()).unwrap();
    for (sample, expected) in samples.iter().step_by(stride).zip(&expected) {
        let difference = (f64::from(*sample) - expected).abs();
        assert!(
            difference <= tolerance,
            "{name}: {sample} is not {expected}"
        );
    }
    // The sum sees every element, the samples only sixteen.
    let sum: f64 = samples.iter().map(|&sample| f64::from(sample)).sum();
    let all = digest["abssum"].as_f64().unwrap().max(1.0);
    let difference = (sum - digest["sum"].as_f64().unwrap()).abs();
    assert!(difference <= 1e-4 * all, "the sum of {name} is {sum}");
}
