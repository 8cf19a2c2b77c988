//! Grayscale Softcopy Presentation State: how the film was seen, and what was drawn on it
//! (PS3.3 A.33.1).

use dicom::core::{PrimitiveValue, VR};
use dicom::dictionary_std::{tags, uids};

use super::common::{Kind, film_reference, moment, object, origin};
use super::elements::Item;
use super::{Findings, Subject, drawings};
use crate::error::Result;
use crate::radiograph::{
    ModalityCurve, NamedVoi, Origin, PixelRect, Polarity, Radiograph, Shutter, ShutterShape, Voi,
};

/// How a film is shown.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The curve.
    pub voi: NamedVoi,
    /// The polarity.
    pub polarity: Polarity,
    /// The part of the film that is seen, in image pixels; `None` for all of it.
    pub part: Option<PixelRect>,
    /// Whether the file's shutter is closed.
    pub shutter: bool,
}

/// Writes how a film is shown, with what is drawn on it.
///
/// # Errors
/// When the film belongs to no study.
pub fn presentation_state(
    subject: &Subject<'_>,
    presented: &Presented,
    findings: &Findings,
) -> Result<Vec<u8>> {
    let origin = origin(subject)?;
    let radiograph = &subject.film.radiograph;
    let kind = Kind {
        sop_class: uids::GRAYSCALE_SOFTCOPY_PRESENTATION_STATE_STORAGE,
        modality: "PR",
        series_number: 9004,
        description: "Silhouette presentation",
    };
    let (date, time) = moment(subject);
    let series = Item::new()
        .text(tags::SERIES_INSTANCE_UID, &origin.series)
        .items(
            tags::REFERENCED_IMAGE_SEQUENCE,
            vec![film_reference(origin)],
        );
    let object = object(subject, &kind)?
        .text(tags::CONTENT_LABEL, "SILHOUETTE")
        .text(tags::CONTENT_DESCRIPTION, subject.statement)
        .empty(tags::CONTENT_CREATOR_NAME)
        .text(tags::PRESENTATION_CREATION_DATE, &date)
        .text(tags::PRESENTATION_CREATION_TIME, &time)
        .items(tags::REFERENCED_SERIES_SEQUENCE, vec![series])
        .items(
            tags::DISPLAYED_AREA_SELECTION_SEQUENCE,
            vec![displayed(radiograph, presented.part)],
        )
        .items(tags::SOFTCOPY_VOILUT_SEQUENCE, vec![curve(&presented.voi)])
        .text(tags::PRESENTATION_LUT_SHAPE, shape(presented.polarity));
    let object = modality(object, origin);
    let shutter = subject.film.graphics.shutter.as_ref();
    let object = object.with(shutter.filter(|_| presented.shutter), closed);
    drawings::drawn(object, (subject, origin), findings).file()
}

fn shape(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Identity => "IDENTITY",
        Polarity::Inverse => "INVERSE",
    }
}

/// Which part is seen: corners name pixels, from 1.
fn displayed(radiograph: &Radiograph, part: Option<PixelRect>) -> Item {
    let raster = &radiograph.raster;
    let whole = PixelRect::of_image(raster.width(), raster.height());
    let part = part.unwrap_or(whole);
    let first = |edge: f32| edge.round() as i64 + 1;
    let last = |edge: f32, start: f32| (edge.round() as i64).max(first(start));
    let item = Item::new()
        .whole(
            tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER,
            &[first(part.x), first(part.y)],
        )
        .whole(
            tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER,
            &[last(part.right(), part.x), last(part.bottom(), part.y)],
        )
        .text(tags::PRESENTATION_SIZE_MODE, "SCALE TO FIT");
    match &radiograph.spacing {
        Some(spacing) => item.reals(
            tags::PRESENTATION_PIXEL_SPACING,
            &[f64::from(spacing.row_mm), f64::from(spacing.column_mm)],
        ),
        None => {
            let thousandths = (radiograph.pixel_aspect() * 1000.0).round() as i64;
            let ratio = match thousandths {
                1000 => [1, 1],
                other => [other, 1000],
            };
            item.whole(tags::PRESENTATION_PIXEL_ASPECT_RATIO, &ratio)
        }
    }
}

fn curve(named: &NamedVoi) -> Item {
    let explanation = named.source();
    match &named.voi {
        Voi::Window(window) => Item::new()
            .reals(tags::WINDOW_CENTER, &[f64::from(window.center)])
            .reals(tags::WINDOW_WIDTH, &[f64::from(window.width)])
            .text(tags::VOILUT_FUNCTION, window.function.name())
            .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, &explanation),
        Voi::Table(table) => {
            let first = table.first_mapped.floor() as i64;
            let item = table_item(first, &full_range(&table.entries, table.bits))
                .text(tags::LUT_EXPLANATION, &explanation);
            Item::new().items(tags::VOILUT_SEQUENCE, vec![item])
        }
    }
}

/// Spreads outputs over 16 bits, as many as a presentation state's table must have (PS3.3 C.11.8).
fn full_range(entries: &[u16], bits: u32) -> Vec<u16> {
    let largest = (1_u32 << bits.clamp(1, 16)) - 1;
    let spread = |entry: &u16| {
        let entry = u32::from(*entry).min(largest);
        ((entry * 65_535 + largest / 2) / largest) as u16
    };
    entries.iter().map(spread).collect()
}

/// A lookup table of 16 bits (PS3.3 C.11.2.1.1); 65536 entries are written as 0.
fn table_item(first: i64, entries: &[u16]) -> Item {
    let vr = if first < 0 { VR::SS } else { VR::US };
    let count = if entries.len() == 1 << 16 {
        0
    } else {
        entries.len()
    };
    Item::new()
        .whole_as(tags::LUT_DESCRIPTOR, vr, &[count as i64, first, 16])
        .put(tags::LUT_DATA, VR::OW, PrimitiveValue::U16(entries.into()))
}

/// Repeats what turns stored samples into those that the curve is about.
fn modality(object: Item, origin: &Origin) -> Item {
    match &origin.modality {
        ModalityCurve::None => object,
        ModalityCurve::Rescale { slope, intercept } => object
            .reals(tags::RESCALE_INTERCEPT, &[*intercept])
            .reals(tags::RESCALE_SLOPE, &[*slope])
            .text(tags::RESCALE_TYPE, "US"),
        ModalityCurve::Table { first, entries, .. } => {
            let item = table_item(*first, entries).text(tags::MODALITY_LUT_TYPE, "US");
            object.items(tags::MODALITY_LUT_SEQUENCE, vec![item])
        }
    }
}

/// Closes the file's shutter; one that is a bitmap belongs to the file's overlays and stays there.
fn closed(object: Item, shutter: &Shutter) -> Item {
    let mut names = Vec::new();
    let mut object = object;
    for shape in &shutter.shapes {
        object = match shape {
            ShutterShape::Rectangle {
                left,
                right,
                top,
                bottom,
            } => {
                names.push("RECTANGULAR");
                object
                    .whole(tags::SHUTTER_LEFT_VERTICAL_EDGE, &[*left as i64 + 1])
                    .whole(tags::SHUTTER_RIGHT_VERTICAL_EDGE, &[*right as i64])
                    .whole(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, &[*top as i64 + 1])
                    .whole(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, &[*bottom as i64])
            }
            ShutterShape::Circle {
                center, radius_px, ..
            } => {
                names.push("CIRCULAR");
                object
                    .whole(
                        tags::CENTER_OF_CIRCULAR_SHUTTER,
                        &[(center.y + 0.5) as i64, (center.x + 0.5) as i64],
                    )
                    .whole(tags::RADIUS_OF_CIRCULAR_SHUTTER, &[*radius_px as i64])
            }
            ShutterShape::Polygon(vertices) => {
                names.push("POLYGONAL");
                let numbers = vertices
                    .iter()
                    .flat_map(|point| [(point.y + 0.5) as i64, (point.x + 0.5) as i64]);
                let numbers: Vec<i64> = numbers.collect();
                object.whole(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER, &numbers)
            }
            ShutterShape::Bitmap(_) => object,
        };
    }
    if names.is_empty() {
        return object;
    }
    let shade = (shutter.shade * 65_535.0).round() as i64;
    object
        .texts(tags::SHUTTER_SHAPE, &names)
        .whole(tags::SHUTTER_PRESENTATION_VALUE, &[shade])
}
