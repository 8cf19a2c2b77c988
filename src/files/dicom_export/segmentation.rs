//! Segmentation: areas of the film, a bit a pixel (PS3.3 A.51).

use dicom::core::{PrimitiveValue, VR};
use dicom::dictionary_std::{tags, uids};

use super::common::{
    Kind, content_moment, contributors, object, origin, series_reference, source_image,
};
use super::elements::{Code, Item};
use super::pixels::{compression, orientation, side};
use super::uids::new_uid;
use super::{Algorithm, Subject};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{BitMask, Origin};

/// The area is one of the picture: nothing is said about what lies there.
const CATEGORY: Code<'_> = Code("309825002", "SCT", "Spatial and Relational Concept");
const TYPE: Code<'_> = Code("111030", "DCM", "Image Region");
const DERIVATION: Code<'_> = Code("113076", "DCM", "Segmentation");
/// “Artificial intelligence”, a family of algorithms (CID 7162).
const FAMILY: Code<'_> = Code("123109", "DCM", "Artificial Intelligence");

/// An area of the film.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is called.
    pub label: String,
    /// What was measured in it.
    pub description: String,
    /// Its pixels, of the film's size.
    pub mask: BitMask,
    /// The model that found it; `None` where a reader drew it.
    pub algorithm: Option<Algorithm>,
    /// By which it is known in other objects.
    pub tracking_uid: String,
}

/// Writes areas of a film as one Segmentation object, a frame for each.
///
/// # Errors
/// When the film belongs to no study, there is no segment, or one has another size than the film.
pub fn segmentation(subject: &Subject<'_>, segments: &[Segment]) -> Result<Vec<u8>> {
    let origin = origin(subject)?;
    let raster = &subject.film.radiograph.raster;
    let size = (raster.width(), raster.height());
    check(segments, size)?;
    let kind = Kind {
        sop_class: uids::SEGMENTATION_STORAGE,
        modality: "SEG",
        series_number: 9002,
        description: "Silhouette regions",
    };
    let object = object(subject, &kind)?
        .texts(tags::IMAGE_TYPE, &["DERIVED", "PRIMARY"])
        .text(tags::CONTENT_LABEL, "REGIONS")
        .text(tags::CONTENT_DESCRIPTION, subject.statement)
        .empty(tags::CONTENT_CREATOR_NAME)
        .whole(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .whole(tags::NUMBER_OF_FRAMES, &[segments.len() as i64])
        .whole(tags::ROWS, &[side(size.1)?])
        .whole(tags::COLUMNS, &[side(size.0)?])
        .whole(tags::BITS_ALLOCATED, &[1])
        .whole(tags::BITS_STORED, &[1])
        .whole(tags::HIGH_BIT, &[0])
        .whole(tags::PIXEL_REPRESENTATION, &[0])
        .text(tags::SEGMENTATION_TYPE, "BINARY")
        .items(tags::SEGMENT_SEQUENCE, described(segments))
        .put(
            tags::PIXEL_DATA,
            VR::OB,
            PrimitiveValue::U8(packed(segments, size).into()),
        );
    let object = orientation(compression(object, origin), subject.film);
    let object = content_moment(object, subject);
    let object = frames(series_reference(object, origin), origin, segments.len());
    let mut algorithms: Vec<&Algorithm> = Vec::new();
    for algorithm in segments.iter().filter_map(|one| one.algorithm.as_ref()) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    contributors(object, &algorithms).file()
}

fn check(segments: &[Segment], size: (usize, usize)) -> Result<()> {
    if segments.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "there is no region to write",
            "Lower the threshold, or draw a rectangle, an ellipse or a closed line.",
        ));
    }
    let fits = |segment: &Segment| (segment.mask.width(), segment.mask.height()) == size;
    if segments.iter().all(fits) && u16::try_from(segments.len()).is_ok() {
        return Ok(());
    }
    Err(Error::internal("a segment is not of its film's size"))
}

fn described(segments: &[Segment]) -> Vec<Item> {
    let item = |(index, segment): (usize, &Segment)| {
        let item = Item::new()
            .whole(tags::SEGMENT_NUMBER, &[index as i64 + 1])
            .text(tags::SEGMENT_LABEL, &segment.label)
            .text(tags::SEGMENT_DESCRIPTION, &segment.description)
            .code(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, CATEGORY)
            .code(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, TYPE)
            .text(tags::TRACKING_ID, &segment.label)
            .text(tags::TRACKING_UID, &segment.tracking_uid);
        match &segment.algorithm {
            Some(algorithm) => item
                .text(tags::SEGMENT_ALGORITHM_TYPE, "AUTOMATIC")
                .text(tags::SEGMENT_ALGORITHM_NAME, &algorithm.name)
                .items(
                    tags::SEGMENTATION_ALGORITHM_IDENTIFICATION_SEQUENCE,
                    vec![identification(algorithm)],
                ),
            None => item.text(tags::SEGMENT_ALGORITHM_TYPE, "MANUAL"),
        }
    };
    segments.iter().enumerate().map(item).collect()
}

/// Names a model (Algorithm Identification Macro, PS3.3 10.16).
fn identification(algorithm: &Algorithm) -> Item {
    Item::new()
        .code(tags::ALGORITHM_FAMILY_CODE_SEQUENCE, FAMILY)
        .text(tags::ALGORITHM_NAME, &algorithm.name)
        .text(tags::ALGORITHM_VERSION, &algorithm.weights_sha256)
}

/// Describes the frames: each is a segment of the same film, on its very pixels.
///
/// Each frame names the film itself: readers that look up a film's segments ask the frames, not
/// what they share, although the standard allows both (PS3.3 C.7.6.16.2.6).
fn frames(object: Item, origin: &Origin, count: usize) -> Item {
    let organization = new_uid();
    let of = |item: Item| item.text(tags::DIMENSION_ORGANIZATION_UID, &organization);
    let frame = |index: usize| {
        let derivation = Item::new()
            .code(tags::DERIVATION_CODE_SEQUENCE, DERIVATION)
            .items(
                tags::SOURCE_IMAGE_SEQUENCE,
                vec![source_image(origin, true)],
            );
        let number = [index as i64 + 1];
        let content = Item::new().whole(tags::DIMENSION_INDEX_VALUES, &number);
        let segment = Item::new().whole(tags::REFERENCED_SEGMENT_NUMBER, &number);
        Item::new()
            .items(tags::DERIVATION_IMAGE_SEQUENCE, vec![derivation])
            .items(tags::FRAME_CONTENT_SEQUENCE, vec![content])
            .items(tags::SEGMENT_IDENTIFICATION_SEQUENCE, vec![segment])
    };
    let index = of(Item::new())
        .pointer(
            tags::DIMENSION_INDEX_POINTER,
            tags::REFERENCED_SEGMENT_NUMBER,
        )
        .pointer(
            tags::FUNCTIONAL_GROUP_POINTER,
            tags::SEGMENT_IDENTIFICATION_SEQUENCE,
        )
        .text(tags::DIMENSION_DESCRIPTION_LABEL, "Segment");
    object
        .items(tags::DIMENSION_ORGANIZATION_SEQUENCE, vec![of(Item::new())])
        .items(tags::DIMENSION_INDEX_SEQUENCE, vec![index])
        .items(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, vec![Item::new()])
        .items(
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            (0..count).map(frame).collect(),
        )
}

/// Packs the frames without gaps, the first pixel in the lowest bit (PS3.5 8.1.1).
fn packed(segments: &[Segment], (columns, rows): (usize, usize)) -> Vec<u8> {
    let bits = segments.len() * columns * rows;
    let mut bytes = vec![0; bits.div_ceil(16) * 2];
    let mut place = 0;
    for segment in segments {
        for y in 0..rows {
            for x in 0..columns {
                if segment.mask.is_set(x, y) {
                    bytes[place / 8] |= 1 << (place % 8);
                }
                place += 1;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_follow_each_other_without_a_gap() {
        let segment = |at: usize| Segment {
            label: String::new(),
            description: String::new(),
            mask: BitMask::from_fn(3, 3, |x, y| y * 3 + x == at).unwrap(),
            algorithm: None,
            tracking_uid: String::new(),
        };
        // Nine bits a frame: the second one's first pixel is the tenth bit.
        assert_eq!(packed(&[segment(8), segment(0)], (3, 3)), [0, 3, 0, 0]);
    }
}
