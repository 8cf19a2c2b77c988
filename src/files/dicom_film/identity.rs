//! Whom a film shows and how it was taken, as its file states it.

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{text, texts};
use crate::radiograph::{BurnedIn, Identity, Source};

/// Reads whom the film shows.
pub(super) fn identity(object: &InMemDicomObject) -> Identity {
    Identity {
        patient_name: text(object, tags::PATIENT_NAME).and_then(|name| readable(&name)),
        patient_id: text(object, tags::PATIENT_ID),
        birth_date: text(object, tags::PATIENT_BIRTH_DATE),
        sex: text(object, tags::PATIENT_SEX),
        study_date: text(object, tags::STUDY_DATE),
        institution: text(object, tags::INSTITUTION_NAME),
        accession: text(object, tags::ACCESSION_NUMBER),
    }
}

/// Reads how the film was taken.
pub(super) fn source(object: &InMemDicomObject) -> Source {
    let burned_in = match text(object, tags::BURNED_IN_ANNOTATION).as_deref() {
        Some("YES") => BurnedIn::Yes,
        Some("NO") => BurnedIn::No,
        _ => BurnedIn::Unknown,
    };
    let orientation = match texts(object, tags::PATIENT_ORIENTATION).as_slice() {
        [row, column] if !row.is_empty() && !column.is_empty() => {
            Some((row.clone(), column.clone()))
        }
        _ => None,
    };
    Source {
        kind: "dicom",
        modality: text(object, tags::MODALITY),
        view_position: text(object, tags::VIEW_POSITION),
        laterality: text(object, tags::IMAGE_LATERALITY).or_else(|| text(object, tags::LATERALITY)),
        orientation,
        burned_in,
        ..Source::default()
    }
}

/// `Family^Given^Middle^Prefix^Suffix=…` as “Prefix Given Middle Family Suffix”, from the first
/// group that says anything (PS3.5 6.2.1).
fn readable(name: &str) -> Option<String> {
    let group = name
        .split('=')
        .find(|group| !group.trim_matches(['^', ' ']).is_empty())?;
    let part = |index: usize| group.split('^').nth(index).unwrap_or_default().trim();
    let words: Vec<&str> = [3, 1, 2, 0, 4]
        .into_iter()
        .map(part)
        .filter(|word| !word.is_empty())
        .collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_say_them() {
        let read = |name| readable(name).unwrap();
        assert_eq!(read("Doe^Jane^^Dr"), "Dr Jane Doe");
        assert_eq!(read("=山田^太郎"), "太郎 山田");
        assert_eq!(read("Single"), "Single");
        assert_eq!(readable("^^"), None);
    }
}
