//! Presentation states: curves, the part that is seen, and what is drawn (PS3.3 A.33.1).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::drawn::{Drawing, nearest, own};
use super::on_film::{OnFilm, area, compound, corner, drawing, turned};
use super::{films_in, left_out, mark, views};
use crate::files::dicom_export::{MODEL_LAYER, layer_of};
use crate::files::dicom_film::attributes::{items, text};
use crate::files::returned::{Returned, ReturnedMark};
use crate::radiograph::{Annotation, PixelPoint, Shape, ShapeKind};

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
    views::read(object, returned);
    let mut lost = Lost::default();
    for item in items(object, tags::GRAPHIC_ANNOTATION_SEQUENCE) {
        let films = films_in(item, tags::REFERENCED_IMAGE_SEQUENCE);
        let layer = text(item, tags::GRAPHIC_LAYER).unwrap_or_default();
        let found = if returned.own {
            own_mark(item, &layer, &mut lost).into_iter().collect()
        } else {
            lost.compound += compound(item);
            let place = OnFilm {
                area: area(object, &films),
            };
            marks_of_others(item, &place, &mut lost)
        };
        let found = found.into_iter().map(|annotation| ReturnedMark {
            films: films.clone(),
            annotation,
        });
        returned.marks.extend(found);
    }
    lost.say(&mut returned.ignored);
    let left = [
        (tags::PRESENTATION_LUT_SEQUENCE, "its presentation table"),
        (tags::MASK_SUBTRACTION_SEQUENCE, "its subtraction"),
    ];
    let mut say = |words: &str| returned.ignored.push(words.to_owned());
    left.iter()
        .filter(|(tag, _)| !items(object, *tag).is_empty())
        .for_each(|(_, words)| say(words));
    if turned(object) {
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
    compound: usize,
}

impl Lost {
    fn say(&self, ignored: &mut Vec<String>) {
        left_out(
            self.compound,
            "compound graphic",
            "compound graphics",
            ignored,
        );
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
        Some(ShapeKind::Text) => {
            let place = OnFilm { area: None };
            let at = texts.first().and_then(|text| place.anchor(text));
            at.map(Shape::Text)
        }
        Some(kind) => own(kind, &drawings),
        None => None,
    };
    let (Some(shape), Some(kind)) = (shape, kind) else {
        lost.drawings += 1;
        return None;
    };
    let words_apart = texts.first().and_then(corner).map(|corner| {
        let anchor = shape.label_anchor();
        PixelPoint {
            x: corner.x - anchor.x,
            y: corner.y - anchor.y,
        }
    });
    let found = mark(shape, label_of(&name, kind));
    Some(Annotation {
        words_apart: words_apart.filter(|_| kind != ShapeKind::Text),
        ..found
    })
    .filter(Annotation::is_sound)
}

/// Returns the label that a name holds: a mark without one is called by its kind and its number.
pub(super) fn label_of(name: &str, kind: ShapeKind) -> &str {
    let number = name
        .strip_prefix(kind.name())
        .and_then(|rest| rest.strip_prefix(' '));
    let numbered = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if numbered { "" } else { name }
}

fn marks_of_others(item: &InMemDicomObject, place: &OnFilm, lost: &mut Lost) -> Vec<Annotation> {
    let mut marks = Vec::new();
    for object in items(item, tags::GRAPHIC_OBJECT_SEQUENCE) {
        let on_film = text(object, tags::GRAPHIC_ANNOTATION_UNITS).as_deref() == Some("PIXEL");
        let drawing = place.drawing(object);
        match drawing.as_ref().and_then(nearest) {
            Some(shape) => marks.push(mark(shape, "")),
            None if drawing.is_none() && !on_film => lost.on_display += 1,
            None => lost.drawings += 1,
        }
    }
    for object in items(item, tags::TEXT_OBJECT_SEQUENCE) {
        let words = text(object, tags::UNFORMATTED_TEXT_VALUE);
        let words = words.unwrap_or_default().replace(['\r', '\n'], " ");
        match place
            .anchor(object)
            .map(Shape::Text)
            .filter(Shape::is_sound)
        {
            Some(shape) if !words.trim().is_empty() => marks.push(mark(shape, words.trim())),
            _ => lost.on_display += 1,
        }
    }
    marks
}
