//! Batch normalisation, which learns and is used differently.

use super::super::norm::{self, How, Moments, Then};
use super::super::plain::{self, Found};
use super::{Fill, Mode, Parameter, Scope, Tensor};
use crate::error::Result;

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
        if let (Tensor::Recorded(_), Mode::Use) = (x, mode) {
            let (scale, shift) = self.as_scale()?;
            return x.scale_channels(scale, shift, then);
        }
        let (scale, shift) = (self.scale.tensor(), self.shift.tensor());
        let (x, scale, shift) = (x.candle()?, scale.candle()?, shift.candle()?);
        let epsilon = self.convention.epsilon;
        let how = How { epsilon, then };
        match mode {
            Mode::Use if plain::serves(x) => {
                let (mean, variance) = (&self.running_mean, &self.running_variance);
                let moments = (mean.variable.as_tensor(), variance.variable.as_tensor());
                let result = plain::normalise_with(x, (scale, shift), moments, how)?;
                Ok(Tensor::Candle(result))
            }
            Mode::Use => {
                let moments = self.running()?;
                let result = norm::normalise_with(x, (scale, shift), moments, how)?;
                Ok(Tensor::Candle(result))
            }
            Mode::Train => {
                let (result, found) = norm::normalise(x, scale, shift, how)?;
                let count = x.elem_count() / scale.elem_count().max(1);
                self.remember(&found, count)?;
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
        let mean = numbers(&self.running_mean)?;
        let variance = numbers(&self.running_variance)?;
        Ok(mean.into_iter().zip(variance).collect())
    }

    /// The normalisation by running statistics as a factor and an offset per channel.
    fn as_scale(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        let (scale, shift) = (numbers(&self.scale)?, numbers(&self.shift)?);
        let pairs = scale.iter().zip(&shift).zip(self.running()?);
        Ok(pairs
            .map(|((scale, shift), (mean, variance))| {
                let factor = scale / (variance + self.convention.epsilon).sqrt();
                (factor as f32, (shift - mean * factor) as f32)
            })
            .unzip())
    }

    /// Moves the running statistics towards those of a batch of `count` samples a channel.
    fn remember(&self, found: &Found, count: usize) -> Result<()> {
        let Convention {
            momentum, unbiased, ..
        } = self.convention;
        let correction = match unbiased {
            true => count as f64 / (count.max(2) - 1) as f64,
            false => 1.0,
        };
        let moments = match found {
            Found::Numbers(moments) => moments,
            Found::OnDevice { mean, variance } => {
                move_towards(&self.running_mean, mean, (momentum, 1.0))?;
                return move_towards(&self.running_variance, variance, (momentum, correction));
            }
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

fn numbers(parameter: &Parameter) -> Result<Vec<f64>> {
    let exact = parameter.variable.to_dtype(candle_core::DType::F64)?;
    Ok(exact.to_vec1()?)
}

/// Blends a device's numbers into running ones without asking the device for them: a training step
/// would wait for the answer at every layer.
fn move_towards(
    running: &Parameter,
    found: &candle_core::Tensor,
    (momentum, correction): (f64, f64),
) -> Result<()> {
    let old = running.variable.as_detached_tensor();
    let new = found.to_dtype(old.dtype())?;
    let new = new.affine(momentum * correction, 0.0)?;
    let blended = old.affine(1.0 - momentum, 0.0)?.add(&new)?;
    Ok(running.variable.set(&blended)?)
}

fn set(parameter: &Parameter, samples: Vec<f64>) -> Result<()> {
    let variable = &parameter.variable;
    let tensor = candle_core::Tensor::from_vec(samples, variable.shape(), variable.device())?;
    variable.set(&tensor.to_dtype(variable.dtype())?)?;
    Ok(())
}
