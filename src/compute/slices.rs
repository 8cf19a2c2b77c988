//! Candle tensors as slices, for the operations written here.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, WithDType, bail};
use rayon::prelude::*;

/// The number types networks run in: single for use, double for checking gradients.
#[derive(Clone, Copy)]
pub(super) enum Precision {
    Single,
    Double,
}

impl Precision {
    /// Returns the precision of a CPU storage.
    pub(super) fn of(storage: &CpuStorage) -> Result<Self> {
        match storage {
            CpuStorage::F32(_) => Ok(Self::Single),
            CpuStorage::F64(_) => Ok(Self::Double),
            _ => bail!("this operation runs in f32 or f64"),
        }
    }
}

/// Returns the samples of a contiguous tensor.
pub(super) fn contiguous_slice<'a, T: WithDType>(
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [T]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("this operation takes contiguous tensors");
    };
    Ok(&T::cpu_storage_as_slice(storage)?[start..end])
}

/// Runs `read` on the samples of tensors of one shape and precision, laid out contiguously.
pub(super) fn with_slices<T: WithDType, R>(
    tensors: &[&Tensor],
    read: impl FnOnce(&[&[T]]) -> R,
) -> Result<R> {
    let tensors = tensors
        .iter()
        .map(|tensor| tensor.contiguous())
        .collect::<Result<Vec<_>>>()?;
    let guards: Vec<_> = tensors
        .iter()
        .map(|tensor| tensor.storage_and_layout())
        .collect();
    let mut slices = Vec::with_capacity(guards.len());
    for (storage, layout) in &guards {
        let Storage::Cpu(storage) = &**storage else {
            bail!("this operation runs on the CPU");
        };
        slices.push(contiguous_slice::<T>(storage, layout)?);
    }
    Ok(read(&slices))
}

/// Sums `(N, C, …)` over everything but the channel: `(C)`.
pub(super) fn channel_sum(tensor: &Tensor) -> Result<Tensor> {
    let dims = tensor.dims();
    let rows = dims[0];
    let channels = dims[1];
    let flat = tensor.contiguous()?.reshape((rows, channels, ()))?;
    flat.sum(2)?.sum(0)
}

/// Sums in 16 lanes, so that the loop vectorises, and in an order that never changes.
pub(super) fn sum<T: WithDType>(samples: &[T]) -> T {
    sum_of(samples, samples, |a, _| a)
}

/// Sums `term(a, b)` over two slices of one length, in 16 lanes.
pub(super) fn sum_of<T: WithDType>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> T {
    const LANES: usize = 16;
    let mut lanes = [T::zero(); LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut rest = T::zero();
    for (&a, &b) in a_blocks.remainder().iter().zip(b_blocks.remainder()) {
        rest += term(a, b);
    }
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    lanes.into_iter().fold(rest, |sum, lane| sum + lane)
}

/// Makes `count` samples, block by block on all cores: `fill(first, block)`.
pub(super) fn fill_blocks<T: WithDType>(
    count: usize,
    block: usize,
    fill: impl Fn(usize, &mut [T]) + Sync + Send,
) -> Vec<T> {
    let mut samples = vec![T::zero(); count];
    samples
        .par_chunks_mut(block.max(1))
        .enumerate()
        .for_each(|(index, samples)| fill(index * block, samples));
    samples
}
