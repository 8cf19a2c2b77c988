//! The in-painting block: each patch's feature is rebuilt from what its neighbours remember.

use super::super::config::{Config, HEADS};
use super::memory::Memory;
use crate::compute::{
    BatchNorm, Conv2d, Fill, LayerNorm, Linear, Mode, Parameter, Scope, Tensor, Then,
};
use crate::error::Result;
use crate::models::trace::Trace;

/// `inpaint_block`.
#[derive(Clone, Debug)]
pub(super) struct Inpaint {
    squeeze: Conv2d,
    squeeze_norm: BatchNorm,
    queues: Vec<Memory>,
    attention: Attention,
    attention_norm: LayerNorm,
    widen_out: Linear,
    widen_in: Linear,
    feed_forward_norm: LayerNorm,
    expand: Conv2d,
    expand_norm: BatchNorm,
    width: usize,
    position_bits: usize,
    side: usize,
}

/// What a pass through the block yields.
pub(super) struct Inpainted {
    /// The rebuilt features, `(P, 512, 4, 4)`.
    pub(super) features: Tensor,
    /// What the queues would store: each patch's own feature, `(P, 2048)`.
    pub(super) remembered: Tensor,
}

impl Inpaint {
    pub(super) fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let (deep, narrow, width) = (config.deepest(), config.bottleneck(), config.feature());
        let squeeze = scope.at("bottleneck_conv1");
        let expand = scope.at("bottleneck_conv2");
        let queues = (0..config.cells())
            .map(|patch| {
                let scope = scope.at("memory").at(patch);
                Memory::queue(&scope, config.queue_slots, width)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            squeeze: Conv2d::without_bias(&squeeze.at(0), (deep, narrow), 1, 1)?,
            squeeze_norm: BatchNorm::new(&squeeze.at(1), narrow)?,
            queues,
            attention: Attention::new(&scope.at("attention"), width, config.patches)?,
            attention_norm: LayerNorm::new(&scope.at("attn_norm1"), width)?,
            widen_out: Linear::new(&scope.at("ff").at(0), width, width / 4)?,
            widen_in: Linear::new(&scope.at("ff").at(3), width / 4, width)?,
            feed_forward_norm: LayerNorm::new(&scope.at("attn_norm2"), width)?,
            expand: Conv2d::new(&expand.at(0), (narrow + config.position_bits(), deep), 1, 1)?,
            expand_norm: BatchNorm::new(&expand.at(1), deep)?,
            width,
            position_bits: config.position_bits(),
            side: config.patch_side(config.levels),
        })
    }

    /// Rebuilds patch features `(P, 512, 4, 4)`.
    pub(super) fn forward(&self, x: &Tensor, mode: Mode, trace: &mut Trace) -> Result<Inpainted> {
        let patches = x.dims()[0];
        let squeezed = self
            .squeeze_norm
            .forward(&self.squeeze.forward(x)?, mode, Then::Relu)?; // (P, 128, 4, 4)
        trace.show("inpaint.bottleneck1", &squeezed);
        let query = squeezed.reshape(&[patches, self.width])?; // (P, 2048), channel-major
        let read = self.read_queues(&query, trace)?; // (P, 2048)

        let attended = self.attention.forward(&query, &read, trace)?;
        let z = self.attention_norm.forward(&attended)?.add_relu(&read)?;
        let queues = self.queues.len();
        let films = patches / queues;
        trace.show(
            "inpaint.after_norm1",
            &z.reshape(&[1, films * queues, self.width])?,
        );
        let wide = self
            .widen_in
            .forward(&self.widen_out.forward(&z)?.relu()?)?;
        let normed = self.feed_forward_norm.forward(&wide)?;
        trace.show(
            "inpaint.norm2_preresidual",
            &normed.reshape(&[1, films * queues, self.width])?,
        );
        let z = normed.add_relu(&z)?;

        let positions = positions(&z, (patches, queues), (self.position_bits, self.side))?;
        let narrow = self.width / (self.side * self.side);
        let map = z.reshape(&[patches, narrow, self.side, self.side])?;
        let map = Tensor::join(&[&map, &positions], 1)?; // (P, 131, 4, 4)
        trace.show("inpaint.cond_concat", &map);
        let features = self
            .expand_norm
            .forward(&self.expand.forward(&map)?, mode, Then::Relu)?; // (P, 512, 4, 4)
        trace.show("inpaint.out", &features);
        Ok(Inpainted {
            features,
            remembered: query.detach(),
        })
    }

    /// Stores each patch's features `(P, 2048)` in its own queue, from slot `first` on.
    pub(super) fn store(&self, features: &Tensor, first: usize) -> Result<()> {
        let queues = self.queues.len();
        let films = features.dims()[0] / queues;
        let by_film = features.reshape(&[films, queues, self.width])?;
        for (patch, queue) in self.queues.iter().enumerate() {
            let own = by_film.narrow(1, patch, 1)?.reshape(&[films, self.width])?;
            queue.store(&own, first)?;
        }
        Ok(())
    }

    fn read_queues(&self, query: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let queues = self.queues.len();
        let films = query.dims()[0] / queues;
        let by_film = query.reshape(&[films, queues, self.width])?;
        let mut read = Vec::with_capacity(queues);
        for (patch, queue) in self.queues.iter().enumerate() {
            let own = by_film.narrow(1, patch, 1)?.reshape(&[films, self.width])?;
            let name = format!("mem.queue{patch}");
            let found = queue.read(&own, &name, trace)?;
            read.push(found.reshape(&[films, 1, self.width])?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        let read = Tensor::join(&read, 1)?;
        trace.show("inpaint.memory_read", &read);
        read.reshape(&[films * queues, self.width])
    }
}

/// Constant planes `(P, bits, h, w)` that spell each patch's number in binary, highest bit first.
fn positions(
    like: &Tensor,
    (patches, cells): (usize, usize),
    (bits, side): (usize, usize),
) -> Result<Tensor> {
    let mut samples = Vec::with_capacity(patches * bits * side * side);
    for patch in 0..patches {
        for bit in (0..bits).rev() {
            let value = f32::from((patch % cells) >> bit & 1 == 1);
            samples.extend(std::iter::repeat_n(value, side * side));
        }
    }
    like.constant_like(samples, &[patches, bits, side, side])
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
