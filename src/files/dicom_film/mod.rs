//! Films that come as DICOM.
//!
//! `dicom-rs` parses attributes and runs the codecs. Everything between a decoded byte and a
//! modality value is done here, because a viewer must not depend on which of a dozen corner cases
//! a library knows: bit masks, sign, byte order, lookup tables, polarity, padding, spacing.
//! What is said about films in objects of their own is read in [`returned`].

mod attributes;
mod body;
mod character_set;
mod codec;
pub(super) mod codestream;
mod colour;
mod dataset;
mod deidentified;
mod departures;
mod derivation;
mod elements;
mod format;
mod frames;
#[cfg(fuzzing)]
pub(super) mod fuzzing;
mod grey;
mod header;
mod identity;
mod jpeg;
mod jpeg_2000;
mod one_frame;
pub(super) mod origin;
mod overlays;
mod pixel_element;
mod provenance;
pub(super) mod returned;
mod rle;
mod samples;
mod segmented;
mod shutters;
mod spacing;
mod table;
mod unknown;

use std::sync::Arc;

use dicom::dictionary_std::tags;

use self::colour::Palette;
use self::dataset::Dataset;
use self::format::PixelFormat;
use self::frames::Frames;
use super::stored::StoredFrame;
use super::{Ahead, Facts, ICC_IGNORED, ModalityTransform, Opened, Room, Wishes};
use crate::error::Result;
use crate::radiograph::{
    Film, Graphics, NamedVoi, Polarity, Preview, Radiograph, Raster, Voi, VoiOrigin,
};

pub(super) use self::deidentified::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, deidentify};

/// Opens a DICOM file: its first frame, and the others for who asks.
pub(super) fn open<'a>(bytes: &'a [u8], wishes: Wishes<'_>) -> Result<Opened<'a>> {
    let mut warnings = Vec::new();
    let dataset = dataset::read(bytes, &mut warnings)?;
    // What holds no pixels is named before what is missing about them.
    let pixels = frames::require_pixels(&dataset)?.tag;
    let format = PixelFormat::read(&dataset.attributes, pixels, &mut warnings)?;
    let frames = Frames::find(&dataset, &format)?;
    let count = frames.count();
    if count < format.frames {
        warnings.push(format!(
            "the file announces {} frames and holds {count}",
            format.frames
        ));
    }
    if let Some(hear) = wishes.ahead {
        hear(Ahead::Room(room(&format)));
        let seen = wishes.preview.then(|| preview(&dataset, &frames)).flatten();
        seen.into_iter().map(Ahead::Preview).for_each(hear);
    }
    let mut first = frames.stored(0)?;
    first.bytes.share(wishes.file.as_ref());
    if let Some(each_frame) = wishes.each_frame {
        each_frame(&first);
        for index in 1..count {
            each_frame(&frames.stored(index)?);
        }
    }
    let (radiograph, modality) = radiograph(&dataset, &format, &first, &mut warnings)?;
    let mut overlays = overlays::read(&dataset, &frames, &format, &mut warnings);
    if dataset.attributes.get(tags::ICC_PROFILE).is_some() {
        warnings.push(ICC_IGNORED.to_owned());
    }
    let shutter = shutters::read(
        &dataset.attributes,
        &mut overlays,
        radiograph.spacing.as_ref(),
        &mut warnings,
    );
    let mut source = identity::source(&dataset.attributes);
    source.transfer_syntax.clone_from(&dataset.transfer_syntax);
    let coloured = format.palette() || first.coloured();
    let syntax = dataset.transfer_syntax.as_deref();
    source.departures = departures::of(&dataset.attributes, (&format, coloured), syntax);
    source.derivation = derivation::of(&dataset.attributes, coloured);
    source.later_frames = count.saturating_sub(1);
    source.origin = origin::read(&dataset, count, &modality).map(Arc::new);
    source.warnings = warnings;
    let facts = Facts {
        frames: count,
        bits_allocated: format.bits_allocated,
        bits_stored: format.bits_stored,
        modality,
        indexed: format.palette(),
        padding: grey::padding(&dataset.attributes, &format),
        provenance: provenance::of(&dataset.attributes, &format),
        photometric: Some(format.photometric),
    };
    Ok(Opened {
        film: Film {
            radiograph: Arc::new(radiograph),
            source,
            identity: identity::identity(&dataset),
            pipeline: Arc::default(),
            graphics: Graphics { overlays, shutter },
        },
        first,
        facts,
    })
}

/// Tells what a film's samples will probably take: colours become real numbers.
fn room(format: &PixelFormat) -> Room {
    let grey = format.samples_per_pixel == 1 && !format.palette();
    let bytes = format.bits_allocated.div_ceil(8) as usize;
    Room {
        columns: format.columns,
        rows: format.rows,
        bytes_per_sample: if grey && bytes <= 2 { bytes } else { 4 },
    }
}

/// Makes a coarse picture of the first frame where that is quick and the frame is not. What is odd
/// about it is told with the whole film.
fn preview(dataset: &Dataset<'_>, frames: &Frames<'_, '_>) -> Option<Preview> {
    let (format, frame) = frames.reduced()?;
    let (radiograph, _) = radiograph(dataset, &format, &frame, &mut Vec::new()).ok()?;
    Some(Preview::of(&radiograph))
}

fn radiograph(
    dataset: &Dataset<'_>,
    format: &PixelFormat,
    frame: &StoredFrame<'_>,
    warnings: &mut Vec<String>,
) -> Result<(Radiograph, ModalityTransform)> {
    let object = &dataset.attributes;
    let aspect = spacing::aspect(object);
    let spacing = spacing::read(object, warnings);
    if format.samples_per_pixel == 3 || format.palette() {
        let radiograph = coloured(dataset, format, frame, warnings)?;
        return Ok((
            radiograph.with_spacing(spacing).with_aspect(aspect),
            ModalityTransform::default(),
        ));
    }
    let modality = grey::modality(object, format, warnings);
    let raster = Raster::new(format.columns, format.rows, modality.apply_to(frame))?;
    let vois = grey::vois(object, format, warnings);
    let mut radiograph = Radiograph::new(raster, vois, grey::polarity(object, format))?;
    if let Some((value, limit)) = grey::padding(object, format) {
        let (value, limit) = (
            modality.apply(value),
            modality.apply(limit.unwrap_or(value)),
        );
        radiograph = radiograph.with_padding((value.min(limit), value.max(limit)));
    }
    Ok((
        radiograph.with_spacing(spacing).with_aspect(aspect),
        modality,
    ))
}

fn coloured(
    dataset: &Dataset<'_>,
    format: &PixelFormat,
    frame: &StoredFrame<'_>,
    warnings: &mut Vec<String>,
) -> Result<Radiograph> {
    let (samples, bits) = if format.palette() {
        let palette = Palette::read(&dataset.attributes, warnings)?;
        (palette.apply(frame), palette.bits)
    } else {
        (frame.luminance(), format.bits_stored)
    };
    if format.palette() || frame.coloured() {
        warnings.push(
            "colour picture; converted to grey: not a radiograph's original samples".to_owned(),
        );
    }
    let full = NamedVoi {
        voi: Voi::spanning(0.0, ((1_u64 << bits) - 1) as f32),
        explanation: format!("{bits}-bit full range"),
        origin: VoiOrigin::Computed,
    };
    let raster = Raster::new(format.columns, format.rows, samples)?;
    Radiograph::new(raster, vec![full], Polarity::Identity)
}
