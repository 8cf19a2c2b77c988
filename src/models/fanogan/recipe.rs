//! How f-AnoGAN is trained, by preset.

use super::config::Config;
use super::losses::Mapping;
use crate::error::{Error, ErrorKind, Result};
use crate::training::{Adam, AdamSettings, Augmentation, Optimiser, RmsProp};

/// A preset's training schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) config: Config,
    pub(super) batch: usize,
    /// Films of a batch that the gradient penalty is taken on; fewer estimate the same mean.
    pub(super) penalised: usize,
    /// Steps of the critic to one of the generator.
    pub(super) critic_steps: u64,
    /// The share of the run that generator and critic learn in; the encoder has the rest.
    pub(super) drawing: f64,
    pub(super) rates: Rates,
    /// Whether the encoder is moved by RMSProp as in the official code, else by Adam as in the PyTorch
    /// ports.
    rms_prop: bool,
    /// How the encoder learns.
    pub(super) mapping: Mapping,
    /// The weight κ of the features' distance, in the encoder's loss and in the score.
    pub(super) kappa: f64,
    /// The share of the old weights in the generator's moving average at each of its steps.
    pub(super) averaging: f32,
    /// Whether films are framed by their lungs; else the whole film is looked at.
    pub(super) lung_frame: bool,
}

/// The optimisers' rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    pub(super) generator: f64,
    pub(super) critic: f64,
    pub(super) encoder: f64,
}

/// What the encoder's films are moved and toned by; there are no flips: the heart has a side.
pub(super) const AUGMENTATION: Augmentation = Augmentation {
    shift: 0.02,
    scale: 0.03,
    stretch: 0.02,
    turn: 2.0,
    contrast: 0.1,
    brightness: 0.03,
};

/// The optimiser of generator and critic, and of the encoder where that is not RMSProp.
const ADAM: AdamSettings = AdamSettings {
    beta1: 0.0,
    beta2: 0.9,
    epsilon: 1e-8,
    decay: 0.0,
};

impl Recipe {
    /// Returns the optimisers of generator, critic and encoder.
    pub(super) fn optimisers(&self) -> [Optimiser; 3] {
        let adam = || Optimiser::Adam(Adam::new(ADAM));
        let encoder = match self.rms_prop {
            true => Optimiser::RmsProp(RmsProp::default()),
            false => adam(),
        };
        [adam(), adam(), encoder]
    }

    /// Returns the schedule of a preset: `paper`, `large`, `small` or `tiny`, with `-izi` or `-ziz`
    /// behind it for the other two ways to train the encoder.
    pub(super) fn named(preset: &str) -> Result<Self> {
        let (size, mapping) = match preset.split_once('-') {
            None => (preset, Mapping::Izif),
            Some((size, "izi")) => (size, Mapping::Izi),
            Some((size, "ziz")) => (size, Mapping::Ziz),
            Some(_) => return Err(unknown(preset)),
        };
        let paper = Self {
            config: Config::PAPER,
            batch: 64,
            penalised: 64,
            critic_steps: 5,
            drawing: 0.85,
            rates: Rates {
                generator: 1e-4,
                critic: 1e-4,
                encoder: 5e-5,
            },
            rms_prop: true,
            mapping,
            kappa: 1.0,
            averaging: 0.999,
            lung_frame: true,
        };
        // One critic step at a higher rate instead of five: Heusel et al., NeurIPS 2017.
        let small = Self {
            config: Config::SMALL,
            batch: 16,
            penalised: 8,
            critic_steps: 1,
            drawing: 0.65,
            rates: Rates {
                generator: 5e-4,
                critic: 1e-3,
                encoder: 1e-3,
            },
            rms_prop: false,
            averaging: 0.99,
            ..paper
        };
        match size {
            "paper" => Ok(paper),
            "large" => Ok(Self {
                config: Config::LARGE,
                ..paper
            }),
            "small" => Ok(small),
            "tiny" => Ok(Self {
                config: Config::TINY,
                batch: 4,
                penalised: 2,
                critic_steps: 2,
                rms_prop: true,
                lung_frame: false,
                ..small
            }),
            _ => Err(unknown(preset)),
        }
    }
}

fn unknown(preset: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("“{preset}” is no preset of f-AnoGAN"),
        "Use paper, large, small or tiny; -izi or -ziz behind it trains the encoder in another way.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_name_the_encoders_loss() {
        assert_eq!(Recipe::named("paper").unwrap().mapping, Mapping::Izif);
        assert_eq!(Recipe::named("small-izi").unwrap().mapping, Mapping::Izi);
        assert_eq!(Recipe::named("tiny-ziz").unwrap().mapping, Mapping::Ziz);
        assert_eq!(Recipe::named("large-izi").unwrap().config.side, 128);
        for wrong in ["huge", "small-zzz", "-izi"] {
            assert_eq!(Recipe::named(wrong).unwrap_err().kind, ErrorKind::Usage);
        }
    }
}
