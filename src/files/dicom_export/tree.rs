//! Content items of a structured report (PS3.3 C.17.3).

use dicom::dictionary_std::tags;

use super::common::film_reference;
use super::elements::{Code, Item};
use crate::radiograph::{Origin, PixelPoint};

/// How an item is joined to its parent.
pub(super) const CONTAINS: &str = "CONTAINS";
pub(super) const CONTEXT: &str = "HAS OBS CONTEXT";
pub(super) const MODIFIER: &str = "HAS CONCEPT MOD";
pub(super) const INFERRED: &str = "INFERRED FROM";

fn item(relationship: &str, value_type: &str, name: Code<'_>) -> Item {
    Item::new()
        .text(tags::RELATIONSHIP_TYPE, relationship)
        .text(tags::VALUE_TYPE, value_type)
        .code(tags::CONCEPT_NAME_CODE_SEQUENCE, name)
}

pub(super) fn container(relationship: &str, name: Code<'_>, children: Vec<Item>) -> Item {
    item(relationship, "CONTAINER", name)
        .text(tags::CONTINUITY_OF_CONTENT, "SEPARATE")
        .items(tags::CONTENT_SEQUENCE, children)
}

/// Names the template that a container follows.
pub(super) fn template(container: Item, number: &str) -> Item {
    let template = Item::new()
        .text(tags::MAPPING_RESOURCE, "DCMR")
        .text(tags::TEMPLATE_IDENTIFIER, number);
    container.items(tags::CONTENT_TEMPLATE_SEQUENCE, vec![template])
}

pub(super) fn words(relationship: &str, name: Code<'_>, value: &str) -> Item {
    item(relationship, "TEXT", name).text(tags::TEXT_VALUE, value)
}

pub(super) fn concept(relationship: &str, name: Code<'_>, value: Code<'_>) -> Item {
    item(relationship, "CODE", name).code(tags::CONCEPT_CODE_SEQUENCE, value)
}

pub(super) fn uid(relationship: &str, name: Code<'_>, value: &str) -> Item {
    item(relationship, "UIDREF", name).text(tags::UID, value)
}

/// A number with its unit; what it was read off, where that is known, lies below it.
pub(super) fn number(
    name: Code<'_>,
    (value, unit): (f64, Code<'_>),
    inferred_from: Option<Item>,
) -> Item {
    let measured = Item::new()
        .reals(tags::NUMERIC_VALUE, &[value])
        .reals(tags::FLOATING_POINT_VALUE, &[value])
        .code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, unit);
    item(CONTAINS, "NUM", name)
        .items(tags::MEASURED_VALUE_SEQUENCE, vec![measured])
        .with(inferred_from, |item, below| {
            item.items(tags::CONTENT_SEQUENCE, vec![below])
        })
}

/// The film; its purpose where it has one.
pub(super) fn image(relationship: &str, name: Option<Code<'_>>, origin: &Origin) -> Item {
    Item::new()
        .text(tags::RELATIONSHIP_TYPE, relationship)
        .text(tags::VALUE_TYPE, "IMAGE")
        .with(name, |item, name| {
            item.code(tags::CONCEPT_NAME_CODE_SEQUENCE, name)
        })
        .items(tags::REFERENCED_SOP_SEQUENCE, vec![film_reference(origin)])
}

/// Points on the film.
pub(super) fn coordinates(
    (relationship, name): (&str, Code<'_>),
    (graphic_type, points): (&str, &[PixelPoint]),
    origin: &Origin,
) -> Item {
    let numbers = points.iter();
    let numbers = numbers.flat_map(|point| [f64::from(point.x), f64::from(point.y)]);
    let numbers: Vec<f64> = numbers.collect();
    item(relationship, "SCOORD", name)
        .text(tags::GRAPHIC_TYPE, graphic_type)
        .reals(tags::GRAPHIC_DATA, &numbers)
        .items(
            tags::CONTENT_SEQUENCE,
            vec![image("SELECTED FROM", None, origin)],
        )
}
