//! f-AnoGAN's configurations.

use crate::error::Result;
use crate::models::Stored;

/// The sizes of the three networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The films' side in pixels: 4 times a power of two.
    pub side: usize,
    /// Channels of the widest maps.
    pub width: usize,
    /// Channels of the films.
    pub channels: usize,
    /// The latent vector's length.
    pub latent: usize,
}

/// The side of the smallest maps.
pub(super) const SMALLEST: usize = 4;
/// No map has more channels than so many times the width.
const MOST: usize = 8;

impl Config {
    /// The published configuration: 64², 64 channels, 128 latent numbers.
    pub const PAPER: Self = Self {
        side: 64,
        width: 64,
        channels: 1,
        latent: 128,
    };

    /// The published networks for films of twice the side: one more block each.
    pub const LARGE: Self = Self {
        side: 128,
        ..Self::PAPER
    };

    /// A configuration for processors: 64², 8 channels, 64 latent numbers.
    pub const SMALL: Self = Self {
        width: 8,
        latent: 64,
        ..Self::PAPER
    };

    /// A configuration for tests: 16², 4 channels, 8 latent numbers.
    pub const TINY: Self = Self {
        side: 16,
        width: 4,
        channels: 1,
        latent: 8,
    };

    /// The configuration benchmarks run.
    pub const BENCH: Self = Self::PAPER;

    /// Reads the sizes off stored weights.
    ///
    /// # Errors
    /// When the weights belong to another network.
    pub fn of(stored: &Stored) -> Result<Self> {
        let blocks = stored.count(1, |index| format!("D.rb{index}.bn1.weight"));
        Ok(Self {
            side: SMALLEST << blocks.min(16),
            width: stored.size("D.conv1.conv.weight", 0)?,
            channels: stored.size("D.conv1.conv.weight", 1)?,
            latent: stored.size("E.fc.weight", 0)?,
        })
    }

    /// Channels before and after each block on the way from films to features: `D → 2D → 4D → 8D`,
    /// then `8D → 8D` as often as the side needs.
    pub(super) fn down(&self) -> Vec<(usize, usize)> {
        let blocks = (self.side / SMALLEST).max(1).ilog2();
        let channels = |block: u32| self.width * MOST.min(1 << block.min(16));
        (0..blocks)
            .map(|block| (channels(block), channels(block + 1)))
            .collect()
    }

    /// Channels of the smallest maps.
    pub(super) fn deepest(&self) -> usize {
        self.down().last().map_or(self.width, |block| block.1)
    }

    /// The length of the flattened features.
    pub(super) fn feature(&self) -> usize {
        self.deepest() * SMALLEST * SMALLEST
    }
}
