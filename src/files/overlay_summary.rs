//! What `silhouette inspect` prints of an overlay plane: never its label, which may name the patient.

use serde::Serialize;

use crate::radiograph::{OverlayKind, OverlayPlane};

/// One overlay plane, as far as it lies on the image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverlaySummary {
    /// The group of its attributes, in hexadecimal.
    pub group: String,
    /// What its pixels mean.
    pub kind: OverlayKind,
    /// The image's column that its first one lies on, from 0.
    pub x: usize,
    /// The image's row that its first one lies on, from 0.
    pub y: usize,
    /// The number of columns.
    pub columns: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of pixels drawn on.
    pub drawn: usize,
}

impl OverlaySummary {
    /// Summarises a plane.
    pub(super) fn of(plane: &OverlayPlane) -> Self {
        Self {
            group: format!("{:04X}", plane.group),
            kind: plane.kind,
            x: plane.corner.0,
            y: plane.corner.1,
            columns: plane.mask.width(),
            rows: plane.mask.height(),
            drawn: plane.mask.count(),
        }
    }
}
