//! The layers that all networks share.

mod maps;

pub use maps::{ConvTransposed2d, ImageNorm, InstanceNorm};

use super::norm::{self, How, Moments, Then};
use super::program::Border;
use super::{Fill, Parameter, Scope, Stepping, Tensor};
use crate::error::Result;

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
}

/// Batch normalisation with running statistics.
#[derive(Clone, Debug)]
pub struct BatchNorm {
    scale: Parameter,
    shift: Parameter,
    running_mean: Parameter,
    running_variance: Parameter,
    convention: Convention,
}

/// The numbers in which libraries' batch normalisations differ.
#[derive(Clone, Copy, Debug)]
pub struct Convention {
    /// Added to the variance.
    pub epsilon: f64,
    /// The share of a batch in the running statistics.
    pub momentum: f64,
    /// Whether the running variance is that of a sample (n − 1) or of the batch itself (n).
    pub unbiased: bool,
}

impl Convention {
    /// PyTorch's `BatchNorm2d`.
    pub const PYTORCH: Self = Self {
        epsilon: norm::EPSILON,
        momentum: 0.1,
        unbiased: true,
    };
    /// TensorFlow's `batch_normalization`.
    pub const TENSORFLOW: Self = Self {
        epsilon: 1e-3,
        momentum: 0.01,
        unbiased: false,
    };
}

impl BatchNorm {
    /// Builds the normalisation of `channels` channels as PyTorch has it.
    pub fn new(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        let shape = [channels];
        Ok(Self {
            scale: scope.trained("weight", &shape, Fill::Constant(1.0))?,
            shift: scope.trained("bias", &shape, Fill::Constant(0.0))?,
            running_mean: scope.stored("running_mean", &shape, Fill::Constant(0.0))?,
            running_variance: scope.stored("running_var", &shape, Fill::Constant(1.0))?,
            convention: Convention::PYTORCH,
        })
    }

    /// Follows another library's convention.
    #[must_use]
    pub fn following(mut self, convention: Convention) -> Self {
        self.convention = convention;
        self
    }

    /// Normalises `(N, C, H, W)`.
    pub fn forward(&self, x: &Tensor, mode: Mode, then: Then) -> Result<Tensor> {
        let (scale, shift) = (self.scale.tensor(), self.shift.tensor());
        let (x, scale, shift) = (x.candle(), scale.candle(), shift.candle());
        let epsilon = self.convention.epsilon;
        let how = How { epsilon, then };
        match mode {
            Mode::Use => {
                let moments = self.running()?;
                let result = norm::normalise_with(x, (scale, shift), moments, how)?;
                Ok(Tensor::Candle(result))
            }
            Mode::Train => {
                let (result, moments) = norm::normalise(x, scale, shift, how)?;
                let count = x.elem_count() / moments.len().max(1);
                self.remember(&moments, count)?;
                Ok(Tensor::Candle(result))
            }
        }
    }

    /// Normalises each image by its own moments, whatever the mode.
    pub fn per_image(&self, x: &Tensor, then: Then) -> Result<Tensor> {
        let affine = (&self.scale.tensor(), &self.shift.tensor());
        x.normalise_planes(Some(affine), self.convention.epsilon, then)
    }

    fn running(&self) -> Result<Moments> {
        let numbers = |parameter: &Parameter| -> Result<Vec<f64>> {
            let exact = parameter.variable.to_dtype(candle_core::DType::F64)?;
            Ok(exact.to_vec1()?)
        };
        let mean = numbers(&self.running_mean)?;
        let variance = numbers(&self.running_variance)?;
        Ok(mean.into_iter().zip(variance).collect())
    }

    fn remember(&self, moments: &Moments, count: usize) -> Result<()> {
        let Convention {
            momentum, unbiased, ..
        } = self.convention;
        let correction = match unbiased {
            true => count as f64 / (count.max(2) - 1) as f64,
            false => 1.0,
        };
        let old = self.running()?;
        let blend = |old: f64, new: f64| (1.0 - momentum) * old + momentum * new;
        let pairs = old.iter().zip(moments);
        let (mean, variance): (Vec<f64>, Vec<f64>) = pairs
            .map(|(old, new)| (blend(old.0, new.0), blend(old.1, new.1 * correction)))
            .unzip();
        set(&self.running_mean, mean)?;
        set(&self.running_variance, variance)
    }
}

fn set(parameter: &Parameter, samples: Vec<f64>) -> Result<()> {
    let variable = &parameter.variable;
    let tensor = candle_core::Tensor::from_vec(samples, variable.shape(), variable.device())?;
    variable.set(&tensor.to_dtype(variable.dtype())?)?;
    Ok(())
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

    /// Applies the layer to the last dimension of `(N, inputs)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight.tensor().transposed()?)?
            .plus(&self.bias.tensor())
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
        let x = x.candle();
        let centered = x.broadcast_sub(&x.mean_keepdim(1)?)?;
        let variance = centered.sqr()?.mean_keepdim(1)?;
        let deviation = variance.affine(1.0, norm::EPSILON)?.sqrt()?;
        Tensor::Candle(centered.broadcast_div(&deviation)?)
            .times(&self.scale.tensor())?
            .plus(&self.shift.tensor())
    }
}
