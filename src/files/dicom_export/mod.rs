//! Results as DICOM objects, for archives and for other viewers.
//!
//! Each kind of object has a file: pictures as Secondary Capture, areas as Segmentation, maps as
//! Parametric Map, what is seen as Grayscale Softcopy Presentation State, and what was measured as
//! structured report. All of them join the patient and the study of their film in a series of
//! their own. Nothing is written to disk here, and nothing is read.

mod capture;
mod common;
mod concepts;
mod drawings;
mod elements;
mod findings;
mod key_objects;
mod parametric_map;
mod pixels;
mod presentation_state;
mod report;
mod segmentation;
mod tree;
mod uids;

use chrono::{DateTime, Local};

pub(in crate::files) use concepts::{MODEL_REGION_CODE, OWN as OWN_SCHEME, mark_of_code};
pub(in crate::files) use drawings::{MODEL_LAYER, layer_of};

pub use capture::{Capture, secondary_capture};
pub use findings::{Findings, ModelResult, region_uid};
pub use key_objects::key_objects;
pub use parametric_map::parametric_map;
pub use presentation_state::{Presented, presentation_state};
pub use report::structured_report;
pub use segmentation::{Segment, segmentation};
pub use uids::tracking_uid;

use crate::radiograph::Film;

/// What every object about a film says.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The film.
    pub film: &'a Film,
    /// When the object was asked for.
    pub made: DateTime<Local>,
    /// The line that every result carries.
    pub statement: &'a str,
}

/// A model, as objects name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// Its name in the registry.
    pub name: String,
    /// SHA-256 of its weights file, in lower-case hexadecimal.
    pub weights_sha256: String,
}
