//! Samples to the GPU and back, through buffers that stay.

use std::ops::Range;
use std::sync::mpsc;
use std::time::Duration;

use super::kernel::{Kernel, Variant};
use super::lower::{Bound, Dispatch};
use super::words::Words;
use super::{Gpu, fault, resources};
use crate::error::{Error, Result};

/// The way in or out: a buffer that the processor maps, and its twin that kernels read or write.
pub(super) struct Transfer {
    mapped: wgpu::Buffer,
    /// Bound as what a kernel reads (inputs) or writes (outputs).
    pub(super) bound: wgpu::Buffer,
    /// Samples.
    len: usize,
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the GPU.
    In,
    /// From the GPU.
    Out,
}

impl Transfer {
    /// Makes the buffers for so many samples.
    pub(super) fn new(gpu: &Gpu, len: usize, direction: Direction) -> Result<Self> {
        use wgpu::BufferUsages as Usages;
        gpu.check_size("what goes to and from the network", 4 * len as u64)?;
        let (mapped, bound) = match direction {
            Direction::In => (Usages::MAP_WRITE | Usages::COPY_SRC, Usages::COPY_DST),
            Direction::Out => (Usages::MAP_READ | Usages::COPY_DST, Usages::COPY_SRC),
        };
        let bound = bound | Usages::STORAGE;
        Ok(Self {
            mapped: resources::buffer(gpu, "transfer", 4 * len, mapped),
            bound: resources::buffer(gpu, "transfer", 4 * len, bound),
            len,
        })
    }

    /// Writes samples, one after the other.
    pub(super) fn write(&self, gpu: &Gpu, parts: &[&[f32]]) -> Result<()> {
        map(gpu, &self.mapped, wgpu::MapMode::Write)?;
        let written = self.mapped.get_mapped_range_mut(..);
        let written = written.map(|mut view| {
            let mut first = 0;
            for part in parts {
                let bytes: &[u8] = bytemuck::cast_slice(part);
                view.slice(first..first + bytes.len())
                    .copy_from_slice(bytes);
                first += bytes.len();
            }
        });
        self.mapped.unmap();
        written.map_err(|cause| fault::failed("take the network's inputs", &cause.to_string()))
    }

    /// Reads samples, one part after the other.
    pub(super) fn read(&self, gpu: &Gpu, parts: &mut [Vec<f32>]) -> Result<()> {
        map(gpu, &self.mapped, wgpu::MapMode::Read)?;
        let read = self.mapped.get_mapped_range(..).map(|view| {
            let mut first = 0;
            for part in parts {
                let bytes: &mut [u8] = bytemuck::cast_slice_mut(part);
                bytes.copy_from_slice(&view[first..first + bytes.len()]);
                first += bytes.len();
            }
        });
        self.mapped.unmap();
        read.map_err(|cause| fault::failed("return the network's outputs", &cause.to_string()))
    }

    /// Records the copy between the buffers.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder, direction: Direction) {
        let (from, to) = match direction {
            Direction::In => (&self.mapped, &self.bound),
            Direction::Out => (&self.bound, &self.mapped),
        };
        if self.len > 0 {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, 4 * self.len as u64);
        }
    }
}

/// Maps a buffer and waits until it is.
pub(super) fn map(gpu: &Gpu, buffer: &wgpu::Buffer, mode: wgpu::MapMode) -> Result<()> {
    let (sender, receiver) = mpsc::channel();
    buffer.map_async(mode, .., move |mapped| {
        // Nobody waits any more where the receiver is gone.
        sender.send(mapped).ok();
    });
    loop {
        gpu.look()?;
        match receiver.try_recv() {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(cause)) => return Err(fault::failed("map memory", &cause.to_string())),
            Err(mpsc::TryRecvError::Empty) => std::thread::sleep(Duration::from_micros(50)),
            Err(mpsc::TryRecvError::Disconnected) => {
                return Err(Error::internal("wgpu forgot to map memory"));
            }
        }
    }
}

/// Samples of all ranges together.
pub(super) fn samples_of(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(ExactSizeIterator::len).sum()
}

/// The dispatches that move ranges of the arena, which lie one after the other in the buffer.
pub(super) fn dispatches(
    kernel: Kernel,
    half: bool,
    ranges: &[Range<usize>],
) -> impl Iterator<Item = Dispatch> {
    let mut there = 0;
    ranges.iter().map(move |range| {
        let words = Words::default().counts(&[range.start, there, range.len()]);
        there += range.len();
        Dispatch {
            variant: Variant {
                kernel,
                by_quad: false,
                half,
                subgroups: false,
            },
            bound: Bound::Transfer,
            words,
            groups: (range.len().div_ceil(super::kernel::WORKGROUP as usize), 1),
            effort: 16.0 * range.len() as f64,
            step: None,
        }
    })
}
