//! Launching kernels of our own, which NVRTC compiles when the first is needed.

#![allow(unsafe_code)]

use std::sync::OnceLock;

use candle_core::cuda_backend::cudarc::driver::{CudaSlice, CudaView, LaunchConfig};
use candle_core::cuda_backend::cudarc::nvrtc::compile_ptx;
use candle_core::op::BackpropOp;
use candle_core::{CudaDevice, CudaStorage, DType, Result, Shape, Storage, Tensor, bail};

const SOURCE: &str = include_str!("../../../shaders/cuda/kernels.cu");
/// The name under which candle keeps the kernels.
pub(super) const MODULE: &str = "silhouette";
/// The threads of a block that each do one sample.
const SAMPLE_THREADS: u32 = 256;

/// Samples on the GPU.
pub(super) type View<'a> = CudaView<'a, f32>;

/// Whether these kernels take a tensor.
pub(in crate::compute) fn serve(x: &Tensor) -> bool {
    x.device().is_cuda() && x.dtype() == DType::F32
}

/// The kernels as NVRTC translates them.
pub(super) fn kernels() -> Result<&'static str> {
    static COMPILED: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let ptx = compile_ptx(SOURCE).map_err(|cause| format!("{cause:?}"))?;
        Ok(ptx.to_src())
    });
    match compiled {
        Ok(ptx) => Ok(ptx),
        Err(cause) => bail!("the kernels for CUDA cannot be compiled: {cause}"),
    }
}

/// Launches a kernel with the arguments that it declares. What it writes is as long as it takes it to
/// be, and everything is on the device's one stream.
macro_rules! launch {
    ($device:expr, $name:literal, $grid:expr, [$($argument:expr),+ $(,)?]) => {{
        use candle_core::cuda_backend::cudarc::driver::PushKernelArg as _;
        let function = $device.get_or_load_custom_func(
            $name,
            $crate::compute::cuda::launch::MODULE,
            $crate::compute::cuda::launch::kernels()?,
        )?;
        let mut launch = function.builder();
        $(launch.arg($argument);)+
        // SAFETY: each use of this macro gives the arguments that the kernel of that name declares.
        #[allow(unsafe_code)]
        let launched = unsafe { launch.launch($grid) };
        launched.map(|_| ()).map_err(candle_core::Error::wrap)
    }};
}
pub(super) use launch;

/// Enough threads for `count` samples in each of `rows` rows.
pub(super) fn each_sample(count: u32, rows: u32) -> LaunchConfig {
    let threads = count.clamp(1, SAMPLE_THREADS).next_multiple_of(32);
    LaunchConfig {
        grid_dim: (count.div_ceil(threads), rows, 1),
        block_dim: (threads, 1, 1),
        shared_mem_bytes: 0,
    }
}

/// Hands over the samples of a contiguous tensor.
pub(super) fn with_samples<R>(x: &Tensor, work: impl FnOnce(&View<'_>) -> Result<R>) -> Result<R> {
    let (storage, layout) = x.storage_and_layout();
    let Storage::Cuda(cuda) = &*storage else {
        bail!("samples on {:?} were given to a CUDA kernel", x.device());
    };
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a tensor that is not contiguous was given to a CUDA kernel");
    };
    work(&cuda.as_cuda_slice::<f32>()?.slice(start..end))
}

/// Memory for so many samples, of which none is written yet.
pub(super) fn unwritten(device: &CudaDevice, count: usize) -> Result<CudaSlice<f32>> {
    // SAFETY: every kernel that is given it writes all of it before anything reads it.
    unsafe { device.alloc::<f32>(count) }
}

/// A tensor of samples that a kernel has written.
pub(super) fn tensor(
    samples: CudaSlice<f32>,
    device: &CudaDevice,
    shape: impl Into<Shape>,
) -> Tensor {
    let storage = CudaStorage::wrap_cuda_slice(samples, device.clone());
    Tensor::from_storage(Storage::Cuda(storage), shape, BackpropOp::none(), false)
}

/// A number as kernels take it.
pub(super) fn count(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(candle_core::Error::wrap)
}
