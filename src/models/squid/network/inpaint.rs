//! The in-painting block: each patch's feature is rebuilt from what its neighbours remember.

use super::super::config::{Config, HEADS, LEVELS, PATCHES, POSITION_BITS};
use super::memory::{Memory, QUEUES};
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
        let queues = (0..QUEUES)
            .map(|patch| {
                let scope = scope.at("memory").at(patch);
                Memory::queue(&scope, config.queue_slots, width)
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            squeeze: Conv2d::without_bias(&squeeze.at(0), (deep, narrow), 1, 1)?,
            squeeze_norm: BatchNorm::new(&squeeze.at(1), narrow)?,
            queues,
            attention: Attention::new(&scope.at("attention"), width)?,
            attention_norm: LayerNorm::new(&scope.at("attn_norm1"), width)?,
            widen_out: Linear::new(&scope.at("ff").at(0), width, width / 4)?,
            widen_in: Linear::new(&scope.at("ff").at(3), width / 4, width)?,
            feed_forward_norm: LayerNorm::new(&scope.at("attn_norm2"), width)?,
            expand: Conv2d::new(&expand.at(0), (narrow + POSITION_BITS, deep), 1, 1)?,
            expand_norm: BatchNorm::new(&expand.at(1), deep)?,
            width,
            side: config.patch_side(LEVELS),
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
        let films = patches / QUEUES;
        trace.show(
            "inpaint.after_norm1",
            &z.reshape(&[1, films * QUEUES, self.width])?,
        );
        let wide = self
            .widen_in
            .forward(&self.widen_out.forward(&z)?.relu()?)?;
        let normed = self.feed_forward_norm.forward(&wide)?;
        trace.show(
            "inpaint.norm2_preresidual",
            &normed.reshape(&[1, films * QUEUES, self.width])?,
        );
        let z = normed.add_relu(&z)?;

        let positions = positions(&z, patches, self.side)?;
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
        let films = features.dims()[0] / QUEUES;
        let by_film = features.reshape(&[films, QUEUES, self.width])?;
        for (patch, queue) in self.queues.iter().enumerate() {
            let own = by_film.narrow(1, patch, 1)?.reshape(&[films, self.width])?;
            queue.store(&own, first)?;
        }
        Ok(())
    }

    fn read_queues(&self, query: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let films = query.dims()[0] / QUEUES;
        let by_film = query.reshape(&[films, QUEUES, self.width])?;
        let mut read = Vec::with_capacity(QUEUES);
        for (patch, queue) in self.queues.iter().enumerate() {
            let own = by_film.narrow(1, patch, 1)?.reshape(&[films, self.width])?;
            let name = format!("mem.queue{patch}");
            let found = queue.read(&own, &name, trace)?;
            read.push(found.reshape(&[films, 1, self.width])?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        let read = Tensor::join(&read, 1)?;
        trace.show("inpaint.memory_read", &read);
        read.reshape(&[films * QUEUES, self.width])
    }
}

/// Constant planes `(P, 3, h, w)` that spell each patch's number in binary, highest bit first.
fn positions(like: &Tensor, patches: usize, side: usize) -> Result<Tensor> {
    let mut samples = Vec::with_capacity(patches * POSITION_BITS * side * side);
    for patch in 0..patches {
        for bit in (0..POSITION_BITS).rev() {
            let value = f32::from((patch % QUEUES) >> bit & 1 == 1);
            samples.extend(std::iter::repeat_n(value, side * side));
        }
    }
    let planes = Tensor::from_samples(samples, &[patches, POSITION_BITS, side, side])?;
    Ok(planes.candle().to_dtype(like.candle().dtype())?.into())
}

/// `nn.MultiheadAttention` with one query (a patch's feature) and the eight neighbours as keys.
#[derive(Clone, Debug)]
struct Attention {
    weight: Parameter,
    bias: Parameter,
    out: Linear,
    width: usize,
}

impl Attention {
    fn new(scope: &Scope<'_>, width: usize) -> Result<Self> {
        // Glorot and Bengio's uniform bound for D inputs and 3D outputs, as PyTorch fills it.
        let xavier = Fill::Uniform((6.0 / (4 * width) as f64).sqrt());
        Ok(Self {
            weight: scope.trained("in_proj_weight", &[3 * width, width], xavier)?,
            bias: scope.trained("in_proj_bias", &[3 * width], Fill::Constant(0.0))?,
            out: Linear::new(&scope.at("out_proj"), width, width)?,
            width,
        })
    }

    /// Attends from `query` `(P, D)` to the memories `read` `(P, D)` of the neighbouring patches.
    fn forward(&self, query: &Tensor, read: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let patches = query.dims()[0];
        let (head, films) = (self.width / HEADS, patches / QUEUES);
        let q = self.project(query, 0)?;
        // Keys and values are projected once per patch; outside the grid a neighbour is the zero
        // vector, whose projection is the bias alone. Those take part in the softmax.
        let keys = self.neighbours(&self.project(read, 1)?, 1)?; // (P, 8, D)
        let values = self.neighbours(&self.project(read, 2)?, 2)?;
        if trace.is_on() {
            trace.show(
                "inpaint.attn_q",
                &query.reshape(&[1, films * QUEUES, self.width])?,
            );
            let tokens = around(read, &read.zeros_like(&[1, self.width])?)?;
            trace.show("inpaint.attn_kv", &tokens.permute(&[1, 0, 2])?);
        }
        let heads = |x: &Tensor, tokens: usize| {
            x.reshape(&[patches, tokens, HEADS, head])?
                .permute(&[0, 2, 1, 3])
        };
        let scale = 1.0 / (head as f64).sqrt();
        let (q, keys, values) = (heads(&q, 1)?, heads(&keys, 8)?, heads(&values, 8)?);
        let weights = q
            .affine(scale, 0.0)?
            .matmul(&keys.transposed()?)?
            .softmax()?; // (P, heads, 1, 8)
        let mixed = weights.matmul(&values)?.reshape(&[patches, self.width])?;
        let attended = self.out.forward(&mixed)?;
        trace.show(
            "inpaint.attn_out",
            &attended.reshape(&[1, films * QUEUES, self.width])?,
        );
        Ok(attended)
    }

    fn bias_of(&self, part: usize) -> Result<Tensor> {
        let bias = self
            .bias
            .tensor()
            .narrow(0, part * self.width, self.width)?;
        bias.reshape(&[1, self.width])
    }

    fn project(&self, x: &Tensor, part: usize) -> Result<Tensor> {
        let weight = self.weight.tensor();
        let weight = weight.narrow(0, part * self.width, self.width)?;
        x.matmul(&weight.transposed()?)?.plus(&self.bias_of(part)?)
    }

    fn neighbours(&self, projected: &Tensor, part: usize) -> Result<Tensor> {
        around(projected, &self.bias_of(part)?)
    }
}

/// The eight neighbours of every patch on its film's grid, row by row: `(P, 8, D)`; `outside`
/// `(1, D)` stands for those beyond the edge.
fn around(x: &Tensor, outside: &Tensor) -> Result<Tensor> {
    let patches = x.dims()[0];
    let with_outside = Tensor::join(&[x, outside], 0)?;
    let mut indices = Vec::with_capacity(patches * 8);
    let grid = PATCHES as isize;
    for patch in 0..patches {
        let (film, cell) = (patch / QUEUES * QUEUES, (patch % QUEUES) as isize);
        for offset in (0..9_isize).filter(|&offset| offset != 4) {
            let (y, x) = (cell / grid + offset / 3 - 1, cell % grid + offset % 3 - 1);
            let inside = (0..grid).contains(&y) && (0..grid).contains(&x);
            let index = film as isize + y * grid + x;
            indices.push(if inside { index as u32 } else { patches as u32 });
        }
    }
    let indices = candle_core::Tensor::new(indices, x.candle().device())?;
    let chosen = with_outside.candle().index_select(&indices, 0)?;
    Tensor::Candle(chosen).reshape(&[patches, 8, x.dims()[1]])
}
