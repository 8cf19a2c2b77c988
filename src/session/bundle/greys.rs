//! The greys of a film as a saved reading holds them.

use serde::{Deserialize, Serialize};

use crate::radiograph::{Voi, VoiFunction, VoiTable, VoiWindow};
use crate::session::Presentation;
use crate::session::presentation::Greys;

/// A curve, and whether the greys are turned over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct GreysRecord {
    curve: Curve,
    inverted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Curve {
    Window(VoiWindow),
    Table {
        first_mapped: f32,
        entries: Vec<u16>,
        bits: u32,
    },
}

impl GreysRecord {
    pub(in crate::session) fn of(greys: &Greys) -> Self {
        let (voi, inverted) = greys.parts();
        let curve = match voi {
            Voi::Window(window) => Curve::Window(*window),
            Voi::Table(table) => Curve::Table {
                first_mapped: table.first_mapped,
                entries: table.entries.to_vec(),
                bits: table.bits,
            },
        };
        Self { curve, inverted }
    }

    /// Returns the greys on a film.
    pub(in crate::session) fn on(&self, presentation: &Presentation) -> Greys {
        let voi = match &self.curve {
            Curve::Window(window) => Voi::Window(*window),
            Curve::Table {
                first_mapped,
                entries,
                bits,
            } => Voi::Table(VoiTable {
                first_mapped: *first_mapped,
                entries: entries.as_slice().into(),
                bits: *bits,
            }),
        };
        presentation.greys_through(voi, self.inverted)
    }

    /// Reports whether a film can be seen through it.
    pub(in crate::session) fn is_sound(&self) -> bool {
        match &self.curve {
            Curve::Window(window) => {
                let least = match window.function {
                    VoiFunction::Linear => 1.0,
                    _ => f32::MIN_POSITIVE,
                };
                window.center.is_finite() && window.width.is_finite() && window.width >= least
            }
            Curve::Table {
                first_mapped,
                entries,
                bits,
            } => first_mapped.is_finite() && !entries.is_empty() && (8..=16).contains(bits),
        }
    }
}
