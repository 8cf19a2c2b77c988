//! Layers of feature maps beside the plain convolution and batch normalisation.

use super::super::norm::{self, Then};
use super::super::program::Deviation;
use super::{Fill, Parameter, Scope, Stepping, Tensor};
use crate::error::{Error, Result};

/// A transposed convolution of side 4 and stride 2 without a bias: it doubles the size.
#[derive(Clone, Debug)]
pub struct ConvTransposed2d {
    weight: Parameter,
}

impl ConvTransposed2d {
    /// Builds the layer with PyTorch's kernels `(C_in, C_out, 4, 4)`.
    pub fn new(scope: &Scope<'_>, (channels_in, channels_out): (usize, usize)) -> Result<Self> {
        let shape = [channels_in, channels_out, 4, 4];
        // PyTorch counts a transposed convolution's inputs by its second dimension.
        let fill = Fill::by_inputs(channels_out * 16);
        Ok(Self {
            weight: scope.trained("weight", &shape, fill)?,
        })
    }

    /// Enlarges `(N, C_in, H, W)` to `(N, C_out, 2H, 2W)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let &[_, _, height, width] = x.dims() else {
            return Err(Error::internal("only 4-dimensional maps are enlarged"));
        };
        let stepping = Stepping {
            stride: 2,
            padding: 1,
        };
        let size = (2 * height, 2 * width);
        x.convolve_transposed(&self.weight.tensor(), stepping, size)
    }
}

/// Instance normalisation with an affine map per channel (eps 1e-5).
#[derive(Clone, Debug)]
pub struct InstanceNorm {
    scale: Parameter,
    shift: Parameter,
}

impl InstanceNorm {
    /// Builds the normalisation of `channels` channels.
    pub fn new(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        Ok(Self {
            scale: scope.trained("weight", &[channels], Fill::Constant(1.0))?,
            shift: scope.trained("bias", &[channels], Fill::Constant(0.0))?,
        })
    }

    /// Normalises each map of `(N, C, H, W)` by itself.
    pub fn forward(&self, x: &Tensor, then: Then) -> Result<Tensor> {
        let affine = (&self.scale.tensor(), &self.shift.tensor());
        x.normalise_planes(Some(affine), norm::EPSILON, then)
    }
}

/// Layer normalisation of whole images, with an affine map per channel.
#[derive(Clone, Debug)]
pub struct ImageNorm {
    scale: Parameter,
    shift: Parameter,
    deviation: Deviation,
}

impl ImageNorm {
    /// Builds the normalisation by the biased variance (eps 1e-5), under PyTorch's names.
    pub fn new(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        let deviation = Deviation::Biased(norm::EPSILON as f32);
        Self::named(scope, ("weight", "bias"), channels, deviation)
    }

    /// Builds the normalisation by the unbiased deviation, to which 1e-5 is added, under the names
    /// `gamma` and `beta`: both are MUNIT's.
    pub fn unbiased(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        let deviation = Deviation::Unbiased(norm::EPSILON as f32);
        Self::named(scope, ("gamma", "beta"), channels, deviation)
    }

    fn named(
        scope: &Scope<'_>,
        (scale, shift): (&str, &str),
        channels: usize,
        deviation: Deviation,
    ) -> Result<Self> {
        Ok(Self {
            scale: scope.trained(scale, &[channels], Fill::Constant(1.0))?,
            shift: scope.trained(shift, &[channels], Fill::Constant(0.0))?,
            deviation,
        })
    }

    /// Normalises each image of `(N, C, H, W)` by itself.
    pub fn forward(&self, x: &Tensor, then: Then) -> Result<Tensor> {
        let affine = (&self.scale.tensor(), &self.shift.tensor());
        x.normalise_images(affine, self.deviation, then)
    }

    /// Returns what a gradient of [`Self::forward`]'s result is for `x`, as part of the graph: it can
    /// be differentiated once more.
    ///
    /// # Errors
    /// Where the deviation is the unbiased one, and off the CPU.
    pub fn slope(&self, x: &Tensor, gradient: &Tensor, then: Then) -> Result<Tensor> {
        let Deviation::Biased(epsilon) = self.deviation else {
            return Err(Error::internal(
                "only normalisations by the biased variance have a slope",
            ));
        };
        let affine = (&self.scale.tensor(), &self.shift.tensor());
        x.slope_of_images(affine, gradient, (f64::from(epsilon), then))
    }
}

/// Layer normalisation of whole images (eps 1e-5), with an affine map for every sample of an image, as
/// PyTorch's `LayerNorm([C, H, W])` has it. For networks that others trained: it has no slope.
#[derive(Clone, Debug)]
pub struct SampleNorm {
    scale: Parameter,
    shift: Parameter,
}

impl SampleNorm {
    /// Builds the normalisation of images of `shape`, `(C, H, W)`.
    pub fn new(scope: &Scope<'_>, shape: [usize; 3]) -> Result<Self> {
        Ok(Self {
            scale: scope.trained("weight", &shape, Fill::Constant(1.0))?,
            shift: scope.trained("bias", &shape, Fill::Constant(0.0))?,
        })
    }

    /// Normalises each image of `(N, C, H, W)` by itself.
    pub fn forward(&self, x: &Tensor, then: Then) -> Result<Tensor> {
        let &[_, channels, height, width] = x.dims() else {
            return Err(Error::internal("only 4-dimensional maps are normalised"));
        };
        let plain = |value: f32| x.constant_like(vec![value; channels], &[channels]);
        let deviation = Deviation::Biased(norm::EPSILON as f32);
        let normal = x.normalise_images((&plain(1.0)?, &plain(0.0)?), deviation, Then::Nothing)?;
        let of_one =
            |parameter: &Parameter| parameter.tensor().reshape(&[1, channels, height, width]);
        let scaled = normal.times(&of_one(&self.scale)?)?;
        let shifted = scaled.plus(&of_one(&self.shift)?)?;
        match then {
            Then::Nothing => Ok(shifted),
            Then::Relu => shifted.relu(),
        }
    }
}
