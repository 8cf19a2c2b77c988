//! Attribute values as this room needs them: present and usable, or `None`.

use std::borrow::Cow;

use dicom::core::{PrimitiveValue, Tag, VR};
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

/// Returns a text attribute, trimmed, or `None` when absent or empty.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let value = written(object, tag)?;
    let trimmed = value.trim_matches(padding);
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Returns the values of a text attribute, trimmed, empty ones included.
pub(super) fn texts(object: &InMemDicomObject, tag: Tag) -> Vec<String> {
    written(object, tag)
        .map(|value| {
            let values = value.split('\\');
            values
                .map(|value| value.trim_matches(padding).to_owned())
                .collect()
        })
        .unwrap_or_default()
}

/// An attribute as its file writes it, values parted by backslashes. One of VR UN is text all the
/// same when it is asked for as text: gateways that do not know a tag write UN (CP-246).
fn written(object: &InMemDicomObject, tag: Tag) -> Option<Cow<'_, str>> {
    let element = object.get(tag)?;
    match element.value().primitive()? {
        PrimitiveValue::U8(bytes) if element.header().vr == VR::UN => {
            Some(String::from_utf8_lossy(bytes).into_owned().into())
        }
        value => Some(value.to_str()),
    }
}

fn padding(c: char) -> bool {
    c == '\0' || c.is_whitespace()
}

/// Returns the values of a decimal attribute, also with a comma for a point; NaN where one is no number. Empty when absent.
pub(super) fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    texts(object, tag)
        .iter()
        .filter(|value| !value.is_empty())
        .map(|value| value.replace(',', ".").parse().unwrap_or(f64::NAN))
        .collect()
}

/// Returns the first value of a decimal attribute, when it is a finite number.
pub(super) fn number(object: &InMemDicomObject, tag: Tag) -> Option<f64> {
    let first = numbers(object, tag).first().copied()?;
    first.is_finite().then_some(first)
}

/// Returns the values of an integer attribute.
pub(super) fn integers(object: &InMemDicomObject, tag: Tag) -> Vec<i64> {
    object
        .get(tag)
        .and_then(|element| element.to_multi_int::<i64>().ok())
        .unwrap_or_default()
}

/// Returns the first value of an integer attribute, also where it is written as text.
pub(super) fn integer(object: &InMemDicomObject, tag: Tag) -> Option<i64> {
    integers(object, tag).first().copied()
}

/// Returns the items of a sequence.
pub(super) fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    object
        .get(tag)
        .and_then(|element| element.items())
        .unwrap_or_default()
}

/// Returns where an attribute of a functional group macro is to be looked for in the first frame:
/// the object itself when it has one of `direct`, else the macro's item (PS3.3 C.7.6.16).
pub(super) fn scope<'a>(
    object: &'a InMemDicomObject,
    direct: &[Tag],
    functional_macro: Tag,
) -> &'a InMemDicomObject {
    if direct.iter().any(|&tag| object.get(tag).is_some()) {
        return object;
    }
    [
        tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
        tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    ]
    .iter()
    .filter_map(|&groups| items(object, groups).first())
    .find_map(|group| items(group, functional_macro).first())
    .unwrap_or(object)
}

/// Returns the words of an attribute that may come as bytes (OB, OW, UN) or as numbers (US).
pub(super) fn words(object: &InMemDicomObject, tag: Tag) -> Vec<u16> {
    let Some(element) = object.get(tag) else {
        return Vec::new();
    };
    if matches!(element.header().vr, VR::OB | VR::UN) {
        let bytes = element.to_bytes().unwrap_or_default();
        return bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
    }
    // Values of VR SS keep their bits: a table's entries are never negative.
    integers(object, tag)
        .iter()
        .map(|&value| value as u16)
        .collect()
}
