//! Samples that are still being written.

use std::sync::Arc;

use super::memory::WORTH_PAGES;
use super::{Kept, Line, Memory, Reals, Samples, Storage, Whole};

/// Samples that are still being written, 0 at first.
pub struct FreshSamples {
    storage: Storage,
    memory: Fresh,
}

enum Fresh {
    /// Few reals, which bytes are not aligned for.
    Reals(Vec<f32>),
    Bytes(Memory),
}

impl FreshSamples {
    /// Makes `count` samples; `None` where there is no memory.
    pub fn zeroed(storage: Storage, count: usize) -> Option<Self> {
        let bytes = count.checked_mul(storage.bytes())?;
        let memory = if storage == Storage::Real && bytes < WORTH_PAGES {
            Fresh::Reals(zeros(count)?)
        } else {
            Fresh::Bytes(Memory::zeroed(bytes)?)
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
        }
    }

    /// Returns the reals to write; none where the samples are whole numbers.
    pub fn reals_mut(&mut self) -> &mut [f32] {
        match (&mut self.memory, self.storage) {
            (Fresh::Reals(samples), _) => samples,
            (Fresh::Bytes(pages), Storage::Real) => bytemuck::cast_slice_mut(pages),
            _ => &mut [],
        }
    }

    /// Ends the writing. `line` says what whole numbers stand for; reals are modality values.
    pub fn share(self, line: Line) -> Samples {
        match (self.memory, self.storage) {
            (Fresh::Reals(samples), _) => samples.into(),
            (Fresh::Bytes(pages), Storage::Real) => {
                Samples(Kept::Reals(Reals::Pages(Arc::new(pages))))
            }
            (Fresh::Bytes(bytes), storage) => Samples(Kept::Whole(Whole {
                storage,
                line,
                bytes: bytes.into(),
            })),
        }
    }
}

fn zeros(count: usize) -> Option<Vec<f32>> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(count).ok()?;
    zeros.resize(count, 0.0);
    Some(zeros)
}
