//! Sums, products and activations.

use candle_core::D;

use super::Tensor;
use crate::compute::program::{Activation, Fixed, Pairing, Resampling, RowRule};
use crate::compute::{plain, pointwise};
use crate::error::{Error, Result};

const PLAIN: Activation = Activation::Nothing;

impl Tensor {
    /// Adds, with broadcasting.
    pub fn plus(&self, other: &Self) -> Result<Self> {
        self.two(
            other,
            |a, b| a.broadcast_add(b),
            |a, b| a.pair(b, Pairing::Add, PLAIN),
        )
    }

    /// Subtracts, with broadcasting.
    pub fn minus(&self, other: &Self) -> Result<Self> {
        self.two(
            other,
            |a, b| a.broadcast_sub(b),
            |a, b| a.pair(b, Pairing::Subtract, PLAIN),
        )
    }

    /// Multiplies sample by sample, with broadcasting.
    pub fn times(&self, other: &Self) -> Result<Self> {
        self.two(
            other,
            |a, b| a.broadcast_mul(b),
            |a, b| a.pair(b, Pairing::Multiply, PLAIN),
        )
    }

    /// Divides sample by sample, with broadcasting.
    pub fn over(&self, other: &Self) -> Result<Self> {
        self.two(
            other,
            |a, b| a.broadcast_div(b),
            |a, b| a.pair(b, Pairing::Divide, PLAIN),
        )
    }

    /// Computes `factor · x + offset`.
    pub fn affine(&self, factor: f64, offset: f64) -> Result<Self> {
        self.one(
            |x| x.affine(factor, offset),
            |x| Ok(x.then(Activation::Affine(factor as f32, offset as f32))),
        )
    }

    /// Computes the absolute value.
    pub fn abs(&self) -> Result<Self> {
        self.one(candle_core::Tensor::abs, |x| Ok(x.then(Activation::Abs)))
    }

    /// Computes `max(x, 0)`.
    pub fn relu(&self) -> Result<Self> {
        self.leaky_relu(0.0)
    }

    /// Computes `x` where positive and `slope · x` elsewhere.
    pub fn leaky_relu(&self, slope: f64) -> Result<Self> {
        self.one(
            |x| pointwise::leaky_relu(x, slope),
            |x| Ok(x.then(Activation::Leaky(slope as f32))),
        )
    }

    /// Computes `max(self + other, 0)` in one pass.
    pub fn add_relu(&self, other: &Self) -> Result<Self> {
        self.two(other, pointwise::add_relu, |a, b| {
            a.pair(b, Pairing::Add, Activation::Leaky(0.0))
        })
    }

    /// Computes the logistic function.
    pub fn sigmoid(&self) -> Result<Self> {
        self.one(candle_nn::ops::sigmoid, |x| Ok(x.then(Activation::Sigmoid)))
    }

    /// Computes the hyperbolic tangent.
    pub fn tanh(&self) -> Result<Self> {
        self.one(candle_core::Tensor::tanh, |x| Ok(x.then(Activation::Tanh)))
    }

    /// Computes the softmax over the last dimension.
    pub fn softmax(&self) -> Result<Self> {
        self.one(
            // candle's fused `softmax_last_dim` has no gradient and says nothing about it.
            |x| candle_nn::ops::softmax(x, D::Minus1),
            |x| Ok(x.map_rows(RowRule::Softmax)),
        )
    }

    /// Computes the softmax of each row, keeps what lies strictly above the row's `top`-th largest
    /// weight and scales that to sum 1 (SQUID's memory read, after MemAE's hard shrinkage).
    ///
    /// The gradient passes straight through, as if it were the plain softmax.
    pub fn sparse_softmax(&self, top: usize) -> Result<Self> {
        self.one(
            |x| {
                let soft = candle_nn::ops::softmax(x, D::Minus1)?;
                let sparse = shrink(&soft.detach(), top)?;
                (sparse - &soft)?.detach() + soft
            },
            |x| Ok(x.map_rows(RowRule::SparseSoftmax { top })),
        )
    }

    /// Multiplies matrices, batch by batch.
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        self.two(
            other,
            |a, b| a.contiguous()?.matmul(&b.contiguous()?),
            |a, b| a.matmul(b),
        )
    }

    /// Computes `x · weightᵀ + bias` of rows `(N, inputs)`, the weight `(outputs, inputs)`.
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Result<Self> {
        match self {
            Self::Candle(_) => {
                let product = self.matmul(&weight.transposed()?)?;
                match bias {
                    Some(bias) => product.plus(bias),
                    None => Ok(product),
                }
            }
            Self::Recorded(x) => {
                let bias = bias.map(|bias| Fixed::of(bias.candle()?)).transpose()?;
                let weight = Fixed::of(weight.candle()?)?;
                Ok(Self::Recorded(x.linear(weight, bias)?))
            }
        }
    }

    /// Computes the mean over everything.
    ///
    /// # Errors
    /// While the network is being recorded: a loss is training's.
    pub fn mean(&self) -> Result<Self> {
        Ok(Self::Candle(self.candle()?.mean_all()?))
    }

    /// Sums the rows of `(N, M)`: `(N, 1)`.
    pub fn sum_last(&self) -> Result<Self> {
        let dims = self.dims().to_vec();
        self.one(
            |x| x.sum_keepdim(D::Minus1),
            |x| {
                let &[rows, width] = &dims[..] else {
                    return Err(Error::internal("only rows are summed"));
                };
                x.reshape(&[rows, 1, 1, width])?
                    .resample(Resampling::Mean)?
                    .then(Activation::Affine(width as f32, 0.0))
                    .reshape(&[rows, 1])
            },
        )
    }

    /// Returns the mean binary cross-entropy of logits against targets in [0, 1] of their shape,
    /// `max(x, 0) − x·t + log(1 + e^−|x|)`, which is stable for large `|x|`.
    ///
    /// # Errors
    /// When the shapes differ, or while being recorded.
    pub fn cross_entropy(&self, targets: &Self) -> Result<Self> {
        let tail = self.abs()?.affine(-1.0, 0.0)?.candle()?.exp()?;
        let tail = Self::Candle((tail + 1.0)?.log()?);
        let linear = self.relu()?.minus(&self.times(targets)?)?;
        linear.plus(&tail)?.mean()
    }

    /// Computes the mean of the squared differences.
    pub fn mean_squared_error(&self, other: &Self) -> Result<Self> {
        match (self, other) {
            (Self::Candle(a), Self::Candle(b)) => Ok(Self::Candle(a.sub(b)?.sqr()?.mean_all()?)),
            _ => {
                let difference = self.minus(other)?;
                let squares = difference.times(&difference)?;
                // Map by map first: one sum over millions of squares would lose digits.
                let means = squares.mean_pixels()?;
                let count = means.dims().iter().product();
                let mean = means.reshape(&[1, 1, 1, count])?.mean_pixels()?;
                mean.reshape(&[1])
            }
        }
    }
}

/// Keeps the weights strictly above each row's `top`-th and scales them to sum 1.
fn shrink(soft: &candle_core::Tensor, top: usize) -> candle_core::Result<candle_core::Tensor> {
    let excess = soft.broadcast_sub(&kth_largest(soft, top)?)?;
    // relu(y − t) · y / (|y − t| + 1e-12), the public code's hard shrinkage.
    let kept = (excess.relu()? * soft)?.div(&(excess.abs()? + 1e-12)?)?;
    let sum = kept.sum_keepdim(D::Minus1)?;
    let sum = sum.maximum(&sum.affine(0.0, 1e-12)?)?;
    kept.broadcast_div(&sum)
}

/// The `k`-th largest sample of each row of `(N, M)`: `(N, 1)`.
fn kth_largest(rows: &candle_core::Tensor, k: usize) -> candle_core::Result<candle_core::Tensor> {
    if plain::serves(rows) {
        return plain::kth_largest(rows, k);
    }
    let exact = rows.to_dtype(candle_core::DType::F64)?.to_vec2::<f64>()?;
    let values: Vec<f64> = exact
        .into_iter()
        .map(|mut row| {
            let k = k.clamp(1, row.len());
            *row.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
        })
        .collect();
    let count = values.len();
    let tensor = candle_core::Tensor::from_vec(values, (count, 1), rows.device())?;
    tensor.to_dtype(rows.dtype())
}
