//! NVIDIA GPUs, in builds with the feature `cuda` (`assets/build-cuda.sh`).

use crate::error::{Error, ErrorKind, Result};

/// Opens the first NVIDIA GPU.
///
/// # Errors
/// When this build has no CUDA, or the machine lacks a library, a driver or a GPU for it.
#[cfg(not(feature = "cuda"))]
pub(crate) fn open() -> Result<candle_core::Device> {
    Err(refused(
        "this build computes without CUDA",
        "Use --device auto, wgpu or cpu, or a build made by assets/build-cuda.sh.",
    ))
}

/// Opens the first NVIDIA GPU, once: candle takes what was opened twice for two devices, whose
/// tensors do not meet.
///
/// # Errors
/// When this build has no CUDA, or the machine lacks a library, a driver or a GPU for it.
#[cfg(feature = "cuda")]
pub(crate) fn open() -> Result<candle_core::Device> {
    static OPENED: std::sync::OnceLock<candle_core::Device> = std::sync::OnceLock::new();
    if let Some(device) = OPENED.get() {
        return Ok(device.clone());
    }
    let device = open_anew()?;
    Ok(OPENED.get_or_init(|| device).clone())
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
    let device = candle_core::Device::new_cuda(0)?;
    let two = candle_core::Tensor::ones(1, candle_core::DType::F32, &device)?.affine(1.0, 1.0)?;
    match two.to_vec1::<f32>()?.as_slice() {
        &[2.0] => Ok(device),
        other => candle_core::bail!("the GPU computes 1 + 1 = {other:?}"),
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
