//! Where buffers lie in the arena: those that are never alive together share room.

use super::step::{Combine, Convolve, MapRows, Multiply, Normalise, Resample, Scale, Step};

/// Addresses before the arena is laid out: the buffer's number above, the place in it below.
const SHIFT: u32 = 40;
/// Buffers begin at multiples of so many samples: a cache line.
const ALIGNMENT: usize = 16;

/// The address of a sample of a buffer.
pub(super) fn address(buffer: usize, place: usize) -> usize {
    (buffer << SHIFT) | place
}

/// The buffer an address lies in.
fn buffer_of(address: usize) -> usize {
    address >> SHIFT
}

/// How long a buffer must stay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) len: usize,
    first: usize,
    last: usize,
}

impl Span {
    /// A buffer that steps write and read.
    pub(super) fn temporary(len: usize) -> Self {
        Self {
            len,
            first: usize::MAX,
            last: 0,
        }
    }

    /// A buffer that is filled before the first step.
    pub(super) fn given(len: usize) -> Self {
        Self {
            len,
            first: 0,
            last: 0,
        }
    }

    /// A buffer that stays from the first run on.
    pub(super) fn lasting(len: usize) -> Self {
        Self {
            len,
            first: 0,
            last: usize::MAX,
        }
    }

    /// Keeps the buffer until all steps have run.
    pub(super) fn keep(&mut self) {
        self.last = usize::MAX;
    }

    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Where every buffer begins, and how long the arena is.
pub(super) struct Layout {
    firsts: Vec<usize>,
    pub(super) len: usize,
}

/// Lays out the buffers that steps use. Largest first, each at the lowest place that is free
/// while it is alive.
pub(super) fn lay_out(steps: &mut [Step], spans: &mut [Span]) -> Layout {
    for (at, step) in steps.iter_mut().enumerate() {
        each_address(step, &mut |address| {
            let span = &mut spans[buffer_of(*address)];
            span.first = span.first.min(at);
            span.last = span.last.max(at);
        });
    }
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&buffer| std::cmp::Reverse(spans[buffer].len));
    let mut firsts = vec![0; spans.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut len = 0;
    for buffer in order {
        let span = spans[buffer];
        if span.first == usize::MAX {
            continue;
        }
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&other| spans[other].meets(&span))
            .map(|&other| (firsts[other], firsts[other] + spans[other].len))
            .collect();
        taken.sort_unstable();
        let mut first = 0;
        for (from, to) in taken {
            if first + span.len <= from {
                break;
            }
            first = first.max(to.next_multiple_of(ALIGNMENT));
        }
        firsts[buffer] = first;
        len = len.max(first + span.len);
        placed.push(buffer);
    }
    Layout { firsts, len }
}

impl Layout {
    /// The place in the arena of an address.
    pub(super) fn place(&self, address: usize) -> usize {
        self.firsts[buffer_of(address)] + (address & ((1 << SHIFT) - 1))
    }

    /// Gives a step its places in the arena.
    pub(super) fn settle(&self, step: &mut Step) {
        each_address(step, &mut |address| *address = self.place(*address));
    }
}

/// Visits every address of a step.
fn each_address(step: &mut Step, visit: &mut dyn FnMut(&mut usize)) {
    match step {
        Step::Convolve(Convolve { x, y, plus, .. }) => {
            visit(&mut x.first);
            visit(&mut y.first);
            if let Some(plus) = plus {
                visit(&mut plus.first);
            }
        }
        Step::Scale(Scale {
            x, y, scale, shift, ..
        }) => {
            visit(&mut x.first);
            visit(&mut y.first);
            visit(&mut scale.first);
            visit(&mut shift.first);
        }
        Step::Normalise(Normalise {
            x, y, affine, plus, ..
        }) => {
            visit(&mut x.first);
            visit(&mut y.first);
            if let Some((scale, shift)) = affine {
                visit(&mut scale.first);
                visit(&mut shift.first);
            }
            if let Some(plus) = plus {
                visit(&mut plus.first);
            }
        }
        Step::MapRows(MapRows { x, y, .. }) => {
            visit(&mut x.first);
            visit(&mut y.first);
        }
        Step::Multiply(Multiply { a, b, y }) | Step::Combine(Combine { a, b, y, .. }) => {
            visit(&mut a.first);
            visit(&mut b.first);
            visit(&mut y.first);
        }
        Step::Resample(Resample { x, y, .. }) => {
            visit(&mut x.first);
            visit(&mut y.first);
        }
    }
}
