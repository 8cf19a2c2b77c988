//! How SQUID is trained, by preset.

use super::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::training::{AdamSettings, Augmentation};

/// A preset's training schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) config: Config,
    pub(super) batch: usize,
    pub(super) rate: f64,
    /// Whether one pass serves both networks each step (as SimSID does), instead of a pass each.
    pub(super) shared_pass: bool,
    /// The generator moves at every so many steps.
    pub(super) generator_every: u64,
    /// Cosine decay of the generator's rate: over so many epochs, down to this rate.
    pub(super) cosine: Option<(f64, f64)>,
    /// The share of places where a training pass sees the memory and not the raw feature.
    pub(super) masked: f32,
    /// The share of the moving average kept at each fourth step.
    pub(super) average_kept: f32,
}

/// Shifts and scales of 5 %, no turns and no flips: the heart has a side.
pub(super) const AUGMENTATION: Augmentation = Augmentation {
    shift: 0.05,
    scale: 0.05,
};

pub(super) const GENERATOR_ADAM: AdamSettings = AdamSettings {
    beta1: 0.5,
    beta2: 0.999,
    epsilon: 1e-7,
    decay: 1e-5,
};

pub(super) const DISCRIMINATOR_ADAM: AdamSettings = AdamSettings {
    beta1: 0.5,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 0.0,
};

impl Recipe {
    /// Returns the schedule of a preset.
    pub(super) fn named(preset: &str) -> Result<Self> {
        let paper = Self {
            config: Config::PAPER,
            batch: 16,
            rate: 1e-4,
            shared_pass: false,
            generator_every: 2,
            cosine: Some((300.0, 1e-5)),
            masked: 0.95,
            average_kept: 0.99,
        };
        let small = Self {
            config: Config::SMALL,
            rate: 2e-4,
            shared_pass: true,
            generator_every: 1,
            cosine: None,
            ..paper
        };
        match preset {
            "paper" => Ok(paper),
            "small" => Ok(small),
            "tiny" => Ok(Self {
                config: Config::TINY,
                batch: 4,
                ..small
            }),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no preset of SQUID"),
                "Use paper, small or tiny.",
            )),
        }
    }

    /// Returns the generator's rate in an epoch.
    pub(super) fn generator_rate(&self, epoch: u64) -> f64 {
        match self.cosine {
            None => self.rate,
            Some((over, floor)) => {
                let turn = std::f64::consts::PI * epoch as f64 / over;
                floor + (self.rate - floor) * (1.0 + turn.cos()) / 2.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_rate_ends_where_the_public_code_ends() {
        let paper = Recipe::named("paper").unwrap();
        assert_eq!(paper.generator_rate(0), 1e-4);
        assert!((paper.generator_rate(200) - 3.25e-5).abs() < 1e-8);
    }
}
