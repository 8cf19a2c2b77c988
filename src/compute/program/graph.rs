//! A network as the graph of what it computes, recorded by running it once on recorded tensors.

use std::sync::Arc;

use super::step::{Activation, Border, Deviation, Kernels, Over, Pairing, Resampling, RowRule};
use crate::error::{Error, Result};

/// A node's place in its graph. Operands come before what uses them.
pub(crate) type Id = usize;

/// What a node computes from its operands.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// What the caller gives.
    Input,
    /// What never changes.
    Constant(Arc<[f32]>),
    /// `(N, C, H, W)` or, for fully connected layers, `(N, C)`; a second operand is added before
    /// the activation.
    Convolve {
        kernels: Kernels,
        bias: Option<Arc<[f32]>>,
        stride: usize,
        padding: usize,
        border: Border,
        then: Activation,
    },
    /// A transposed convolution, whose kernels are `(C_in, C_out, kH, kW)`.
    Spread {
        kernels: Kernels,
        bias: Option<Arc<[f32]>>,
        stride: usize,
        padding: usize,
        then: Activation,
    },
    /// `then(x · scale[c] + shift[c])`.
    Scale {
        scale: Arc<[f32]>,
        shift: Arc<[f32]>,
        then: Activation,
    },
    /// Operands: `x`, then scale and shift when `affine`, then what is added when `plus`.
    Normalise {
        over: Over,
        deviation: Deviation,
        affine: bool,
        plus: bool,
        then: Activation,
    },
    /// A rule over the last dimension.
    MapRows(RowRule),
    /// Matrices in the last two dimensions.
    Multiply,
    /// One or two operands, broadcast.
    Combine { pairing: Pairing, then: Activation },
    /// `(N, C, H, W)` at another size.
    Resample(Resampling),
    /// The same samples in another shape.
    Reshape,
    /// Dimensions in another order.
    Permute(Vec<usize>),
    /// Entries from `first` on along a dimension.
    Narrow { dimension: usize, first: usize },
    /// Operands one after the other along a dimension.
    Join { dimension: usize },
}

impl Op {
    /// Whether it can write into a part of a larger buffer.
    pub(crate) fn writes_anywhere(&self) -> bool {
        matches!(
            self,
            Self::Convolve { .. }
                | Self::Spread { .. }
                | Self::Scale { .. }
                | Self::Normalise { .. }
                | Self::Combine { .. }
                | Self::Resample(_)
        )
    }
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) operands: Vec<Id>,
    pub(crate) dims: Vec<usize>,
}

/// The graph of one network for one input size.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) outputs: Vec<Id>,
}

impl Graph {
    /// Adds a node.
    pub(crate) fn add(&mut self, op: Op, operands: &[Id], dims: &[usize]) -> Id {
        self.nodes.push(Node {
            op,
            operands: operands.to_vec(),
            dims: dims.to_vec(),
        });
        self.nodes.len() - 1
    }

    /// How often each node is used, by others or as an output; 0 when nothing needs it.
    pub(crate) fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        for &output in &self.outputs {
            uses[output] += 1;
        }
        for id in (0..self.nodes.len()).rev() {
            if uses[id] > 0 {
                for &operand in &self.nodes[id].operands {
                    uses[operand] += 1;
                }
            }
        }
        uses
    }
}

/// The dims of two operands broadcast against each other.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |dims: &[usize], at: usize| {
        let missing = rank - dims.len();
        if at < missing { 1 } else { dims[at - missing] }
    };
    (0..rank)
        .map(|at| match (size(a, at), size(b, at)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(Error::internal(format!(
                "{a:?} and {b:?} cannot be combined"
            ))),
        })
        .collect()
}
