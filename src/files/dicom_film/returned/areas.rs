//! Segmentations: areas of a film, which come back as their outlines (PS3.3 A.51).

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::outlines::outlines;
use super::{left_out, mark};
use crate::error::Result;
use crate::files::dicom_film::attributes::{integer, items, text};
use crate::files::dicom_film::dataset::Dataset;
use crate::files::dicom_film::format::PixelFormat;
use crate::files::dicom_film::frames::Frames;
use crate::files::returned::{Returned, ReturnedMark};
use crate::files::stored::StoredFrame;
use crate::radiograph::{BitMask, Shape};

/// The most frames that are looked at.
const MOST_FRAMES: usize = 256;

/// Reads a segmentation.
///
/// # Errors
/// When its pixels are missing, damaged or of a kind that is not read.
pub(super) fn read(dataset: &Dataset<'_>, returned: &mut Returned) -> Result<()> {
    let object = &dataset.attributes;
    let pixels = crate::files::dicom_film::frames::require_pixels(dataset)?.tag;
    let format = PixelFormat::read(object, pixels, &mut Vec::new())?;
    let frames = Frames::find(dataset, &format)?;
    let count = frames.count();
    returned.size = Some((format.columns, format.rows));
    let fractional = text(object, tags::SEGMENTATION_TYPE).as_deref() == Some("FRACTIONAL");
    let most = integer(object, tags::MAXIMUM_FRACTIONAL_VALUE).unwrap_or(1);
    let least = if fractional { most as f64 / 2.0 } else { 1.0 };
    let mut ragged = 0;
    for index in 0..count.min(MOST_FRAMES) {
        let label = label(object, index);
        let Some(mask) = mask(&frames.stored(index)?, least) else {
            continue;
        };
        for line in outlines(&mask) {
            let shape = Shape::Freehand(line);
            if shape.is_sound() {
                let annotation = mark(shape, &label);
                returned.marks.push(ReturnedMark {
                    films: Vec::new(),
                    annotation,
                });
            } else {
                ragged += 1;
            }
        }
    }
    let ignored = &mut returned.ignored;
    left_out(
        count.saturating_sub(MOST_FRAMES),
        "frame beyond the first 256",
        "frames beyond the first 256",
        ignored,
    );
    left_out(
        ragged,
        "outline too ragged to draw",
        "outlines too ragged to draw",
        ignored,
    );
    if fractional {
        ignored.push("shares of pixels: areas end at one half".to_owned());
    }
    Ok(())
}

fn mask(frame: &StoredFrame<'_>, least: f64) -> Option<BitMask> {
    let (columns, rows) = (frame.layout.columns, frame.layout.rows);
    BitMask::from_fn(columns, rows, |x, y| {
        frame
            .pixel(x, y)
            .first()
            .is_some_and(|value| *value >= least)
    })
}

/// Returns the label of the segment that a frame shows.
fn label(object: &InMemDicomObject, frame: usize) -> String {
    let groups = [
        items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).get(frame),
        items(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first(),
    ];
    let number = groups.into_iter().flatten().find_map(|group| {
        let segment = items(group, tags::SEGMENT_IDENTIFICATION_SEQUENCE).first()?;
        integer(segment, tags::REFERENCED_SEGMENT_NUMBER)
    });
    let number = number.unwrap_or(frame as i64 + 1);
    let segments = items(object, tags::SEGMENT_SEQUENCE).iter();
    let mut segments =
        segments.filter(|segment| integer(segment, tags::SEGMENT_NUMBER) == Some(number));
    let label = segments
        .next()
        .and_then(|segment| text(segment, tags::SEGMENT_LABEL));
    label.unwrap_or_else(|| format!("Segment {number}"))
}
