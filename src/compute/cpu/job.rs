//! What a step becomes: stages of chunks, with weights laid out and every address known.

use super::arena::Arena;
use super::tile::Vectors;

/// Multiplications and additions of a chunk: some 20 µs on one core, long against the 0.2 µs that
/// taking a chunk costs and short against a network.
pub(super) const GRAIN: usize = 1 << 20;

/// Below this many multiplications and additions a job is done by one thread.
pub(super) const SMALL: usize = 1 << 19;

/// How many of a job's scaled samples weigh as much as a multiplication in a convolution: such steps
/// wait for memory.
pub(super) const SAMPLE: usize = 16;

/// A prepared step.
pub(super) trait Job: Send + Sync {
    /// How many chunks each stage has; a stage begins when the one before is done.
    fn stages(&self) -> Vec<Stage>;

    /// Samples of scratch that all chunks share.
    fn shared(&self) -> usize {
        0
    }

    /// Samples of scratch for each thread.
    fn own(&self) -> usize {
        0
    }

    /// Does a chunk. `own` is the first sample of the thread's scratch.
    fn run(&self, arena: &Arena, stage: usize, chunk: usize, own: usize);
}

/// Chunks that may be done in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    /// How many.
    pub(super) chunks: usize,
    /// Whether it is worth more than one thread.
    pub(super) wide: bool,
}

impl Stage {
    /// Chunks of some total cost.
    pub(super) fn new(chunks: usize, cost: usize) -> Self {
        Self {
            chunks,
            wide: cost >= SMALL && chunks > 1,
        }
    }
}

/// What jobs are made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground {
    pub(super) vectors: Vectors,
    /// How many threads share the work.
    pub(super) threads: usize,
    /// The first sample of the shared scratch.
    pub(super) shared: usize,
    /// The first of the zeros that stand for what lies beyond an edge.
    pub(super) zeros: usize,
}

/// Cuts `count` things of a cost each into chunks; says how many go into one.
pub(super) fn per_chunk(count: usize, cost: usize) -> usize {
    (GRAIN / cost.max(1)).clamp(1, count.max(1))
}

/// The things of a chunk.
pub(super) fn range(chunk: usize, per_chunk: usize, count: usize) -> std::ops::Range<usize> {
    let first = chunk * per_chunk;
    first..(first + per_chunk).min(count)
}
