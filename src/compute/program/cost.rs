//! What steps compute one by one, and what plans cost.

use super::step::{Activation, Plan, RANK, Step};

impl Activation {
    /// Applies it to a sample.
    pub(crate) fn of(self, x: f32) -> f32 {
        match self {
            Self::Nothing => x,
            Self::Leaky(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::Abs => x.abs(),
            Self::Affine(factor, offset) => factor * x + offset,
        }
    }
}

impl Step {
    /// Multiplications and additions (MAC) the step's definition takes.
    pub(crate) fn cost(&self) -> u64 {
        let cost = match self {
            Self::Convolve(step) => {
                let per_pixel = step.kernels.samples.len();
                step.y.images * step.y.height * step.y.width * per_pixel
            }
            Self::Multiply(step) => step.y.len() * step.a.dims[RANK - 1],
            Self::Scale(step) => step.y.len(),
            Self::Normalise(step) => 3 * step.y.len(),
            Self::MapRows(step) => 4 * step.y.rows * step.y.width,
            Self::Combine(step) => step.y.len(),
            Self::Resample(step) => 4 * step.y.len().max(step.x.len() / 4),
        };
        cost as u64
    }
}

impl Plan {
    /// Samples of the arena and of all kernels.
    pub(crate) fn samples(&self) -> usize {
        let kernels = self.steps.iter().map(|step| match step {
            Step::Convolve(step) => step.kernels.samples.len(),
            _ => 0,
        });
        self.arena + kernels.sum::<usize>()
    }

    /// Multiplications and additions (MAC) of all steps.
    pub(crate) fn cost(&self) -> u64 {
        self.steps.iter().map(Step::cost).sum()
    }
}
