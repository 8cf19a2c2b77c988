//! The samples that steps read and write, shared by the threads that execute a step.
//!
//! Maps of different steps interleave in memory (a join along the channels is two maps in one
//! buffer), so the borrow checker cannot tell their parts apart. What replaces it: `check` has
//! proved that every address of every step lies inside the arena, no step reads what it writes,
//! and the chunks of one stage of a job write disjoint samples.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ptr::NonNull;

use pulp::Simd;

/// Samples of a cache line.
const LINE: usize = 16;

/// A cache line, so that buffers begin on one.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Samples on a 64-byte boundary.
pub(super) struct Aligned {
    lines: Vec<Line>,
    len: usize,
}

impl Aligned {
    /// So many zeros.
    pub(super) fn zeros(len: usize) -> Self {
        Self {
            lines: vec![Line([0.0; LINE]); len.div_ceil(LINE)],
            len,
        }
    }

    /// All samples.
    pub(super) fn samples(&self) -> &[f32] {
        // SAFETY: lines are arrays of samples without padding, and there are `len` or more samples.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }

    /// All samples, to be written.
    pub(super) fn samples_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

/// Samples that several threads write in parts.
pub(super) struct Arena {
    lines: Box<[UnsafeCell<Line>]>,
    len: usize,
}

// SAFETY: threads reach samples through `part`, `part_mut` and `at` alone, whose users keep to the
// rules in the module's head: no sample is written by one thread while another reads or writes it.
unsafe impl Sync for Arena {}

impl Arena {
    /// So many zeros.
    pub(super) fn new(len: usize) -> Self {
        let lines = (0..len.div_ceil(LINE).max(1)).map(|_| UnsafeCell::new(Line([0.0; LINE])));
        Self {
            lines: lines.collect(),
            len,
        }
    }

    /// The address of a sample, which is inside the arena or just behind it.
    #[inline(always)]
    fn at(&self, first: usize) -> *mut f32 {
        self.lines
            .as_ptr()
            .cast::<f32>()
            .cast_mut()
            .wrapping_add(first)
    }

    /// So many samples from one on, whose bounds are checked here and nowhere else.
    #[inline(always)]
    pub(super) fn places(&self, first: usize, len: usize) -> Places {
        self.check(first, len);
        let start = NonNull::from(&*self.lines).cast::<f32>();
        // SAFETY: the sample is inside the arena.
        Places(unsafe { start.add(first) })
    }

    #[inline(always)]
    fn check(&self, first: usize, len: usize) {
        let inside = len <= self.len && first <= self.len - len;
        assert!(inside, "a step reaches beyond the arena");
    }

    /// Samples to read; the step that calls does not write them in this stage.
    #[inline(always)]
    pub(super) fn part(&self, first: usize, len: usize) -> &[f32] {
        self.check(first, len);
        // SAFETY: inside the arena, whose samples are initialised; not written meanwhile.
        unsafe { std::slice::from_raw_parts(self.at(first), len) }
    }

    /// Samples to write; no other chunk of the stage touches them, and the caller holds no other
    /// slice of them.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub(super) fn part_mut(&self, first: usize, len: usize) -> &mut [f32] {
        self.check(first, len);
        // SAFETY: inside the arena, and by the rules in the module's head nobody else's.
        unsafe { std::slice::from_raw_parts_mut(self.at(first), len) }
    }
}

/// Samples without a check for each; for loops that touch dozens of places in turn, where checks take
/// longer than the arithmetic.
#[derive(Clone, Copy)]
pub(super) struct Places(NonNull<f32>);

impl Places {
    /// A slice's samples, which are read only.
    #[inline(always)]
    pub(super) fn of(samples: &[f32]) -> Self {
        Self(NonNull::from(samples).cast())
    }

    /// Reads a vector, counted in vectors.
    ///
    /// # Safety
    ///
    /// It lies inside the length that `Arena::places` was asked for, and nobody writes it.
    #[inline(always)]
    pub(super) unsafe fn load<S: Simd>(self, index: usize) -> S::f32s {
        // SAFETY: see above; vectors are arrays of samples without an alignment of their own.
        unsafe { *self.0.cast::<S::f32s>().add(index).as_ref() }
    }

    /// Writes a vector, counted in vectors.
    ///
    /// # Safety
    ///
    /// It lies inside the length that `Arena::places` was asked for, and is the caller's.
    #[inline(always)]
    pub(super) unsafe fn store<S: Simd>(self, index: usize, vector: S::f32s) {
        // SAFETY: see above.
        unsafe { *self.0.cast::<S::f32s>().add(index).as_mut() = vector };
    }

    /// Reads a sample.
    ///
    /// # Safety
    ///
    /// As for `load`.
    #[inline(always)]
    pub(super) unsafe fn sample(self, index: usize) -> f32 {
        // SAFETY: see above.
        unsafe { *self.0.add(index).as_ref() }
    }

    /// Writes a sample.
    ///
    /// # Safety
    ///
    /// As for `store`.
    #[inline(always)]
    pub(super) unsafe fn set(self, index: usize, sample: f32) {
        // SAFETY: see above.
        unsafe { *self.0.add(index).as_mut() = sample };
    }
}
