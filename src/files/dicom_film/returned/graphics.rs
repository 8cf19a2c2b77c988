//! Presentation states: curves, the part that is seen, and what is drawn (PS3.3 A.33.1).

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::drawn::{Drawing, nearest, own};
use super::{films_in, left_out, mark};
use crate::files::dicom_export::{MODEL_LAYER, layer_of};
use crate::files::dicom_film::attributes::{integer, integers, items, number, text};
use crate::files::dicom_film::{grey, table};
use crate::files::returned::{Returned, ReturnedMark, ReturnedView};
use crate::radiograph::{
    Annotation, ModalityCurve, NamedVoi, PixelPoint, PixelRect, Polarity, Shape, ShapeKind, Voi,
    VoiOrigin, VoiTable,
};

/// Every kind of mark, to be found again by its layer.
const KINDS: [ShapeKind; 10] = [
    ShapeKind::Length,
    ShapeKind::Angle,
    ShapeKind::CobbAngle,
    ShapeKind::Rectangle,
    ShapeKind::Ellipse,
    ShapeKind::Freehand,
    ShapeKind::Arrow,
    ShapeKind::Text,
    ShapeKind::Point,
    ShapeKind::CardiothoracicRatio,
];

/// Reads a presentation state.
pub(super) fn read(object: &InMemDicomObject, returned: &mut Returned) {
    views(object, returned);
    let mut lost = Lost::default();
    for item in items(object, tags::GRAPHIC_ANNOTATION_SEQUENCE) {
        let films = films_in(item, tags::REFERENCED_IMAGE_SEQUENCE);
        let layer = text(item, tags::GRAPHIC_LAYER).unwrap_or_default();
        let found = if returned.own {
            own_mark(item, &layer, &mut lost).into_iter().collect()
        } else {
            marks_of_others(item, &mut lost)
        };
        let found = found.into_iter().map(|annotation| ReturnedMark {
            films: films.clone(),
            annotation,
        });
        returned.marks.extend(found);
    }
    lost.say(&mut returned.ignored);
    let left = [
        (tags::COMPOUND_GRAPHIC_SEQUENCE, "compound graphics"),
        (tags::PRESENTATION_LUT_SEQUENCE, "its presentation table"),
        (tags::MASK_SUBTRACTION_SEQUENCE, "its subtraction"),
    ];
    let mut say = |words: &str| returned.ignored.push(words.to_owned());
    left.iter()
        .filter(|(tag, _)| !items(object, *tag).is_empty())
        .for_each(|(_, words)| say(words));
    let turned = integer(object, tags::IMAGE_ROTATION).is_some_and(|degrees| degrees != 0)
        || text(object, tags::IMAGE_HORIZONTAL_FLIP).as_deref() == Some("Y");
    if turned {
        say("its rotation or flip");
    }
    if object.get(tags::SHUTTER_SHAPE).is_some() && !returned.own {
        say("its shutter");
    }
}

/// Drawings that make no mark.
#[derive(Default)]
struct Lost {
    drawings: usize,
    on_display: usize,
}

impl Lost {
    fn say(&self, ignored: &mut Vec<String>) {
        left_out(
            self.drawings,
            "drawing that is no mark here (an open line of several parts, say)",
            "drawings that are no marks here (open lines of several parts, say)",
            ignored,
        );
        left_out(
            self.on_display,
            "drawing or text that is fixed to the screen",
            "drawings or texts that are fixed to the screen",
            ignored,
        );
    }
}

/// A layer of our own holds one mark an item.
fn own_mark(item: &InMemDicomObject, layer: &str, lost: &mut Lost) -> Option<Annotation> {
    let graphics = items(item, tags::GRAPHIC_OBJECT_SEQUENCE);
    let texts = items(item, tags::TEXT_OBJECT_SEQUENCE);
    let drawings: Vec<Drawing> = graphics.iter().filter_map(drawing).collect();
    let known = graphics.first().or_else(|| texts.first());
    let name = known.and_then(|one| text(one, tags::TRACKING_ID));
    let name = name.unwrap_or_default();
    if layer == MODEL_LAYER {
        return Some(mark(own(ShapeKind::Rectangle, &drawings)?, &name));
    }
    let kind = KINDS.into_iter().find(|kind| layer_of(*kind) == layer);
    let shape = match kind {
        Some(ShapeKind::Text) => texts.first().and_then(anchor).map(Shape::Text),
        Some(kind) => own(kind, &drawings),
        None => None,
    };
    let (Some(shape), Some(kind)) = (shape, kind) else {
        lost.drawings += 1;
        return None;
    };
    Some(mark(shape, label_of(&name, kind)))
}

/// Returns the label that a name holds: a mark without one is called by its kind and its number.
pub(super) fn label_of(name: &str, kind: ShapeKind) -> &str {
    let number = name
        .strip_prefix(kind.name())
        .and_then(|rest| rest.strip_prefix(' '));
    let numbered = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if numbered { "" } else { name }
}

fn marks_of_others(item: &InMemDicomObject, lost: &mut Lost) -> Vec<Annotation> {
    let mut marks = Vec::new();
    for object in items(item, tags::GRAPHIC_OBJECT_SEQUENCE) {
        if text(object, tags::GRAPHIC_ANNOTATION_UNITS).as_deref() != Some("PIXEL") {
            lost.on_display += 1;
            continue;
        }
        match drawing(object).as_ref().and_then(nearest) {
            Some(shape) => marks.push(mark(shape, "")),
            None => lost.drawings += 1,
        }
    }
    for object in items(item, tags::TEXT_OBJECT_SEQUENCE) {
        let words = text(object, tags::UNFORMATTED_TEXT_VALUE);
        let words = words.unwrap_or_default().replace(['\r', '\n'], " ");
        match anchor(object).map(Shape::Text).filter(Shape::is_sound) {
            Some(shape) if !words.trim().is_empty() => marks.push(mark(shape, words.trim())),
            _ => lost.on_display += 1,
        }
    }
    marks
}

fn drawing(object: &InMemDicomObject) -> Option<Drawing> {
    let name = text(object, tags::GRAPHIC_TYPE)?;
    Drawing::read(object, name, tags::GRAPHIC_DATA)
}

/// Returns where a text stands on the film: at its anchor, else in its box.
fn anchor(object: &InMemDicomObject) -> Option<PixelPoint> {
    let at = |units: Tag, point: Tag| {
        let on_film = text(object, units).as_deref() == Some("PIXEL");
        let numbers = object.get(point)?.to_multi_float32().ok()?;
        match numbers.as_slice() {
            &[x, y] if on_film => Some(PixelPoint { x, y }),
            _ => None,
        }
    };
    at(tags::ANCHOR_POINT_ANNOTATION_UNITS, tags::ANCHOR_POINT).or_else(|| {
        at(
            tags::BOUNDING_BOX_ANNOTATION_UNITS,
            tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER,
        )
    })
}

/// Reads curves and displayed areas; each names its films, or stands for all.
fn views(object: &InMemDicomObject, returned: &mut Returned) {
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
fn displayed(item: &InMemDicomObject) -> Option<PixelRect> {
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
