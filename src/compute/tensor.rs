//! The tensor every network is written against.

mod arithmetic;
mod convolutions;
mod norms;
mod sizes;

use candle_core::backprop::GradStore;
use candle_core::{DType, Var};

use super::Device;
use super::program::{Fixed, Recorded};
use crate::error::{Error, Result};

/// A tensor: computed at once by candle, which also differentiates it, or recorded for an engine
/// that runs the network again and again.
#[derive(Clone, Debug)]
pub enum Tensor {
    /// A candle tensor: all training, and CUDA.
    Candle(candle_core::Tensor),
    /// A value that has no samples yet: fast inference on the CPU and on any GPU.
    Recorded(Recorded),
}

/// The gradients of one loss.
pub struct Gradients(GradStore);

impl Gradients {
    /// Returns the gradient of a trained variable, if the loss depends on it.
    pub fn of(&self, variable: &Var) -> Option<&candle_core::Tensor> {
        self.0.get(variable)
    }
}

impl Tensor {
    /// Makes a tensor of f32 samples on the CPU.
    ///
    /// # Errors
    /// When the shape does not hold as many samples.
    pub fn from_samples(samples: Vec<f32>, shape: &[usize]) -> Result<Self> {
        let tensor = candle_core::Tensor::from_vec(samples, shape, &candle_core::Device::Cpu)?;
        Ok(Self::Candle(tensor))
    }

    /// Moves the samples to where a device computes; where they already are, it copies nothing.
    ///
    /// # Errors
    /// When the device has no memory left, and while the network is being recorded.
    pub fn on(&self, device: &Device) -> Result<Self> {
        let there = self.candle()?.to_device(&device.candle())?;
        Ok(Self::Candle(match device.dtype() {
            DType::F32 => there,
            stored => there.to_dtype(stored)?,
        }))
    }

    /// Makes a constant of the same precision and on the same device.
    ///
    /// # Errors
    /// When the shape does not hold as many samples.
    pub fn constant_like(&self, samples: Vec<f32>, shape: &[usize]) -> Result<Self> {
        match self {
            Self::Candle(like) => {
                let tensor = super::cuda::constant(samples, shape, like.device())?;
                Ok(Self::Candle(tensor.to_dtype(like.dtype())?))
            }
            Self::Recorded(_) => Self::from_samples(samples, shape),
        }
    }

    /// Returns the samples as f32, row-major.
    ///
    /// # Errors
    /// While the network is being recorded.
    pub fn to_samples(&self) -> Result<Vec<f32>> {
        let flat = self.candle()?.flatten_all()?.to_dtype(DType::F32)?;
        Ok(flat.to_vec1()?)
    }

    /// Returns the single sample of a tensor of one, in f64.
    ///
    /// # Errors
    /// While the network is being recorded.
    pub fn to_number(&self) -> Result<f64> {
        let flat = self.candle()?.flatten_all()?.to_dtype(DType::F64)?;
        Ok(flat.get(0)?.to_scalar()?)
    }

    /// Returns the candle tensor.
    ///
    /// # Errors
    /// While the network is being recorded: what asks for samples belongs to training.
    pub fn candle(&self) -> Result<&candle_core::Tensor> {
        match self {
            Self::Candle(tensor) => Ok(tensor),
            Self::Recorded(_) => Err(Error::internal(
                "a network that is being recorded was asked for its samples",
            )),
        }
    }

    /// Returns the sizes.
    pub fn dims(&self) -> &[usize] {
        match self {
            Self::Candle(tensor) => tensor.dims(),
            Self::Recorded(value) => value.dims(),
        }
    }

    /// Cuts the graph: the result has the values and no history.
    pub fn detach(&self) -> Self {
        match self {
            Self::Candle(tensor) => Self::Candle(tensor.detach()),
            Self::Recorded(_) => self.clone(),
        }
    }

    /// Computes the gradients of a loss of one sample.
    ///
    /// # Errors
    /// When an operation has no gradient, and while the network is being recorded.
    pub fn backward(&self) -> Result<Gradients> {
        Ok(Gradients(self.candle()?.backward()?))
    }

    /// Gives the samples another shape.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self> {
        self.one(|x| x.contiguous()?.reshape(shape), |x| x.reshape(shape))
    }

    /// Exchanges dimensions and lays the samples out anew.
    pub fn permute(&self, order: &[usize]) -> Result<Self> {
        self.one(|x| x.permute(order)?.contiguous(), |x| x.permute(order))
    }

    /// Exchanges the last two dimensions.
    pub fn transposed(&self) -> Result<Self> {
        let rank = self.dims().len();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(rank.saturating_sub(2), rank.saturating_sub(1));
        self.one(candle_core::Tensor::t, |x| x.permute(&order))
    }

    /// Takes `count` entries from `first` along a dimension.
    pub fn narrow(&self, dimension: usize, first: usize, count: usize) -> Result<Self> {
        self.one(
            |x| x.narrow(dimension, first, count),
            |x| x.narrow(dimension, first, count),
        )
    }

    /// Joins tensors along a dimension.
    pub fn join(tensors: &[&Self], dimension: usize) -> Result<Self> {
        let recorded = tensors.iter().find_map(|tensor| tensor.recorded());
        if let Some(like) = recorded {
            let parts = tensors.iter().map(|tensor| tensor.recorded_as(like));
            let parts: Vec<Recorded> = parts.collect::<Result<_>>()?;
            return Ok(Self::Recorded(Recorded::join(&parts, dimension)?));
        }
        let tensors: Vec<_> = tensors
            .iter()
            .map(|tensor| tensor.candle())
            .collect::<Result<_>>()?;
        Ok(Self::Candle(candle_core::Tensor::cat(&tensors, dimension)?))
    }

    fn recorded(&self) -> Option<&Recorded> {
        match self {
            Self::Candle(_) => None,
            Self::Recorded(value) => Some(value),
        }
    }

    /// As a value of the graph that `like` belongs to; weights become its constants.
    pub(super) fn recorded_as(&self, like: &Recorded) -> Result<Recorded> {
        match self {
            Self::Candle(tensor) => Ok(like.constant(Fixed::of(tensor)?)),
            Self::Recorded(value) => Ok(value.clone()),
        }
    }

    /// Does one thing on either arm.
    fn one(
        &self,
        candle: impl FnOnce(&candle_core::Tensor) -> candle_core::Result<candle_core::Tensor>,
        recorded: impl FnOnce(&Recorded) -> Result<Recorded>,
    ) -> Result<Self> {
        match self {
            Self::Candle(x) => Ok(Self::Candle(candle(x)?)),
            Self::Recorded(x) => Ok(Self::Recorded(recorded(x)?)),
        }
    }

    /// Does one thing with two tensors; if either is recorded, so is the result.
    fn two(
        &self,
        other: &Self,
        candle: impl FnOnce(
            &candle_core::Tensor,
            &candle_core::Tensor,
        ) -> candle_core::Result<candle_core::Tensor>,
        recorded: impl FnOnce(&Recorded, &Recorded) -> Result<Recorded>,
    ) -> Result<Self> {
        let like = match (self, other) {
            (Self::Candle(a), Self::Candle(b)) => return Ok(Self::Candle(candle(a, b)?)),
            (Self::Recorded(like), _) | (_, Self::Recorded(like)) => like,
        };
        let (a, b) = (self.recorded_as(like)?, other.recorded_as(like)?);
        Ok(Self::Recorded(recorded(&a, &b)?))
    }
}

impl From<candle_core::Tensor> for Tensor {
    fn from(tensor: candle_core::Tensor) -> Self {
        Self::Candle(tensor)
    }
}
