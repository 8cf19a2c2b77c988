//! The tensor every network is written against.

use candle_core::backprop::GradStore;
use candle_core::{D, DType, Var};

use super::convolution::{self, Stepping};
use super::{pointwise, resample};
use crate::error::Result;

/// A tensor on some device. Operations that differentiate do so on the candle arm only.
#[derive(Clone, Debug)]
pub enum Tensor {
    /// A candle tensor: the CPU, and all training.
    Candle(candle_core::Tensor),
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

    /// Makes a tensor of zeros like another in precision and device.
    pub fn zeros_like(&self, shape: &[usize]) -> Result<Self> {
        let like = self.candle();
        Ok(Self::Candle(candle_core::Tensor::zeros(
            shape,
            like.dtype(),
            like.device(),
        )?))
    }

    /// Returns the samples as f32, row-major.
    pub fn to_samples(&self) -> Result<Vec<f32>> {
        let flat = self.candle().flatten_all()?.to_dtype(DType::F32)?;
        Ok(flat.to_vec1()?)
    }

    /// Returns the single sample of a tensor of one, in f64.
    pub fn to_number(&self) -> Result<f64> {
        let flat = self.candle().flatten_all()?.to_dtype(DType::F64)?;
        Ok(flat.get(0)?.to_scalar()?)
    }

    /// Returns the candle tensor.
    pub fn candle(&self) -> &candle_core::Tensor {
        match self {
            Self::Candle(tensor) => tensor,
        }
    }

    /// Returns the sizes.
    pub fn dims(&self) -> &[usize] {
        self.candle().dims()
    }

    /// Cuts the graph: the result has the values and no history.
    pub fn detach(&self) -> Self {
        Self::Candle(self.candle().detach())
    }

    /// Computes the gradients of a loss of one sample.
    pub fn backward(&self) -> Result<Gradients> {
        Ok(Gradients(self.candle().backward()?))
    }

    /// Gives the samples another shape.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self> {
        Ok(Self::Candle(self.candle().contiguous()?.reshape(shape)?))
    }

    /// Exchanges dimensions and lays the samples out anew.
    pub fn permute(&self, order: &[usize]) -> Result<Self> {
        Ok(Self::Candle(self.candle().permute(order)?.contiguous()?))
    }

    /// Takes `count` entries from `first` along a dimension.
    pub fn narrow(&self, dimension: usize, first: usize, count: usize) -> Result<Self> {
        Ok(Self::Candle(self.candle().narrow(dimension, first, count)?))
    }

    /// Joins tensors along a dimension.
    pub fn join(tensors: &[&Self], dimension: usize) -> Result<Self> {
        let tensors: Vec<_> = tensors.iter().map(|tensor| tensor.candle()).collect();
        Ok(Self::Candle(candle_core::Tensor::cat(&tensors, dimension)?))
    }

    /// Adds, with broadcasting.
    pub fn plus(&self, other: &Self) -> Result<Self> {
        Ok(Self::Candle(self.candle().broadcast_add(other.candle())?))
    }

    /// Subtracts, with broadcasting.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        Ok(Self::Candle(self.candle().broadcast_sub(other.candle())?))
    }

    /// Multiplies sample by sample, with broadcasting.
    pub fn times(&self, other: &Self) -> Result<Self> {
        Ok(Self::Candle(self.candle().broadcast_mul(other.candle())?))
    }

    /// Divides sample by sample, with broadcasting.
    pub fn over(&self, other: &Self) -> Result<Self> {
        Ok(Self::Candle(self.candle().broadcast_div(other.candle())?))
    }

    /// Computes `factor · x + offset`.
    pub fn affine(&self, factor: f64, offset: f64) -> Result<Self> {
        Ok(Self::Candle(self.candle().affine(factor, offset)?))
    }

    /// Computes the absolute value.
    pub fn abs(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle().abs()?))
    }

    /// Computes `max(x, 0)`.
    pub fn relu(&self) -> Result<Self> {
        Ok(Self::Candle(pointwise::leaky_relu(self.candle(), 0.0)?))
    }

    /// Computes `max(self + other, 0)` in one pass.
    pub fn add_relu(&self, other: &Self) -> Result<Self> {
        Ok(Self::Candle(pointwise::add_relu(
            self.candle(),
            other.candle(),
        )?))
    }

    /// Computes `x` where positive and `slope · x` elsewhere.
    pub fn leaky_relu(&self, slope: f64) -> Result<Self> {
        Ok(Self::Candle(pointwise::leaky_relu(self.candle(), slope)?))
    }

    /// Computes the logistic function.
    pub fn sigmoid(&self) -> Result<Self> {
        Ok(Self::Candle(candle_nn::ops::sigmoid(self.candle())?))
    }

    /// Computes the hyperbolic tangent.
    pub fn tanh(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle().tanh()?))
    }

    /// Computes the softmax over the last dimension.
    pub fn softmax(&self) -> Result<Self> {
        // candle's fused `softmax_last_dim` has no gradient and says nothing about it.
        Ok(Self::Candle(candle_nn::ops::softmax(
            self.candle(),
            D::Minus1,
        )?))
    }

    /// Multiplies matrices, batch by batch.
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        let (left, right) = (self.candle().contiguous()?, other.candle().contiguous()?);
        Ok(Self::Candle(left.matmul(&right)?))
    }

    /// Exchanges the last two dimensions.
    pub fn transposed(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle().t()?))
    }

    /// Computes the mean over everything.
    pub fn mean(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle().mean_all()?))
    }

    /// Computes the mean of the squared differences.
    pub fn mean_squared_error(&self, other: &Self) -> Result<Self> {
        let difference = self.candle().sub(other.candle())?;
        Ok(Self::Candle(difference.sqr()?.mean_all()?))
    }

    /// Sums over the last dimension, which stays with size 1.
    pub fn sum_last(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle().sum_keepdim(D::Minus1)?))
    }

    /// Returns, without gradient, the `k`-th largest sample of each row of `(N, M)`: `(N, 1)`.
    pub fn kth_largest(&self, k: usize) -> Result<Self> {
        let rows = self
            .candle()
            .detach()
            .to_dtype(DType::F64)?
            .to_vec2::<f64>()?;
        let values: Vec<f64> = rows
            .into_iter()
            .map(|mut row| {
                let k = k.clamp(1, row.len());
                *row.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
            })
            .collect();
        let count = values.len();
        let like = self.candle();
        let tensor = candle_core::Tensor::from_vec(values, (count, 1), like.device())?;
        Ok(Self::Candle(tensor.to_dtype(like.dtype())?))
    }

    /// Convolves `(N, C_in, H, W)` with `(C_out, C_in, kH, kW)` and a bias `(C_out)`.
    pub fn convolve(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        stepping: Stepping,
    ) -> Result<Self> {
        Ok(Self::Candle(convolution::convolve(
            self.candle(),
            kernels.candle(),
            bias.map(Self::candle),
            stepping,
        )?))
    }

    /// Spreads `(N, C_out, H', W')` through `(C_out, C_in, kH, kW)` onto `(N, C_in, height, width)`:
    /// a transposed convolution.
    pub fn convolve_transposed(
        &self,
        kernels: &Self,
        stepping: Stepping,
        size: (usize, usize),
    ) -> Result<Self> {
        Ok(Self::Candle(convolution::convolve_transposed(
            self.candle(),
            kernels.candle(),
            stepping,
            size,
        )?))
    }

    /// Enlarges `(N, C, H, W)` by two, bilinearly (`align_corners = false`).
    pub fn twice_as_large(&self) -> Result<Self> {
        Ok(Self::Candle(resample::twice_as_large(self.candle())?))
    }
}

impl From<candle_core::Tensor> for Tensor {
    fn from(tensor: candle_core::Tensor) -> Self {
        Self::Candle(tensor)
    }
}
