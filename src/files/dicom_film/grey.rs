//! From stored values to greys: Modality LUT, VOI alternatives, polarity, padding
//! (PS3.3 C.11.1, C.11.2, C.11.6, C.7.5.1.1.2).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{integer, items, number, numbers, scope, text, texts};
use super::format::PixelFormat;
use super::table;
use crate::files::ModalityTransform;
use crate::files::stored::SampleKind;
use crate::radiograph::{NamedVoi, Polarity, Voi, VoiFunction, VoiOrigin, VoiTable, VoiWindow};

/// Reads the Modality LUT: a table, else Rescale Slope and Intercept, else nothing.
pub(super) fn modality(
    object: &InMemDicomObject,
    format: &PixelFormat,
    warnings: &mut Vec<String>,
) -> ModalityTransform {
    if let Some(item) = items(object, tags::MODALITY_LUT_SEQUENCE).first() {
        match table::read(
            item,
            (tags::LUT_DESCRIPTOR, tags::LUT_DATA),
            format.signed(),
        ) {
            Ok((table, warning)) => {
                warnings.extend(warning);
                return ModalityTransform::Table(table);
            }
            Err(warning) => warnings.push(warning),
        }
    }
    if unitless(object).is_some() {
        warnings.push(
            "the frames' Rescale gives no unit (Rescale Type US): values are shown as stored"
                .to_owned(),
        );
        return ModalityTransform::default();
    }
    let place = rescale_place(object);
    let intercept = number(place, tags::RESCALE_INTERCEPT).unwrap_or(0.0);
    match number(place, tags::RESCALE_SLOPE) {
        Some(slope) if slope != 0.0 => ModalityTransform::Rescale { slope, intercept },
        None => ModalityTransform::Rescale {
            slope: 1.0,
            intercept,
        },
        Some(_) => {
            warnings.push("Rescale Slope is 0; 1 was assumed".to_owned());
            ModalityTransform::Rescale {
                slope: 1.0,
                intercept,
            }
        }
    }
}

pub(super) fn rescale_place(object: &InMemDicomObject) -> &InMemDicomObject {
    scope(
        object,
        &[tags::RESCALE_SLOPE, tags::RESCALE_INTERCEPT],
        tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    )
}

/// Returns slope and intercept of a functional group's Rescale that gives no unit.
///
/// Enhanced images must state a Rescale (PS3.3 C.7.6.16.2.9), and state one of type US, unspecified,
/// where their values mean nothing beyond themselves. Such values are held as stored, as other
/// readers hold them, and the windows are moved there: the greys are the same.
pub(super) fn unitless(object: &InMemDicomObject) -> Option<(f64, f64)> {
    let place = rescale_place(object);
    let of_group = !std::ptr::eq(place, object);
    let unspecified = text(place, tags::RESCALE_TYPE).as_deref() == Some("US");
    let slope = number(place, tags::RESCALE_SLOPE).filter(|&slope| slope > 0.0)?;
    let intercept = number(place, tags::RESCALE_INTERCEPT)?;
    let changes = (slope, intercept) != (1.0, 0.0);
    let tables = !items(voi_place(object), tags::VOILUT_SEQUENCE).is_empty();
    (of_group && unspecified && changes && !tables).then_some((slope, intercept))
}

/// The window on stored values that makes the greys of one on rescaled values.
fn before_rescale(window: VoiWindow, (slope, intercept): (f64, f64)) -> VoiWindow {
    let (center, width) = (f64::from(window.center), f64::from(window.width));
    let (center, width, function) = match window.function {
        // Its half and its one are in rescaled units (C.11.2.1.2.1).
        VoiFunction::Linear if slope != 1.0 && width > 1.0 => {
            (center - 0.5, width - 1.0, VoiFunction::LinearExact)
        }
        function => (center, width, function),
    };
    VoiWindow::new(
        ((center - intercept) / slope) as f32,
        (width / slope) as f32,
        function,
    )
}

/// Reads the VOI alternatives: tables first, then windows, each with its explanation.
pub(super) fn vois(
    object: &InMemDicomObject,
    format: &PixelFormat,
    warnings: &mut Vec<String>,
) -> Vec<NamedVoi> {
    let place = voi_place(object);
    // The first mapped value is signed when the values before the table can be negative.
    let signed = format.signed()
        || number(rescale_place(object), tags::RESCALE_INTERCEPT).is_some_and(|least| least < 0.0);
    let mut vois = Vec::new();
    for item in items(place, tags::VOILUT_SEQUENCE) {
        match table::read(item, (tags::LUT_DESCRIPTOR, tags::LUT_DATA), signed) {
            Ok((table, warning)) => {
                warnings.extend(warning);
                vois.push(NamedVoi {
                    voi: Voi::Table(VoiTable {
                        first_mapped: table.first as f32,
                        entries: table.entries.into(),
                        bits: table.bits,
                    }),
                    explanation: text(item, tags::LUT_EXPLANATION).unwrap_or_default(),
                    origin: VoiOrigin::File,
                });
            }
            Err(warning) => warnings.push(warning),
        }
    }
    vois.extend(windows(place, warnings));
    if let Some(rescale) = unitless(object) {
        for named in &mut vois {
            if let Voi::Window(window) = &mut named.voi {
                *window = before_rescale(*window, rescale);
            }
        }
    }
    vois
}

pub(super) fn voi_place(object: &InMemDicomObject) -> &InMemDicomObject {
    scope(
        object,
        &[tags::WINDOW_CENTER, tags::VOILUT_SEQUENCE],
        tags::FRAME_VOILUT_SEQUENCE,
    )
}

pub(super) fn windows(place: &InMemDicomObject, warnings: &mut Vec<String>) -> Vec<NamedVoi> {
    let function = match text(place, tags::VOILUT_FUNCTION).as_deref() {
        None | Some("LINEAR") => VoiFunction::Linear,
        Some("LINEAR_EXACT") => VoiFunction::LinearExact,
        Some("SIGMOID") => VoiFunction::Sigmoid,
        Some(_) => {
            warnings.push("the VOI LUT Function is not known; LINEAR was assumed".to_owned());
            VoiFunction::Linear
        }
    };
    let centers = numbers(place, tags::WINDOW_CENTER);
    let widths = numbers(place, tags::WINDOW_WIDTH);
    let explanations = texts(place, tags::WINDOW_CENTER_WIDTH_EXPLANATION);
    let mut windows = Vec::new();
    for (index, (&center, &width)) in centers.iter().zip(&widths).enumerate() {
        if !(center.is_finite() && width.is_finite() && width > 0.0) {
            warnings.push(format!(
                "a window of width {width} around {center} was left out"
            ));
            continue;
        }
        // LINEAR is not defined below a width of 1; the same numbers still mean something exactly.
        let exact = function == VoiFunction::Linear && width < 1.0;
        if exact {
            warnings.push(format!(
                "a window of width {width} is shown as LINEAR_EXACT"
            ));
        }
        let function = if exact {
            VoiFunction::LinearExact
        } else {
            function
        };
        windows.push(NamedVoi {
            voi: Voi::Window(VoiWindow::new(center as f32, width as f32, function)),
            explanation: explanations.get(index).cloned().unwrap_or_default(),
            origin: VoiOrigin::File,
        });
    }
    windows
}

/// Reads whether greys are turned over: once, whichever attribute says so.
pub(super) fn polarity(object: &InMemDicomObject, format: &PixelFormat) -> Polarity {
    let shape = text(object, tags::PRESENTATION_LUT_SHAPE);
    if format.photometric == "MONOCHROME1" || shape.as_deref() == Some("INVERSE") {
        Polarity::Inverse
    } else {
        Polarity::Identity
    }
}

/// Reads Pixel Padding Value and Pixel Padding Range Limit, as stored values.
pub(super) fn padding(
    object: &InMemDicomObject,
    format: &PixelFormat,
) -> Option<(f64, Option<f64>)> {
    if format.kind == SampleKind::Real {
        let [value, limit] = if format.bits_allocated == 32 {
            [
                tags::FLOAT_PIXEL_PADDING_VALUE,
                tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT,
            ]
        } else {
            [
                tags::DOUBLE_FLOAT_PIXEL_PADDING_VALUE,
                tags::DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT,
            ]
        };
        return Some((number(object, value)?, number(object, limit)));
    }
    // Their VR should follow the pixels' sign, and often does not.
    let stored = |value: i64| {
        if format.signed() {
            f64::from(value as u16 as i16)
        } else {
            (value & 0xffff) as f64
        }
    };
    let value = integer(object, tags::PIXEL_PADDING_VALUE)?;
    let limit = integer(object, tags::PIXEL_PADDING_RANGE_LIMIT);
    Some((stored(value), limit.map(stored)))
}
