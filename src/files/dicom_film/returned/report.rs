//! Structured reports: what lies at coordinates of a film, and what models said (PS3.16 TID 1500).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::drawn::{Drawing, nearest, own};
use super::graphics::label_of;
use super::{DEEPEST, films_in, left_out, mark};
use crate::files::dicom_export::{self, OWN_SCHEME};
use crate::files::dicom_film::attributes::{items, number, text};
use crate::files::returned::{Returned, ReturnedMark};
use crate::radiograph::{Annotation, Shape, ShapeKind};

/// “Measurement Group”.
const GROUP: &str = "125007";
const TRACKING: &str = "112039";
const FINDING: &str = "121071";
const COMMENT: &str = "121106";

/// The most sentences that are taken over.
const MOST_SAID: usize = 100;

/// Reads a report.
pub(super) fn read(object: &InMemDicomObject, returned: &mut Returned) {
    let mut lost = Lost::default();
    walk(object, 0, (returned, &mut lost));
    left_out(
        lost.drawings,
        "set of coordinates that makes no mark here",
        "sets of coordinates that make no marks here",
        &mut returned.ignored,
    );
    left_out(
        lost.in_space,
        "set of coordinates in space",
        "sets of coordinates in space",
        &mut returned.ignored,
    );
    if lost.numbers > 0 {
        let words = "the numbers beside its marks, which are measured anew here";
        returned.ignored.push(words.to_owned());
    }
}

#[derive(Default)]
struct Lost {
    drawings: usize,
    in_space: usize,
    numbers: usize,
}

/// Coordinates with the films they were selected from.
struct Place {
    films: Vec<String>,
    drawing: Option<Drawing>,
}

fn walk(item: &InMemDicomObject, depth: usize, (returned, lost): (&mut Returned, &mut Lost)) {
    if depth > DEEPEST {
        return;
    }
    for child in items(item, tags::CONTENT_SEQUENCE) {
        match text(child, tags::VALUE_TYPE).as_deref() {
            Some("CONTAINER") if named(child).0 == GROUP => group(child, returned, lost),
            Some("SCOORD") => {
                let place = place(child);
                let shape = place.drawing.as_ref().and_then(nearest);
                keep(
                    shape.map(|shape| mark(shape, "")),
                    place.films,
                    (returned, lost),
                );
            }
            _ => walk(child, depth + 1, (&mut *returned, &mut *lost)),
        }
    }
}

fn keep(
    annotation: Option<Annotation>,
    films: Vec<String>,
    (returned, lost): (&mut Returned, &mut Lost),
) {
    match annotation {
        Some(annotation) => returned.marks.push(ReturnedMark { films, annotation }),
        None => lost.drawings += 1,
    }
}

/// Returns the code and the meaning of an item's name.
fn named(item: &InMemDicomObject) -> (String, String) {
    code(item, tags::CONCEPT_NAME_CODE_SEQUENCE)
        .map(|(value, _, meaning)| (value, meaning))
        .unwrap_or_default()
}

/// Returns value, scheme and meaning of a coded concept.
fn code(item: &InMemDicomObject, tag: dicom::core::Tag) -> Option<(String, String, String)> {
    let code = items(item, tag).first()?;
    Some((
        text(code, tags::CODE_VALUE)?,
        text(code, tags::CODING_SCHEME_DESIGNATOR).unwrap_or_default(),
        text(code, tags::CODE_MEANING).unwrap_or_default(),
    ))
}

fn group(item: &InMemDicomObject, returned: &mut Returned, lost: &mut Lost) {
    let children = items(item, tags::CONTENT_SEQUENCE);
    let of = |name: &str| children.iter().find(|child| named(child).0 == name);
    let words = |name: &str| of(name).and_then(|child| text(child, tags::TEXT_VALUE));
    let finding = of(FINDING).and_then(|child| code(child, tags::CONCEPT_CODE_SEQUENCE));
    let tracking = words(TRACKING).unwrap_or_default();
    let mut places: Vec<Place> = Vec::new();
    places_in(item, 0, (&mut places, lost));
    let numbers = children
        .iter()
        .filter(|child| text(child, tags::VALUE_TYPE).as_deref() == Some("NUM"));
    if places.is_empty() {
        let room = MOST_SAID.saturating_sub(returned.said.len());
        let said = numbers.filter_map(sentence).take(room);
        returned
            .said
            .extend(said.map(|number| format!("{tracking} – {number}")));
        return;
    }
    match finding {
        Some((kind, scheme, _)) if scheme == OWN_SCHEME => {
            let films = places[0].films.clone();
            let drawings: Vec<Drawing> = places.into_iter().filter_map(|one| one.drawing).collect();
            let annotation = own_mark(&kind, &drawings, &tracking);
            keep(annotation, films, (returned, lost));
        }
        finding => {
            lost.numbers += numbers.count();
            let meaning = finding.map(|(_, _, meaning)| meaning);
            let label = words(COMMENT).or(meaning).unwrap_or(tracking);
            for place in places {
                let shape = place.drawing.as_ref().and_then(nearest);
                let annotation = shape.map(|shape| mark(shape, &label));
                keep(annotation, place.films, (&mut *returned, &mut *lost));
            }
        }
    }
}

/// Makes one of our own marks; the box of a model's region is a rectangle.
fn own_mark(kind: &str, drawings: &[Drawing], tracking: &str) -> Option<Annotation> {
    if kind == dicom_export::MODEL_REGION_CODE {
        return Some(mark(own(ShapeKind::Rectangle, drawings)?, tracking));
    }
    let kind = dicom_export::mark_of_code(kind)?;
    let shape: Shape = own(kind, drawings)?;
    Some(mark(shape, label_of(tracking, kind)))
}

/// Collects the coordinates in a group, each once: several numbers may be read off the same.
fn places_in(item: &InMemDicomObject, depth: usize, (places, lost): (&mut Vec<Place>, &mut Lost)) {
    if depth > DEEPEST {
        return;
    }
    for child in items(item, tags::CONTENT_SEQUENCE) {
        match text(child, tags::VALUE_TYPE).as_deref() {
            Some("SCOORD") => {
                let found = place(child);
                if places.iter().all(|known| known.drawing != found.drawing) {
                    places.push(found);
                }
            }
            Some("SCOORD3D") => lost.in_space += 1,
            _ => places_in(child, depth + 1, (&mut *places, &mut *lost)),
        }
    }
}

fn place(item: &InMemDicomObject) -> Place {
    let name = text(item, tags::GRAPHIC_TYPE).unwrap_or_default();
    let selected = items(item, tags::CONTENT_SEQUENCE).iter();
    let films = selected.flat_map(|child| films_in(child, tags::REFERENCED_SOP_SEQUENCE));
    Place {
        films: films.collect(),
        drawing: Drawing::read(item, name, tags::GRAPHIC_DATA),
    }
}

/// Writes a number with its name and its unit.
fn sentence(item: &InMemDicomObject) -> Option<String> {
    let (_, meaning) = named(item);
    let measured = items(item, tags::MEASURED_VALUE_SEQUENCE).first()?;
    let value = number(measured, tags::NUMERIC_VALUE)?;
    let unit = code(measured, tags::MEASUREMENT_UNITS_CODE_SEQUENCE);
    let unit = unit.map(|(value, _, meaning)| if value == "1" { String::new() } else { meaning });
    let unit = unit.unwrap_or_default();
    // As many digits as anybody reads.
    let digits = (3 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    let rounded: f64 = format!("{value:.digits$}").parse().unwrap_or(value);
    Some(format!("{meaning}: {rounded} {unit}").trim_end().to_owned())
}
