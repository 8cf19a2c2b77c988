//! What turns stored samples into modality values.

use super::stored::StoredFrame;
use crate::radiograph::{Line, Samples};

/// From stored values to modality values (PS3.3 C.11.1).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ModalityTransform {
    /// `slope · stored + intercept`.
    Rescale { slope: f64, intercept: f64 },
    /// Modality LUT: an explicit table.
    Table(LookupTable),
}

impl Default for ModalityTransform {
    fn default() -> Self {
        Self::Rescale {
            slope: 1.0,
            intercept: 0.0,
        }
    }
}

impl ModalityTransform {
    pub(super) fn apply(&self, stored: f64) -> f32 {
        match self {
            &Self::Rescale { slope, intercept } => Line { slope, intercept }.value(stored),
            Self::Table(table) => f32::from(table.at(stored as i64)),
        }
    }

    /// Returns every sample of a frame in modality units.
    pub(super) fn apply_to(&self, frame: &StoredFrame<'_>) -> Samples {
        match self {
            &Self::Rescale { slope, intercept } => {
                let line = Line { slope, intercept };
                let kept = frame.whole(line);
                kept.unwrap_or_else(|| frame.map(|stored| line.value(stored)))
            }
            Self::Table(table) => frame.map(|stored| f32::from(table.at(stored as i64))),
        }
    }
}

/// An explicit table from integers to 16-bit values, clamped at both ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LookupTable {
    /// The input that the first entry stands for.
    pub(super) first: i64,
    /// The bits of an entry.
    pub(super) bits: u32,
    /// At least one entry.
    pub(super) entries: Vec<u16>,
}

impl LookupTable {
    pub(super) fn at(&self, input: i64) -> u16 {
        let last = self.entries.len() as i64 - 1;
        self.entries[input.saturating_sub(self.first).clamp(0, last) as usize]
    }
}
