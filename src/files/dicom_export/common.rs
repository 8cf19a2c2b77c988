//! What every object about a film holds: the film's patient and study, a series of its own, the
//! equipment, and which film it is about.

use dicom::core::Tag;
use dicom::dictionary_std::{tags, uids};

use super::elements::{Code, Item};
use super::uids::new_uid;
use super::{Algorithm, Subject};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::Origin;

const MANUFACTURER: &str = "Silhouette";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// “Source image for image processing operation”.
const SOURCE_IMAGE: Code<'_> = Code(
    "121322",
    "DCM",
    "Source image for image processing operation",
);
const PROCESSING: Code<'_> = Code("109102", "DCM", "Processing Equipment");

/// What tells one kind of object from another.
pub(super) struct Kind<'a> {
    /// SOP Class UID.
    pub(super) sop_class: &'a str,
    /// Modality.
    pub(super) modality: &'a str,
    /// Series Number: above those of any modality.
    pub(super) series_number: i64,
    /// Series Description.
    pub(super) description: &'a str,
}

/// Returns the object that a film was read from.
///
/// # Errors
/// When the film names no object or no study: there is nothing to join.
pub(super) fn origin<'a>(subject: &Subject<'a>) -> Result<&'a Origin> {
    let source = &subject.film.source;
    let found = if source.kind == "dicom" {
        "its file does not name its object and its study (SOP and Study Instance UID)".to_owned()
    } else {
        format!(
            "a {} file names neither patient nor study",
            source.kind.to_uppercase()
        )
    };
    let origin = source.origin.as_deref();
    let whole = |origin: &&Origin| !origin.study.is_empty() && !origin.series.is_empty();
    origin.filter(whole).ok_or_else(|| {
        Error::new(
            ErrorKind::Unsupported,
            format!("a DICOM object joins its film's study, but {found}"),
            "Open the film's own DICOM file, or export a picture, a page or a table instead.",
        )
    })
}

/// Makes an object with everything but what its kind adds.
///
/// # Errors
/// As [`origin`].
pub(super) fn object(subject: &Subject<'_>, kind: &Kind<'_>) -> Result<Item> {
    let origin = origin(subject)?;
    let (date, time) = moment(subject);
    let object = Item::new()
        .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192")
        .text(tags::INSTANCE_CREATION_DATE, &date)
        .text(tags::INSTANCE_CREATION_TIME, &time)
        .text(tags::SOP_CLASS_UID, kind.sop_class)
        .text(tags::SOP_INSTANCE_UID, &new_uid())
        .text(tags::MODALITY, kind.modality)
        .text(tags::SERIES_INSTANCE_UID, &new_uid())
        .whole(tags::SERIES_NUMBER, &[kind.series_number])
        .text(tags::SERIES_DESCRIPTION, kind.description)
        .text(tags::SERIES_DATE, &date)
        .text(tags::SERIES_TIME, &time)
        .whole(tags::INSTANCE_NUMBER, &[1])
        .text(tags::STUDY_INSTANCE_UID, &origin.study);
    let object = equipment(object);
    let object = repeated(object, origin);
    Ok(match kind.sop_class {
        uids::SECONDARY_CAPTURE_IMAGE_STORAGE
        | uids::PARAMETRIC_MAP_STORAGE
        | uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE => laterality(object, origin),
        // Others have a laterality of their frames, or none.
        _ => object,
    })
}

/// Repeats the side, but of a body part that there is only one of; empty where the file states none.
fn laterality(object: Item, origin: &Origin) -> Item {
    let single = usable(origin, tags::BODY_PART_EXAMINED).is_some_and(|part| {
        matches!(
            part,
            "CHEST" | "ABDOMEN" | "PELVIS" | "HEAD" | "SKULL" | "NECK" | "HEART"
        ) || part.ends_with("SPINE")
    });
    if single {
        return object;
    }
    match usable(origin, tags::LATERALITY).or_else(|| usable(origin, tags::IMAGE_LATERALITY)) {
        Some(side) => object.text(tags::LATERALITY, side),
        None => object.empty(tags::LATERALITY),
    }
}

/// States who made the object.
fn equipment(object: Item) -> Item {
    object
        .text(tags::MANUFACTURER, MANUFACTURER)
        .text(tags::MANUFACTURER_MODEL_NAME, "silhouette")
        // The software has no serial number; its version says all there is.
        .text(tags::DEVICE_SERIAL_NUMBER, VERSION)
        .text(tags::SOFTWARE_VERSIONS, VERSION)
}

/// Names the models that had a part in the object.
pub(super) fn contributors(object: Item, algorithms: &[&Algorithm]) -> Item {
    if algorithms.is_empty() {
        return object;
    }
    let items = algorithms.iter().map(|algorithm| {
        Item::new()
            .code(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, PROCESSING)
            .text(tags::MANUFACTURER, MANUFACTURER)
            .text(tags::MANUFACTURER_MODEL_NAME, &algorithm.name)
            .text(tags::SOFTWARE_VERSIONS, &algorithm.weights_sha256)
            .text(
                tags::CONTRIBUTION_DESCRIPTION,
                "Model; its version is the SHA-256 of its weights",
            )
    });
    object.items(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, items.collect())
}

/// Repeats the patient and the study.
fn repeated(object: Item, origin: &Origin) -> Item {
    // Type 2: present, if empty.
    let required = [
        tags::PATIENT_NAME,
        tags::PATIENT_ID,
        tags::PATIENT_BIRTH_DATE,
        tags::PATIENT_SEX,
        tags::STUDY_DATE,
        tags::STUDY_TIME,
        tags::REFERRING_PHYSICIAN_NAME,
        tags::STUDY_ID,
        tags::ACCESSION_NUMBER,
    ];
    let optional = [
        tags::ISSUER_OF_PATIENT_ID,
        tags::PATIENT_AGE,
        tags::PATIENT_SIZE,
        tags::PATIENT_WEIGHT,
        tags::PATIENT_IDENTITY_REMOVED,
        tags::DEIDENTIFICATION_METHOD,
        tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED,
        tags::STUDY_DESCRIPTION,
        tags::BODY_PART_EXAMINED,
    ];
    let object = required
        .into_iter()
        .fold(object, |object, tag| match usable(origin, tag) {
            Some(value) => object.text(tag, value),
            None => object.empty(tag),
        });
    optional.into_iter().fold(object, |object, tag| {
        object.with(usable(origin, tag), |object, value| object.text(tag, value))
    })
}

/// Returns a value that is what its attribute holds: a film's file may lie.
pub(super) fn usable(origin: &Origin, tag: Tag) -> Option<&str> {
    let value = origin.value(tag.0, tag.1)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match tag {
        tags::STUDY_DATE | tags::PATIENT_BIRTH_DATE => value.len() == 8 && digits(value),
        tags::STUDY_TIME => {
            let (whole, part) = value.split_once('.').unwrap_or((value, "0"));
            digits(whole) && matches!(whole.len(), 2 | 4 | 6) && digits(part) && part.len() <= 6
        }
        tags::PATIENT_AGE => {
            let number = value.strip_suffix(['D', 'W', 'M', 'Y']);
            number.is_some_and(|number| number.len() == 3 && digits(number))
        }
        tags::PATIENT_SIZE | tags::PATIENT_WEIGHT => {
            value.len() <= 16 && value.parse::<f64>().is_ok_and(f64::is_finite)
        }
        tags::PATIENT_SEX => matches!(value, "M" | "F" | "O"),
        tags::PATIENT_IDENTITY_REMOVED => matches!(value, "YES" | "NO"),
        tags::LATERALITY | tags::IMAGE_LATERALITY => matches!(value, "L" | "R"),
        tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED => {
            matches!(value, "UNMODIFIED" | "MODIFIED" | "REMOVED")
        }
        tags::STUDY_ID | tags::ACCESSION_NUMBER => value.chars().count() <= 16,
        tags::BODY_PART_EXAMINED => {
            let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " _".contains(c);
            value.len() <= 16 && value.chars().all(letter)
        }
        _ => true,
    };
    fits.then_some(value)
}

/// Returns the date and the time of the object, as DICOM writes them.
pub(super) fn moment(subject: &Subject<'_>) -> (String, String) {
    (
        subject.made.format("%Y%m%d").to_string(),
        subject.made.format("%H%M%S").to_string(),
    )
}

/// States when the content was made.
pub(super) fn content_moment(object: Item, subject: &Subject<'_>) -> Item {
    let (date, time) = moment(subject);
    object
        .text(tags::CONTENT_DATE, &date)
        .text(tags::CONTENT_TIME, &time)
}

/// Refers to the film.
pub(super) fn film_reference(origin: &Origin) -> Item {
    let item = Item::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, &origin.sop_class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, &origin.sop_instance);
    // A film is the first frame.
    item.with((origin.frames > 1).then_some(()), |item, ()| {
        item.whole(tags::REFERENCED_FRAME_NUMBER, &[1])
    })
}

/// Refers to the film as what the object was computed from.
pub(super) fn source_image(origin: &Origin, same_place: bool) -> Item {
    let item = film_reference(origin).code(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, SOURCE_IMAGE);
    let preserved = if same_place { "YES" } else { "NO" };
    item.text(tags::SPATIAL_LOCATIONS_PRESERVED, preserved)
}

/// Refers to the film by its series (Common Instance Reference, PS3.3 C.12.2).
pub(super) fn series_reference(object: Item, origin: &Origin) -> Item {
    let instance = Item::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, &origin.sop_class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, &origin.sop_instance);
    let series = Item::new()
        .text(tags::SERIES_INSTANCE_UID, &origin.series)
        .items(tags::REFERENCED_INSTANCE_SEQUENCE, vec![instance]);
    object.items(tags::REFERENCED_SERIES_SEQUENCE, vec![series])
}

/// Refers to films of a study, series by series, as the evidence for what a document says
/// (PS3.3 C.17.2.1).
pub(super) fn evidence(study: &str, films: &[&Origin]) -> Item {
    let mut series: Vec<(&str, Vec<Item>)> = Vec::new();
    for film in films {
        let item = Item::new()
            .text(tags::REFERENCED_SOP_CLASS_UID, &film.sop_class)
            .text(tags::REFERENCED_SOP_INSTANCE_UID, &film.sop_instance);
        match series.iter_mut().find(|(uid, _)| *uid == film.series) {
            Some((_, items)) => items.push(item),
            None => series.push((&film.series, vec![item])),
        }
    }
    let series = series.into_iter().map(|(uid, items)| {
        Item::new()
            .text(tags::SERIES_INSTANCE_UID, uid)
            .items(tags::REFERENCED_SOP_SEQUENCE, items)
    });
    Item::new()
        .text(tags::STUDY_INSTANCE_UID, study)
        .items(tags::REFERENCED_SERIES_SEQUENCE, series.collect())
}
