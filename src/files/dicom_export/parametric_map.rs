//! Parametric Map: a model's map in its own unit (PS3.3 A.75).
//!
//! A projection has no frame of reference that would tell where a coarser grid lies on it, so that
//! the map is written on the film's own pixels, by the one rule by which maps are enlarged.

use dicom::core::{PrimitiveValue, VR};
use dicom::dictionary_std::{tags, uids};

use super::common::{
    Kind, content_moment, contributors, object, origin, series_reference, source_image,
};
use super::elements::{Code, Item};
use super::pixels::{compression, side};
use super::uids::new_uid;
use super::{Algorithm, Subject};
use crate::anomaly::AnomalyMap;
use crate::error::Result;
use crate::radiograph::{Film, Origin};

const DERIVATION: Code<'_> = Code("113072", "DCM", "Multiplication");
const UNIT: Code<'_> = Code("1", "UCUM", "no units");
const IMAGE_TYPE: [&str; 4] = ["DERIVED", "PRIMARY", "PLANAR", "QUANTITY"];

/// Writes a model's map on its film's pixels; where the model did not look there is padding.
///
/// # Errors
/// When the film belongs to no study.
pub fn parametric_map(
    subject: &Subject<'_>,
    map: &AnomalyMap,
    algorithms: &[&Algorithm],
) -> Result<Vec<u8>> {
    let origin = origin(subject)?;
    let raster = &subject.film.radiograph.raster;
    let kind = Kind {
        sop_class: uids::PARAMETRIC_MAP_STORAGE,
        modality: "OT",
        series_number: 9003,
        description: "Silhouette map",
    };
    let samples = resampled(map, (raster.width(), raster.height()));
    let object = object(subject, &kind)?
        .texts(tags::IMAGE_TYPE, &IMAGE_TYPE)
        .text(tags::CONTENT_QUALIFICATION, "RESEARCH")
        .text(tags::CONTENT_LABEL, map.kind.name())
        .text(tags::CONTENT_DESCRIPTION, &described(map))
        .empty(tags::CONTENT_CREATOR_NAME)
        .text(tags::IMAGE_COMMENTS, subject.statement)
        .text(tags::BURNED_IN_ANNOTATION, "NO")
        .text(tags::RECOGNIZABLE_VISUAL_FEATURES, "NO")
        .text(tags::FRAME_OF_REFERENCE_UID, &new_uid())
        .empty(tags::POSITION_REFERENCE_INDICATOR)
        .empty(tags::ACQUISITION_CONTEXT_SEQUENCE)
        .whole(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
        .whole(tags::NUMBER_OF_FRAMES, &[1])
        .whole(tags::ROWS, &[side(raster.height())?])
        .whole(tags::COLUMNS, &[side(raster.width())?])
        .whole(tags::BITS_ALLOCATED, &[32])
        .reals(tags::FLOAT_PIXEL_PADDING_VALUE, &[f64::from(PADDING)])
        .reals(tags::FLOAT_PIXEL_PADDING_RANGE_LIMIT, &[f64::from(PADDING)])
        .put(
            tags::FLOAT_PIXEL_DATA,
            VR::OF,
            PrimitiveValue::F32(samples.into()),
        );
    let object = content_moment(compression(object, origin), subject);
    let object = series_reference(object, origin);
    let object = contributors(object, algorithms);
    frame(object, (subject.film, origin), map).file()
}

/// What stands where the model did not look: below every value a map has.
pub(in crate::files) const PADDING: f32 = f32::MIN;

fn resampled(map: &AnomalyMap, (columns, rows): (usize, usize)) -> Vec<f32> {
    let mut samples = Vec::with_capacity(columns * rows);
    for y in 0..rows {
        for x in 0..columns {
            let value = map.placed.sample(x as f32 + 0.5, y as f32 + 0.5);
            samples.push(value.filter(|value| value.is_finite()).unwrap_or(PADDING));
        }
    }
    samples
}

fn described(map: &AnomalyMap) -> String {
    let raster = &map.placed.raster;
    format!("{} x {} cells, enlarged", raster.width(), raster.height())
}

/// Describes the only frame.
fn frame(object: Item, (film, origin): (&Film, &Origin), map: &AnomalyMap) -> Item {
    let organization = new_uid();
    let of = |item: Item| item.text(tags::DIMENSION_ORGANIZATION_UID, &organization);
    let index = of(Item::new())
        .pointer(tags::DIMENSION_INDEX_POINTER, tags::IMAGE_POSITION_PATIENT)
        .pointer(
            tags::FUNCTIONAL_GROUP_POINTER,
            tags::PLANE_POSITION_SEQUENCE,
        )
        .text(tags::DIMENSION_DESCRIPTION_LABEL, "Place");
    let content = Item::new().whole(tags::DIMENSION_INDEX_VALUES, &[1]);
    let position = Item::new().reals(tags::IMAGE_POSITION_PATIENT, &[0.0, 0.0, 0.0]);
    let per_frame = Item::new()
        .items(tags::FRAME_CONTENT_SEQUENCE, vec![content])
        .items(tags::PLANE_POSITION_SEQUENCE, vec![position]);
    object
        .items(tags::DIMENSION_ORGANIZATION_SEQUENCE, vec![of(Item::new())])
        .items(tags::DIMENSION_INDEX_SEQUENCE, vec![index])
        .items(
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
            vec![shared(film, origin, map)],
        )
        .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, vec![per_frame])
}

/// What would be the same for every frame.
fn shared(film: &Film, origin: &Origin, map: &AnomalyMap) -> Item {
    let spacing = film.radiograph.spacing.as_ref();
    // Required; without one a pixel is as wide as its own unit, in a frame of its own.
    let (row, column) = spacing.map_or((f64::from(film.radiograph.pixel_aspect()), 1.0), |one| {
        (f64::from(one.row_mm), f64::from(one.column_mm))
    });
    let measures = Item::new()
        .reals(tags::PIXEL_SPACING, &[row, column])
        .reals(tags::SLICE_THICKNESS, &[1.0]);
    let orientation = Item::new().reals(
        tags::IMAGE_ORIENTATION_PATIENT,
        &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
    );
    let derivation = Item::new()
        .text(
            tags::DERIVATION_DESCRIPTION,
            &format!("{} in {}", map.kind.name(), map.unit),
        )
        .code(tags::DERIVATION_CODE_SEQUENCE, DERIVATION)
        .items(
            tags::SOURCE_IMAGE_SEQUENCE,
            vec![source_image(origin, true)],
        );
    let (low, high) = (f64::from(map.scale.0), f64::from(map.scale.1));
    let window = Item::new()
        .reals(tags::WINDOW_CENTER, &[(low + high) / 2.0])
        .reals(tags::WINDOW_WIDTH, &[(high - low).max(f64::MIN_POSITIVE)])
        .text(tags::VOILUT_FUNCTION, "LINEAR_EXACT")
        .text(
            tags::WINDOW_CENTER_WIDTH_EXPLANATION,
            "the model's scale, the same for every film",
        );
    Item::new()
        .items(tags::PIXEL_MEASURES_SEQUENCE, vec![measures])
        .items(tags::PLANE_ORIENTATION_SEQUENCE, vec![orientation])
        .items(tags::DERIVATION_IMAGE_SEQUENCE, vec![derivation])
        .items(tags::FRAME_VOILUT_SEQUENCE, vec![window])
        .items(
            tags::PARAMETRIC_MAP_FRAME_TYPE_SEQUENCE,
            vec![Item::new().texts(tags::FRAME_TYPE, &IMAGE_TYPE)],
        )
        .items(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, vec![identity()])
        .items(tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE, vec![mapping(map)])
}

fn identity() -> Item {
    Item::new()
        .reals(tags::RESCALE_INTERCEPT, &[0.0])
        .reals(tags::RESCALE_SLOPE, &[1.0])
        .text(tags::RESCALE_TYPE, "US")
}

/// Says what the values are: a model's own quantity, whose unit has no code.
fn mapping(map: &AnomalyMap) -> Item {
    let least = f64::from(f32::MIN) / 2.0;
    Item::new()
        .text(tags::LUT_EXPLANATION, &map.unit)
        .text(tags::LUT_LABEL, map.kind.name())
        .code(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, UNIT)
        .reals(
            tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_FIRST_VALUE_MAPPED,
            &[least],
        )
        .reals(
            tags::DOUBLE_FLOAT_REAL_WORLD_VALUE_LAST_VALUE_MAPPED,
            &[-least],
        )
        .reals(tags::REAL_WORLD_VALUE_INTERCEPT, &[0.0])
        .reals(tags::REAL_WORLD_VALUE_SLOPE, &[1.0])
}
