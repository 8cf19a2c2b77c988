//! Convolutions made of candle's forward convolution alone, which is a matrix product on every device.
//!
//! candle's gradients go through its transposed convolution, whose CUDA kernel is a plain loop in
//! each thread. The three passes are each other's derivatives here as in [`super::super::convolution`], so
//! gradients of any order are exact.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CudaStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::super::convolution::{self, Gradients, Stepping};
#[cfg(feature = "cuda")]
use super::super::cuda;

/// [`convolution::convolve`].
pub(in crate::compute) fn convolve(
    images: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    stepping: Stepping,
) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if cuda_serves(images, kernels)
        && [Some(images), Some(kernels), bias]
            .into_iter()
            .flatten()
            .all(|x| !x.track_op())
    {
        return cuda::convolve(images, kernels, bias, stepping);
    }
    let result = product(&images.detach(), &kernels.detach(), stepping)?;
    let pass = Pass::Forward(stepping);
    let result = pass.differentiable(images, kernels, result)?;
    match bias {
        Some(bias) => result.broadcast_add(&bias.reshape((1, (), 1, 1))?),
        None => Ok(result),
    }
}

/// [`convolution::convolve_transposed`].
pub(in crate::compute) fn convolve_transposed(
    outputs: &Tensor,
    kernels: &Tensor,
    stepping: Stepping,
    size: (usize, usize),
) -> Result<Tensor> {
    let result = spread(&outputs.detach(), &kernels.detach(), stepping, size)?;
    Pass::ToImages(stepping).differentiable(outputs, kernels, result)
}

/// [`convolution::gather_kernels`].
pub(in crate::compute) fn gather_kernels(
    images: &Tensor,
    outputs: &Tensor,
    stepping: Stepping,
    (height, width): (usize, usize),
) -> Result<Tensor> {
    let pass = Pass::ToKernels(stepping);
    #[cfg(feature = "cuda")]
    if height == width && cuda::has_kernels_for(images) {
        let result = cuda::gather_kernels(&images.detach(), &outputs.detach(), stepping, height)?;
        return pass.differentiable(images, outputs, result);
    }
    let Stepping { stride, padding } = stepping;
    // Channels in the place of images, and outputs as kernels whose samples lie a stride apart.
    let plain_images = images.detach().transpose(0, 1)?.contiguous()?;
    let plain_outputs = outputs.detach().transpose(0, 1)?.contiguous()?;
    let result = plain_images.conv2d(&plain_outputs, padding, 1, stride, 1)?;
    let result = result.narrow(2, 0, height)?.narrow(3, 0, width)?;
    let result = result.transpose(0, 1)?;
    pass.differentiable(images, outputs, result)
}

/// A convolution without history.
fn product(images: &Tensor, kernels: &Tensor, stepping: Stepping) -> Result<Tensor> {
    #[cfg(feature = "cuda")]
    if cuda_serves(images, kernels) {
        return cuda::convolve(images, kernels, None, stepping);
    }
    images.conv2d(kernels, stepping.padding, stepping.stride, 1, 1)
}

#[cfg(feature = "cuda")]
fn cuda_serves(images: &Tensor, kernels: &Tensor) -> bool {
    let square = kernels.dim(2).ok() == kernels.dim(3).ok();
    square && cuda::has_kernels_for(images)
}

/// A transposed convolution as a convolution: the outputs a stride apart among zeros, the kernels
/// turned by half a turn and their channels exchanged.
fn spread(
    outputs: &Tensor,
    kernels: &Tensor,
    Stepping { stride, padding }: Stepping,
    (height, width): (usize, usize),
) -> Result<Tensor> {
    let (images, channels, height_out, width_out) = outputs.dims4()?;
    let (_, _, side, other_side) = kernels.dims4()?;
    if side != other_side || padding >= side {
        bail!(
            "kernels of {side} × {other_side} samples cannot be spread with {padding} zeros around"
        );
    }
    // Samples of the spaced outputs: rows and columns at the end that no kernel ends on are kept.
    let spaced = |side_in: usize, side_out: usize| {
        let length = (side_in + 2 * padding + 1).checked_sub(side);
        match length {
            Some(length) if length.div_ceil(stride) == side_out => Ok(length),
            _ => bail!("outputs of side {side_out} do not come from side {side_in}"),
        }
    };
    let (rows, columns) = (spaced(height, height_out)?, spaced(width, width_out)?);
    #[cfg(feature = "cuda")]
    if cuda_serves(outputs, kernels) {
        let stepping = Stepping { stride, padding };
        return cuda::spread(outputs, kernels, stepping, (height, width));
    }
    let mut apart = outputs.contiguous()?;
    if stride > 1 {
        apart = apart
            .reshape((images, channels, height_out, 1, width_out, 1))?
            .pad_with_zeros(3, 0, stride - 1)?
            .pad_with_zeros(5, 0, stride - 1)?
            .reshape((images, channels, height_out * stride, width_out * stride))?
            .narrow(2, 0, rows)?
            .narrow(3, 0, columns)?
            .contiguous()?;
    }
    apart.conv2d(&turned(kernels)?, side - 1 - padding, 1, 1, 1)
}

/// Kernels by half a turn, as those of the way back: `(C_in, C_out, k, k)`.
fn turned(kernels: &Tensor) -> Result<Tensor> {
    let (channels_out, channels_in, side, _) = kernels.dims4()?;
    let samples = side * side;
    let mut flat = kernels.reshape((channels_out, channels_in, samples))?;
    if samples > 1 {
        let order: Vec<u32> = (0..samples as u32).rev().collect();
        let order = Tensor::from_vec(order, samples, kernels.device())?;
        flat = flat.contiguous()?.index_select(&order, 2)?;
    }
    flat.transpose(0, 1)?
        .contiguous()?
        .reshape((channels_in, channels_out, side, side))
}

/// A pass whose result is computed already: what remains is to say what it depends on.
#[derive(Clone, Copy)]
enum Pass {
    Forward(Stepping),
    ToImages(Stepping),
    ToKernels(Stepping),
}

impl Pass {
    /// The result as a function of both arguments, where either is asked for its gradient.
    fn differentiable(self, a: &Tensor, b: &Tensor, result: Tensor) -> Result<Tensor> {
        if a.track_op() || b.track_op() {
            a.apply_op3(b, &result.contiguous()?, self)
        } else {
            Ok(result)
        }
    }
}

impl CustomOp3 for Pass {
    fn name(&self) -> &'static str {
        match self {
            Self::Forward(_) => "convolution",
            Self::ToImages(_) => "transposed convolution",
            Self::ToKernels(_) => "kernel gradient of a convolution",
        }
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        result: &CpuStorage,
        layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        Ok((result.try_clone(layout)?, layout.shape().clone()))
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
        result: &CudaStorage,
        layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        Ok((result.try_clone(layout)?, layout.shape().clone()))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        _: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (first, second): Gradients = match *self {
            Self::Forward(stepping) => convolution::of_forward(stepping, a, b, grad),
            Self::ToImages(stepping) => convolution::of_transposed(stepping, a, b, grad),
            Self::ToKernels(stepping) => convolution::of_kernels(stepping, a, b, grad),
        }?;
        Ok((first, second, None))
    }
}
