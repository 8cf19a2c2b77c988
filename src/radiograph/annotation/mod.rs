//! Marks that a reader draws on a film: lines, angles, regions, arrows, words.
//!
//! A mark knows its shape in image pixels and measures itself on a film: lengths with their unit
//! and where that holds, regions in the units of the film's samples. Nothing here knows how a mark
//! is drawn or kept.

mod bending;
mod measurement;
mod near;
mod outline;
mod quantity;
mod region;
mod shape;
#[cfg(test)]
mod tests;

pub use measurement::scale_of_known_length;
pub use outline::Stroke;
pub use quantity::{HEART_WIDER, Measurement, Quantity, QuantityKind, Wording};
pub use shape::{Shape, ShapeKind};

use serde::{Deserialize, Serialize};

use super::{Film, PixelPoint};

/// The number of a mark on its film, never given twice on one film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AnnotationId(pub u32);

/// Who made a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationSource {
    /// The reader at this window.
    #[default]
    Reader,
    /// A file that was made elsewhere, or by an earlier export.
    Imported,
}

/// One mark on a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Annotation {
    /// Its number on its film.
    pub id: AnnotationId,
    /// What it is and where it lies.
    pub shape: Shape,
    /// What its reader calls it, and what a text mark says; may be empty.
    #[serde(default)]
    pub label: String,
    /// Who made it.
    #[serde(default)]
    pub source: AnnotationSource,
    /// How far from [`Shape::label_anchor`] the reader has put the upper left corner of its words, in
    /// image pixels; `None` where they stand beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words_apart: Option<PixelPoint>,
}

impl Annotation {
    /// Reports whether it can lie on a film: marks read from files may say anything.
    pub fn is_sound(&self) -> bool {
        let near = |apart: &PixelPoint| Shape::Point(*apart).is_sound();
        self.shape.is_sound() && self.words_apart.as_ref().is_none_or(near)
    }

    /// Returns what it is called: its label, else its kind with its number, as in “Length 3”.
    pub fn name(&self) -> String {
        if self.label.trim().is_empty() {
            format!("{} {}", self.shape.kind().name(), self.id.0)
        } else {
            self.label.clone()
        }
    }
}

/// A mark with what it measures on its film.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredMark {
    /// The mark.
    pub annotation: Annotation,
    /// What it measures.
    pub measurement: Measurement,
}

impl MeasuredMark {
    /// Measures a mark on its film.
    pub fn new(annotation: Annotation, film: &Film) -> Self {
        Self {
            measurement: annotation.measure(film),
            annotation,
        }
    }
}
