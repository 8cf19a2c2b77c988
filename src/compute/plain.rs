//! The operations written here once more, made of candle's own: for CUDA, and for numbers of half
//! precision. They compute the same values and the same gradients.

mod convolutions;

pub(super) use convolutions::{convolve, convolve_transposed, gather_kernels};

use candle_core::{D, DType, Result, Tensor};

use super::norm::{How, Moments, Then};

/// Whether a tensor must take the operations of this file: the others know single and double
/// precision on the CPU.
pub(super) fn serves(x: &Tensor) -> bool {
    #[cfg(test)]
    if forced::now() {
        return true;
    }
    !x.device().is_cpu() || !matches!(x.dtype(), DType::F32 | DType::F64)
}

/// [`super::pointwise::leaky_relu`].
pub(super) fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    if x.track_op() {
        // candle's rectifier has the derivative 1 at 0, and its maximum the mean of both.
        let positive = x.gt(&x.zeros_like()?)?;
        positive.where_cond(x, &x.affine(slope, 0.0)?)
    } else if slope == 0.0 {
        x.relu()
    } else {
        x.maximum(&x.affine(slope, 0.0)?)
    }
}

/// [`super::pointwise::add_relu`].
pub(super) fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    leaky_relu(&a.add(b)?, 0.0)
}

/// [`super::resample::twice_as_large`].
pub(super) fn twice_as_large(x: &Tensor) -> Result<Tensor> {
    let (n, channels, height, width) = x.dims4()?;
    let wide = stretched(x, 3)?.reshape((n, channels, height, 2 * width))?;
    stretched(&wide, 2)?.reshape((n, channels, 2 * height, 2 * width))
}

/// [`super::halving::twice`].
pub(super) fn twice(x: &Tensor, factor: f64) -> Result<Tensor> {
    let (n, channels, height, width) = x.dims4()?;
    x.affine(factor, 0.0)?
        .reshape((n, channels, height, 1, width, 1))?
        .broadcast_as((n, channels, height, 2, width, 2))?
        .reshape((n, channels, 2 * height, 2 * width))
}

/// [`super::halving::half`].
pub(super) fn half(x: &Tensor, factor: f64) -> Result<Tensor> {
    let (n, channels, height, width) = x.dims4()?;
    x.contiguous()?
        .reshape((n, channels, height / 2, 2, width / 2, 2))?
        .sum((3, 5))?
        .affine(factor, 0.0)
}

/// Puts between two samples along a dimension two others, a quarter and three quarters of the way:
/// the pairs lie along a new dimension after it.
fn stretched(x: &Tensor, dimension: usize) -> Result<Tensor> {
    let last = x.dim(dimension)? - 1;
    let edge = |at: usize| x.narrow(dimension, at, 1);
    let before = Tensor::cat(&[&edge(0)?, &x.narrow(dimension, 0, last)?], dimension)?;
    let after = Tensor::cat(&[&x.narrow(dimension, 1, last)?, &edge(last)?], dimension)?;
    let near = x.affine(0.75, 0.0)?;
    let early = (&near + before.affine(0.25, 0.0)?)?;
    let late = (&near + after.affine(0.25, 0.0)?)?;
    Tensor::stack(&[&early, &late], dimension + 1)?.contiguous()
}

/// The moments a normalisation found: the processor's as numbers, another device's where they are.
pub(super) enum Found {
    Numbers(Moments),
    OnDevice { mean: Tensor, variance: Tensor },
}

/// The batch normalised by its own moments, and these: mean and biased variance of each channel.
pub(super) struct Normalised {
    pub(super) result: Tensor,
    pub(super) mean: Tensor,
    pub(super) variance: Tensor,
}

/// [`super::norm::normalise`], which leaves the moments on the device.
pub(super) fn normalise(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    how: How,
) -> Result<Normalised> {
    #[cfg(feature = "cuda")]
    if super::cuda::has_kernels_for(x) {
        return super::cuda::normalise(x, scale, shift, how);
    }
    let (images, channels) = (x.dim(0)?, x.dim(1)?);
    let flat = widened(x)?.contiguous()?.reshape((images, channels, ()))?;
    let mean = flat.mean_keepdim((0, 2))?;
    let centered = flat.broadcast_sub(&mean)?;
    let variance = centered.sqr()?.mean_keepdim((0, 2))?;
    let factor = widened(scale)?.reshape((1, channels, 1))?;
    let factor = factor.div(&variance.affine(1.0, how.epsilon)?.sqrt()?)?;
    let offset = widened(shift)?.reshape((1, channels, 1))?;
    let result = centered.broadcast_mul(&factor)?.broadcast_add(&offset)?;
    Ok(Normalised {
        result: finished(&result, x, how.then)?,
        mean: mean.flatten_all()?.detach(),
        variance: variance.flatten_all()?.detach(),
    })
}

/// [`super::norm::normalise_with`], with the moments as tensors of one number a channel.
pub(super) fn normalise_with(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    (mean, variance): (&Tensor, &Tensor),
    how: How,
) -> Result<Tensor> {
    let (images, channels) = (x.dim(0)?, x.dim(1)?);
    let deviation = widened(variance)?.affine(1.0, how.epsilon)?.sqrt()?;
    let factor = widened(scale)?.div(&deviation)?;
    let offset = widened(shift)?.sub(&widened(mean)?.mul(&factor)?)?;
    let flat = x.contiguous()?.reshape((images, channels, ()))?;
    let factor = factor.to_dtype(x.dtype())?.reshape((1, channels, 1))?;
    let offset = offset.to_dtype(x.dtype())?.reshape((1, channels, 1))?;
    let result = flat.broadcast_mul(&factor)?.broadcast_add(&offset)?;
    finished(&result, x, how.then)
}

/// [`super::norm::slope_of_images`].
pub(super) fn slope_of_images(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    gradient: &Tensor,
    how: How,
) -> Result<Tensor> {
    let (images, channels) = (x.dim(0)?, x.dim(1)?);
    let rows = |x: &Tensor| x.contiguous()?.reshape((images, ()));
    let by_channel = |x: &Tensor| x.reshape((images, channels, ()));
    let centered = rows(x)?;
    let centered = centered.broadcast_sub(&centered.mean_keepdim(1)?)?;
    let variance = centered.sqr()?.mean_keepdim(1)?;
    let inverse = variance.affine(1.0, how.epsilon)?.sqrt()?.recip()?;
    let standard = centered.broadcast_mul(&inverse)?;
    let scale = scale.reshape((1, channels, 1))?;
    let mut scaled = by_channel(&rows(gradient)?)?.broadcast_mul(&scale)?;
    if how.then == Then::Relu {
        let result = by_channel(&standard)?
            .detach()
            .broadcast_mul(&scale.detach())?;
        let result = result.broadcast_add(&shift.detach().reshape((1, channels, 1))?)?;
        let open = result.gt(&result.zeros_like()?)?;
        scaled = scaled.mul(&open.to_dtype(scaled.dtype())?)?;
    }
    let scaled = rows(&scaled)?;
    let along = scaled.mul(&standard)?.mean_keepdim(1)?;
    let slope = scaled
        .broadcast_sub(&scaled.mean_keepdim(1)?)?
        .sub(&standard.broadcast_mul(&along)?)?;
    slope.broadcast_mul(&inverse)?.reshape(x.shape())
}

fn finished(result: &Tensor, like: &Tensor, then: Then) -> Result<Tensor> {
    let result = result.reshape(like.shape())?.to_dtype(like.dtype())?;
    match then {
        Then::Nothing => Ok(result),
        Then::Relu => leaky_relu(&result, 0.0),
    }
}

/// In at least single precision: the moments of a map do not fit into half.
fn widened(x: &Tensor) -> Result<Tensor> {
    match x.dtype() {
        DType::F32 | DType::F64 => Ok(x.clone()),
        _ => x.to_dtype(DType::F32),
    }
}

/// The `k`-th largest sample of each row of `(N, M)`, without gradient and without leaving the
/// device: `(N, 1)`.
pub(super) fn kth_largest(x: &Tensor, k: usize) -> Result<Tensor> {
    let (sorted, _) = x.detach().contiguous()?.sort_last_dim(false)?;
    let k = k.clamp(1, x.dim(D::Minus1)?);
    sorted.narrow(D::Minus1, k - 1, 1)?.contiguous()
}

#[cfg(test)]
pub(super) mod forced;
#[cfg(test)]
mod second_order;
#[cfg(test)]
mod tests;
