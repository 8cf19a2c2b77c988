//! The gradients of the three passes: each other's.

use candle_core::{Result, Tensor};

use super::{Stepping, convolve, convolve_transposed, gather_kernels};

/// Computes a gradient if anybody asks for it: films and frozen kernels have none.
pub(super) fn if_tracked(
    of: &Tensor,
    gradient: impl FnOnce() -> Result<Tensor>,
) -> Result<Option<Tensor>> {
    of.track_op().then(gradient).transpose()
}

/// The gradients of a pass in its two arguments, where they are asked for.
pub(in crate::compute) type Gradients = (Option<Tensor>, Option<Tensor>);

/// The gradients of [`convolve`] in images and kernels.
pub(in crate::compute) fn of_forward(
    stepping: Stepping,
    images: &Tensor,
    kernels: &Tensor,
    grad: &Tensor,
) -> Result<Gradients> {
    let (size, kernel) = (sides(images)?, sides(kernels)?);
    let grad = grad.contiguous()?;
    Ok((
        if_tracked(images, || {
            convolve_transposed(&grad, kernels, stepping, size)
        })?,
        if_tracked(kernels, || gather_kernels(images, &grad, stepping, kernel))?,
    ))
}

/// The gradients of [`convolve_transposed`] in outputs and kernels.
pub(in crate::compute) fn of_transposed(
    stepping: Stepping,
    outputs: &Tensor,
    kernels: &Tensor,
    grad: &Tensor,
) -> Result<Gradients> {
    let kernel = sides(kernels)?;
    let grad = grad.contiguous()?;
    Ok((
        if_tracked(outputs, || convolve(&grad, kernels, None, stepping))?,
        if_tracked(kernels, || gather_kernels(&grad, outputs, stepping, kernel))?,
    ))
}

/// The gradients of [`gather_kernels`] in images and outputs.
pub(in crate::compute) fn of_kernels(
    stepping: Stepping,
    images: &Tensor,
    outputs: &Tensor,
    grad: &Tensor,
) -> Result<Gradients> {
    let size = sides(images)?;
    Ok((
        if_tracked(images, || {
            convolve_transposed(outputs, grad, stepping, size)
        })?,
        if_tracked(outputs, || convolve(images, grad, None, stepping))?,
    ))
}

/// Height and width of images or kernels.
fn sides(of: &Tensor) -> Result<(usize, usize)> {
    let (_, _, height, width) = of.dims4()?;
    Ok((height, width))
}
