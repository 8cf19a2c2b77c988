//! SQUID's configurations.

use crate::compute::Tensor;
use crate::error::{Error, ErrorKind, Result};

/// The sizes of a SQUID network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The input's side in pixels: 32 times a whole number.
    pub side: usize,
    /// Channels of the first encoder level; each level doubles them.
    pub root: usize,
    /// Slots of each in-painting queue.
    pub queue_slots: usize,
    /// Slots of each decoder memory.
    pub memory_slots: usize,
    /// The film is cut into so many patches a side, each with a queue of its own.
    pub patches: usize,
    /// Encoder levels below the first.
    pub levels: usize,
    /// Which of the two papers' networks it is.
    pub kind: Kind,
    /// Whether a patch is in-painted from what its neighbours remember, by attention, as the papers
    /// have it, or from its own memory alone, as one configuration of SimSID's code has it
    /// (`zhang_best`).
    pub attends: bool,
}

/// The network of Xiang et al., CVPR 2023, or its simplification, SimSID (Xiang et al., IEEE TPAMI
/// 2024).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Films and pictures in [0, 1], sigmoid at the end.
    Squid,
    /// Films and pictures in [−1, 1], tanh at the end; the decoder memories flatten their windows
    /// channel by channel and are counted from the deepest, and the discriminator ends wider. Trained
    /// without the masked shortcut.
    SimSid,
}

/// A memory read keeps the slots strictly above the `TOP`-th, so `TOP − 1` of them.
pub(super) const TOP: usize = 5;
/// Heads of the in-painting attention.
pub(super) const HEADS: usize = 8;

impl Config {
    /// The published configuration (ZhangLab, `zhang_best`): 128², 32 channels, 200 slots.
    pub const PAPER: Self = Self {
        side: 128,
        root: 32,
        queue_slots: 200,
        memory_slots: 200,
        patches: 2,
        levels: 4,
        kind: Kind::Squid,
        attends: true,
    };

    /// A configuration for processors: 64², 16 channels.
    pub const SMALL: Self = Self {
        side: 64,
        root: 16,
        queue_slots: 200,
        memory_slots: 200,
        patches: 2,
        levels: 4,
        kind: Kind::Squid,
        attends: true,
    };

    /// The published configuration of SimSID for ZhangLab (`zhang_dev`).
    pub const SIMSID: Self = Self {
        kind: Kind::SimSid,
        ..Self::PAPER
    };

    /// A configuration for tests: 32², 4 channels, few slots.
    pub const TINY: Self = Self {
        side: 32,
        root: 8,
        queue_slots: 12,
        memory_slots: 12,
        patches: 2,
        levels: 4,
        kind: Kind::Squid,
        attends: true,
    };

    /// The published configuration for DigitAnatomy: a patch for each digit.
    pub const DIGITS: Self = Self {
        side: 96,
        root: 32,
        queue_slots: 1024,
        memory_slots: 1024,
        patches: 3,
        levels: 3,
        kind: Kind::Squid,
        attends: true,
    };

    /// Channels of the deepest level.
    pub(super) fn deepest(&self) -> usize {
        self.root << self.levels
    }

    /// The number of patches a film, which is that of the queues.
    pub(super) fn cells(&self) -> usize {
        self.patches * self.patches
    }

    /// Bits of the patch's number that the in-painting block is told: those of the number of
    /// patches.
    pub(super) fn position_bits(&self) -> usize {
        (self.cells().ilog2() + 1) as usize
    }

    /// The side of a patch's map at a level.
    pub(super) fn patch_side(&self, level: usize) -> usize {
        (self.side / self.patches) >> level
    }

    /// Channels of the in-painting bottleneck.
    pub(super) fn bottleneck(&self) -> usize {
        self.deepest() / 4
    }

    /// The length of a patch's feature in the queues.
    pub(super) fn feature(&self) -> usize {
        self.bottleneck() * self.patch_side(self.levels) * self.patch_side(self.levels)
    }
}

impl Kind {
    /// How wide the networks' range of greys is.
    pub(super) fn range(self) -> f64 {
        match self {
            Self::Squid => 1.0,
            Self::SimSid => 2.0,
        }
    }

    /// Films in [0, 1] as the networks take them.
    pub(super) fn enter(self, films: &Tensor) -> Result<Tensor> {
        match self {
            Self::Squid => Ok(films.clone()),
            Self::SimSid => films.affine(2.0, -1.0),
        }
    }

    /// The last layer's output as a picture in [0, 1].
    pub(super) fn leave(self, raw: &Tensor) -> Result<Tensor> {
        match self {
            Self::Squid => raw.sigmoid(),
            Self::SimSid => raw.tanh()?.affine(0.5, 0.5),
        }
    }
}

impl Config {
    /// Returns the configuration with some sizes replaced, each given as `key=value`.
    ///
    /// # Errors
    /// When a key is unknown or a value is no usable number.
    pub fn with(mut self, settings: &[String]) -> Result<Self> {
        for setting in settings {
            let value = setting.split_once('=').and_then(|(key, value)| {
                let value: usize = value.parse().ok().filter(|&value| value > 0)?;
                Some((key, value))
            });
            match setting.as_str() {
                "kind=simsid" => {
                    self.kind = Kind::SimSid;
                    continue;
                }
                "inpaint=memory" => {
                    self.attends = false;
                    continue;
                }
                _ => {}
            }
            match value {
                Some(("side", value)) if value % 32 == 0 => self.side = value,
                Some(("root", value)) => self.root = value,
                Some(("queue_slots", value)) => self.queue_slots = value,
                Some(("memory_slots", value)) => self.memory_slots = value,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Usage,
                        format!("“{setting}” is no setting of SQUID"),
                        "Use side (a multiple of 32), root, queue_slots, memory_slots, kind=simsid, or \
                         inpaint=memory where patches are in-painted from their own memory alone.",
                    ));
                }
            }
        }
        Ok(self)
    }
}
