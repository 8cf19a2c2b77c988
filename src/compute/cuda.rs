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
#[cfg(feature = "cuda")]
mod replay;

use std::sync::{OnceLock, PoisonError};

use candle_core::DType;

use super::gpu::Precision;
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
    let outputs = network(&cuda.given(&inputs)?)?;
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

/// Opens the first NVIDIA GPU to run networks on.
///
/// # Errors
/// When this build has no CUDA, or the machine lacks a library, a driver or a GPU for it.
pub(super) fn open() -> Result<Cuda> {
    static OPENED: OnceLock<candle_core::Device> = OnceLock::new();
    opened(&OPENED, true)
}

/// Opens the first NVIDIA GPU to train on, on a stream of its own: networks that run meanwhile are
/// captured on theirs.
///
/// # Errors
/// As [`open`].
pub(super) fn open_for_training() -> Result<Cuda> {
    static OPENED: OnceLock<candle_core::Device> = OnceLock::new();
    opened(&OPENED, false)
}

/// Opens a device once: candle takes what was opened twice for two devices, whose tensors do not meet.
fn opened(once: &OnceLock<candle_core::Device>, captures: bool) -> Result<Cuda> {
    let device = match once.get() {
        Some(device) => device.clone(),
        None => {
            let device = open_anew()?;
            once.get_or_init(|| device).clone()
        }
    };
    Ok(Cuda {
        device,
        precision: Precision::Single,
        captures,
    })
}

#[cfg(not(feature = "cuda"))]
fn open_anew() -> Result<candle_core::Device> {
    Err(refused(
        "this build computes without CUDA",
        "Use --device auto, wgpu or cpu, or a build made by assets/build-cuda.sh.",
    ))
}

#[cfg(feature = "cuda")]
fn open_anew() -> Result<candle_core::Device> {
    let missing = missing_libraries();
    if !missing.is_empty() {
        return Err(refused(
            format!(
                "CUDA needs libraries that are not found: {}",
                missing.join("; ")
            ),
            "Install NVIDIA's driver and CUDA 13, or put the folders of these libraries onto \
             LD_LIBRARY_PATH (the Python packages nvidia-cublas, nvidia-curand and \
             nvidia-cuda-nvrtc have them in site-packages/nvidia/*/lib); or use --device auto, \
             wgpu or cpu.",
        ));
    }
    // Behind a library that is too old, cudarc panics where it misses a function.
    match std::panic::catch_unwind(try_out) {
        Ok(Ok(device)) => Ok(device),
        Ok(Err(cause)) => Err(refused(
            format!(
                "CUDA's libraries are there, but no GPU computes with them: {}",
                // What follows is a backtrace, where one is asked for.
                cause.to_string().lines().next().unwrap_or_default()
            ),
            "Check with nvidia-smi that there is a GPU of the Ampere generation or later and a \
             driver for CUDA 13 (580 or later); or use --device auto, wgpu or cpu.",
        )),
        Err(_) => Err(refused(
            "CUDA's libraries are there, but lack functions this program calls",
            "Update NVIDIA's driver to 580 or later and CUDA to 13; or use --device auto, wgpu or \
             cpu.",
        )),
    }
}

/// Opens the GPU and computes something, so that a driver too old for the kernels says so here and
/// not in the middle of an analysis.
#[cfg(feature = "cuda")]
fn try_out() -> candle_core::Result<candle_core::Device> {
    // One stream for all threads. candle's default is one for each thread, and they would not wait
    // for one another.
    let device = candle_core::Device::new_cuda_with_stream(0)?;
    on_one_stream(device.as_cuda_device()?)?;
    let two = candle_core::Tensor::ones(1, DType::F32, &device)?.affine(1.0, 1.0)?;
    match two.to_vec1::<f32>()?.as_slice() {
        &[2.0] => Ok(device),
        other => candle_core::bail!("the GPU computes 1 + 1 = {other:?}"),
    }
}

/// Spares what is of use only between streams, and keeps freed memory for what is allocated next, where
/// the driver would give it back at each wait.
#[cfg(feature = "cuda")]
fn on_one_stream(device: &candle_core::CudaDevice) -> candle_core::Result<()> {
    use candle_core::cuda_backend::cudarc::driver::{result, sys};
    let stream = device.cuda_stream();
    let mut kept = u64::MAX;
    let attribute = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    // Events order the streams of a device; this one has one. The pool is the device's own, and the
    // attribute asked for is a u64.
    #[allow(unsafe_code)]
    unsafe {
        device.disable_event_tracking();
        let pool = result::device::get_default_mem_pool(stream.context().cu_device());
        let pool = pool.map_err(candle_core::Error::wrap)?;
        result::mem_pool::set_attribute(pool, attribute, (&raw mut kept).cast())
            .map_err(candle_core::Error::wrap)
    }
}

/// What candle opens at run time but this machine lacks.
#[cfg(all(feature = "cuda", feature = "dynamic-loading"))]
fn missing_libraries() -> Vec<&'static str> {
    use candle_core::cuda_backend::cudarc::{cublas, curand, driver, nvrtc};
    // Each call opens a library by its name, as the first use would. That runs the library's own
    // start-up code, which is why it is unsafe; these four are NVIDIA's.
    #[allow(unsafe_code)]
    let found = unsafe {
        [
            (driver::sys::is_culib_present(), "libcuda, of the driver"),
            (cublas::sys::is_culib_present(), "libcublas"),
            (curand::sys::is_culib_present(), "libcurand"),
            (nvrtc::sys::is_culib_present(), "libnvrtc"),
        ]
    };
    let missing = found.into_iter().filter(|(present, _)| !present);
    missing.map(|(_, name)| name).collect()
}

/// Linked in the ordinary way, the program would not have started without them.
#[cfg(all(feature = "cuda", not(feature = "dynamic-loading")))]
fn missing_libraries() -> Vec<&'static str> {
    Vec::new()
}

fn refused(message: impl Into<String>, advice: &str) -> Error {
    Error::new(ErrorKind::Device, message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_or_a_build_without_cuda_says_what_to_do() {
        // Where there is a GPU for it, there is nothing to say.
        let Err(error) = open() else { return };
        assert_eq!(error.kind, ErrorKind::Device);
        assert!(error.message.contains("CUDA"), "{}", error.message);
        assert!(error.advice.contains("--device"), "{}", error.advice);
        if cfg!(not(feature = "cuda")) {
            assert!(error.advice.contains("build-cuda.sh"));
        }
    }

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
