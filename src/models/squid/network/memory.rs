//! Memories: a feature is replaced by a mixture of the few stored features most like it.

use super::super::config::{Config, Kind, TOP};
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
    name: String,
    kind: Kind,
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
        Ok(Self {
            windows,
            name: format!("mem.dmem{level}"),
            kind: config.kind,
        })
    }

    /// Replaces a map `(P, C, H, W)` by what its windows remember.
    pub(super) fn forward(&self, x: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let &[patches, channels, height, width] = x.dims() else {
            return Err(crate::Error::internal(
                "only 4-dimensional maps are remembered",
            ));
        };
        let (h, w) = (height / WINDOWS, width / WINDOWS);
        // Window by window, and inside a window pixel by pixel with the channels innermost; SimSID
        // has them outermost.
        let (cut, pasted) = match self.kind {
            Kind::Squid => ([2, 4, 0, 3, 5, 1], [2, 5, 0, 3, 1, 4]),
            Kind::SimSid => ([2, 4, 0, 1, 3, 5], [2, 3, 0, 4, 1, 5]),
        };
        let windows = x
            .reshape(&[patches, channels, WINDOWS, h, WINDOWS, w])?
            .permute(&cut)?
            .reshape(&[WINDOWS * WINDOWS, patches, h * w * channels])?;
        let mut read = Vec::with_capacity(self.windows.len());
        for (index, memory) in self.windows.iter().enumerate() {
            let features = windows.narrow(0, index, 1)?;
            let features = features.reshape(&[patches, h * w * channels])?;
            read.push(memory.read(&features, &format!("{}.{index}", self.name), trace)?);
        }
        let read: Vec<&Tensor> = read.iter().collect();
        let inside = match self.kind {
            Kind::Squid => [h, w, channels],
            Kind::SimSid => [channels, h, w],
        };
        Tensor::join(&read, 0)?
            .reshape(&[&[WINDOWS, WINDOWS, patches][..], &inside].concat())?
            .permute(&pasted)?
            .reshape(&[patches, channels, height, width])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::compute::{Builder, Device, Input, Runner, Source};

    const SIDE: usize = 4;
    const CHANNELS: usize = 64;

    /// A memory of 8 slots whose numbers are spread like noise.
    fn memory(kind: Kind, reorder: impl Fn(usize) -> usize) -> WindowMemory {
        let config = Config {
            kind,
            side: 16 * SIDE,
            memory_slots: 8,
            ..Config::TINY
        };
        let width = SIDE * SIDE / 4 * CHANNELS;
        let slot = |window: usize| -> Vec<f32> {
            (0..8 * width)
                .map(|place| {
                    let place = place / width * width + reorder(place % width);
                    ((place * 7919 + window * 104_729) % 211) as f32 / 211.0 - 0.5
                })
                .collect()
        };
        let stored: HashMap<_, _> = (0..4)
            .map(|window| {
                let tensor = candle_core::Tensor::from_vec(
                    slot(window),
                    (8, width),
                    &candle_core::Device::Cpu,
                );
                (format!("memory.{window}.memMatrix"), tensor.unwrap())
            })
            .collect();
        let builder = Builder::new(Source::Stored(stored));
        WindowMemory::new(&builder.root(), &config, config.levels - 1).unwrap()
    }

    fn map() -> Tensor {
        let samples = (0..2 * CHANNELS * SIDE * SIDE)
            .map(|place| ((place * 31) % 17) as f32 / 17.0)
            .collect();
        Tensor::from_samples(samples, &[2, CHANNELS, SIDE, SIDE]).unwrap()
    }

    #[test]
    fn simsid_reads_the_same_memories_in_another_order() {
        // Where SQUID has (pixel, channel), SimSID has (channel, pixel).
        let by_channel = |place: usize| (place % 4) * CHANNELS + place / 4;
        let read = |memory: WindowMemory| {
            let read = memory.forward(&map(), &mut Trace::off()).unwrap();
            read.to_samples().unwrap()
        };
        let squid = read(memory(Kind::Squid, |place| place));
        let simsid = read(memory(Kind::SimSid, by_channel));
        let worst = squid.iter().zip(&simsid).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-6);
    }

    #[test]
    fn simsid_reads_alike_at_once_and_recorded() {
        let memory = memory(Kind::SimSid, |place| place);
        let at_once = memory.forward(&map(), &mut Trace::off()).unwrap();
        let mut runner = Runner::new(&Device::Cpu, move |maps| {
            Ok(vec![memory.forward(&maps[0], &mut Trace::off())?])
        });
        let samples = map().to_samples().unwrap();
        let dims = [2, CHANNELS, SIDE, SIDE];
        let input = Input {
            samples: &samples,
            dims: &dims,
        };
        let recorded = runner.run(&[input], &mut |_| Ok(())).unwrap();
        let at_once = at_once.to_samples().unwrap();
        for (a, b) in at_once.iter().zip(&recorded[0].samples) {
            assert!((a - b).abs() < 1e-5);
        }
    }
}
