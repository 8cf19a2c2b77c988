//! How SQUID is trained, by preset.

use super::config::Config;
use crate::anomaly::MapKind;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::View;
use crate::training::{AdamSettings, Augmentation, WeightsFolders};

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
    /// How the rates change over the epochs.
    pub(super) schedule: Schedule,
    /// The share of places where a training pass sees the memory and not the raw feature.
    pub(super) masked: f32,
    /// Whether films are framed by their lungs, or seen whole.
    framed: bool,
    /// The map shown by default. Brightness tells disease in lungs, and nothing on digits.
    pub(super) default_map: MapKind,
}

/// How the rates change over the epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Schedule {
    /// The generator's rate falls along a cosine over so many epochs, down to this rate; the
    /// discriminator's stays (the public configuration).
    Cosine(f64, f64),
    /// Both rates stay, then fall linearly over the last third of the run to a twentieth. A run
    /// that ends by time keeps its rate: the same seed must give the same weights.
    LastThird,
}

/// Shifts and scales of 5 %, no turns and no flips: the heart has a side.
pub(super) const AUGMENTATION: Augmentation = Augmentation {
    shift: 0.05,
    scale: 0.05,
    stretch: 0.0,
    turn: 0.0,
    contrast: 0.0,
    brightness: 0.0,
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
            schedule: Schedule::Cosine(300.0, 1e-5),
            masked: 0.95,
            framed: true,
            default_map: MapKind::Saliency,
        };
        let small = Self {
            config: Config::SMALL,
            rate: 2e-4,
            shared_pass: true,
            generator_every: 1,
            schedule: Schedule::LastThird,
            ..paper
        };
        match preset {
            "paper" => Ok(paper),
            "simsid" => Ok(Self {
                config: Config::SIMSID,
                shared_pass: true,
                masked: 1.0,
                ..paper
            }),
            "small" => Ok(small),
            "digits" => Ok(Self {
                config: Config::DIGITS,
                ..digits(paper)
            }),
            "digits-small" => Ok(digits(small)),
            "tiny" => Ok(Self {
                config: Config::TINY,
                batch: 4,
                framed: false,
                ..small
            }),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no preset of SQUID"),
                "Use paper, simsid, small, digits, digits-small or tiny.",
            )),
        }
    }

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

    /// Returns the rates of generator and discriminator in an epoch, of `epochs` in all if that is
    /// known.
    pub(super) fn rates(&self, epoch: u64, epochs: Option<u64>) -> (f64, f64) {
        match (self.schedule, epochs) {
            (Schedule::Cosine(over, floor), _) => {
                let turn = std::f64::consts::PI * epoch as f64 / over;
                let generator = floor + (self.rate - floor) * (1.0 + turn.cos()) / 2.0;
                (generator, self.rate)
            }
            (Schedule::LastThird, None) => (self.rate, self.rate),
            (Schedule::LastThird, Some(epochs)) => {
                let left = epochs.saturating_sub(epoch) as f64 / epochs.max(1) as f64;
                let rate = self.rate * (3.0 * left).clamp(0.05, 1.0);
                (rate, rate)
            }
        }
    }
}

/// A schedule for DigitAnatomy, with a narrow network.
fn digits(recipe: Recipe) -> Recipe {
    Recipe {
        config: Config {
            root: 8,
            queue_slots: 256,
            memory_slots: 128,
            ..Config::DIGITS
        },
        framed: false,
        default_map: MapKind::Residue,
        ..recipe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_rate_ends_where_the_public_code_ends() {
        let paper = Recipe::named("paper").unwrap();
        assert_eq!(paper.rates(0, Some(200)), (1e-4, 1e-4));
        assert!((paper.rates(200, Some(200)).0 - 3.25e-5).abs() < 1e-8);
        // SimSID's 1,000 epochs go along the same cosine, which rises and falls again.
        let simsid = Recipe::named("simsid").unwrap();
        assert!((simsid.rates(300, None).0 - 1e-5).abs() < 1e-12);
        assert!((simsid.rates(600, None).0 - 1e-4).abs() < 1e-12);
    }

    #[test]
    fn the_small_presets_rates_fall_in_the_last_third() {
        let small = Recipe::named("small").unwrap();
        assert_eq!(small.rates(19, Some(30)).0, 2e-4);
        assert!((small.rates(25, Some(30)).0 - 1e-4).abs() < 1e-9);
        assert_eq!(small.rates(29, None).0, 2e-4);
    }
}
