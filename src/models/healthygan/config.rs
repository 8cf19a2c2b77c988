//! HealthyGAN's configurations.

use crate::error::Result;
use crate::models::Stored;

/// The sizes of both networks, which take films of any side that can be halved often enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Channels of the films.
    pub channels: usize,
    /// Channels of the generator's widest maps.
    pub width: usize,
    /// Residual blocks of the generator.
    pub blocks: usize,
    /// Channels of the critic's first layer; each layer doubles them.
    pub critic_width: usize,
    /// Layers of the critic; none when there is no critic.
    pub critic_layers: usize,
}

/// The place of the generator's first residual block in `main`.
pub(super) const FIRST_BLOCK: usize = 9;

impl Config {
    /// The published configuration, for 256².
    pub const PAPER: Self = Self {
        channels: 3,
        width: 64,
        blocks: 6,
        critic_width: 64,
        critic_layers: 6,
    };

    /// The configuration of the small reference, for 64².
    pub const TINY: Self = Self {
        channels: 3,
        width: 8,
        blocks: 2,
        critic_width: 8,
        critic_layers: 4,
    };

    /// The configuration benchmarks run, at 128².
    pub const BENCH: Self = Self {
        width: 32,
        critic_layers: 0,
        ..Self::PAPER
    };

    /// The configuration trained here, for grey films at 64².
    pub const SMALL: Self = Self {
        channels: 1,
        width: 16,
        blocks: 3,
        critic_width: 16,
        critic_layers: 4,
    };

    /// The configuration of the training tests, for grey films at 32².
    pub const LEAST: Self = Self {
        channels: 1,
        width: 4,
        blocks: 1,
        critic_width: 4,
        critic_layers: 3,
    };

    /// Reads the sizes off stored weights.
    ///
    /// # Errors
    /// When the weights belong to another network.
    pub fn of(stored: &Stored) -> Result<Self> {
        let critic_layers = stored.count(0, |layer| format!("D.main.{}.weight", 2 * layer));
        Ok(Self {
            channels: stored.size("G.main.0.weight", 1)?,
            width: stored.size("G.main.0.weight", 0)?,
            blocks: stored.count(FIRST_BLOCK, |place| format!("G.main.{place}.main.0.weight")),
            critic_width: match critic_layers {
                0 => Self::PAPER.critic_width,
                _ => stored.size("D.main.0.weight", 0)?,
            },
            critic_layers,
        })
    }
}
