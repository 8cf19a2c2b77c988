//! The memory that a film's samples lie in.
//!
//! A detector's samples are whole numbers of 8 to 16 bits, and its film keeps them so: at 15 Mpx
//! floats would take 60 MB, and the time to open a film went into the system handing those out.
//! Who reads them gets modality values, in blocks; what is computed, maps and processed films, is
//! kept as the floats it is. Large films ask for large pages; where the system has none, nothing
//! changes.

mod fresh;
mod memory;
mod whole;

pub use fresh::FreshSamples;
pub use memory::{FrameBytes, Memory, SharedBytes};
pub use whole::{Line, Storage, Whole};

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

/// The samples of a block: what is read of it stays in the first-level cache.
const BLOCK: usize = 1 << 12;

/// Samples that no longer change, shared without copying.
#[derive(Clone)]
pub struct Samples(Kept);

#[derive(Clone)]
enum Kept {
    Reals(Reals),
    Whole(Whole),
}

#[derive(Clone)]
enum Reals {
    Heap(Arc<[f32]>),
    Pages(Arc<Memory>),
}

impl Samples {
    /// Takes over whole numbers as a file stores them, the lower byte first; `None` where they are
    /// reals, bytes are left over, or the line leads out of 32-bit numbers.
    pub fn of_whole(storage: Storage, line: Line, bytes: impl Into<SharedBytes>) -> Option<Self> {
        let bytes = bytes.into();
        let even = bytes.len().is_multiple_of(storage.bytes());
        let whole = storage != Storage::Real && even && line.is_finite();
        whole.then(|| {
            Self(Kept::Whole(Whole {
                storage,
                line,
                bytes,
            }))
        })
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Reals(reals) => reals.slice().len(),
            Kept::Whole(whole) => whole.bytes().len() / whole.storage.bytes(),
        }
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the memory they take, in bytes.
    pub fn memory_bytes(&self) -> usize {
        match &self.0 {
            Kept::Reals(reals) => size_of_val(reals.slice()),
            Kept::Whole(whole) => whole.bytes().len(),
        }
    }

    /// Returns them as they lie, where they are whole numbers.
    pub fn whole(&self) -> Option<&Whole> {
        match &self.0 {
            Kept::Reals(_) => None,
            Kept::Whole(whole) => Some(whole),
        }
    }

    /// Returns the modality value of one, by its index.
    pub fn at(&self, index: usize) -> f32 {
        match &self.0 {
            Kept::Reals(reals) => reals.slice()[index],
            Kept::Whole(whole) => whole.at(index),
        }
    }

    /// Returns all modality values, copied where they are kept as whole numbers: for maps and
    /// small films. Large ones are read in blocks.
    pub fn values(&self) -> Cow<'_, [f32]> {
        match &self.0 {
            Kept::Reals(reals) => reals.slice().into(),
            Kept::Whole(whole) => {
                let mut values = vec![0.0; self.len()];
                values
                    .par_chunks_mut(BLOCK)
                    .enumerate()
                    .for_each(|(index, block)| whole.read(index * BLOCK, block));
                values.into()
            }
        }
    }

    /// Writes the modality values from an index on.
    pub fn read(&self, first: usize, values: &mut [f32]) {
        match &self.0 {
            Kept::Reals(reals) => {
                values.copy_from_slice(&reals.slice()[first..first + values.len()]);
            }
            Kept::Whole(whole) => whole.read(first, values),
        }
    }

    /// Hands the modality values of a range to a function, block by block and in their order.
    pub fn each_block(&self, range: Range<usize>, mut take: impl FnMut(&[f32])) {
        match &self.0 {
            Kept::Reals(reals) => take(&reals.slice()[range]),
            Kept::Whole(whole) => {
                let mut block = [0.0; BLOCK];
                for first in range.clone().step_by(BLOCK) {
                    let values = &mut block[..BLOCK.min(range.end - first)];
                    whole.read(first, values);
                    take(values);
                }
            }
        }
    }
}

impl Reals {
    fn slice(&self) -> &[f32] {
        match self {
            Self::Heap(samples) => samples,
            Self::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl PartialEq for Samples {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.len())
    }
}

impl From<Arc<[f32]>> for Samples {
    fn from(samples: Arc<[f32]>) -> Self {
        Self(Kept::Reals(Reals::Heap(samples)))
    }
}

impl From<Vec<f32>> for Samples {
    fn from(samples: Vec<f32>) -> Self {
        Self(Kept::Reals(Reals::Heap(samples.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::memory::WORTH_PAGES;
    use super::*;

    const COUNTS: [usize; 4] = [0, 7, WORTH_PAGES / 4, WORTH_PAGES / 4 + 5];

    #[test]
    fn reals_are_zero_until_written_and_shared_as_written() {
        for count in COUNTS {
            let mut fresh = FreshSamples::zeroed(Storage::Real, count).unwrap();
            assert_eq!(fresh.reals_mut().len(), count);
            assert!(fresh.reals_mut().iter().all(|&sample| sample == 0.0));
            for (index, sample) in fresh.reals_mut().iter_mut().enumerate() {
                *sample = index as f32;
            }
            let samples = fresh.share(Line::IDENTITY);
            let is_own_index = |(index, sample): (usize, &f32)| *sample == index as f32;
            assert!(samples.len() == count && samples.whole().is_none());
            assert!(samples.values().iter().enumerate().all(is_own_index));
            assert_eq!(samples, samples.clone());
            assert_eq!(samples.memory_bytes(), 4 * count);
        }
        assert!(FreshSamples::zeroed(Storage::Real, usize::MAX / 8).is_none());
        assert!(FreshSamples::zeroed(Storage::Word, usize::MAX).is_none());
    }

    #[test]
    fn whole_numbers_stay_as_they_are_and_read_as_modality_values() {
        let line = Line {
            slope: 0.25,
            intercept: -8.0,
        };
        for (storage, stored, values) in [
            (Storage::Byte, vec![0, 255], [-8.0, 55.75]),
            (Storage::SignedByte, vec![0x80, 1], [-40.0, -7.75]),
            (Storage::Word, vec![0, 0, 0xff, 0xff], [-8.0, 16_375.75]),
            (
                Storage::SignedWord,
                vec![0, 0x80, 0xff, 0xff],
                [-8200.0, -8.25],
            ),
        ] {
            let samples = Samples::of_whole(storage, line, stored.clone()).unwrap();
            assert_eq!(*samples.values(), values);
            assert_eq!([samples.at(0), samples.at(1)], values);
            assert_eq!(samples.whole().unwrap().extremes(), Some(values.into()));
            assert_eq!(samples.memory_bytes(), stored.len());
            let plain = Samples::of_whole(storage, Line::IDENTITY, stored).unwrap();
            assert_eq!(line.value(plain.at(1).into()), values[1]);
        }
        assert!(Samples::of_whole(Storage::Word, line, vec![1, 2, 3]).is_none());
        assert!(Samples::of_whole(Storage::Real, line, vec![0; 4]).is_none());
    }

    #[test]
    fn a_falling_line_has_its_ends_in_order() {
        let falling = Line {
            slope: -1.0,
            intercept: 255.0,
        };
        let samples = Samples::of_whole(Storage::Byte, falling, vec![3, 250, 9]).unwrap();
        assert_eq!(samples.whole().unwrap().extremes(), Some((5.0, 252.0)));
    }

    #[test]
    fn blocks_hold_every_value_once_and_in_order() {
        let count = 3 * BLOCK + 17;
        let mut fresh = FreshSamples::zeroed(Storage::Word, count).unwrap();
        let (words, _) = fresh.bytes_mut().as_chunks_mut::<2>();
        for (index, word) in words.iter_mut().enumerate() {
            *word = (index as u16).to_le_bytes();
        }
        let whole = fresh.share(Line::IDENTITY);
        let reals: Samples = whole.values().into_owned().into();
        for samples in [whole, reals] {
            for range in [0..count, 5..BLOCK + 9, 40..40] {
                let mut seen = Vec::new();
                samples.each_block(range.clone(), |block| seen.extend_from_slice(block));
                assert!(seen.iter().copied().eq(range.map(|index| index as f32)));
            }
        }
    }
}
