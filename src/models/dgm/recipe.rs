//! How DGM is trained, by preset.

use std::path::Path;

use super::config::Config;
use super::losses::Weights;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::View;
use crate::training::{AdamSettings, Augmentation};

/// A preset's training schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) config: Config,
    /// The side of the films in pixels.
    pub(super) side: usize,
    /// The normal films of a batch; there are as many abnormal ones.
    pub(super) of_each: usize,
    /// Normal and abnormal films of each kind that the critic is shown at a step beside drawn ones;
    /// 0 where it is shown the batch's normal films only, as in the paper.
    pub(super) shown_to_critic: usize,
    /// The full rates of generator and critic.
    pub(super) rates: (f64, f64),
    pub(super) weights: Weights,
    /// Steps before the critic comes in, so that it does not learn to reject noise; over as many
    /// steps after them its weight grows to its full value.
    pub(super) warm_up: u64,
    /// The share that the moving average of the weights keeps at each step.
    pub(super) kept: f32,
    /// Whether films are framed by their lungs, or seen whole.
    pub(super) framed: bool,
}

/// No flips: the heart has a side.
pub(super) const AUGMENTATION: Augmentation = Augmentation {
    shift: 0.05,
    scale: 0.05,
    stretch: 0.0,
    turn: 5.0,
    contrast: 0.1,
    brightness: 0.05,
};

/// As in MUNIT.
pub(super) const ADAM: AdamSettings = AdamSettings {
    beta1: 0.5,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 1e-4,
};

impl Recipe {
    /// Returns how films are looked at; lungs are found by the segmenter in the folder of weights.
    ///
    /// # Errors
    /// When the segmenter is needed and missing.
    pub(super) fn view(&self, weights: &Path, device: &Device) -> Result<View> {
        match self.framed {
            true => View::lung_frame(weights, device),
            false => Ok(View::Whole),
        }
    }

    /// Returns the losses' weights at a step. The critic's weight grows from nothing: a new gradient
    /// that Adam's second moments have never seen would throw the networks far off.
    pub(super) fn weights_at(&self, step: u64) -> Weights {
        let since = step.saturating_sub(self.warm_up) as f64;
        let grown = (since / self.warm_up.max(1) as f64).min(1.0);
        Weights {
            adversarial: grown * self.weights.adversarial,
            ..self.weights
        }
    }

    /// Returns the schedule of a preset.
    pub(super) fn named(preset: &str) -> Result<Self> {
        let paper = Self {
            config: Config::LARGE,
            side: 256,
            of_each: 1,
            shown_to_critic: 0,
            rates: (1e-4, 1e-4),
            weights: Weights {
                adversarial: 10.0,
                reconstruction: 10.0,
                variation: 1.0,
            },
            warm_up: 2000,
            kept: 0.999,
            framed: true,
        };
        let small = Self {
            config: Config::SMALL,
            side: 64,
            of_each: 2,
            shown_to_critic: 8,
            rates: (1e-3, 1e-3),
            weights: Weights {
                adversarial: 2.0,
                variation: 0.1,
                ..paper.weights
            },
            warm_up: 200,
            kept: 0.995,
            ..paper
        };
        match preset {
            "paper" => Ok(paper),
            "small" => Ok(small),
            "tiny" => Ok(Self {
                config: Config::TINY,
                of_each: 4,
                warm_up: 2,
                framed: false,
                ..small
            }),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no preset of DGM"),
                "Use paper, small or tiny.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_critics_weight_grows_after_the_warm_up() {
        let recipe = Recipe::named("small").unwrap();
        let at = |step: u64| recipe.weights_at(step).adversarial;
        assert_eq!((at(0), at(recipe.warm_up)), (0.0, 0.0));
        let half = recipe.warm_up + recipe.warm_up / 2;
        assert!((at(half) - 0.5 * recipe.weights.adversarial).abs() < 1e-9);
        assert_eq!(at(10_000), recipe.weights.adversarial);
    }
}
