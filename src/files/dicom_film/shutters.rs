//! The display shutter of a file (PS3.3 C.7.6.11 and C.7.6.15).

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{integer, number, numbers, texts};
use crate::radiograph::{OverlayPlane, PixelPoint, PixelSpacing, Shutter, ShutterShape};

/// White as Shutter Presentation Value states it (P-values, PS3.3 C.7.6.11).
const WHITE: f64 = 65_535.0;

/// More corners than any shutter has.
const MOST_VERTICES: usize = 4096;

/// Reads the shutter; the plane that is its bitmap is taken out of the overlays. What cannot be
/// used is said in a warning.
pub(super) fn read(
    object: &InMemDicomObject,
    overlays: &mut Vec<OverlayPlane>,
    spacing: Option<&PixelSpacing>,
    warnings: &mut Vec<String>,
) -> Option<Shutter> {
    let mut shapes = Vec::new();
    for name in texts(object, tags::SHUTTER_SHAPE) {
        let shape = match name.as_str() {
            "RECTANGULAR" => rectangle(object),
            "CIRCULAR" => circle(object, spacing),
            "POLYGONAL" => polygon(object),
            "BITMAP" => bitmap(object, overlays),
            "" => continue,
            _ => None,
        };
        match shape {
            Some(shape) => shapes.push(shape),
            None => warnings.push(format!(
                "the shutter “{name}” was left out: its numbers are missing or make no shape"
            )),
        }
    }
    let shade = number(object, tags::SHUTTER_PRESENTATION_VALUE).unwrap_or(0.0);
    (!shapes.is_empty()).then(|| Shutter {
        shapes,
        shade: (shade / WHITE).clamp(0.0, 1.0) as f32,
    })
}

/// The edges name the outermost columns and rows that are seen, from 1.
fn rectangle(object: &InMemDicomObject) -> Option<ShutterShape> {
    let edge = |tag: Tag| number(object, tag).map(|edge| edge as f32);
    let left = edge(tags::SHUTTER_LEFT_VERTICAL_EDGE)? - 1.0;
    let right = edge(tags::SHUTTER_RIGHT_VERTICAL_EDGE)?;
    let top = edge(tags::SHUTTER_UPPER_HORIZONTAL_EDGE)? - 1.0;
    let bottom = edge(tags::SHUTTER_LOWER_HORIZONTAL_EDGE)?;
    (left < right && top < bottom).then_some(ShutterShape::Rectangle {
        left,
        right,
        top,
        bottom,
    })
}

fn circle(object: &InMemDicomObject, spacing: Option<&PixelSpacing>) -> Option<ShutterShape> {
    let center = numbers(object, tags::CENTER_OF_CIRCULAR_SHUTTER);
    let &[row, column] = center.first_chunk::<2>()?;
    let radius = number(object, tags::RADIUS_OF_CIRCULAR_SHUTTER)? as f32;
    let center = middle_of(row, column)?;
    (radius > 0.0).then_some(ShutterShape::Circle {
        center,
        radius_px: radius,
        pixel_aspect: spacing.map_or(1.0, |spacing| spacing.row_mm / spacing.column_mm),
    })
}

fn polygon(object: &InMemDicomObject) -> Option<ShutterShape> {
    let numbers = numbers(object, tags::VERTICES_OF_THE_POLYGONAL_SHUTTER);
    let (pairs, _) = numbers.as_chunks::<2>();
    let vertices: Vec<PixelPoint> = pairs
        .iter()
        .map(|&[row, column]| middle_of(row, column))
        .collect::<Option<_>>()?;
    (3..=MOST_VERTICES)
        .contains(&vertices.len())
        .then_some(ShutterShape::Polygon(vertices))
}

fn bitmap(object: &InMemDicomObject, overlays: &mut Vec<OverlayPlane>) -> Option<ShutterShape> {
    let group = integer(object, tags::SHUTTER_OVERLAY_GROUP)?;
    let place = overlays
        .iter()
        .position(|plane| i64::from(plane.group) == group)?;
    Some(ShutterShape::Bitmap(overlays.remove(place)))
}

/// The middle of a pixel that is named by its row and column, from 1.
fn middle_of(row: f64, column: f64) -> Option<PixelPoint> {
    (row.is_finite() && column.is_finite()).then_some(PixelPoint {
        x: column as f32 - 0.5,
        y: row as f32 - 0.5,
    })
}
