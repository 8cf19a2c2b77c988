//! What is done to feature maps `(N, C, H, W)`.

use super::Tensor;
use crate::compute::convolution::{self, Stepping};
use crate::compute::norm::{self, EPSILON, Then};
use crate::compute::program::{Activation, Border, Deviation, Fixed, Over, Resampling};
use crate::compute::resample;
use crate::error::Result;

impl Then {
    /// The same as an engine's activation.
    fn activation(self) -> Activation {
        match self {
            Self::Nothing => Activation::Nothing,
            Self::Relu => Activation::Leaky(0.0),
        }
    }
}

impl Tensor {
    /// Convolves `(N, C_in, H, W)` with `(C_out, C_in, kH, kW)` and a bias `(C_out)`.
    pub fn convolve(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        stepping: Stepping,
    ) -> Result<Self> {
        let bias = bias.map(Self::candle).transpose()?;
        let kernels = kernels.candle()?;
        match self {
            Self::Candle(x) => Ok(Self::Candle(convolution::convolve(
                x, kernels, bias, stepping,
            )?)),
            Self::Recorded(x) => {
                let bias = bias.map(Fixed::of).transpose()?;
                let kernels = Fixed::of(kernels)?;
                let result = x.convolve(kernels, bias, stepping, Border::Zero)?;
                Ok(Self::Recorded(result))
            }
        }
    }

    /// Spreads `(N, C_out, H', W')` through `(C_out, C_in, kH, kW)` onto `(N, C_in, height, width)`:
    /// a transposed convolution.
    pub fn convolve_transposed(
        &self,
        kernels: &Self,
        stepping: Stepping,
        size: (usize, usize),
    ) -> Result<Self> {
        let kernels = kernels.candle()?;
        self.one(
            |x| convolution::convolve_transposed(x, kernels, stepping, size),
            |x| x.convolve_transposed(Fixed::of(kernels)?, stepping, size),
        )
    }

    /// Enlarges `(N, C, H, W)` by two, bilinearly (`align_corners = false`).
    pub fn twice_as_large(&self) -> Result<Self> {
        self.one(resample::twice_as_large, |x| {
            x.resample(Resampling::TwiceBilinear)
        })
    }

    /// Computes the mean of each map: `(N, C, 1, 1)`.
    pub fn mean_pixels(&self) -> Result<Self> {
        self.one(
            |x| x.mean_keepdim(3)?.mean_keepdim(2),
            |x| x.resample(Resampling::Mean),
        )
    }

    /// Computes `then(x · scale[c] + shift[c])` with numbers that no gradient moves.
    pub(crate) fn scale_channels(
        &self,
        scale: Vec<f32>,
        shift: Vec<f32>,
        then: Then,
    ) -> Result<Self> {
        let channels = scale.len();
        match self {
            Self::Candle(_) => {
                let shape = [1, channels, 1, 1];
                let scaled = self.times(&self.constant_like(scale, &shape)?)?;
                let shifted = scaled.plus(&self.constant_like(shift, &shape)?)?;
                match then {
                    Then::Nothing => Ok(shifted),
                    Then::Relu => shifted.relu(),
                }
            }
            Self::Recorded(x) => Ok(Self::Recorded(x.scale(scale, shift, then.activation()))),
        }
    }

    /// Normalises each channel of each image by its own moments, as batch normalisation in training
    /// mode does at batch size 1.
    pub fn instance_norm(&self, scale: &Self, shift: &Self, then: Then) -> Result<Self> {
        match self {
            Self::Candle(x) => {
                let (n, channels, height, width) = x.dims4()?;
                let as_one = x.contiguous()?.reshape((1, n * channels, height, width))?;
                let (scale, shift) = (scale.candle()?.repeat(n)?, shift.candle()?.repeat(n)?);
                let (result, _) = norm::normalise(&as_one, &scale, &shift, then)?;
                Ok(Self::Candle(result.reshape((n, channels, height, width))?))
            }
            Self::Recorded(x) => {
                let (scale, shift) = (scale.recorded_as(x)?, shift.recorded_as(x)?);
                let deviation = Deviation::Biased(EPSILON as f32);
                let affine = Some((&scale, &shift));
                let result = x.normalise(Over::Plane, deviation, affine, then.activation());
                Ok(Self::Recorded(result))
            }
        }
    }

    /// Normalises rows `(N, width)` by their own moments (eps 1e-5).
    pub fn layer_norm(&self, scale: &Self, shift: &Self) -> Result<Self> {
        match self {
            Self::Candle(x) => {
                let centered = x.broadcast_sub(&x.mean_keepdim(1)?)?;
                let variance = centered.sqr()?.mean_keepdim(1)?;
                let deviation = variance.affine(1.0, EPSILON)?.sqrt()?;
                Self::Candle(centered.broadcast_div(&deviation)?)
                    .times(scale)?
                    .plus(shift)
            }
            Self::Recorded(x) => {
                let (scale, shift) = (scale.recorded_as(x)?, shift.recorded_as(x)?);
                let deviation = Deviation::Biased(EPSILON as f32);
                let affine = Some((&scale, &shift));
                let result = x.normalise(Over::Image, deviation, affine, Activation::Nothing);
                Ok(Self::Recorded(result))
            }
        }
    }
}
