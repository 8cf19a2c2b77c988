//! A film: a radiograph, where it came from, and whom it shows.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Derivation, Graphics, Origin, Pipeline, Radiograph};

/// What the file says about names drawn into its pixels (Burned In Annotation, PS3.3 C.7.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BurnedIn {
    /// The file says there are some.
    Yes,
    /// The file says there are none.
    No,
    /// The file does not say.
    #[default]
    Unknown,
}

/// Whom and what a film shows, as its file states it. Shown on request, never logged or saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identity {
    /// Patient's Name, as a person reads it.
    pub patient_name: Option<String>,
    /// The groups of Patient's Name as stored: alphabetic, ideographic, phonetic; empty ones
    /// between them kept, components parted by `^`.
    pub patient_name_groups: Vec<String>,
    /// Patient ID.
    pub patient_id: Option<String>,
    /// Patient's Birth Date, as stored.
    pub birth_date: Option<String>,
    /// Patient's Sex.
    pub sex: Option<String>,
    /// Study Date, as stored.
    pub study_date: Option<String>,
    /// Institution Name.
    pub institution: Option<String>,
    /// Accession Number.
    pub accession: Option<String>,
}

/// Where a film came from and how it was stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The file it was opened from.
    pub path: PathBuf,
    /// The kind of file: “dicom”, “png”, “jpeg”, “tiff” …
    pub kind: &'static str,
    /// Transfer Syntax UID, for DICOM that states one.
    pub transfer_syntax: Option<String>,
    /// Modality (DX, CR, CT …), for DICOM.
    pub modality: Option<String>,
    /// View Position (PA, AP, LL …), for DICOM.
    pub view_position: Option<String>,
    /// Laterality or Image Laterality, for DICOM.
    pub laterality: Option<String>,
    /// Patient Orientation: the directions of the row and of the column, for DICOM.
    pub orientation: Option<(String, String)>,
    /// Whether names are drawn into the pixels.
    pub burned_in: BurnedIn,
    /// In what the samples are not those that a detector gave, a few words each: “8-bit samples”.
    pub departures: Vec<String>,
    /// What it was made of, where it is a picture of another film.
    pub derivation: Option<Derivation>,
    /// How many frames the file holds beyond the first, which is the one that is shown.
    pub later_frames: usize,
    /// Which object it is and what objects about it repeat, for DICOM that names itself.
    pub origin: Option<Arc<Origin>>,
    /// What the reader had to guess, mend or leave out, each a sentence for the user.
    pub warnings: Vec<String>,
}

impl Source {
    /// Says that the samples are not those of a detector, and why; `None` where nothing tells so.
    pub fn departures_line(&self) -> Option<String> {
        (!self.departures.is_empty()).then(|| {
            format!(
                "not a radiograph's original samples: {}",
                self.departures.join(", ")
            )
        })
    }
}

/// One opened image.
#[derive(Clone, Debug)]
pub struct Film {
    /// The image, shared with every view of it.
    pub radiograph: Arc<Radiograph>,
    /// Where it came from.
    pub source: Source,
    /// Whom it shows.
    pub identity: Identity,
    /// How its stored samples became what the image holds.
    pub pipeline: Arc<Pipeline>,
    /// What its file draws over it.
    pub graphics: Graphics,
}

/// Returns a date of a file as people read it: “20261102”, as DICOM stores it (PS3.5 6.2, DA), as
/// “2026-11-02”; whatever is no such date stays as it is.
pub fn readable_date(stored: &str) -> String {
    let stored = stored.trim();
    let eight = stored.len() == 8;
    let date = NaiveDate::parse_from_str(stored, "%Y%m%d").ok();
    let date = date.filter(|_| eight);
    date.map_or_else(|| stored.to_owned(), |date| date.to_string())
}

impl Identity {
    /// Returns the groups of the patient's name that say anything, each as its readers write it:
    /// the alphabetic one as “Prefix Given Middle Family Suffix”, others with the family first
    /// (PS3.5 6.2.1).
    pub fn names(&self) -> Vec<String> {
        let groups = self.patient_name_groups.iter().enumerate();
        groups
            .map(|(index, group)| {
                let part = |index: usize| group.split('^').nth(index).unwrap_or_default().trim();
                let order = match index {
                    0 => [3, 1, 2, 0, 4],
                    _ => [3, 0, 1, 2, 4],
                };
                let words = order.into_iter().map(part).filter(|word| !word.is_empty());
                words.collect::<Vec<&str>>().join(" ")
            })
            .filter(|name| !name.is_empty())
            .collect()
    }
}

impl Film {
    /// Returns the file's name, without its folder.
    pub fn name(&self) -> String {
        self.source.path.file_name().map_or_else(
            || "untitled".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Returns the file's name for pictures and tables that leave this computer: another one where
    /// the file is named after the patient.
    pub fn public_name(&self) -> String {
        let name = self.name();
        if self.identity.named_in(&name) {
            "film".to_owned()
        } else {
            name
        }
    }
}

impl Identity {
    /// Reports whether a text holds the patient's number or a part of the patient's name, in
    /// whatever case.
    pub fn named_in(&self, text: &str) -> bool {
        /// Shorter parts, such as initials, stand in too many words.
        const SHORTEST: usize = 3;
        let text = text.to_lowercase();
        let names = self.patient_name.iter().chain(&self.patient_name_groups);
        let parts = names.flat_map(|name| name.split(['^', ' ', '=', ',']));
        let numbers = self.patient_id.iter().chain(&self.accession);
        parts
            .chain(numbers.map(String::as_str))
            .map(str::to_lowercase)
            .any(|part| {
                // A name of two ideographs is a whole one.
                let long = part.chars().count() >= SHORTEST || (part.len() > 3 && !part.is_ascii());
                long && text.contains(&part)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_by_people_and_odd_ones_stay() {
        assert_eq!(readable_date("20261102 "), "2026-11-02");
        for odd in ["2026.11.02", "20261302", "", "202611"] {
            assert_eq!(readable_date(odd), odd);
        }
    }

    #[test]
    fn a_file_named_after_the_patient_is_recognised() {
        let identity = Identity {
            patient_name: Some("Dr Jane Planted".to_owned()),
            patient_name_groups: vec!["Planted^Jane".to_owned(), "山田^太郎".to_owned()],
            patient_id: Some("4711-08".to_owned()),
            ..Identity::default()
        };
        for name in [
            "PLANTED_chest.dcm",
            "jane.png",
            "4711-08.dcm",
            "胸部山田.dcm",
        ] {
            assert!(identity.named_in(name), "{name}");
        }
        assert!(!identity.named_in("IM-0001.dcm") && !Identity::default().named_in("x.dcm"));
    }
}
