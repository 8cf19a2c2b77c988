//! The convolution every network here is built from.
//!
//! candle's CPU convolution is several times slower than PyTorch's, in training most of all. This
//! one gathers columns and multiplies them with the `gemm` crate, on all cores. Its three passes –
//! forward, to the images, to the kernels – are each linear in two arguments and are each other's
//! derivatives, so gradients of any order are exact.

mod gradients;
mod passes;
mod plan;
mod run;
mod tiles;
mod winograd;

pub(super) use gradients::{Gradients, of_forward, of_kernels, of_transposed};
pub use plan::Stepping;

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::interruption::ask;
use super::plain;
use super::slices::{Precision, channel_sum};
use gradients::if_tracked;
use plan::Plan;
use run::{run_forward, run_to_images, run_to_kernels};

/// Convolves `(N, C_in, H, W)` with `(C_out, C_in, kH, kW)`, zero-padded, and adds a bias
/// `(C_out)`: `(N, C_out, H_out, W_out)`.
pub(super) fn convolve(
    images: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    stepping: Stepping,
) -> Result<Tensor> {
    let (images, kernels) = (images.contiguous()?, kernels.contiguous()?);
    if plain::serves(&images) {
        return plain::convolve(&images, &kernels, bias, stepping);
    }
    match bias {
        Some(bias) => images.apply_op3(&kernels, &bias.contiguous()?, BiasedForward(stepping)),
        None => images.apply_op2(&kernels, Forward(stepping)),
    }
}

/// The transposed convolution: spreads `(N, C_out, H_out, W_out)` through kernels
/// `(C_out, C_in, kH, kW)` back onto images of `height` × `width`: `(N, C_in, height, width)`.
pub(super) fn convolve_transposed(
    outputs: &Tensor,
    kernels: &Tensor,
    stepping: Stepping,
    (height, width): (usize, usize),
) -> Result<Tensor> {
    if plain::serves(outputs) {
        return plain::convolve_transposed(outputs, kernels, stepping, (height, width));
    }
    let op = ToImages {
        stepping,
        height,
        width,
    };
    outputs.contiguous()?.apply_op2(&kernels.contiguous()?, op)
}

/// The gradient a convolution's kernels `(C_out, C_in, kH, kW)` have of images `(N, C_in, H, W)` and
/// the gradient of its outputs `(N, C_out, H_out, W_out)`.
pub(super) fn gather_kernels(
    images: &Tensor,
    outputs: &Tensor,
    stepping: Stepping,
    kernel: (usize, usize),
) -> Result<Tensor> {
    if plain::serves(images) {
        return plain::gather_kernels(images, outputs, stepping, kernel);
    }
    let op = ToKernels { stepping, kernel };
    images.contiguous()?.apply_op2(&outputs.contiguous()?, op)
}

struct Forward(Stepping);
struct BiasedForward(Stepping);

struct ToImages {
    stepping: Stepping,
    height: usize,
    width: usize,
}

struct ToKernels {
    stepping: Stepping,
    kernel: (usize, usize),
}

impl CustomOp2 for Forward {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        ask()?;
        match Precision::of(s1)? {
            Precision::Single => run_forward::<f32>(self.0, (s1, l1), (s2, l2), None),
            Precision::Double => run_forward::<f64>(self.0, (s1, l1), (s2, l2), None),
        }
    }

    fn bwd(
        &self,
        images: &Tensor,
        kernels: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        of_forward(self.0, images, kernels, grad)
    }
}

impl CustomOp3 for BiasedForward {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        ask()?;
        let bias = Some((s3, l3));
        match Precision::of(s1)? {
            Precision::Single => run_forward::<f32>(self.0, (s1, l1), (s2, l2), bias),
            Precision::Double => run_forward::<f64>(self.0, (s1, l1), (s2, l2), bias),
        }
    }

    fn bwd(
        &self,
        images: &Tensor,
        kernels: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (to_images, to_kernels) = of_forward(self.0, images, kernels, grad)?;
        let to_bias = if_tracked(bias, || channel_sum(grad))?;
        Ok((to_images, to_kernels, to_bias))
    }
}

impl CustomOp2 for ToImages {
    fn name(&self) -> &'static str {
        "transposed convolution"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        ask()?;
        let (&[n, channels_out, h_out, w_out], &[_, channels_in, ..]) = (l1.dims(), l2.dims())
        else {
            bail!("a transposed convolution takes 4-dimensional outputs and kernels");
        };
        let shape = [n, channels_in, self.height, self.width];
        let plan = Plan::new(&shape, l2.dims(), self.stepping)?;
        if (plan.channels_out, plan.height_out, plan.width_out) != (channels_out, h_out, w_out) {
            bail!("outputs {:?} do not come from images {shape:?}", l1.dims());
        }
        let storage = match Precision::of(s1)? {
            Precision::Single => run_to_images::<f32>(&plan, (s1, l1), (s2, l2))?,
            Precision::Double => run_to_images::<f64>(&plan, (s1, l1), (s2, l2))?,
        };
        Ok((storage, Shape::from(&shape[..])))
    }

    fn bwd(
        &self,
        outputs: &Tensor,
        kernels: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        of_transposed(self.stepping, outputs, kernels, grad)
    }
}

impl CustomOp2 for ToKernels {
    fn name(&self) -> &'static str {
        "kernel gradient of a convolution"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        ask()?;
        let (&[_, channels_in, ..], &[_, channels_out, ..]) = (l1.dims(), l2.dims()) else {
            bail!("a convolution takes 4-dimensional images and outputs");
        };
        let shape = [channels_out, channels_in, self.kernel.0, self.kernel.1];
        let plan = Plan::new(l1.dims(), &shape, self.stepping)?;
        if l2.dims() != [plan.images, channels_out, plan.height_out, plan.width_out] {
            bail!(
                "outputs {:?} do not come from images {:?}",
                l2.dims(),
                l1.dims()
            );
        }
        let storage = match Precision::of(s1)? {
            Precision::Single => run_to_kernels::<f32>(&plan, (s1, l1), (s2, l2))?,
            Precision::Double => run_to_kernels::<f64>(&plan, (s1, l1), (s2, l2))?,
        };
        Ok((storage, Shape::from(&shape[..])))
    }

    fn bwd(
        &self,
        images: &Tensor,
        outputs: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        of_kernels(self.stepping, images, outputs, grad)
    }
}

#[cfg(test)]
mod tests;
