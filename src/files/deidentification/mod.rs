//! De-identified copies of films: the Basic Application Level Confidentiality Profile of PS3.15
//! with its options for DICOM, and pictures without what their files say beside the pixels.
//!
//! A copy is made in memory and handed over; who asked writes it. Nothing here reads pixels for
//! what is burned into them: whether they show a name is for a person to see.

mod picture;
mod pseudonyms;

use std::path::Path;

use serde::Serialize;

use super::content::{self, Kind};
use super::{damaged, dicom_film, on_deep_stack};
use crate::error::Result;
use crate::radiograph::BurnedIn;
use crate::task::Progress;

pub use pseudonyms::Pseudonyms;

/// What becomes of dates and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    /// They go.
    #[default]
    Removed,
    /// They stay as they are.
    Kept,
    /// They are moved by a number of days that is the patient's.
    Moved,
}

/// A rectangle of a picture, in pixels from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// The first column.
    pub x: usize,
    /// The first row.
    pub y: usize,
    /// The number of columns.
    pub width: usize,
    /// The number of rows.
    pub height: usize,
}

/// The options of PS3.15 E.3, and what a person knows about the pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Keeps UIDs (113110).
    pub retain_uids: bool,
    /// Keeps what identifies the machine (113109).
    pub retain_device: bool,
    /// Keeps what identifies the hospital (113112).
    pub retain_institution: bool,
    /// Keeps sex, age, size, weight and the like (113108).
    pub retain_patient: bool,
    /// Keeps private elements that the standard holds to be safe (113111).
    pub retain_safe_private: bool,
    /// Keeps the radiographer's words of descriptions (113105).
    pub clean_descriptors: bool,
    /// Dates (113106, 113107).
    pub dates: Dates,
    /// Parts of the picture to black out.
    pub redact: Vec<Rectangle>,
    /// Whether a person has seen that no picture shows a name, once `redact` is done (113101).
    pub pixels_clean: bool,
}

/// How many attributes a copy lacks, or holds changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Attributes that are gone.
    pub removed: usize,
    /// Private ones among them.
    pub private_removed: usize,
    /// Attributes with an empty or meaningless value, or a pseudonym.
    pub replaced: usize,
    /// UIDs that others stand for.
    pub uids: usize,
    /// Dates that were moved.
    pub dates_moved: usize,
    /// Texts of which known words stay.
    pub texts_cleaned: usize,
}

/// What is said about a copy: nothing that identifies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// `dicom`, `png` or `jpeg`.
    pub kind: &'static str,
    /// SOP class of a DICOM object.
    pub sop_class: Option<String>,
    /// Modality of a DICOM object.
    pub modality: Option<String>,
    /// Transfer syntax that the copy is written in.
    pub transfer_syntax: Option<String>,
    /// The patient's pseudonym.
    pub patient: Option<String>,
    /// Whether the copy claims that nobody can be identified: only where the pixels are known to
    /// show no name.
    pub identity_removed: bool,
    /// What the file says of texts burned into its pixels: `yes`, `no` or `unknown`.
    pub burned_in: &'static str,
    /// What was taken out.
    pub changes: Changes,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A de-identified copy.
#[derive(Clone, Debug)]
pub struct Deidentified {
    /// The file.
    pub bytes: Vec<u8>,
    /// A file name without a folder: the new SOP Instance UID, or a pseudonym.
    pub name: String,
    /// What was done.
    pub report: Report,
}

/// Makes the de-identified copy of a file.
///
/// # Errors
/// When the file cannot be read, is damaged, or is of a kind that cannot be de-identified here.
pub fn deidentify(path: &Path, options: &Options, pseudonyms: &Pseudonyms) -> Result<Deidentified> {
    if !options.redact.is_empty() {
        // What has to be decoded is decoded apart first: a file that would end its decoder must
        // not end this process.
        super::open_for(&Progress::new(), path)?;
    }
    let bytes = content::read(path)?;
    on_deep_stack(move || match content::kind(&bytes)? {
        Kind::Dicom => dicom_film::deidentify(&bytes, options, pseudonyms),
        Kind::Picture(format) => picture::deidentify(&bytes, format, options, pseudonyms),
        Kind::Jpeg2000 => Err(picture::refused(
            "JPEG 2000 pictures keep metadata in too many places to take them all out",
        )),
    })
}

/// Returns the word for burned-in texts.
pub(super) fn word(burned_in: BurnedIn) -> &'static str {
    match burned_in {
        BurnedIn::Yes => "yes",
        BurnedIn::No => "no",
        BurnedIn::Unknown => "unknown",
    }
}

/// What is to be known where pixels were not seen by anybody.
pub(super) fn unseen(burned_in: BurnedIn) -> String {
    let stated = match burned_in {
        BurnedIn::Yes => "the file says that texts are burned into its pixels",
        BurnedIn::No => "the file says that no texts are burned into its pixels",
        BurnedIn::Unknown => "the file does not say whether texts are burned into its pixels",
    };
    format!(
        "{stated}: look at the picture, black out what identifies, and state it with --pixels-clean"
    )
}

impl Rectangle {
    /// Returns the part of a picture that the rectangle covers, as columns and rows.
    ///
    /// # Errors
    /// When it lies outside: somebody measured another picture.
    pub(super) fn within(
        self,
        columns: usize,
        rows: usize,
    ) -> Result<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let right = self.x.saturating_add(self.width);
        let bottom = self.y.saturating_add(self.height);
        if self.x >= columns || self.y >= rows {
            return Err(damaged(format!(
                "the rectangle at {},{} lies outside the picture of {columns} × {rows} pixels",
                self.x, self.y
            )));
        }
        Ok((self.x..right.min(columns), self.y..bottom.min(rows)))
    }
}
