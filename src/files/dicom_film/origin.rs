//! What objects about a film repeat of its file.

use std::sync::Arc;

use dicom::core::Tag;
use dicom::dictionary_std::tags;

use super::attributes::text;
use super::character_set::CharacterSet;
use super::dataset::Dataset;
use crate::files::ModalityTransform;
use crate::radiograph::{ModalityCurve, Origin, Repeated};

/// Longer texts than any of these may be are no texts of theirs.
const LONGEST_BYTES: usize = 1024;

/// The attributes of the patient, the study, the series and the picture that are repeated.
const REPEATED: [Tag; 27] = [
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::ACCESSION_NUMBER,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STUDY_DESCRIPTION,
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::ISSUER_OF_PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::PATIENT_AGE,
    tags::PATIENT_SIZE,
    tags::PATIENT_WEIGHT,
    tags::PATIENT_IDENTITY_REMOVED,
    tags::DEIDENTIFICATION_METHOD,
    tags::BODY_PART_EXAMINED,
    tags::STUDY_ID,
    tags::LATERALITY,
    tags::IMAGE_LATERALITY,
    tags::PATIENT_ORIENTATION,
    tags::INSTANCE_NUMBER,
    tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED,
    tags::LOSSY_IMAGE_COMPRESSION,
    tags::LOSSY_IMAGE_COMPRESSION_RATIO,
    tags::LOSSY_IMAGE_COMPRESSION_METHOD,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::SERIES_DESCRIPTION,
];

/// Reads the object that a film comes from; `None` where the file does not say which it is.
pub(super) fn read(
    dataset: &Dataset<'_>,
    frames: usize,
    modality: &ModalityTransform,
) -> Option<Origin> {
    let object = &dataset.attributes;
    let uid = |tag| text(object, tag).filter(|uid| is_uid(uid));
    let character_set = text(object, tags::SPECIFIC_CHARACTER_SET).unwrap_or_default();
    let character_set = CharacterSet::read(&character_set);
    let repeated = REPEATED.iter().filter_map(|&tag| {
        let bytes = dataset.raw(tag)?;
        let value = character_set.decode(bytes.get(..LONGEST_BYTES).unwrap_or(bytes));
        let value = value.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        (!value.is_empty()).then(|| Repeated {
            group: tag.0,
            element: tag.1,
            value: value.to_owned(),
        })
    });
    Some(Origin {
        sop_class: uid(tags::SOP_CLASS_UID)?,
        sop_instance: uid(tags::SOP_INSTANCE_UID)?,
        study: uid(tags::STUDY_INSTANCE_UID).unwrap_or_default(),
        series: uid(tags::SERIES_INSTANCE_UID).unwrap_or_default(),
        frames,
        modality: curve(modality),
        repeated: repeated.collect(),
    })
}

/// Reports whether a text is a UID (PS3.5 9.1).
pub(in crate::files) fn is_uid(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64 && text.split('.').all(digits)
}

fn curve(modality: &ModalityTransform) -> ModalityCurve {
    match modality {
        ModalityTransform::Rescale { slope, intercept } if (*slope, *intercept) == (1.0, 0.0) => {
            ModalityCurve::None
        }
        &ModalityTransform::Rescale { slope, intercept } => {
            ModalityCurve::Rescale { slope, intercept }
        }
        ModalityTransform::Table(table) => ModalityCurve::Table {
            first: table.first,
            bits: table.bits,
            entries: Arc::from(table.entries.as_slice()),
        },
    }
}
