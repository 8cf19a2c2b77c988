//! Tensors that record what is done with them instead of doing it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::DType;

use super::graph::{Graph, Id, Op, broadcast};
use super::step::{Activation, Border, Deviation, Kernels, Over, Pairing, Resampling, RowRule};
use crate::compute::Stepping;
use crate::error::{Error, Result};

/// A value of a network that is being recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    graph: Arc<Mutex<Graph>>,
    id: Id,
    dims: Vec<usize>,
}

/// A fixed operand: its samples and its dims.
pub(crate) struct Fixed {
    pub(crate) samples: Arc<[f32]>,
    pub(crate) dims: Vec<usize>,
}

impl Fixed {
    /// Reads a candle tensor, on whatever device it lies.
    pub(crate) fn of(tensor: &candle_core::Tensor) -> Result<Self> {
        let samples: Vec<f32> = tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
        Ok(Self {
            samples: samples.into(),
            dims: tensor.dims().to_vec(),
        })
    }

    fn kernels(self) -> Result<Kernels> {
        match self.dims[..] {
            [o, i, h, w] => Ok(Kernels {
                shape: [o, i, h, w],
                samples: self.samples,
            }),
            [o, i] => Ok(Kernels {
                shape: [o, i, 1, 1],
                samples: self.samples,
            }),
            _ => Err(Error::internal(format!("{:?} are no kernels", self.dims))),
        }
    }
}

/// Records `network` on inputs of the given dims.
///
/// # Errors
/// When the network does something that only training knows.
pub(crate) fn record<T>(
    dims: &[&[usize]],
    network: impl FnOnce(&[Recorded]) -> Result<(Vec<Recorded>, T)>,
) -> Result<(Graph, T)> {
    let graph = Arc::new(Mutex::new(Graph::default()));
    let inputs: Vec<Recorded> = dims
        .iter()
        .map(|dims| Recorded {
            id: lock(&graph).add(Op::Input, &[], dims),
            graph: graph.clone(),
            dims: dims.to_vec(),
        })
        .collect();
    let (outputs, rest) = network(&inputs)?;
    let mut graph = lock(&graph).clone();
    graph.outputs = outputs.iter().map(|output| output.id).collect();
    Ok((graph, rest))
}

fn lock(graph: &Mutex<Graph>) -> MutexGuard<'_, Graph> {
    graph.lock().unwrap_or_else(PoisonError::into_inner)
}

fn four(dims: &[usize]) -> Result<[usize; 4]> {
    dims.try_into()
        .map_err(|_| Error::internal(format!("{dims:?} are no feature maps")))
}

impl Recorded {
    fn add(&self, op: Op, operands: &[Id], dims: &[usize]) -> Self {
        Self {
            graph: self.graph.clone(),
            id: lock(&self.graph).add(op, operands, dims),
            dims: dims.to_vec(),
        }
    }

    /// Takes a fixed tensor into the graph.
    pub(crate) fn constant(&self, fixed: Fixed) -> Self {
        self.add(Op::Constant(fixed.samples), &[], &fixed.dims)
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    pub(crate) fn reshape(&self, dims: &[usize]) -> Result<Self> {
        if dims.iter().product::<usize>() != self.dims.iter().product::<usize>() {
            let message = format!("{:?} cannot become {dims:?}", self.dims);
            return Err(Error::internal(message));
        }
        Ok(self.add(Op::Reshape, &[self.id], dims))
    }

    pub(crate) fn permute(&self, order: &[usize]) -> Result<Self> {
        let size = |&from: &usize| self.dims.get(from).copied();
        let dims: Option<Vec<usize>> = order.iter().map(size).collect();
        let dims = dims
            .filter(|dims| dims.len() == self.dims.len())
            .ok_or_else(|| Error::internal(format!("{order:?} is no order of {:?}", self.dims)))?;
        Ok(self.add(Op::Permute(order.to_vec()), &[self.id], &dims))
    }

    pub(crate) fn narrow(&self, dimension: usize, first: usize, count: usize) -> Result<Self> {
        let mut dims = self.dims.clone();
        match dims.get_mut(dimension) {
            Some(size) if first + count <= *size => *size = count,
            _ => return Err(Error::internal(format!("{:?} is too small", self.dims))),
        }
        Ok(self.add(Op::Narrow { dimension, first }, &[self.id], &dims))
    }

    pub(crate) fn join(parts: &[Self], dimension: usize) -> Result<Self> {
        let first = parts
            .first()
            .ok_or_else(|| Error::internal("nothing to join"))?;
        let mut dims = first.dims.clone();
        dims[dimension] = parts.iter().map(|part| part.dims[dimension]).sum();
        for part in parts {
            let mut own = part.dims.clone();
            own[dimension] = dims[dimension];
            if own != dims {
                let message = format!("{:?} does not join {:?}", part.dims, first.dims);
                return Err(Error::internal(message));
            }
        }
        let operands: Vec<Id> = parts.iter().map(|part| part.id).collect();
        Ok(first.add(Op::Join { dimension }, &operands, &dims))
    }

    pub(crate) fn pair(&self, other: &Self, pairing: Pairing, then: Activation) -> Result<Self> {
        let dims = broadcast(&self.dims, &other.dims)?;
        Ok(self.add(Op::Combine { pairing, then }, &[self.id, other.id], &dims))
    }

    pub(crate) fn then(&self, then: Activation) -> Self {
        let pairing = Pairing::First;
        self.add(Op::Combine { pairing, then }, &[self.id], &self.dims)
    }

    pub(crate) fn map_rows(&self, rule: RowRule) -> Self {
        self.add(Op::MapRows(rule), &[self.id], &self.dims)
    }

    pub(crate) fn matmul(&self, other: &Self) -> Result<Self> {
        let (a, b) = (&self.dims, &other.dims);
        let rank = a.len();
        let fits = rank >= 2 && b.len() == rank && a[..rank - 2] == b[..rank - 2];
        if !fits || a[rank - 1] != b[rank - 2] {
            return Err(Error::internal(format!(
                "{a:?} cannot be multiplied by {b:?}"
            )));
        }
        let mut dims = a.clone();
        dims[rank - 1] = b[rank - 1];
        Ok(self.add(Op::Multiply, &[self.id, other.id], &dims))
    }

    /// `x · weightᵀ + bias` over `(N, inputs)`, the weight `(outputs, inputs)`.
    pub(crate) fn linear(&self, weight: Fixed, bias: Option<Fixed>) -> Result<Self> {
        let kernels = weight.kernels()?;
        let &[rows, inputs] = &self.dims[..] else {
            return Err(Error::internal("a fully connected layer takes rows"));
        };
        if inputs != kernels.shape[1] {
            return Err(Error::internal("a fully connected layer of another width"));
        }
        let dims = [rows, kernels.shape[0]];
        let op = Op::Convolve {
            kernels,
            bias: bias.map(|bias| bias.samples),
            stride: 1,
            padding: 0,
            border: Border::Zero,
            then: Activation::Nothing,
        };
        Ok(self.add(op, &[self.id], &dims))
    }

    pub(crate) fn convolve(
        &self,
        kernels: Fixed,
        bias: Option<Fixed>,
        stepping: Stepping,
        border: Border,
    ) -> Result<Self> {
        let [n, channels, height, width] = four(&self.dims)?;
        let kernels = kernels.kernels()?;
        let [channels_out, channels_in, kh, kw] = kernels.shape;
        let Stepping { stride, padding } = stepping;
        let (padded_h, padded_w) = (height + 2 * padding, width + 2 * padding);
        if channels != channels_in || padded_h < kh || padded_w < kw || stride == 0 {
            let message = format!("kernels {:?} do not fit {:?}", kernels.shape, self.dims);
            return Err(Error::internal(message));
        }
        let (height, width) = ((padded_h - kh) / stride + 1, (padded_w - kw) / stride + 1);
        let op = Op::Convolve {
            kernels,
            bias: bias.map(|bias| bias.samples),
            stride,
            padding,
            border,
            then: Activation::Nothing,
        };
        Ok(self.add(op, &[self.id], &[n, channels_out, height, width]))
    }

    pub(crate) fn convolve_transposed(
        &self,
        kernels: Fixed,
        stepping: Stepping,
        size: (usize, usize),
    ) -> Result<Self> {
        let [n, channels, ..] = four(&self.dims)?;
        let kernels = kernels.kernels()?;
        if channels != kernels.shape[0] {
            let message = format!("kernels {:?} do not fit {:?}", kernels.shape, self.dims);
            return Err(Error::internal(message));
        }
        let dims = [n, kernels.shape[1], size.0, size.1];
        let op = Op::Spread {
            kernels,
            bias: None,
            stride: stepping.stride,
            padding: stepping.padding,
            then: Activation::Nothing,
        };
        Ok(self.add(op, &[self.id], &dims))
    }

    /// `then(x · scale[c] + shift[c])` with numbers known beforehand.
    pub(crate) fn scale(&self, scale: Vec<f32>, shift: Vec<f32>, then: Activation) -> Self {
        let op = Op::Scale {
            scale: scale.into(),
            shift: shift.into(),
            then,
        };
        self.add(op, &[self.id], &self.dims)
    }

    /// Normalises by the moments of planes or images; scale and shift are `(C)` or `(N, C)`.
    pub(crate) fn normalise(
        &self,
        over: Over,
        deviation: Deviation,
        affine: Option<(&Self, &Self)>,
        then: Activation,
    ) -> Self {
        let op = Op::Normalise {
            over,
            deviation,
            affine: affine.is_some(),
            plus: false,
            then,
        };
        let mut operands = vec![self.id];
        operands.extend(
            affine
                .into_iter()
                .flat_map(|(scale, shift)| [scale.id, shift.id]),
        );
        self.add(op, &operands, &self.dims)
    }

    pub(crate) fn resample(&self, how: Resampling) -> Result<Self> {
        let [n, c, height, width] = four(&self.dims)?;
        let (height, width) = match how {
            Resampling::TwiceBilinear | Resampling::TwiceNearest => (2 * height, 2 * width),
            Resampling::Half => (height / 2, width / 2),
            Resampling::Mean => (1, 1),
        };
        Ok(self.add(Op::Resample(how), &[self.id], &[n, c, height, width]))
    }
}
