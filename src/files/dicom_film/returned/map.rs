//! Parametric maps over a film (PS3.3 A.75).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use crate::anomaly::{AnomalyMap, MapKind, Placed};
use crate::error::Result;
use crate::files::dicom_film::attributes::{items, number, scope, text};
use crate::files::dicom_film::dataset::Dataset;
use crate::files::dicom_film::format::PixelFormat;
use crate::files::dicom_film::frames::{Frames, require_pixels};
use crate::files::returned::Returned;
use crate::radiograph::{PixelRect, Raster};

/// Reads a parametric map's first frame, in real-world values; padding is not a number.
///
/// # Errors
/// When its pixels are missing, damaged or of a kind that is not read.
pub(super) fn read(dataset: &Dataset<'_>, returned: &mut Returned) -> Result<()> {
    let object = &dataset.attributes;
    let pixels = require_pixels(dataset)?.tag;
    let format = PixelFormat::read(object, pixels, &mut Vec::new())?;
    let frames = Frames::find(dataset, &format)?;
    let (columns, rows) = (format.columns, format.rows);
    let frame = frames.stored(0)?;
    let mapping = mapping(object);
    let factor = |tag, otherwise| {
        let stated = mapping.and_then(|mapping| number_of(mapping, tag));
        stated.unwrap_or(otherwise)
    };
    let slope = factor(tags::REAL_WORLD_VALUE_SLOPE, 1.0);
    let intercept = factor(tags::REAL_WORLD_VALUE_INTERCEPT, 0.0);
    let padding = number_of(object, tags::FLOAT_PIXEL_PADDING_VALUE);
    let samples = frame.map(|stored| {
        if Some(stored) == padding {
            f32::NAN
        } else {
            (slope * stored + intercept) as f32
        }
    });
    let raster = Raster::new(columns, rows, samples)?;
    let scale = scale(object, (slope, intercept)).or_else(|| raster.extremes());
    returned.size = Some((columns, rows));
    let name = mapping.and_then(|mapping| text(mapping, tags::LUT_LABEL));
    let kinds = MapKind::ALL.into_iter().chain([MapKind::Agreement]);
    let kind = name.and_then(|name| {
        let mut kinds = kinds;
        kinds.find(|kind| kind.name() == name)
    });
    returned.map = Some(AnomalyMap {
        kind: kind.unwrap_or(MapKind::Imported),
        placed: Placed {
            raster,
            place: PixelRect::of_image(columns, rows),
        },
        scale: scale.unwrap_or((0.0, 1.0)),
        unit: unit(mapping),
    });
    if frames.count() > 1 {
        let words = format!("{} more frames", frames.count() - 1);
        returned.ignored.push(words);
    }
    Ok(())
}

fn mapping(object: &InMemDicomObject) -> Option<&InMemDicomObject> {
    let groups = [
        tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
        tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    ];
    let groups = groups.iter().filter_map(|tag| items(object, *tag).first());
    let mut groups = groups.chain([object]);
    groups.find_map(|group| items(group, tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE).first())
}

/// Numbers here are binary and not text.
fn number_of(object: &InMemDicomObject, tag: dicom::core::Tag) -> Option<f64> {
    let value = object.get(tag)?.to_float64().ok()?;
    value.is_finite().then_some(value)
}

fn unit(mapping: Option<&InMemDicomObject>) -> String {
    let stated = mapping.and_then(|mapping| {
        text(mapping, tags::LUT_EXPLANATION).or_else(|| {
            let unit = items(mapping, tags::MEASUREMENT_UNITS_CODE_SEQUENCE).first()?;
            text(unit, tags::CODE_MEANING)
        })
    });
    stated.unwrap_or_else(|| "unit not stated".to_owned())
}

/// Returns the ends of the window that the file shows its values through.
fn scale(object: &InMemDicomObject, (slope, intercept): (f64, f64)) -> Option<(f32, f32)> {
    let place = scope(object, &[tags::WINDOW_CENTER], tags::FRAME_VOILUT_SEQUENCE);
    let center = number(place, tags::WINDOW_CENTER)?;
    let width = number(place, tags::WINDOW_WIDTH)?;
    let at = |stored: f64| (slope * stored + intercept) as f32;
    let (low, high) = (at(center - width / 2.0), at(center + width / 2.0));
    (low < high && low.is_finite() && high.is_finite()).then_some((low, high))
}
