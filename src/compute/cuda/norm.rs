//! Normalisation by a batch's own moments, in one launch each way.

use std::sync::{Mutex, PoisonError};

use candle_core::cuda_backend::cudarc::driver::LaunchConfig;
use candle_core::{CpuStorage, CudaStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::launch::{count, launch, tensor, unwritten, with_samples};
use crate::compute::norm::{How, Then};
use crate::compute::plain::Normalised;

/// The threads that share a channel.
const CHANNEL_THREADS: u32 = 512;

/// The sizes of `(N, C, …)` as kernels take them.
fn sizes(x: &Tensor) -> Result<[u32; 3]> {
    let (images, channels) = (x.dim(0)?, x.dim(1)?);
    let plane = x.elem_count() / (images * channels).max(1);
    let _all_samples_of_a_channel = count(images * plane)?;
    Ok([count(images)?, count(channels)?, count(plane)?])
}

/// [`crate::compute::plain::normalise`], whose gradient is first order only here.
pub(in crate::compute) fn normalise(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    how: How,
) -> Result<Normalised> {
    let [images, channels, plane] = sizes(x)?;
    let device = x.device().as_cuda_device()?.clone();
    let mut samples = unwritten(&device, x.elem_count())?;
    let mut moments = unwritten(&device, 2 * channels as usize)?;
    let (epsilon, rectified) = (how.epsilon as f32, i32::from(how.then == Then::Relu));
    let [input, scales, shifts] = [x, scale, shift].map(|x| x.detach().contiguous());
    with_samples(&input?, |x| {
        with_samples(&scales?, |scale| {
            with_samples(&shifts?, |shift| {
                launch!(
                    device,
                    "normalise",
                    each_channel(channels),
                    [
                        x,
                        scale,
                        shift,
                        &mut samples,
                        &mut moments,
                        &images,
                        &channels,
                        &plane,
                        &epsilon,
                        &rectified
                    ]
                )
            })
        })
    })?;
    let moments = tensor(moments, &device, (2, channels as usize));
    let op = Normalisation {
        how,
        moments: moments.clone(),
        result: Mutex::new(Some(CudaStorage::wrap_cuda_slice(samples, device))),
    };
    Ok(Normalised {
        result: x.apply_op3(scale, shift, op)?,
        mean: moments.get(0)?,
        variance: moments.get(1)?,
    })
}

fn each_channel(channels: u32) -> LaunchConfig {
    LaunchConfig {
        grid_dim: (channels, 1, 1),
        block_dim: (CHANNEL_THREADS, 1, 1),
        shared_mem_bytes: 0,
    }
}

/// A normalisation that is computed already.
struct Normalisation {
    how: How,
    /// `(2, C)`: means and variances.
    moments: Tensor,
    result: Mutex<Option<CudaStorage>>,
}

impl CustomOp3 for Normalisation {
    fn name(&self) -> &'static str {
        "normalisation"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        bail!("this normalisation is CUDA's")
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        x: &Layout,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        match result.take() {
            Some(result) => Ok((result, x.shape().clone())),
            None => bail!("a normalisation was asked for twice"),
        }
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [images, channels, plane] = sizes(x)?;
        let device = x.device().as_cuda_device()?.clone();
        let mut to_x = unwritten(&device, x.elem_count())?;
        let mut to_scale = unwritten(&device, channels as usize)?;
        let mut to_shift = unwritten(&device, channels as usize)?;
        let epsilon = self.how.epsilon as f32;
        let rectified = i32::from(self.how.then == Then::Relu);
        let given = [x, scale, &self.moments, result, gradient];
        let [x_given, scales, moments, result, gradient] = given.map(|x| x.detach().contiguous());
        with_samples(&x_given?, |x| {
            with_samples(&scales?, |scale| {
                with_samples(&moments?, |moments| {
                    with_samples(&result?, |result| {
                        with_samples(&gradient?, |gradient| {
                            launch!(
                                device,
                                "normalise_back",
                                each_channel(channels),
                                [
                                    x,
                                    scale,
                                    moments,
                                    result,
                                    gradient,
                                    &mut to_x,
                                    &mut to_scale,
                                    &mut to_shift,
                                    &images,
                                    &channels,
                                    &plane,
                                    &epsilon,
                                    &rectified
                                ]
                            )
                        })
                    })
                })
            })
        })?;
        Ok((
            Some(tensor(to_x, &device, x.shape())),
            Some(tensor(to_scale, &device, scale.shape())),
            Some(tensor(to_shift, &device, shift.shape())),
        ))
    }
}
