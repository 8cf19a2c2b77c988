//! The samples of a candle tensor on the processor, lent out to be overwritten in place.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor, bail};

/// Lends the samples of a contiguous f32 tensor on the processor to `change`. Loans of several
/// tensors nest, so that one pass can overwrite them all.
pub(super) fn lend(tensor: &Tensor, change: impl FnOnce(&mut [f32]) -> Result<()>) -> Result<()> {
    tensor.inplace_op1(&Loan(RefCell::new(Some(change))))
}

/// Whether [`lend`] can lend the samples of a tensor.
pub(super) fn can_be_lent(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && tensor.dtype() == candle_core::DType::F32 && tensor.is_contiguous()
}

/// Runs `read` on the samples of a contiguous f32 tensor on the processor.
pub(super) fn borrow<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        candle_core::Storage::Cpu(CpuStorage::F32(samples)) => read(&samples[range(layout)?]),
        _ => bail!("only f32 samples on the processor are borrowed"),
    }
}

fn range(layout: &Layout) -> Result<std::ops::Range<usize>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(start..end),
        None => bail!("only contiguous samples are overwritten in place"),
    }
}

struct Loan<F>(RefCell<Option<F>>);

impl<F: FnOnce(&mut [f32]) -> Result<()>> InplaceOp1 for Loan<F> {
    fn name(&self) -> &'static str {
        "loan of samples"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(samples), Some(change)) = (storage, self.0.borrow_mut().take()) else {
            bail!("only f32 samples are lent, and once");
        };
        change(&mut samples[range(layout)?])
    }
}
