//! How a presentation state shows its films: curves, polarity, and the part that is seen.

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::films_in;
use crate::files::dicom_film::attributes::{integers, items, number, text};
use crate::files::dicom_film::{grey, table};
use crate::files::returned::{Returned, ReturnedView};
use crate::radiograph::{ModalityCurve, NamedVoi, PixelRect, Polarity, Voi, VoiOrigin, VoiTable};

/// Reads curves and displayed areas; each names its films, or stands for all.
pub(super) fn read(object: &InMemDicomObject, returned: &mut Returned) {
    let modality = modality(object);
    let polarity = match text(object, tags::PRESENTATION_LUT_SHAPE).as_deref() {
        Some("INVERSE") => Some(Polarity::Inverse),
        Some(_) => Some(Polarity::Identity),
        None => None,
    };
    let shown = |item: &InMemDicomObject| ReturnedView {
        films: films_in(item, tags::REFERENCED_IMAGE_SEQUENCE),
        modality: modality.clone(),
        polarity,
        ..ReturnedView::default()
    };
    for item in items(object, tags::SOFTCOPY_VOILUT_SEQUENCE) {
        let voi = curve(item, &mut returned.ignored);
        returned.views.push(ReturnedView { voi, ..shown(item) });
    }
    if items(object, tags::SOFTCOPY_VOILUT_SEQUENCE).is_empty() {
        returned.views.push(shown(object));
    }
    for item in items(object, tags::DISPLAYED_AREA_SELECTION_SEQUENCE) {
        let part = displayed(item);
        returned.views.push(ReturnedView {
            part,
            polarity: None,
            ..shown(item)
        });
    }
}

fn curve(item: &InMemDicomObject, ignored: &mut Vec<String>) -> Option<NamedVoi> {
    let mut warnings = Vec::new();
    let lut = (tags::LUT_DESCRIPTOR, tags::LUT_DATA);
    let signed = |table: &InMemDicomObject| {
        let descriptor = table.get(tags::LUT_DESCRIPTOR);
        descriptor.is_some_and(|element| element.vr() == dicom::core::VR::SS)
    };
    for entry in items(item, tags::VOILUT_SEQUENCE) {
        match table::read(entry, lut, signed(entry)) {
            Ok((found, _)) => {
                return Some(NamedVoi {
                    voi: Voi::Table(VoiTable {
                        first_mapped: found.first as f32,
                        entries: found.entries.into(),
                        bits: found.bits,
                    }),
                    explanation: text(entry, tags::LUT_EXPLANATION).unwrap_or_default(),
                    origin: VoiOrigin::Chosen,
                });
            }
            Err(warning) => warnings.push(warning),
        }
    }
    let windows = grey::windows(item, &mut warnings);
    ignored.extend(warnings);
    windows.into_iter().next().map(|window| NamedVoi {
        origin: VoiOrigin::Chosen,
        ..window
    })
}

/// Corners name pixels, from 1.
pub(super) fn displayed(item: &InMemDicomObject) -> Option<PixelRect> {
    let corner = |tag: Tag| match integers(item, tag).as_slice() {
        &[x, y] => Some((x as f32, y as f32)),
        _ => None,
    };
    let (left, top) = corner(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER)?;
    let (right, bottom) = corner(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER)?;
    let part = PixelRect::new(
        left - 1.0,
        top - 1.0,
        right - left + 1.0,
        bottom - top + 1.0,
    );
    let sound = part.width >= 1.0 && part.height >= 1.0;
    (sound && part.xywh().iter().all(|number| number.abs() < 1e6)).then_some(part)
}

fn modality(object: &InMemDicomObject) -> ModalityCurve {
    let lut = (tags::LUT_DESCRIPTOR, tags::LUT_DATA);
    if let Some(item) = items(object, tags::MODALITY_LUT_SEQUENCE).first()
        && let Ok((found, _)) = table::read(item, lut, false)
    {
        return ModalityCurve::Table {
            first: found.first,
            bits: found.bits,
            entries: found.entries.into(),
        };
    }
    match (
        number(object, tags::RESCALE_SLOPE),
        number(object, tags::RESCALE_INTERCEPT),
    ) {
        (None, None) => ModalityCurve::None,
        (slope, intercept) => ModalityCurve::Rescale {
            slope: slope.unwrap_or(1.0),
            intercept: intercept.unwrap_or(0.0),
        },
    }
}
