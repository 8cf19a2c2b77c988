//! How a patch is told what its neighbours remember: a transformer layer that attends to them.

use super::super::config::{Config, HEADS};
use crate::compute::{Fill, LayerNorm, Linear, Parameter, Scope, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;

/// The transformer layer by which a patch is told what its neighbours remember.
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    attention: Attention,
    attention_norm: LayerNorm,
    widen_out: Linear,
    widen_in: Linear,
    feed_forward_norm: LayerNorm,
}

impl Neighbours {
    pub(super) fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let width = config.feature();
        Ok(Self {
            attention: Attention::new(&scope.at("attention"), width, config.patches)?,
            attention_norm: LayerNorm::new(&scope.at("attn_norm1"), width)?,
            widen_out: Linear::new(&scope.at("ff").at(0), width, width / 4)?,
            widen_in: Linear::new(&scope.at("ff").at(3), width / 4, width)?,
            feed_forward_norm: LayerNorm::new(&scope.at("attn_norm2"), width)?,
        })
    }

    /// Adds to the memories `read` `(P, D)` what patches with the features `query` `(P, D)` find at
    /// their neighbours.
    pub(super) fn forward(
        &self,
        query: &Tensor,
        read: &Tensor,
        trace: &mut Trace,
    ) -> Result<Tensor> {
        let whole = [&[1], read.dims()].concat();
        let attended = self.attention.forward(query, read, trace)?;
        let z = self.attention_norm.forward(&attended)?.add_relu(read)?;
        trace.show("inpaint.after_norm1", &z.reshape(&whole)?);
        let wide = self
            .widen_in
            .forward(&self.widen_out.forward(&z)?.relu()?)?;
        let normed = self.feed_forward_norm.forward(&wide)?;
        trace.show("inpaint.norm2_preresidual", &normed.reshape(&whole)?);
        normed.add_relu(&z)
    }
}

/// `nn.MultiheadAttention` with one query (a patch's feature) and the eight neighbours as keys.
#[derive(Clone, Debug)]
struct Attention {
    weight: Parameter,
    bias: Parameter,
    out: Linear,
    width: usize,
    /// Patches a side of the grid.
    grid: usize,
}

impl Attention {
    fn new(scope: &Scope<'_>, width: usize, grid: usize) -> Result<Self> {
        // Glorot and Bengio's uniform bound for D inputs and 3D outputs, as PyTorch fills it.
        let xavier = Fill::Uniform((6.0 / (4 * width) as f64).sqrt());
        Ok(Self {
            weight: scope.trained("in_proj_weight", &[3 * width, width], xavier)?,
            bias: scope.trained("in_proj_bias", &[3 * width], Fill::Constant(0.0))?,
            out: Linear::new(&scope.at("out_proj"), width, width)?,
            width,
            grid,
        })
    }

    /// Attends from `query` `(P, D)` to the memories `read` `(P, D)` of the neighbouring patches.
    ///
    /// Outside the grid a neighbour is the zero vector, whose projection is the bias alone, and it
    /// takes part in the softmax once for each time it occurs. So a film's patches attend to its
    /// patches and one outside token, and how often a token occurs is added to its logit as
    /// ln(count).
    fn forward(&self, query: &Tensor, read: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let patches = query.dims()[0];
        let cells = self.grid * self.grid;
        let (head, films) = (self.width / HEADS, patches / cells);
        if trace.is_on() {
            let whole = [1, films * cells, self.width];
            trace.show("inpaint.attn_q", &query.reshape(&whole)?);
            trace.show("inpaint.attn_kv", &around(read, self.grid)?);
        }
        let heads = |x: &Tensor, tokens: usize| {
            x.reshape(&[films, tokens, HEADS, head])?
                .permute(&[0, 2, 1, 3])
        };
        let q = heads(&self.project(query, 0)?, cells)?;
        let with_outside = |part: usize| -> Result<Tensor> {
            let inside = self.project(read, part)?;
            let inside = inside.reshape(&[films, cells, self.width])?;
            // The bias once for each film.
            let none = inside.narrow(1, 0, 1)?.affine(0.0, 0.0)?;
            let outside = none.plus(&self.bias_of(part)?)?;
            heads(&Tensor::join(&[&inside, &outside], 1)?, cells + 1)
        };
        let (keys, values) = (with_outside(1)?, with_outside(2)?); // (B, heads, 5, D / heads)
        let scale = 1.0 / (head as f64).sqrt();
        let logits = q.matmul(&keys.transposed()?)?.affine(scale, 0.0)?;
        let counts = logits.constant_like(occurrences(self.grid), &[cells, cells + 1])?;
        let weights = logits.plus(&counts)?.softmax()?; // (B, heads, 4, 5)
        let mixed = weights.matmul(&values)?.permute(&[0, 2, 1, 3])?;
        let attended = self.out.forward(&mixed.reshape(&[patches, self.width])?)?;
        trace.show(
            "inpaint.attn_out",
            &attended.reshape(&[1, films * cells, self.width])?,
        );
        Ok(attended)
    }

    fn bias_of(&self, part: usize) -> Result<Tensor> {
        self.bias.tensor().narrow(0, part * self.width, self.width)
    }

    fn project(&self, x: &Tensor, part: usize) -> Result<Tensor> {
        let weight = self.weight.tensor();
        let weight = weight.narrow(0, part * self.width, self.width)?;
        x.linear(&weight, Some(&self.bias_of(part)?))
    }
}

/// The cell of the grid at each of the eight places around a cell; `None` outside.
fn neighbours(cell: usize, grid: usize) -> impl Iterator<Item = Option<usize>> {
    let grid = grid as isize;
    let (row, column) = (cell as isize / grid, cell as isize % grid);
    (0..9_isize)
        .filter(|&place| place != 4)
        .map(move |place| (row + place / 3 - 1, column + place % 3 - 1))
        .map(move |(row, column)| {
            let inside = (0..grid).contains(&row) && (0..grid).contains(&column);
            inside.then_some((row * grid + column) as usize)
        })
}

/// For each cell the logarithm of how often each cell, and then the outside, is its neighbour. Of
/// what never occurs it is so low that nothing is left of it in a softmax.
fn occurrences(grid: usize) -> Vec<f32> {
    let cells = grid * grid;
    let mut logarithms = Vec::with_capacity(cells * (cells + 1));
    for cell in 0..cells {
        for token in 0..=cells {
            let place = (token < cells).then_some(token);
            let count = neighbours(cell, grid)
                .filter(|&other| other == place)
                .count();
            logarithms.push(if count == 0 {
                -1e30
            } else {
                (count as f32).ln()
            });
        }
    }
    logarithms
}

/// The eight neighbours of every patch on its film's grid, row by row, zero outside:
/// `(8, P, D)`, as the public code attends to them.
fn around(read: &Tensor, grid: usize) -> Result<Tensor> {
    let cells = grid * grid;
    let &[patches, width] = read.dims() else {
        return Err(crate::Error::internal("memories are rows"));
    };
    let nothing = read.narrow(0, 0, 1)?.affine(0.0, 0.0)?;
    let mut tokens = Vec::with_capacity(8 * patches);
    for patch in 0..patches {
        for neighbour in neighbours(patch % cells, grid) {
            tokens.push(match neighbour {
                Some(cell) => read.narrow(0, patch / cells * cells + cell, 1)?,
                None => nothing.clone(),
            });
        }
    }
    let tokens: Vec<&Tensor> = tokens.iter().collect();
    Tensor::join(&tokens, 0)?
        .reshape(&[patches, 8, width])?
        .permute(&[1, 0, 2])
}
