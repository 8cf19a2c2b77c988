//! Where the drawings and the words of a presentation state lie on its film: in pixels, or as shares of
//! the part that is seen.

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::drawn::Drawing;
use super::films_in;
use super::views::displayed;
use crate::files::dicom_film::attributes::{integer, items, text};
use crate::radiograph::{PixelPoint, PixelRect};

/// Reports whether the film is shown turned or mirrored.
pub(super) fn turned(object: &InMemDicomObject) -> bool {
    integer(object, tags::IMAGE_ROTATION).is_some_and(|degrees| degrees != 0)
        || text(object, tags::IMAGE_HORIZONTAL_FLIP).as_deref() == Some("Y")
}

/// Returns the part of films that is shown, where it is one and the same and lies upright: places on
/// the display are shares of it (PS3.3 C.10.5.1.1).
pub(super) fn area(object: &InMemDicomObject, films: &[String]) -> Option<PixelRect> {
    let areas = items(object, tags::DISPLAYED_AREA_SELECTION_SEQUENCE).iter();
    let mut areas = areas.filter(|area| {
        let of = films_in(area, tags::REFERENCED_IMAGE_SEQUENCE);
        of.is_empty() || films.is_empty() || films.iter().any(|film| of.contains(film))
    });
    let first = displayed(areas.next()?)?;
    let same = areas.all(|area| displayed(area) == Some(first));
    (same && !turned(object)).then_some(first)
}

/// Counts the compound graphics that are not drawn by plain lines and words as well: those that are
/// name them (PS3.3 C.10.5.1.3).
pub(super) fn compound(item: &InMemDicomObject) -> usize {
    let id = |object: &InMemDicomObject| integer(object, tags::COMPOUND_GRAPHIC_INSTANCE_ID);
    let plain = items(item, tags::GRAPHIC_OBJECT_SEQUENCE).iter();
    let plain = plain.chain(items(item, tags::TEXT_OBJECT_SEQUENCE));
    let drawn: Vec<_> = plain.filter_map(id).collect();
    let compound = items(item, tags::COMPOUND_GRAPHIC_SEQUENCE).iter();
    compound
        .filter(|one| id(one).is_none_or(|id| !drawn.contains(&id)))
        .count()
}

/// Where places of an annotation lie on its film.
pub(super) struct OnFilm {
    /// The part of the film that the display's corners are; `None` where that is not known.
    pub(super) area: Option<PixelRect>,
}

impl OnFilm {
    /// Returns the place on the film of one in stated units.
    fn place(&self, units: Option<&str>, at: PixelPoint) -> Option<PixelPoint> {
        match (units, self.area) {
            (Some("PIXEL"), _) => Some(at),
            (Some("DISPLAY"), Some(area)) => Some(PixelPoint {
                x: area.x + at.x * area.width,
                y: area.y + at.y * area.height,
            }),
            _ => None,
        }
    }

    /// Returns a drawing on the film.
    pub(super) fn drawing(&self, object: &InMemDicomObject) -> Option<Drawing> {
        let units = text(object, tags::GRAPHIC_ANNOTATION_UNITS);
        let mut drawing = drawing(object)?;
        // On the display a circle is round, and its area may not be square.
        let round = drawing.name == "CIRCLE" && units.as_deref() != Some("PIXEL");
        for point in &mut drawing.points {
            *point = self.place(units.as_deref(), *point).filter(|_| !round)?;
        }
        Some(drawing)
    }

    /// Returns where a text stands on the film: at its anchor, else in its box.
    pub(super) fn anchor(&self, object: &InMemDicomObject) -> Option<PixelPoint> {
        let at = |(units, point): (Tag, Tag)| {
            let at = pair(object, point)?;
            self.place(text(object, units).as_deref(), at)
        };
        at(ANCHOR).or_else(|| at(CORNER))
    }
}

/// Where a text is anchored, and its box: the units of each.
const ANCHOR: (Tag, Tag) = (tags::ANCHOR_POINT_ANNOTATION_UNITS, tags::ANCHOR_POINT);
const CORNER: (Tag, Tag) = (
    tags::BOUNDING_BOX_ANNOTATION_UNITS,
    tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER,
);

/// Returns the upper left corner of a text's box on the film.
pub(super) fn corner(object: &InMemDicomObject) -> Option<PixelPoint> {
    let on_film = text(object, CORNER.0).as_deref() == Some("PIXEL");
    pair(object, CORNER.1).filter(|_| on_film)
}

fn pair(object: &InMemDicomObject, tag: Tag) -> Option<PixelPoint> {
    let numbers = object.get(tag)?.to_multi_float32().ok()?;
    match numbers.as_slice() {
        &[x, y] => Some(PixelPoint { x, y }),
        _ => None,
    }
}

/// Reads a drawing, its points in its own units.
pub(super) fn drawing(object: &InMemDicomObject) -> Option<Drawing> {
    let name = text(object, tags::GRAPHIC_TYPE)?;
    Drawing::read(object, name, tags::GRAPHIC_DATA)
}

#[cfg(test)]
mod tests {
    use dicom::core::value::DataSetSequence;
    use dicom::core::{DataElement, PrimitiveValue, VR};

    use super::*;

    fn item(elements: &[(Tag, VR, PrimitiveValue)]) -> InMemDicomObject {
        let elements = elements.iter().cloned();
        InMemDicomObject::from_element_iter(
            elements.map(|(tag, vr, value)| DataElement::new(tag, vr, value)),
        )
    }

    fn with(
        mut object: InMemDicomObject,
        tag: Tag,
        items: Vec<InMemDicomObject>,
    ) -> InMemDicomObject {
        object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
        object
    }

    fn graphic(units: &str, name: &str, numbers: &[f32]) -> InMemDicomObject {
        item(&[
            (tags::GRAPHIC_ANNOTATION_UNITS, VR::CS, units.into()),
            (tags::GRAPHIC_TYPE, VR::CS, name.into()),
            (
                tags::GRAPHIC_DATA,
                VR::FL,
                PrimitiveValue::F32(numbers.into()),
            ),
        ])
    }

    fn state(area: [i32; 4], turned: u16) -> InMemDicomObject {
        let [left, top, right, bottom] = area;
        let corner = |x, y| PrimitiveValue::I32([x, y].as_slice().into());
        let area = item(&[
            (
                tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
                VR::SL,
                corner(left, top),
            ),
            (
                tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER,
                VR::SL,
                corner(right, bottom),
            ),
        ]);
        let state = item(&[(tags::IMAGE_ROTATION, VR::US, turned.into())]);
        with(state, tags::DISPLAYED_AREA_SELECTION_SEQUENCE, vec![area])
    }

    #[test]
    fn shares_of_the_display_are_places_on_the_part_that_is_seen() {
        let place = OnFilm {
            area: area(&state([11, 21, 110, 70], 0), &[]),
        };
        // The part is 100 × 50 pixels, from pixel (10, 20).
        let line = graphic("DISPLAY", "POLYLINE", &[0.0, 0.0, 1.0, 0.5]);
        let points = place.drawing(&line).unwrap().points;
        let at = |x, y| PixelPoint { x, y };
        assert_eq!(points, [at(10.0, 20.0), at(110.0, 45.0)]);
        let line = graphic("PIXEL", "POLYLINE", &[1.0, 2.0, 3.0, 4.0]);
        let points = place.drawing(&line).unwrap().points;
        assert_eq!(points, [at(1.0, 2.0), at(3.0, 4.0)]);
        let words = item(&[
            (
                tags::BOUNDING_BOX_ANNOTATION_UNITS,
                VR::CS,
                "DISPLAY".into(),
            ),
            (
                tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER,
                VR::FL,
                PrimitiveValue::F32([0.5_f32, 0.1].as_slice().into()),
            ),
        ]);
        assert_eq!(place.anchor(&words), Some(at(60.0, 25.0)));
    }

    #[test]
    fn what_the_display_leaves_open_is_not_placed() {
        let line = graphic("DISPLAY", "POLYLINE", &[0.0, 0.0, 1.0, 0.5]);
        let turned = OnFilm {
            area: area(&state([1, 1, 100, 50], 90), &[]),
        };
        assert!(turned.drawing(&line).is_none(), "the film is turned");
        let upright = OnFilm {
            area: area(&state([1, 1, 100, 50], 0), &[]),
        };
        let circle = graphic("DISPLAY", "CIRCLE", &[0.5, 0.5, 0.6, 0.5]);
        assert!(upright.drawing(&circle).is_none(), "round on no film");
        let other = graphic("MATRIX", "POLYLINE", &[0.0, 0.0, 1.0, 0.5]);
        assert!(upright.drawing(&other).is_none());
        assert!(area(&InMemDicomObject::new_empty(), &[]).is_none());
    }

    #[test]
    fn compound_graphics_are_missed_only_where_no_plain_ones_draw_them() {
        let id = |number: u32| {
            item(&[(
                tags::COMPOUND_GRAPHIC_INSTANCE_ID,
                VR::UL,
                PrimitiveValue::from(number),
            )])
        };
        let both = with(
            InMemDicomObject::new_empty(),
            tags::COMPOUND_GRAPHIC_SEQUENCE,
            vec![id(1), id(2)],
        );
        assert_eq!(compound(&both), 2);
        let drawn = with(both, tags::GRAPHIC_OBJECT_SEQUENCE, vec![id(2), id(2)]);
        assert_eq!(compound(&drawn), 1);
    }
}
