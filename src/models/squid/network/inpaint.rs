//! The in-painting block: each patch's feature is rebuilt from what its queue and its neighbours'
//! remember.

use super::super::config::Config;
use super::memory::Memory;
use super::neighbours::Neighbours;
use crate::compute::{BatchNorm, Conv2d, Mode, Scope, Tensor, Then};
use crate::error::Result;
use crate::models::trace::Trace;

/// `inpaint_block`.
#[derive(Clone, Debug)]
pub(super) struct Inpaint {
    squeeze: Conv2d,
    squeeze_norm: BatchNorm,
    queues: Vec<Memory>,
    neighbours: Option<Neighbours>,
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
            neighbours: match config.attends {
                true => Some(Neighbours::new(scope, config)?),
                false => None,
            },
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
        let z = match &self.neighbours {
            Some(neighbours) => neighbours.forward(&query, &read, trace)?,
            None => read,
        };

        let cells = self.queues.len();
        let positions = positions(&z, (patches, cells), (self.position_bits, self.side))?;
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
        let cells = self.queues.len();
        let films = query.dims()[0] / cells;
        let by_film = query.reshape(&[films, cells, self.width])?;
        let mut read = Vec::with_capacity(cells);
        for (patch, queue) in self.queues.iter().enumerate() {
            let own = by_film.narrow(1, patch, 1)?.reshape(&[films, self.width])?;
            let name = format!("mem.queue{patch}");
            let found = queue.read(&own, &name, trace)?;
            read.push(found.reshape(&[films, 1, self.width])?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        let read = Tensor::join(&read, 1)?;
        trace.show("inpaint.memory_read", &read);
        read.reshape(&[films * cells, self.width])
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
