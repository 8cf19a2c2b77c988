//! Memories: a feature is replaced by a mixture of the few stored features most like it.

use super::super::config::{Config, LEVELS, PATCHES, TOP};
use crate::compute::{Fill, Parameter, Scope, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;

/// The masked shortcut: where a training pass lets the raw feature through beside the memory.
pub enum Shortcut {
    /// Everything comes from the memory, as in use (and in SimSID).
    Closed,
    /// Masks of 1 (memory) and 0 (raw feature), `(P, 1, h, w)`, in the order they are drawn:
    /// in-painting, then the decoder memories from the deepest.
    Masks(std::vec::IntoIter<Tensor>),
}

impl Shortcut {
    /// Blends memory and raw feature by the next mask.
    pub(super) fn blend(&mut self, remembered: &Tensor, raw: &Tensor) -> Result<Tensor> {
        let Self::Masks(masks) = self else {
            return Ok(remembered.clone());
        };
        let mask = masks
            .next()
            .ok_or_else(|| crate::Error::internal("a pass drew more masks than it was given"))?;
        remembered
            .times(&mask)?
            .plus(&raw.times(&mask.affine(-1.0, 1.0)?)?)
    }
}

/// A memory of `slots` features, `(slots, width)`.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    slots: Parameter,
}

impl Memory {
    /// Builds a memory that gradients move: the decoder's.
    pub(super) fn trained(scope: &Scope<'_>, slots: usize, width: usize) -> Result<Self> {
        let fill = Fill::by_inputs(width);
        let slots = scope.trained("memMatrix", &[slots, width], fill)?;
        Ok(Self { slots })
    }

    /// Builds a memory that only stores: a queue.
    pub(super) fn queue(scope: &Scope<'_>, slots: usize, width: usize) -> Result<Self> {
        let fill = Fill::by_inputs(width);
        let slots = scope.stored("memMatrix", &[slots, width], fill)?;
        Ok(Self { slots })
    }

    /// Reads the memory for features `(N, width)`.
    ///
    /// Weights are the softmax of the products, less all but the slots strictly above the fifth,
    /// scaled to sum 1. The gradient passes as if they were the plain softmax.
    pub(super) fn read(&self, features: &Tensor, name: &str, trace: &mut Trace) -> Result<Tensor> {
        let slots = self.slots.tensor();
        let slots = if self.slots.trained {
            slots
        } else {
            slots.detach()
        };
        let logits = features.linear(&slots, None)?; // (N, slots)
        let weights = logits.sparse_softmax(TOP)?;
        trace.show(format!("{name}.logits"), &logits);
        trace.show(format!("{name}.weights"), &weights);
        weights.linear(&slots.transposed()?, None) // (N, width)
    }

    /// Overwrites slots from `first` on with features `(N, width)`, wrapping round.
    pub(super) fn store(&self, features: &Tensor, first: usize) -> Result<()> {
        let variable = &self.slots.variable;
        let slots = variable.dim(0)?;
        let features = features.detach();
        let mut place = first % slots;
        let mut taken = 0;
        while taken < features.dims()[0] {
            let count = (slots - place).min(features.dims()[0] - taken);
            let some = features.narrow(0, taken, count)?;
            variable.slice_set(&some.candle()?.contiguous()?, 0, place)?;
            taken += count;
            place = (place + count) % slots;
        }
        Ok(())
    }
}

/// The decoder memory: each of the four windows of a patch's map is read from a memory of its own.
#[derive(Clone, Debug)]
pub(super) struct WindowMemory {
    windows: Vec<Memory>,
    name: &'static str,
}

const WINDOWS: usize = 2;

impl WindowMemory {
    /// Builds the memory after `up_blocks.{level}` counted from the bottom.
    pub(super) fn new(scope: &Scope<'_>, config: &Config, level: usize) -> Result<Self> {
        let side = config.patch_side(level) / WINDOWS;
        let width = side * side * (config.root << level);
        let windows = (0..WINDOWS * WINDOWS)
            .map(|window| {
                let scope = scope.at("memory").at(window);
                Memory::trained(&scope, config.memory_slots, width)
            })
            .collect::<Result<_>>()?;
        let name = if level == LEVELS - 1 {
            "mem.dmem3"
        } else {
            "mem.dmem2"
        };
        Ok(Self { windows, name })
    }

    /// Replaces a map `(P, C, H, W)` by what its windows remember.
    pub(super) fn forward(&self, x: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let &[patches, channels, height, width] = x.dims() else {
            return Err(crate::Error::internal(
                "only 4-dimensional maps are remembered",
            ));
        };
        let (h, w) = (height / WINDOWS, width / WINDOWS);
        // Window by window, and inside a window pixel by pixel with the channels innermost.
        let windows = x
            .reshape(&[patches, channels, WINDOWS, h, WINDOWS, w])?
            .permute(&[2, 4, 0, 3, 5, 1])?
            .reshape(&[WINDOWS * WINDOWS, patches, h * w * channels])?;
        let mut read = Vec::with_capacity(self.windows.len());
        for (index, memory) in self.windows.iter().enumerate() {
            let features = windows.narrow(0, index, 1)?;
            let features = features.reshape(&[patches, h * w * channels])?;
            read.push(memory.read(&features, &format!("{}.{index}", self.name), trace)?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        Tensor::join(&read, 0)?
            .reshape(&[WINDOWS, WINDOWS, patches, h, w, channels])?
            .permute(&[2, 5, 0, 3, 1, 4])?
            .reshape(&[patches, channels, height, width])
    }
}

/// The number of queues: one for each patch.
pub(super) const QUEUES: usize = PATCHES * PATCHES;
