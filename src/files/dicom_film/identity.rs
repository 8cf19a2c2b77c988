//! Whom a film shows and how it was taken, as its file states it.

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{text, texts};
use super::character_set::CharacterSet;
use super::dataset::Dataset;
use crate::radiograph::{BurnedIn, Identity, Source};

/// Reads whom the film shows.
pub(super) fn identity(dataset: &Dataset<'_>) -> Identity {
    let object = &dataset.attributes;
    let character_set = text(object, tags::SPECIFIC_CHARACTER_SET).unwrap_or_default();
    let character_set = CharacterSet::read(&character_set);
    let decoded = |tag: Tag| {
        let value = character_set.decode(dataset.raw(tag)?);
        let value = value.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        (!value.is_empty()).then(|| value.to_owned())
    };
    let name = decoded(tags::PATIENT_NAME);
    let identity = Identity {
        patient_name_groups: name.as_deref().map(groups).unwrap_or_default(),
        patient_id: decoded(tags::PATIENT_ID),
        birth_date: text(object, tags::PATIENT_BIRTH_DATE),
        sex: text(object, tags::PATIENT_SEX),
        study_date: text(object, tags::STUDY_DATE),
        institution: decoded(tags::INSTITUTION_NAME),
        accession: decoded(tags::ACCESSION_NUMBER),
        patient_name: None,
    };
    Identity {
        patient_name: identity.names().into_iter().next(),
        ..identity
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

/// The groups of a name: alphabetic, ideographic, phonetic (PS3.5 6.2.1).
fn groups(name: &str) -> Vec<String> {
    let group = |group: &str| group.trim_matches(['^', ' ']).to_owned();
    let mut groups: Vec<String> = name.split('=').map(group).collect();
    while groups.last().is_some_and(String::is_empty) {
        groups.pop();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_say_them() {
        let names = |name| {
            let identity = Identity {
                patient_name_groups: groups(name),
                ..Identity::default()
            };
            identity.names()
        };
        assert_eq!(names("Doe^Jane^^Dr"), ["Dr Jane Doe"]);
        assert_eq!(names("=山田^太郎"), ["山田 太郎"]);
        assert_eq!(names("Hong^Gildong=洪^吉洞"), ["Gildong Hong", "洪 吉洞"]);
        assert_eq!(
            groups("Doe^Jane^^=ドウ^ジェーン=^"),
            ["Doe^Jane", "ドウ^ジェーン"]
        );
        assert_eq!(names("Single"), ["Single"]);
        assert!(names("^^").is_empty());
    }
}
