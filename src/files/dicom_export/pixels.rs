//! What every object with pixels says of them.

use dicom::core::Tag;
use dicom::dictionary_std::tags;

use super::elements::Item;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Film, Origin};

/// States whether the film's samples were compressed with loss before.
pub(super) fn compression(object: Item, origin: &Origin) -> Item {
    if !origin.lossy() {
        return object.text(tags::LOSSY_IMAGE_COMPRESSION, "00");
    }
    let numbers = |tag: Tag| {
        let value = origin.value(tag.0, tag.1)?;
        let numbers: Option<Vec<f64>> = value
            .split('\\')
            .map(|number| {
                number
                    .trim()
                    .parse()
                    .ok()
                    .filter(|ratio: &f64| *ratio > 0.0)
            })
            .collect();
        numbers
    };
    let words = |tag: Tag| {
        let value = origin.value(tag.0, tag.1)?;
        Some(value.split('\\').map(str::trim).collect::<Vec<&str>>())
    };
    let object = object.text(tags::LOSSY_IMAGE_COMPRESSION, "01");
    let ratios = numbers(tags::LOSSY_IMAGE_COMPRESSION_RATIO);
    let methods = words(tags::LOSSY_IMAGE_COMPRESSION_METHOD);
    let object = object.with(ratios, |object, ratios| {
        object.reals(tags::LOSSY_IMAGE_COMPRESSION_RATIO, &ratios)
    });
    object.with(methods, |object, methods| {
        object.texts(tags::LOSSY_IMAGE_COMPRESSION_METHOD, &methods)
    })
}

/// States how the picture lies, as its film does.
pub(super) fn orientation(object: Item, film: &Film) -> Item {
    match &film.source.orientation {
        Some((row, column)) => object.texts(tags::PATIENT_ORIENTATION, &[row, column]),
        None => object.empty(tags::PATIENT_ORIENTATION),
    }
}

/// Returns a number of rows or columns as an object states it.
///
/// # Errors
/// When it does not fit into 16 bits.
pub(super) fn side(pixels: usize) -> Result<i64> {
    u16::try_from(pixels).map(i64::from).map_err(|_| {
        Error::new(
            ErrorKind::TooLarge,
            format!("the picture is {pixels} pixels long; DICOM has room for 65535"),
            "Export it at a smaller width.",
        )
    })
}
