//! Opening an NVIDIA GPU, and saying why none can be had.

use std::sync::OnceLock;

#[cfg(feature = "cuda")]
use candle_core::DType;

use super::Cuda;
use crate::compute::Precision;
use crate::error::{Error, ErrorKind, Result};

/// Opens the first NVIDIA GPU to run networks on.
///
/// # Errors
/// When this build has no CUDA, or the machine lacks a library, a driver or a GPU for it.
pub(in crate::compute) fn open() -> Result<Cuda> {
    static OPENED: OnceLock<candle_core::Device> = OnceLock::new();
    opened(&OPENED, true)
}

/// Opens the first NVIDIA GPU to train on, on a stream of its own: networks that run meanwhile are
/// captured on theirs.
///
/// # Errors
/// As [`open`].
pub(in crate::compute) fn open_for_training() -> Result<Cuda> {
    static OPENED: OnceLock<candle_core::Device> = OnceLock::new();
    // Making a stream waits for the whole context, which would break a capture.
    #[cfg(feature = "cuda")]
    let _alone = super::replay::alone();
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
    let ones = |dims: &[usize]| candle_core::Tensor::ones(dims, DType::F32, &device);
    // By candle's kernel, and by one of ours: NVRTC may be newer than the driver understands.
    let two = ones(&[1])?.affine(1.0, 1.0)?;
    let one = ones(&[1, 1, 1, 1])?;
    let stepping = crate::compute::Stepping {
        stride: 1,
        padding: 0,
    };
    let also_two = super::convolve(&one, &one, Some(&ones(&[1])?), stepping)?.flatten_all()?;
    for two in [two, also_two] {
        let found = two.to_vec1::<f32>()?;
        if found != [2.0] {
            candle_core::bail!("the GPU computes 1 + 1 = {found:?}");
        }
    }
    Ok(device)
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
}
