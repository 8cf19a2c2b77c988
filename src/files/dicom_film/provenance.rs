//! Which attributes decide the stages that `grey` reads.

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{items, numbers, text};
use super::format::PixelFormat;
use super::grey::{rescale_place, unitless, voi_place};
use crate::files::pipeline::Provenance;

const WINDOW: &str =
    "Window Center (0028,1050) and Width (0028,1051), VOI LUT Function (0028,1056)";
const TABLE: &str = "VOI LUT Sequence (0028,3010)";
const FRAME_VOI: &str = "Frame VOI LUT Sequence (0028,9132) of the functional groups";

/// Names the attributes, in the order of precedence that `grey` follows.
pub(super) fn of(object: &InMemDicomObject, format: &PixelFormat) -> Provenance {
    if format.samples_per_pixel == 3 || format.palette() {
        return Provenance {
            modality: Some("Photometric Interpretation (0028,0004)"),
            ..Provenance::default()
        };
    }
    let (modality, unit) = modality(object);
    let shape = text(object, tags::PRESENTATION_LUT_SHAPE).is_some_and(|shape| shape == "INVERSE");
    let polarity = if shape && format.photometric != "MONOCHROME1" {
        "Presentation LUT Shape (2050,0020)"
    } else {
        "Photometric Interpretation (0028,0004)"
    };
    let grouped = !std::ptr::eq(voi_place(object), object);
    Provenance {
        modality,
        unit,
        voi_window: if grouped { FRAME_VOI } else { WINDOW },
        voi_table: if grouped { FRAME_VOI } else { TABLE },
        polarity,
    }
}

fn modality(object: &InMemDicomObject) -> (Option<&'static str>, Option<String>) {
    if let Some(item) = items(object, tags::MODALITY_LUT_SEQUENCE).first() {
        let unit = text(item, tags::MODALITY_LUT_TYPE);
        return (Some("Modality LUT Sequence (0028,3000)"), unit);
    }
    let place = rescale_place(object);
    let stated = [tags::RESCALE_SLOPE, tags::RESCALE_INTERCEPT]
        .iter()
        .any(|&tag| !numbers(place, tag).is_empty());
    let decided_by = if unitless(object).is_some() {
        "Rescale Type (0028,1054) US of the functional groups: unspecified"
    } else if !stated {
        return (None, None);
    } else if std::ptr::eq(place, object) {
        "Rescale Slope (0028,1053) and Intercept (0028,1052)"
    } else {
        "Pixel Value Transformation Sequence (0028,9145) of the functional groups"
    };
    // US means that no unit is specified.
    let unit = text(place, tags::RESCALE_TYPE).filter(|unit| unit != "US");
    (Some(decided_by), unit)
}
