//! How HealthyGAN is trained, by preset.

use super::config::Config;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::View;
use crate::training::{AdamSettings, At, Augmentation, WeightsFolders};

/// A preset's training schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) config: Config,
    /// The films' side in pixels.
    pub(super) side: usize,
    /// Films of each set in a batch.
    pub(super) batch: usize,
    rate: f64,
    /// Whether the rate falls over the last third of a run.
    falling: bool,
    /// The generator moves at every so many steps.
    pub(super) generator_every: u64,
    /// The share of the generator's moving average that is kept at each of its steps; at 0 the
    /// average is the generator itself.
    pub(super) average: f32,
    pub(super) augmentation: Augmentation,
    /// The weight of the mixture's reconstruction in the generator's loss. It rewards large masks, the
    /// focus loss small ones: at 1 the mask ends by covering every film, and the counterpart is then
    /// drawn from nothing (the plain GAN that Brainomaly, WACV 2024, avoids by dropping the term).
    pub(super) reconstruction: f64,
    /// Whether films are framed by their lungs.
    framed: bool,
}

/// The optimiser of both networks.
pub(super) const ADAM: AdamSettings = AdamSettings {
    beta1: 0.5,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 0.0,
};

/// No motion and no change of tone.
const STILL: Augmentation = Augmentation {
    shift: 0.0,
    scale: 0.0,
    stretch: 0.0,
    turn: 0.0,
    contrast: 0.0,
    brightness: 0.0,
};

/// What differs between films of one patient taken twice. Tones vary so that the networks cannot
/// tell the sets apart by exposure.
const MILD: Augmentation = Augmentation {
    shift: 0.03,
    scale: 0.04,
    stretch: 0.03,
    turn: 3.0,
    contrast: 0.12,
    brightness: 0.04,
};

impl Recipe {
    /// Returns the schedule of a preset. The published one takes grey films in three equal colours
    /// and mirrors half of them; here films have one channel, which is the same network, and are
    /// never mirrored: the heart has a side.
    pub(super) fn named(preset: &str) -> Result<Self> {
        let paper = Self {
            config: Config {
                channels: 1,
                ..Config::PAPER
            },
            side: 256,
            batch: 16,
            rate: 1e-4,
            falling: false,
            generator_every: 2,
            average: 0.0,
            augmentation: STILL,
            reconstruction: 1.0,
            framed: true,
        };
        let small = Self {
            config: Config::SMALL,
            side: 64,
            batch: 4,
            rate: 3e-4,
            falling: true,
            average: 0.995,
            augmentation: MILD,
            reconstruction: 0.25,
            ..paper
        };
        match preset {
            "paper" => Ok(paper),
            "small" => Ok(small),
            "tiny" => Ok(Self {
                config: Config::LEAST,
                side: 32,
                average: 0.5,
                framed: false,
                ..small
            }),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no preset of HealthyGAN"),
                "Use paper, small or tiny.",
            )),
        }
    }

    /// Returns how films are put before the networks; the lung segmenter is in a folder of weights.
    ///
    /// # Errors
    /// When the segmenter is needed and its weights are missing or damaged.
    pub(super) fn view(&self, weights: &WeightsFolders, device: &Device) -> Result<View> {
        match self.framed {
            true => View::lung_frame(weights, device),
            false => Ok(View::Whole),
        }
    }

    /// Returns the rate of both networks at a step.
    pub(super) fn rate(&self, at: &At) -> f64 {
        match self.falling {
            true => self.rate * at.falling_rate(),
            false => self.rate,
        }
    }
}
