//! Convolutions of feature maps `(N, C, H, W)`.

use super::Tensor;
use crate::compute::convolution::{self, Stepping};
use crate::compute::program::{Border, Fixed};
use crate::error::Result;

impl Tensor {
    /// Convolves `(N, C_in, H, W)` with `(C_out, C_in, kH, kW)` and a bias `(C_out)`, with zeros
    /// beyond the edges.
    pub fn convolve(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        stepping: Stepping,
    ) -> Result<Self> {
        match self {
            Self::Candle(x) => {
                let bias = bias.map(Self::candle).transpose()?;
                let result = convolution::convolve(x, kernels.candle()?, bias, stepping)?;
                Ok(Self::Candle(result))
            }
            Self::Recorded(_) => self.convolve_recorded(kernels, bias, stepping, Border::Zero),
        }
    }

    /// Convolves as [`Self::convolve`] does, with the mirrored maps beyond the edges.
    ///
    /// # Errors
    /// When the shapes do not fit, or a side is not longer than the padding.
    pub fn convolve_reflected(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        stepping: Stepping,
    ) -> Result<Self> {
        match self {
            Self::Candle(_) => {
                let unpadded = Stepping {
                    padding: 0,
                    ..stepping
                };
                self.reflect_pad(stepping.padding)?
                    .convolve(kernels, bias, unpadded)
            }
            Self::Recorded(_) => self.convolve_recorded(kernels, bias, stepping, Border::Reflect),
        }
    }

    fn convolve_recorded(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        stepping: Stepping,
        border: Border,
    ) -> Result<Self> {
        let fixed = |tensor: &Self| Fixed::of(tensor.candle()?);
        let (kernels, bias) = (fixed(kernels)?, bias.map(fixed).transpose()?);
        self.one(
            |x| Ok(x.clone()),
            |x| x.convolve(kernels, bias, stepping, border),
        )
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
}
