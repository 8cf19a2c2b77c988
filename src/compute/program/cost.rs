//! What steps are called and what plans cost.

use super::step::{Maps, Plan, RANK, Step};

/// What one step of a network cost.
#[derive(Clone, Debug, PartialEq)]
pub struct StepTime {
    /// The kind of step and its sizes.
    pub name: String,
    /// Multiplications and additions (MAC) by its definition.
    pub cost: u64,
    /// Seconds in the last run that was measured.
    pub seconds: f64,
}

impl StepTime {
    /// A step that has not been measured yet.
    pub(crate) fn of(step: &Step) -> Self {
        Self {
            name: step.name(),
            cost: step.cost(),
            seconds: 0.0,
        }
    }
}

impl Step {
    /// What kind of step, and its sizes.
    pub(crate) fn name(&self) -> String {
        match self {
            Step::Convolve(step) => {
                let [columns, channels, kh, kw] = step.kernels.shape;
                let (n, h, w, stride) = (step.y.images, step.y.height, step.y.width, step.stride);
                format!("convolve {kh}×{kw}/{stride} {channels}→{columns} onto {n}×{h}×{w}")
            }
            Step::Scale(step) => format!("scale {}", sizes(&step.y)),
            Step::Normalise(step) => format!("normalise {}", sizes(&step.y)),
            Step::MapRows(step) => format!("{:?} {}×{}", step.rule, step.x.rows, step.x.width),
            Step::Multiply(step) => format!("multiply {:?}·{:?}", step.a.dims, step.b.dims),
            Step::Combine(step) => format!("{:?} {:?}", step.pairing, step.y.dims),
            Step::Resample(step) => format!("{:?} {}", step.how, sizes(&step.y)),
        }
    }

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

fn sizes(maps: &Maps) -> String {
    let Maps {
        images,
        channels,
        height,
        width,
        ..
    } = maps;
    format!("{images}×{channels}×{height}×{width}")
}
