//! The residual block and the ways in which it normalises.

use super::super::config::{BLOCKS, CONVOLUTIONS};
use crate::compute::{Conv2d, Scope, Tensor, Then};
use crate::error::Result;

/// Added to the variance of a map.
const EPSILON: f64 = 1e-5;

/// How the residual blocks normalise.
#[derive(Clone, Copy)]
pub(super) enum Style<'a> {
    /// Not at all: magnitudes are kept.
    Plain,
    /// Each map by itself, which removes what is peculiar to the film.
    Instance,
    /// As `Instance`, then scaled and shifted by numbers of the film's own: for each convolution
    /// shifts, then scales, `(N, BLOCKS · CONVOLUTIONS · 2 · C)`.
    Adaptive(&'a Tensor),
}

impl Style<'_> {
    /// The style of a network that does or does not normalise.
    pub(super) fn fixed(normalising: bool) -> Self {
        match normalising {
            true => Self::Instance,
            false => Self::Plain,
        }
    }

    /// Normalises the `index`-th convolution's result.
    pub(super) fn apply(self, x: &Tensor, index: usize, then: Then) -> Result<Tensor> {
        match (self, then) {
            (Self::Plain, Then::Nothing) => Ok(x.clone()),
            (Self::Plain, Then::Relu) => x.relu(),
            (Self::Instance, _) => x.normalise_planes(None, EPSILON, then),
            (Self::Adaptive(numbers), _) => {
                let channels = x.dims()[1];
                let shift = numbers.narrow(1, 2 * index * channels, channels)?;
                let scale = numbers.narrow(1, (2 * index + 1) * channels, channels)?;
                x.normalise_planes(Some((&scale, &shift)), EPSILON, then)
            }
        }
    }
}

/// Two convolutions around which the input is the shortcut.
#[derive(Clone, Debug)]
pub(super) struct ResidualBlock {
    convolutions: [Conv2d; CONVOLUTIONS],
}

impl ResidualBlock {
    fn new(scope: &Scope<'_>, channels: usize) -> Result<Self> {
        let model = scope.at("model");
        let convolution = |index: usize| {
            let scope = model.at(index).at("conv");
            Conv2d::new(&scope, (channels, channels), 3, 1)
        };
        Ok(Self {
            convolutions: [convolution(0)?.reflecting(), convolution(1)?.reflecting()],
        })
    }

    pub(super) fn all(scope: &Scope<'_>, channels: usize) -> Result<Vec<Self>> {
        let scope = scope.at("res");
        (0..BLOCKS)
            .map(|block| Self::new(&scope.at(block), channels))
            .collect()
    }

    /// Runs the `block`-th of the blocks.
    pub(super) fn forward(&self, x: &Tensor, style: Style<'_>, block: usize) -> Result<Tensor> {
        let [first, second] = &self.convolutions;
        let index = block * CONVOLUTIONS;
        let change = style.apply(&first.forward(x)?, index, Then::Relu)?;
        let change = second.forward(&change)?;
        style.apply(&change, index + 1, Then::Nothing)?.plus(x)
    }
}
