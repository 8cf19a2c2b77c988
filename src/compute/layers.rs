//! The layers that all networks share.

mod batch_norm;
mod maps;

pub use batch_norm::{BatchNorm, Convention};
pub use maps::{ConvTransposed2d, ImageNorm, InstanceNorm, SampleNorm};

use super::program::Border;
use super::{Fill, Parameter, Scope, Stepping, Tensor};
use crate::error::{Error, Result};

/// Whether a network learns or is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Normalises by the batch and updates the running statistics.
    Train,
    /// Normalises by the running statistics.
    Use,
}

/// A convolution, padded with zeros unless told otherwise.
#[derive(Clone, Debug)]
pub struct Conv2d {
    weight: Parameter,
    bias: Option<Parameter>,
    stepping: Stepping,
    border: Border,
}

/// The shape of a convolution's kernels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    pub(crate) channels_in: usize,
    pub(crate) channels_out: usize,
    pub(crate) side: usize,
    pub(crate) stride: usize,
    pub(crate) bias: bool,
}

impl Conv2d {
    /// Builds a square convolution with a bias, padded so that at a stride of 1 an odd side keeps
    /// the size and at a stride of 2 any halves it.
    pub fn new(
        scope: &Scope<'_>,
        (channels_in, channels_out): (usize, usize),
        side: usize,
        stride: usize,
    ) -> Result<Self> {
        let kernel = Kernel {
            channels_in,
            channels_out,
            side,
            stride,
            bias: true,
        };
        Self::build(scope, kernel)
    }

    /// Builds the convolution without a bias.
    pub fn without_bias(
        scope: &Scope<'_>,
        (channels_in, channels_out): (usize, usize),
        side: usize,
        stride: usize,
    ) -> Result<Self> {
        let kernel = Kernel {
            channels_in,
            channels_out,
            side,
            stride,
            bias: false,
        };
        Self::build(scope, kernel)
    }

    fn build(scope: &Scope<'_>, kernel: Kernel) -> Result<Self> {
        let inputs = kernel.channels_in * kernel.side * kernel.side;
        let fill = Fill::by_inputs(inputs);
        let shape = [
            kernel.channels_out,
            kernel.channels_in,
            kernel.side,
            kernel.side,
        ];
        let bias = match kernel.bias {
            true => Some(scope.trained("bias", &shape[..1], fill)?),
            false => None,
        };
        Ok(Self {
            weight: scope.trained("weight", &shape, fill)?,
            bias,
            stepping: Stepping {
                stride: kernel.stride,
                padding: kernel.side.saturating_sub(1) / 2,
            },
            border: Border::Zero,
        })
    }

    /// Pads with the mirrored image instead of zeros.
    #[must_use]
    pub fn reflecting(mut self) -> Self {
        self.border = Border::Reflect;
        self
    }

    /// Convolves `(N, C_in, H, W)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Parameter::tensor);
        let weight = self.weight.tensor();
        match self.border {
            Border::Zero => x.convolve(&weight, bias.as_ref(), self.stepping),
            Border::Reflect => x.convolve_reflected(&weight, bias.as_ref(), self.stepping),
        }
    }

    /// Spreads `(N, C_out, H', W')` through the kernels back onto `(N, C_in, height, width)`: what
    /// a gradient of the outputs is for the inputs.
    ///
    /// # Errors
    /// When the shapes do not fit, or the borders are mirrored.
    pub fn spread(&self, outputs: &Tensor, size: (usize, usize)) -> Result<Tensor> {
        if self.border == Border::Reflect {
            return Err(Error::internal("mirrored borders are not spread back"));
        }
        outputs.convolve_transposed(&self.weight.tensor(), self.stepping, size)
    }
}

/// A fully connected layer.
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Parameter,
    bias: Parameter,
}

impl Linear {
    /// Builds a layer under PyTorch's names `weight` and `bias`.
    pub fn new(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Result<Self> {
        let fill = Fill::by_inputs(inputs);
        Ok(Self {
            weight: scope.trained("weight", &[outputs, inputs], fill)?,
            bias: scope.trained("bias", &[outputs], fill)?,
        })
    }

    /// Returns the weight, `(outputs, inputs)`.
    pub fn weight(&self) -> Tensor {
        self.weight.tensor()
    }

    /// Applies the layer to the last dimension of `(N, inputs)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.linear(&self.weight.tensor(), Some(&self.bias.tensor()))
    }
}

/// Layer normalisation over the last dimension (eps 1e-5).
#[derive(Clone, Debug)]
pub struct LayerNorm {
    scale: Parameter,
    shift: Parameter,
}

impl LayerNorm {
    /// Builds the normalisation of rows of `width`.
    pub fn new(scope: &Scope<'_>, width: usize) -> Result<Self> {
        Ok(Self {
            scale: scope.trained("weight", &[width], Fill::Constant(1.0))?,
            shift: scope.trained("bias", &[width], Fill::Constant(0.0))?,
        })
    }

    /// Normalises each row of `(N, width)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.layer_norm(&self.scale.tensor(), &self.shift.tensor())
    }
}
