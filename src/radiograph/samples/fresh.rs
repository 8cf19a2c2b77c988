//! Samples that are still being written.

use std::sync::Arc;

use memmap2::MmapMut;

use super::whole::Bytes;
use super::{Kept, Line, Reals, Samples, Storage, Whole};

/// Below so many bytes pages of their own are not worth the asking.
pub(super) const WORTH_PAGES: usize = 4 << 20;

/// Samples that are still being written, 0 at first.
pub struct FreshSamples {
    storage: Storage,
    memory: Fresh,
}

enum Fresh {
    Reals(Vec<f32>),
    Bytes(Vec<u8>),
    Pages(MmapMut),
}

impl FreshSamples {
    /// Makes `count` samples; `None` where there is no memory.
    pub fn zeroed(storage: Storage, count: usize) -> Option<Self> {
        let bytes = count.checked_mul(storage.bytes())?;
        let memory = if bytes >= WORTH_PAGES {
            let pages = MmapMut::map_anon(bytes).ok()?;
            // Refused where the system knows none; slower, and right all the same.
            #[cfg(target_os = "linux")]
            pages.advise(memmap2::Advice::HugePage).ok();
            Fresh::Pages(pages)
        } else if storage == Storage::Real {
            Fresh::Reals(zeros(count)?)
        } else {
            Fresh::Bytes(zeros(bytes)?)
        };
        Some(Self { storage, memory })
    }

    /// Returns what its samples are.
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// Returns the same memory for samples of another kind; `None` where those need another.
    pub fn retyped(mut self, storage: Storage) -> Option<Self> {
        let alike = self.storage.bytes() == storage.bytes();
        self.storage = storage;
        alike.then_some(self)
    }

    /// Returns the memory to write: whole numbers with the lower byte first, reals as this
    /// computer has them.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Fresh::Reals(samples) => bytemuck::cast_slice_mut(samples),
            Fresh::Bytes(bytes) => bytes,
            Fresh::Pages(pages) => pages,
        }
    }

    /// Returns the reals to write; none where the samples are whole numbers.
    pub fn reals_mut(&mut self) -> &mut [f32] {
        match (&mut self.memory, self.storage) {
            (Fresh::Reals(samples), _) => samples,
            (Fresh::Pages(pages), Storage::Real) => bytemuck::cast_slice_mut(pages),
            _ => &mut [],
        }
    }

    /// Ends the writing. `line` says what whole numbers stand for; reals are modality values.
    pub fn share(self, line: Line) -> Samples {
        let bytes = match (self.memory, self.storage) {
            (Fresh::Reals(samples), _) => return samples.into(),
            (Fresh::Pages(pages), Storage::Real) => {
                return Samples(Kept::Reals(Reals::Pages(Arc::new(pages))));
            }
            (Fresh::Pages(pages), _) => Bytes::Pages(Arc::new(pages)),
            (Fresh::Bytes(bytes), _) => Bytes::Heap(Arc::new(bytes)),
        };
        Samples(Kept::Whole(Whole {
            storage: self.storage,
            line,
            bytes,
        }))
    }
}

fn zeros<T: bytemuck::Zeroable + Clone>(count: usize) -> Option<Vec<T>> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(count).ok()?;
    zeros.resize(count, T::zeroed());
    Some(zeros)
}
