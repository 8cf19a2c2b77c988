//! How DGM is trained, by preset.

use super::config::Config;
use super::losses::Weights;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::View;
use crate::training::{AdamSettings, Augmentation, WeightsFolders};

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
    /// How the weight of the residue of normal films grows; `None` where it is whole from the start,
    /// as in the paper.
    pub(super) residue: Option<Growth>,
    /// The share that the moving average of the weights keeps at each step.
    pub(super) kept: f32,
    /// Whether films are framed by their lungs, or seen whole.
    pub(super) framed: bool,
}

/// When a weight grows, in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Growth {
    /// Steps without it.
    pub(super) from: u64,
    /// Steps in which it then grows to its full value.
    pub(super) over: u64,
}

impl Growth {
    /// Returns the share of the full weight at a step.
    fn share(&self, step: u64) -> f64 {
        let since = step.saturating_sub(self.from) as f64;
        (since / self.over.max(1) as f64).min(1.0)
    }
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

/// Ours, against the lazy optimum in which y′ copies the film and the residue stays empty: where normal
/// films are kept from a residue from the first step on, the residue's networks learn to draw nothing
/// long before the critic asks for anything to be taken out of y′. Here they first learn to draw; the
/// weight grows once the critic's has grown.
const LATE: Growth = Growth {
    from: 400,
    over: 400,
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
    pub(super) fn view(&self, weights: &WeightsFolders, device: &Device) -> Result<View> {
        match self.framed {
            true => View::lung_frame(weights, device),
            false => Ok(View::Whole),
        }
    }

    /// Returns the losses' weights at a step. The critic's weight grows from nothing: a new gradient
    /// that Adam's second moments have never seen would throw the networks far off.
    pub(super) fn weights_at(&self, step: u64) -> Weights {
        let critic = Growth {
            from: self.warm_up,
            over: self.warm_up,
        };
        let residue = self.residue.map_or(1.0, |growth| growth.share(step));
        Weights {
            adversarial: critic.share(step) * self.weights.adversarial,
            residue: residue * self.weights.residue,
            ..self.weights
        }
    }

    /// Returns the step from which the losses' weights stay.
    pub(super) fn grown_by(&self) -> u64 {
        let residue = self.residue.map_or(0, |growth| growth.from + growth.over);
        residue.max(2 * self.warm_up)
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
                residue: 10.0,
                variation: 1.0,
            },
            warm_up: 2000,
            residue: None,
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
            "late-residue" => Ok(Self {
                residue: Some(LATE),
                ..small
            }),
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
                "Use paper, small, late-residue or tiny.",
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

    #[test]
    fn the_residues_weight_grows_where_it_is_said_to_and_nowhere_else() {
        let at = |preset: &str, step: u64| {
            let recipe = Recipe::named(preset).unwrap();
            recipe.weights_at(step).residue / recipe.weights.residue
        };
        for preset in ["paper", "small", "tiny"] {
            assert_eq!((at(preset, 0), at(preset, 10_000)), (1.0, 1.0), "{preset}");
        }
        let late: Vec<f64> = [0, 400, 500, 800, 10_000]
            .map(|step| at("late-residue", step))
            .into();
        assert_eq!(late, [0.0, 0.0, 0.25, 1.0, 1.0]);
        let late = Recipe::named("late-residue").unwrap();
        let small = Recipe::named("small").unwrap();
        let residue = None;
        assert_eq!(Recipe { residue, ..late }, small);
    }
}
