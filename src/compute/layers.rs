//! The layers that all networks share.

use super::norm::{self, Moments, Then};
use super::plain;
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

/// A convolution with zero padding.
#[derive(Clone, Debug)]
pub struct Conv2d {
    weight: Parameter,
    bias: Option<Parameter>,
    stepping: Stepping,
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
    /// Builds a square convolution, padded by half its side, with a bias.
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
                padding: kernel.side / 2,
            },
        })
    }

    /// Convolves `(N, C_in, H, W)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(Parameter::tensor);
        x.convolve(&self.weight.tensor(), bias.as_ref(), self.stepping)
    }
}

/// Batch normalisation with running statistics (eps 1e-5, momentum 0.1, unbiased running variance).
#[derive(Clone, Debug)]
pub struct BatchNorm {
    scale: Parameter,
    shift: Parameter,
    running_mean: Parameter,
    running_variance: Parameter,
}

const MOMENTUM: f64 = 0.1;

impl BatchNorm {
    /// Builds the normalisation of `channels` channels.
    pub fn new(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        let shape = [channels];
        Ok(Self {
            scale: scope.trained("weight", &shape, Fill::Constant(1.0))?,
            shift: scope.trained("bias", &shape, Fill::Constant(0.0))?,
            running_mean: scope.stored("running_mean", &shape, Fill::Constant(0.0))?,
            running_variance: scope.stored("running_var", &shape, Fill::Constant(1.0))?,
        })
    }

    /// Normalises `(N, C, H, W)`.
    pub fn forward(&self, x: &Tensor, mode: Mode, then: Then) -> Result<Tensor> {
        let (scale, shift) = (self.scale.tensor(), self.shift.tensor());
        let (x, scale, shift) = (x.candle(), scale.candle(), shift.candle());
        match mode {
            Mode::Use => {
                if plain::serves(x) {
                    let (mean, variance) = (&self.running_mean, &self.running_variance);
                    let moments = (mean.variable.as_tensor(), variance.variable.as_tensor());
                    let result = plain::normalise_with(x, (scale, shift), moments, then)?;
                    return Ok(Tensor::Candle(result));
                }
                let moments = self.running()?;
                let result = norm::normalise_with(x, (scale, shift), moments, then)?;
                Ok(Tensor::Candle(result))
            }
            Mode::Train => {
                let (result, moments) = norm::normalise(x, scale, shift, then)?;
                let moments = moments.numbers()?;
                let count = x.elem_count() / moments.len().max(1);
                self.remember(&moments, count)?;
                Ok(Tensor::Candle(result))
            }
        }
    }

    /// Normalises each image by its own moments, whatever the mode.
    pub fn per_image(&self, x: &Tensor, then: Then) -> Result<Tensor> {
        x.instance_norm(&self.scale.tensor(), &self.shift.tensor(), then)
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
        let unbiased = count as f64 / (count.max(2) - 1) as f64;
        let old = self.running()?;
        let blend = |old: f64, new: f64| (1.0 - MOMENTUM) * old + MOMENTUM * new;
        let pairs = old.iter().zip(moments);
        let (mean, variance): (Vec<f64>, Vec<f64>) = pairs
            .map(|(old, new)| (blend(old.0, new.0), blend(old.1, new.1 * unbiased)))
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
