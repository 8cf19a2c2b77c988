//! The memory that a film's samples lie in.
//!
//! A film of 15 Mpx takes 60 MB, and the system hands them out in pages of 4 kB as they are first
//! written: that cost more than decoding it. Large films ask for large pages; where the system has
//! none, nothing changes.

use std::fmt;
use std::sync::Arc;

use memmap2::MmapMut;

/// Below so many samples pages of their own are not worth the asking.
const WORTH_PAGES: usize = 1 << 20;

/// Samples that no longer change, shared without copying.
#[derive(Clone)]
pub struct Samples(Memory);

#[derive(Clone)]
enum Memory {
    Heap(Arc<[f32]>),
    Pages(Arc<MmapMut>),
}

/// Samples that are still being written, 0 at first.
pub struct FreshSamples(Fresh);

enum Fresh {
    Heap(Vec<f32>),
    Pages(MmapMut),
}

impl FreshSamples {
    /// Makes `count` samples; `None` where there is no memory.
    pub fn zeroed(count: usize) -> Option<Self> {
        if count >= WORTH_PAGES {
            let pages = MmapMut::map_anon(count.checked_mul(size_of::<f32>())?).ok()?;
            // Refused where the system knows none; slower, and right all the same.
            #[cfg(target_os = "linux")]
            pages.advise(memmap2::Advice::HugePage).ok();
            return Some(Self(Fresh::Pages(pages)));
        }
        let mut samples = Vec::new();
        samples.try_reserve_exact(count).ok()?;
        samples.resize(count, 0.0);
        Some(Self(Fresh::Heap(samples)))
    }

    /// Returns how many samples there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Fresh::Heap(samples) => samples.len(),
            Fresh::Pages(pages) => pages.len() / size_of::<f32>(),
        }
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the samples to write.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        match &mut self.0 {
            Fresh::Heap(samples) => samples,
            Fresh::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }

    /// Ends the writing.
    pub fn share(self) -> Samples {
        Samples(match self.0 {
            Fresh::Heap(samples) => Memory::Heap(samples.into()),
            Fresh::Pages(pages) => Memory::Pages(Arc::new(pages)),
        })
    }
}

impl std::ops::Deref for Samples {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &self.0 {
            Memory::Heap(samples) => samples,
            Memory::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }
}

impl PartialEq for Samples {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.len())
    }
}

impl From<Arc<[f32]>> for Samples {
    fn from(samples: Arc<[f32]>) -> Self {
        Self(Memory::Heap(samples))
    }
}

impl From<Vec<f32>> for Samples {
    fn from(samples: Vec<f32>) -> Self {
        Self(Memory::Heap(samples.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_zero_until_written_and_shared_as_written() {
        for count in [0, 7, WORTH_PAGES, WORTH_PAGES + 5] {
            let mut fresh = FreshSamples::zeroed(count).unwrap();
            assert!(fresh.as_mut_slice().iter().all(|&sample| sample == 0.0));
            for (index, sample) in fresh.as_mut_slice().iter_mut().enumerate() {
                *sample = index as f32;
            }
            let samples = fresh.share();
            assert_eq!(samples.len(), count);
            assert!(
                samples
                    .iter()
                    .enumerate()
                    .all(|(index, &sample)| sample == index as f32)
            );
            assert_eq!(samples, samples.clone());
        }
        assert!(FreshSamples::zeroed(usize::MAX / 8).is_none());
    }
}
