//! Which DICOM object a film was read from, and what every object about it repeats.
//!
//! An object about a film joins the film's study, so that it repeats whom the film shows. This is
//! that part of the film's file, as text; like an identity it is never logged, and it leaves this
//! computer only within DICOM objects that somebody asked for.

use std::sync::Arc;

/// The object that a film was read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// SOP Class UID: what kind of object.
    pub sop_class: String,
    /// SOP Instance UID: which one.
    pub sop_instance: String,
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// The number of frames; the film is the first one.
    pub frames: usize,
    /// What turns stored samples into modality values.
    pub modality: ModalityCurve,
    /// The attributes of the patient, the study and the picture that are repeated.
    pub repeated: Vec<Repeated>,
}

/// What turns stored samples into modality values (PS3.3 C.11.1), as a file states it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ModalityCurve {
    /// Nothing: they are the same.
    #[default]
    None,
    /// `slope · stored + intercept`.
    Rescale {
        /// Rescale Slope.
        slope: f64,
        /// Rescale Intercept.
        intercept: f64,
    },
    /// Modality LUT.
    Table {
        /// The stored value that the first entry stands for.
        first: i64,
        /// The bits of an entry.
        bits: u32,
        /// At least one entry.
        entries: Arc<[u16]>,
    },
}

/// One attribute of a file as text, its values parted by backslashes.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// The group of its tag.
    pub group: u16,
    /// The element of its tag.
    pub element: u16,
    /// Its value, in Unicode.
    pub value: String,
}

impl Origin {
    /// Returns a repeated attribute's value.
    pub fn value(&self, group: u16, element: u16) -> Option<&str> {
        let found = self
            .repeated
            .iter()
            .find(|one| (one.group, one.element) == (group, element))?;
        Some(&found.value)
    }

    /// Reports whether the film's samples went through a lossy compression.
    pub fn lossy(&self) -> bool {
        self.value(0x0028, 0x2110) == Some("01")
    }
}
