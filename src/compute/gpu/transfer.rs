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

/// A number that differs from run to run, which every submission carries from the inputs' buffer to a
/// place of its own behind the outputs: a driver that gives a submission up may still say that it is
/// done (Metal does), and what lies in the outputs is then of an earlier run.
pub(super) type Stamp = u32;
const STAMP_BYTES: usize = size_of::<Stamp>();

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the GPU.
    In,
    /// From the GPU.
    Out,
}

impl Transfer {
    /// Makes the buffers for so many samples, and what the processor maps for so many stamps behind
    /// them.
    pub(super) fn new(gpu: &Gpu, len: usize, stamps: usize, direction: Direction) -> Result<Self> {
        use wgpu::BufferUsages as Usages;
        let mapped_bytes = 4 * len + STAMP_BYTES * stamps;
        gpu.check_size("what goes to and from the network", mapped_bytes as u64)?;
        let (mapped, bound) = match direction {
            Direction::In => (Usages::MAP_WRITE | Usages::COPY_SRC, Usages::COPY_DST),
            Direction::Out => (Usages::MAP_READ | Usages::COPY_DST, Usages::COPY_SRC),
        };
        let bound = bound | Usages::STORAGE;
        Ok(Self {
            mapped: resources::buffer(gpu, "transfer", mapped_bytes, mapped),
            bound: resources::buffer(gpu, "transfer", 4 * len, bound),
            len,
        })
    }

    /// Writes samples, one part after the other, and the stamp of the run.
    pub(super) fn write(&self, gpu: &Gpu, parts: &[&[f32]], stamp: Option<Stamp>) -> Result<()> {
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
            if let Some(stamp) = stamp {
                view.slice(first..first + STAMP_BYTES)
                    .copy_from_slice(&stamp.to_ne_bytes());
            }
        });
        self.mapped.unmap();
        written.map_err(|cause| fault::failed("take the network's inputs", &cause.to_string()))
    }

    /// Reads samples, parts of so many one after the other, once all submissions have left the run's
    /// stamp.
    pub(super) fn read(
        &self,
        gpu: &Gpu,
        parts: &[usize],
        (stamp, submissions): (Stamp, usize),
    ) -> Result<Vec<Vec<f32>>> {
        map(gpu, &self.mapped, wgpu::MapMode::Read)?;
        let read = self.mapped.get_mapped_range(..).map(|view| {
            let stamps = view[4 * self.len..].chunks_exact(STAMP_BYTES);
            let mut stamps = stamps.take(submissions);
            if !stamps.all(|left| left == stamp.to_ne_bytes()) {
                return None;
            }
            let mut first = 0;
            let parts = parts.iter().map(|&len| {
                let bytes = &view[first..first + 4 * len];
                first += bytes.len();
                bytemuck::pod_collect_to_vec(bytes)
            });
            Some(parts.collect())
        });
        self.mapped.unmap();
        let read = read
            .map_err(|cause| fault::failed("return the network's outputs", &cause.to_string()))?;
        read.ok_or_else(|| fault::failed("run a network", "it gave up a part of the run"))
    }

    /// Records that the stamp goes from what was written to the place of a submission behind what is
    /// read.
    pub(super) fn record_stamp(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        outputs: &Self,
        submission: usize,
    ) {
        let to = (4 * outputs.len + STAMP_BYTES * submission) as u64;
        let from = 4 * self.len as u64;
        encoder.copy_buffer_to_buffer(&self.mapped, from, &outputs.mapped, to, STAMP_BYTES as u64);
    }

    /// Bytes of all buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.mapped.size() + self.bound.size()
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
