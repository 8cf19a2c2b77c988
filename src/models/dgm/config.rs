//! DGM's configurations.

use crate::error::Result;
use crate::models::Stored;

/// The sizes of the six networks, which take films of any side that can be halved often enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Channels of the widest maps.
    pub width: usize,
    /// Channels of the hidden layers between disease map and the joint decoder's norms.
    pub hidden: usize,
}

/// Residual blocks of each encoder and decoder.
pub(super) const BLOCKS: usize = 4;
/// Convolutions of a residual block.
pub(super) const CONVOLUTIONS: usize = 2;
/// The films' sizes that the critic sees, each half the one before.
pub(super) const SCALES: usize = 3;
/// Convolutions of stride 2 at each of the critic's sizes.
pub(super) const CRITIC_LAYERS: usize = 4;

impl Config {
    /// The configuration for graphics processors, for 256²: 64 channels, as in MUNIT.
    pub const LARGE: Self = Self {
        width: 64,
        hidden: 256,
    };

    /// The configuration benchmarks run, at 128².
    pub const BENCH: Self = Self {
        width: 32,
        hidden: 256,
    };

    /// The configuration trained here on two processor cores, at 64².
    pub const SMALL: Self = Self {
        width: 12,
        hidden: 64,
    };

    /// The configuration for tests.
    pub const TINY: Self = Self {
        width: 4,
        hidden: 8,
    };

    /// Reads the sizes off stored weights.
    ///
    /// # Errors
    /// When the weights belong to another network.
    pub fn of(stored: &Stored) -> Result<Self> {
        Ok(Self {
            width: stored.size("EG.down.0.conv.weight", 0)?,
            hidden: stored.size("DJ.mlp.0.weight", 0)?,
        })
    }

    /// Channels of the latent maps.
    pub(super) fn latent(&self) -> usize {
        4 * self.width
    }
}
