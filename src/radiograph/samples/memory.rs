//! Bytes that are filled once, then shared: a file's, or what was decoded from it.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use memmap2::MmapMut;

/// Below so many bytes pages of their own are not worth the asking.
pub(super) const WORTH_PAGES: usize = 4 << 20;

/// Pages are asked for in multiples of this: Linux lays nothing else out on the boundaries that its
/// large pages need (2 MiB on x86-64 and, mostly, on ARM).
const LARGE_PAGE: usize = 2 << 20;

/// Bytes with one owner. Many of them lie in large pages where the system has those.
pub struct Memory(Kept);

enum Kept {
    Heap(Vec<u8>),
    /// Pages, and how many of their bytes are used.
    Pages(MmapMut, usize),
}

impl Memory {
    /// Makes `count` bytes, 0 at first; `None` where there is no memory.
    pub fn zeroed(count: usize) -> Option<Self> {
        if count >= WORTH_PAGES {
            let whole = count.checked_next_multiple_of(LARGE_PAGE)?;
            let pages = MmapMut::map_anon(whole).ok()?;
            // Refused where the system knows none; slower, and right all the same.
            #[cfg(target_os = "linux")]
            pages.advise(memmap2::Advice::HugePage).ok();
            return Some(Self(Kept::Pages(pages, count)));
        }
        let mut zeros = Vec::new();
        zeros.try_reserve_exact(count).ok()?;
        zeros.resize(count, 0);
        Some(Self(Kept::Heap(zeros)))
    }

    /// Copies bytes.
    pub fn copied(bytes: &[u8]) -> Self {
        match Self::zeroed(bytes.len()) {
            Some(mut copy) => {
                copy.copy_from_slice(bytes);
                copy
            }
            // Ends as any want of memory does.
            None => bytes.to_vec().into(),
        }
    }

    /// Keeps the first `count` bytes, or all where there are fewer.
    pub fn truncate(&mut self, count: usize) {
        match &mut self.0 {
            Kept::Heap(bytes) => bytes.truncate(count),
            Kept::Pages(_, used) => *used = count.min(*used),
        }
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Heap(bytes) => bytes,
            Kept::Pages(pages, used) => &pages[..*used],
        }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Kept::Heap(bytes) => bytes,
            Kept::Pages(pages, used) => &mut pages[..*used],
        }
    }
}

impl From<Vec<u8>> for Memory {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Kept::Heap(bytes))
    }
}

/// A part of bytes that nobody changes any more, shared without copying.
#[derive(Clone)]
pub struct SharedBytes {
    memory: Arc<Memory>,
    range: Range<usize>,
}

impl SharedBytes {
    /// Shares `part`, which lies in `memory`; `None` where it does not, or is so little of it that
    /// the rest had better not be kept.
    pub fn of_part(memory: &Arc<Memory>, part: &[u8]) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(memory.as_ptr().addr())?;
        let end = start.checked_add(part.len())?;
        let most = part.len() >= memory.len() / 8 * 7;
        (end <= memory.len() && most).then(|| Self {
            memory: Arc::clone(memory),
            range: start..end,
        })
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[self.range.clone()]
    }
}

impl From<Memory> for SharedBytes {
    fn from(memory: Memory) -> Self {
        Self {
            range: 0..memory.len(),
            memory: Arc::new(memory),
        }
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Memory::from(bytes).into()
    }
}

/// The bytes of a frame: those of its file, where they lie there as they are, or its own.
pub enum FrameBytes<'a> {
    /// A part of a file's bytes, which somebody else keeps.
    Lent(&'a [u8]),
    /// Bytes that may still be changed.
    Own(Memory),
    /// Bytes that its film keeps too.
    Shared(SharedBytes),
}

impl FrameBytes<'_> {
    /// Returns bytes that can be changed: a copy, unless they are its own.
    pub fn to_mut(&mut self) -> &mut [u8] {
        if let Self::Lent(_) | Self::Shared(_) = self {
            *self = Self::Own(Memory::copied(self));
        }
        match self {
            Self::Own(memory) => memory,
            Self::Lent(_) | Self::Shared(_) => &mut [],
        }
    }

    /// Keeps the first `count` bytes, or all where there are fewer.
    pub fn truncate(&mut self, count: usize) {
        match self {
            Self::Lent(bytes) => *bytes = &bytes[..count.min(bytes.len())],
            Self::Own(memory) => memory.truncate(count),
            Self::Shared(bytes) => bytes.range.end = bytes.range.end.min(bytes.range.start + count),
        }
    }

    /// Ends the changing, so that the film can keep the bytes without a copy. Bytes of `file` are
    /// kept with it where they are most of it.
    pub fn share(&mut self, file: Option<&Arc<Memory>>) {
        *self = match std::mem::replace(self, Self::Lent(&[])) {
            Self::Own(memory) => Self::Shared(memory.into()),
            Self::Lent(bytes) => file
                .and_then(|file| SharedBytes::of_part(file, bytes))
                .map_or(Self::Lent(bytes), Self::Shared),
            shared @ Self::Shared(_) => shared,
        };
    }

    /// Returns the bytes for as long as they are wanted.
    pub fn into_owned(self) -> FrameBytes<'static> {
        match self {
            Self::Lent(bytes) => FrameBytes::Own(Memory::copied(bytes)),
            Self::Own(memory) => FrameBytes::Own(memory),
            Self::Shared(bytes) => FrameBytes::Shared(bytes),
        }
    }
}

impl Clone for FrameBytes<'_> {
    fn clone(&self) -> Self {
        match self {
            Self::Lent(bytes) => Self::Lent(bytes),
            Self::Own(memory) => Self::Own(Memory::copied(memory)),
            Self::Shared(bytes) => Self::Shared(bytes.clone()),
        }
    }
}

impl Deref for FrameBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Own(memory) => memory,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl PartialEq for FrameBytes<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for FrameBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl<'a> From<&'a [u8]> for FrameBytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Lent(bytes)
    }
}

impl From<Vec<u8>> for FrameBytes<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Own(bytes.into())
    }
}

impl From<Memory> for FrameBytes<'_> {
    fn from(memory: Memory) -> Self {
        Self::Own(memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zero_until_written_and_loses_its_end() {
        for count in [0, 5, WORTH_PAGES - 1, WORTH_PAGES, WORTH_PAGES + 3] {
            let mut memory = Memory::zeroed(count).unwrap();
            assert!(memory.len() == count && memory.iter().all(|&byte| byte == 0));
            memory.fill(7);
            assert_eq!(*Memory::copied(&memory), *memory);
            memory.truncate(count + 1);
            assert_eq!(memory.len(), count);
            memory.truncate(count / 2);
            assert!(memory.len() == count / 2 && memory.iter().all(|&byte| byte == 7));
        }
        assert!(Memory::zeroed(usize::MAX).is_none());
    }

    #[test]
    fn a_part_is_shared_only_with_the_memory_it_lies_in_and_fills() {
        let memory = Arc::new(Memory::from((0..200).collect::<Vec<u8>>()));
        let shared = SharedBytes::of_part(&memory, &memory[20..]).unwrap();
        assert_eq!(*shared, memory[20..]);
        assert!(std::ptr::eq(&*shared, &raw const memory[20..]));
        assert!(SharedBytes::of_part(&memory, &memory[100..]).is_none());
        let copy = memory.to_vec();
        assert!(SharedBytes::of_part(&memory, &copy).is_none());
        let others = Arc::new(Memory::from(copy));
        assert!(SharedBytes::of_part(&others, &memory[20..]).is_none());
    }

    #[test]
    fn frames_are_shared_or_copied_and_stay_the_same() {
        let file = Arc::new(Memory::from((0..100).collect::<Vec<u8>>()));
        let mut frame = FrameBytes::from(&file[5..]);
        frame.share(Some(&file));
        assert!(matches!(&frame, FrameBytes::Shared(bytes) if **bytes == file[5..]));
        let mut changed = frame.clone();
        changed.to_mut()[0] = 77;
        assert_eq!((changed[0], frame[0], file[5]), (77, 5, 5));
        frame.truncate(3);
        assert_eq!(*frame, [5, 6, 7]);
        let mut little = FrameBytes::from(&file[90..]);
        little.share(Some(&file));
        assert!(matches!(little, FrameBytes::Lent(_)));
        assert!(matches!(little.into_owned(), FrameBytes::Own(bytes) if *bytes == file[90..]));
        let mut own = FrameBytes::from(vec![1, 2]);
        own.share(None);
        assert!(matches!(&own, FrameBytes::Shared(bytes) if **bytes == [1, 2]));
    }
}
