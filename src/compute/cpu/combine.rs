//! Samples combined in pairs, under any strides.
#![allow(unsafe_code)]

use pulp::Arch;

use super::super::program::{Activation, Combine, Pairing, RANK};
use super::arena::Arena;
use super::job::{Job, SAMPLE, Stage, per_chunk, range};
use super::math;

/// A dimension of all three views: its size and the strides of a, b and y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dimension {
    size: usize,
    strides: [usize; 3],
}

/// A combination whose dimensions are as few as they can be.
pub(super) struct Pairs {
    firsts: [usize; 3],
    /// Outermost first; at least one.
    dimensions: Vec<Dimension>,
    pairing: Pairing,
    then: Activation,
    lines: usize,
    lines_per_chunk: usize,
    len: usize,
}

impl Pairs {
    /// Sorts the dimensions by their stride in `y` and joins those that lie behind each other.
    pub(super) fn new(step: &Combine) -> Self {
        let alone = step.pairing == Pairing::First;
        // `b` is not read then, so its strides must not keep dimensions apart.
        let b = if alone { step.a } else { step.b };
        let mut all: Vec<Dimension> = (0..RANK)
            .map(|dimension| Dimension {
                size: step.y.dims[dimension],
                strides: [&step.a, &b, &step.y].map(|view| view.strides[dimension]),
            })
            .filter(|dimension| dimension.size != 1)
            .collect();
        all.sort_by_key(|dimension| std::cmp::Reverse(dimension.strides[2]));
        let mut dimensions: Vec<Dimension> = Vec::new();
        for next in all {
            match dimensions.last_mut() {
                Some(last) if last.strides == next.strides.map(|stride| stride * next.size) => {
                    last.size *= next.size;
                    last.strides = next.strides;
                }
                _ => dimensions.push(next),
            }
        }
        if dimensions.is_empty() {
            dimensions.push(Dimension {
                size: 1,
                strides: [1; 3],
            });
        }
        let len = step.y.len();
        let inner = dimensions[dimensions.len() - 1].size.max(1);
        // A single line is cut, so that several threads can share it.
        if dimensions.len() == 1 && inner >= 2 * LINE {
            let Dimension { size, strides } = dimensions[0];
            if size % LINE == 0 {
                dimensions = vec![
                    Dimension {
                        size: size / LINE,
                        strides: strides.map(|stride| stride * LINE),
                    },
                    Dimension {
                        size: LINE,
                        strides,
                    },
                ];
            }
        }
        turn(&mut dimensions);
        let inner = dimensions[dimensions.len() - 1].size.max(1);
        let lines = len / inner;
        Self {
            firsts: [step.a.first, b.first, step.y.first],
            dimensions,
            pairing: step.pairing,
            then: step.then,
            lines,
            lines_per_chunk: per_chunk(lines, inner * SAMPLE),
            len,
        }
    }

    #[inline(always)]
    fn lines(&self, arena: &Arena, lines: std::ops::Range<usize>) {
        let (inner, outer) = match self.dimensions.split_last() {
            Some((inner, outer)) => (*inner, outer),
            None => return,
        };
        let mut index = [0; RANK];
        let mut at = self.firsts;
        let mut rest = lines.start;
        for (index, dimension) in index.iter_mut().zip(outer).rev() {
            *index = rest % dimension.size;
            rest /= dimension.size;
            for (at, stride) in at.iter_mut().zip(dimension.strides) {
                *at += *index * stride;
            }
        }
        for _ in lines {
            self.line(arena, at, inner);
            for (index, dimension) in index.iter_mut().zip(outer).rev() {
                *index += 1;
                let wrapped = *index == dimension.size;
                let back = if wrapped { dimension.size - 1 } else { 0 };
                for (at, stride) in at.iter_mut().zip(dimension.strides) {
                    *at = if wrapped {
                        *at - back * stride
                    } else {
                        *at + stride
                    };
                }
                if !wrapped {
                    break;
                }
                *index = 0;
            }
        }
    }

    #[inline(always)]
    fn line(&self, arena: &Arena, [a, b, y]: [usize; 3], inner: Dimension) {
        let line = Line {
            arena,
            firsts: [a, b, y],
            inner,
            then: self.then,
        };
        match self.pairing {
            Pairing::First => line.each(|a, _| a),
            Pairing::Add => line.each(|a, b| a + b),
            Pairing::Subtract => line.each(|a, b| a - b),
            Pairing::Multiply => line.each(|a, b| a * b),
            Pairing::Divide => line.each(|a, b| a / b),
        }
    }
}

/// How long the pieces of a long line are.
const LINE: usize = 1024;

/// Where `a` is turned against `y`, goes through squares, so that a line of the cache is read while
/// it is there.
fn turn(dimensions: &mut Vec<Dimension>) {
    const SIDE: usize = 32;
    let last = dimensions.len() - 1;
    let inner = dimensions[last];
    let unit = |dimension: &Dimension| dimension.strides[0] == 1;
    let position = dimensions[..last].iter().position(unit);
    let Some(position) = position.filter(|_| inner.strides[0] > 1 && inner.size > SIDE) else {
        return;
    };
    if !inner.size.is_multiple_of(SIDE) || dimensions.len() >= RANK {
        return;
    }
    let across = dimensions.remove(position);
    let last = dimensions.len() - 1;
    dimensions[last] = Dimension {
        size: inner.size / SIDE,
        strides: inner.strides.map(|stride| stride * SIDE),
    };
    dimensions.push(across);
    dimensions.push(Dimension {
        size: SIDE,
        ..inner
    });
}

struct Line<'a> {
    arena: &'a Arena,
    firsts: [usize; 3],
    inner: Dimension,
    then: Activation,
}

impl Line<'_> {
    #[inline(always)]
    fn each(&self, of: impl Fn(f32, f32) -> f32) {
        let Self { arena, firsts, .. } = *self;
        let Dimension { size, strides } = self.inner;
        let part = |which: usize| arena.part(firsts[which], size);
        match strides {
            [1, 1, 1] => {
                let y = arena.part_mut(firsts[2], size);
                for ((y, &a), &b) in y.iter_mut().zip(part(0)).zip(part(1)) {
                    *y = of(a, b);
                }
                math::activate(self.then, y);
            }
            [1, 0, 1] => {
                let y = arena.part_mut(firsts[2], size);
                let b = arena.part(firsts[1], 1)[0];
                for (y, &a) in y.iter_mut().zip(part(0)) {
                    *y = of(a, b);
                }
                math::activate(self.then, y);
            }
            [a, b, y] => {
                let reach = |which: usize, stride: usize| {
                    arena.places(firsts[which], (size - 1) * stride + 1)
                };
                let (from, with, to) = (reach(0, a), reach(1, b), reach(2, y));
                for index in 0..size {
                    // SAFETY: the index is below the size that the reaches were checked for.
                    unsafe {
                        let sample = of(from.sample(index * a), with.sample(index * b));
                        to.set(index * y, sample);
                    }
                }
                if self.then != Activation::Nothing {
                    for index in 0..size {
                        math::activate(self.then, arena.part_mut(firsts[2] + index * y, 1));
                    }
                }
            }
        }
    }
}

impl Job for Pairs {
    fn stages(&self) -> Vec<Stage> {
        let chunks = self.lines.div_ceil(self.lines_per_chunk);
        vec![Stage::new(chunks, self.len * SAMPLE)]
    }

    fn run(&self, arena: &Arena, _: usize, chunk: usize, _: usize) {
        let lines = range(chunk, self.lines_per_chunk, self.lines);
        Arch::new().dispatch(
            #[inline(always)]
            || self.lines(arena, lines),
        );
    }
}
