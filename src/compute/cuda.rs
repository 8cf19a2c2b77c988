//! NVIDIA GPUs, in builds with the feature `cuda` (`assets/build-cuda.sh`).

#[cfg(feature = "cuda")]
mod adam;
mod constants;
#[cfg(feature = "cuda")]
mod convolutions;
#[cfg(feature = "cuda")]
mod launch;
#[cfg(feature = "cuda")]
mod norm;
mod opening;
#[cfg(feature = "cuda")]
mod replay;

use std::sync::PoisonError;

use candle_core::DType;

use super::gpu::Precision;
use super::parameters::without_history;
use super::runner::{Input, Output, SharedNetwork};
use super::tensor::Tensor;
use crate::error::{Error, ErrorKind, Result};
pub(super) use constants::constant;
#[cfg(feature = "cuda")]
pub(super) use convolutions::{convolve, gather_kernels, spread};
#[cfg(feature = "cuda")]
pub(super) use launch::serve as has_kernels_for;
#[cfg(feature = "cuda")]
pub(super) use norm::normalise;
pub(super) use opening::{open, open_for_training};
#[cfg(feature = "cuda")]
pub(super) use replay::Replays;

/// An NVIDIA GPU.
#[derive(Clone, Debug)]
pub struct Cuda {
    pub(super) device: candle_core::Device,
    /// How samples and weights are stored.
    pub(super) precision: Precision,
    /// Whether networks are captured: not where another thread may launch something on the same stream,
    /// which would become part of what is captured.
    #[cfg_attr(
        not(feature = "cuda"),
        expect(dead_code, reason = "there is no stream")
    )]
    captures: bool,
}

impl Cuda {
    /// The same GPU with samples and weights stored in another precision.
    pub(super) fn storing(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The type of numbers that samples and weights are stored in.
    pub(super) fn dtype(&self) -> DType {
        match self.precision {
            Precision::Single => DType::F32,
            Precision::Half => DType::F16,
        }
    }

    /// Samples as a network on this GPU takes them.
    fn given(&self, inputs: &[candle_core::Tensor]) -> Result<Vec<Tensor>> {
        let inputs = inputs.iter();
        inputs
            .map(|input| Ok(Tensor::Candle(input.to_dtype(self.dtype())?)))
            .collect()
    }
}

/// Runs a network launch by launch.
fn at_once(network: &SharedNetwork, inputs: &[Input<'_>], cuda: &Cuda) -> Result<Vec<Output>> {
    let inputs = inputs
        .iter()
        .map(|input| candle_core::Tensor::from_slice(input.samples, input.dims, &cuda.device));
    let inputs: Vec<_> = inputs.collect::<candle_core::Result<_>>()?;
    let network = network.lock().unwrap_or_else(PoisonError::into_inner);
    let inputs = cuda.given(&inputs)?;
    let outputs = without_history(|| network(&inputs))?;
    let outputs = outputs.iter().map(|output| {
        Ok(Output {
            samples: output.to_samples()?,
            dims: output.dims().to_vec(),
        })
    });
    outputs.collect()
}

/// Captured runs, of which a build without CUDA has none.
#[cfg(not(feature = "cuda"))]
#[derive(Default)]
pub(super) struct Replays {}

#[cfg(not(feature = "cuda"))]
impl Replays {
    #[expect(
        clippy::unused_self,
        reason = "captured runs are kept there in a build with CUDA"
    )]
    pub(super) fn run(
        &mut self,
        network: &SharedNetwork,
        inputs: &[Input<'_>],
        cuda: &Cuda,
    ) -> Result<Vec<Output>> {
        at_once(network, inputs, cuda)
    }
}

/// The numbers of a step of Adam.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// What is kept of the first and the second moment.
    pub(crate) betas: (f32, f32),
    /// The rate, corrected for the first moment's start at zero.
    pub(crate) rate: f32,
    /// The root of the correction for the second moment's start at zero.
    pub(crate) second_correction: f32,
    pub(crate) epsilon: f32,
    pub(crate) decay: f32,
}

/// Moves a weight by a step of Adam in one launch, where there is a kernel for it; says whether there
/// was. Weight and moments are overwritten where they lie.
pub(crate) fn adam_in_place(
    weight: &candle_core::Tensor,
    moments: [&candle_core::Tensor; 2],
    gradient: &candle_core::Tensor,
    step: &AdamStep,
) -> candle_core::Result<bool> {
    #[cfg(feature = "cuda")]
    if launch::serve(weight) {
        adam::adam(weight, moments, gradient, step)?;
        return Ok(true);
    }
    let _ = (weight, moments, gradient, step);
    Ok(false)
}

/// Lets matrix products on CUDA round their factors to TF32 (10 bits of mantissa) from now on; sums stay
/// in single precision. Other devices do not know the format: it says whether this one does.
pub(crate) fn round_factors(device: &super::Device) -> bool {
    let known = matches!(device, super::Device::Cuda(_));
    #[cfg(feature = "cuda")]
    if known {
        candle_core::cuda_backend::set_gemm_reduced_precision_f32(true);
    }
    known
}

/// What went wrong with a network on the GPU, so that whoever hears it can go on with the processor:
/// candle does not say whether it was the device's memory, the device, or the network.
pub(super) fn failed(error: Error) -> Error {
    match error.kind {
        ErrorKind::Internal => Error::new(
            ErrorKind::Device,
            format!("the GPU failed: {}", error.message),
            "Use --device cpu or wgpu, or leave the GPU more memory.",
        ),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    /// Compiled as C++, they run on the processor, one thread after the other.
    #[test]
    fn the_kernels_compute_what_they_stand_for() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cuda/kernels.cpp");
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("kernels");
        let compiler = std::process::Command::new("g++")
            .args(["-O1", "-o"])
            .args([program.as_os_str(), source.as_ref()])
            .output();
        let Ok(compiled) = compiler else {
            let required = std::env::var("SILHOUETTE_REQUIRE_ALL");
            assert!(required.as_deref() != Ok("1"), "no g++; install it");
            eprintln!("SKIPPED: no g++; install it");
            return;
        };
        assert!(compiled.status.success(), "{compiled:?}");
        let ran = std::process::Command::new(&program).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
    }
}
