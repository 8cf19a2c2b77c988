//! Steps to dispatches.

mod convolve;
mod pointwise;
mod product;
mod rows;

use std::collections::HashMap;
use std::sync::Arc;

use super::super::program::{Convolve, Maps, Plan, Step};
use super::kernel::{Kernel, Variant, WORKGROUP};
use super::weights::Method;
use super::words::Words;

/// What a dispatch reads besides the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Bound {
    /// Nothing.
    Nothing,
    /// Packed weights, by their index.
    Weights(usize),
    /// What the processor gives or takes.
    Transfer,
}

/// One call of a kernel.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    pub(super) variant: Variant,
    pub(super) bound: Bound,
    pub(super) words: Words,
    /// Workgroups, to be folded into two dimensions, and layers of them.
    pub(super) groups: (usize, usize),
    /// How long it may take, in multiplications.
    pub(super) effort: f64,
    /// The step it belongs to; none for transfers.
    pub(super) step: Option<usize>,
}

/// A plan as dispatches.
pub(super) struct Lowered {
    pub(super) dispatches: Vec<Dispatch>,
    /// What is to be packed.
    pub(super) weights: Vec<Weights>,
    /// Fours of f32 that dispatches keep between them.
    pub(super) scratch_quads: usize,
    half: bool,
    /// Where the weights of a convolution are among `weights`, by address and shape.
    known: HashMap<(usize, usize, [usize; 4], Method), usize>,
    means: Means,
    step: usize,
}

/// What a GPU has that decides between methods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    /// Fours of f32 that dispatches may keep between them.
    pub(super) scratch_quads: usize,
    /// Registers for tiles of 64 sums an invocation. Intel's GPUs have 128 floats for each of eight
    /// lanes, which the inputs of such a tile overflow.
    pub(super) large_tiles: bool,
    /// See [`Variant::subgroups`].
    pub(super) subgroups: bool,
}

/// Weights to be packed.
pub(super) struct Weights {
    pub(super) step: Convolve,
    pub(super) method: Method,
}

impl Lowered {
    /// Translates a plan.
    pub(super) fn new(plan: &Plan, half: bool, means: Means) -> Self {
        let mut lowered = Self {
            dispatches: Vec::with_capacity(plan.steps.len()),
            weights: Vec::new(),
            scratch_quads: 1,
            half,
            known: HashMap::new(),
            means,
            step: 0,
        };
        for (index, step) in plan.steps.iter().enumerate() {
            lowered.step = index;
            match step {
                Step::Convolve(step) => convolve::convolve(&mut lowered, step),
                Step::Scale(step) => pointwise::scale(&mut lowered, step),
                Step::Normalise(step) => pointwise::normalise(&mut lowered, step),
                Step::MapRows(step) => rows::map_rows(&mut lowered, step),
                Step::Multiply(step) => product::multiply(&mut lowered, step),
                Step::Combine(step) => product::combine(&mut lowered, step),
                Step::Resample(step) => pointwise::resample(&mut lowered, step),
            }
        }
        lowered
    }

    /// Appends a call of a kernel.
    fn push(&mut self, call: Call, words: Words) {
        let half = self.half;
        self.dispatches.push(Dispatch {
            variant: Variant {
                kernel: call.kernel,
                by_quad: call.by_quad,
                half,
                subgroups: self.means.subgroups && call.kernel.asks_around(),
            },
            bound: call.bound,
            words,
            groups: call.groups,
            effort: call.effort as f64,
            step: Some(self.step),
        });
    }

    /// Has the weights of a convolution packed, unless another step uses the same.
    fn weights_of(&mut self, step: &Convolve, method: Method) -> Bound {
        let bias = step.bias.as_ref();
        let key = (
            Arc::as_ptr(&step.kernels.samples).addr(),
            bias.map_or(0, |bias| Arc::as_ptr(bias).addr()),
            step.kernels.shape,
            method,
        );
        let index = *self.known.entry(key).or_insert_with(|| {
            let step = step.clone();
            self.weights.push(Weights { step, method });
            self.weights.len() - 1
        });
        Bound::Weights(index)
    }

    fn reserve_scratch(&mut self, quads: usize) {
        self.scratch_quads = self.scratch_quads.max(quads);
    }
}

/// How a kernel is called.
#[derive(Clone, Copy)]
struct Call {
    kernel: Kernel,
    by_quad: bool,
    bound: Bound,
    groups: (usize, usize),
    effort: u64,
}

impl Call {
    /// A call with one invocation for each of `total` items, `effort` in samples moved.
    fn each(kernel: Kernel, by_quad: bool, total: usize, effort: u64) -> Self {
        Self::groups(kernel, by_quad, total.div_ceil(WORKGROUP as usize), effort)
    }

    /// A call with so many workgroups.
    fn groups(kernel: Kernel, by_quad: bool, groups: usize, effort: u64) -> Self {
        /// Multiplications in the time of moving a sample.
        const PER_SAMPLE: u64 = 16;
        Self {
            kernel,
            by_quad,
            bound: Bound::Nothing,
            groups: (groups, 1),
            effort: effort * PER_SAMPLE,
        }
    }
}

/// Whether the maps lie in aligned fours of channels.
fn in_quads(maps: &Maps) -> bool {
    let numbers = [
        maps.first,
        maps.channels,
        maps.image_stride,
        maps.row_stride,
        maps.pixel_stride,
    ];
    numbers.iter().all(|number| number.is_multiple_of(4))
}

/// Fours of channels of all pixels, the last of a pixel perhaps incomplete.
fn quads_of(maps: &Maps) -> usize {
    maps.images * maps.height * maps.width * maps.channels.div_ceil(4)
}

#[cfg(test)]
mod tests;
