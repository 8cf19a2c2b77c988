//! Films that come as picture files: PNG, JPEG, TIFF, BMP and PNM.
//!
//! A picture file states no modality units: samples are taken as they are, in the range its depth
//! allows, so two films of one series keep their relative brightness. Decoding is the `image`
//! crate's work; sizes are checked before it starts.

use std::io::Cursor;
use std::sync::Arc;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::stored::{SampleKind, SampleLayout, StoredFrame, require_room};
use super::{EachFrame, Facts, ICC_IGNORED, Opened, damaged, unsupported};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{
    BurnedIn, Film, Graphics, Identity, LARGEST_SIDE_PX, NamedVoi, Polarity, Radiograph, Raster,
    Source, Voi,
};

/// The most memory a decoded picture may take.
const MOST_DECODED_BYTES: u64 = 1 << 30;

/// The shorter side of the smallest films that detectors give, in pixels.
const FEWEST_DETECTOR_PIXELS: usize = 1000;

/// Opens a picture file.
pub(super) fn open(
    bytes: &[u8],
    format: ImageFormat,
    each_frame: Option<EachFrame<'_>>,
) -> Result<Opened<'static>> {
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(damaged("the JPEG picture ends early"));
    }
    let mut warnings = Vec::new();
    let picture = decode(bytes, format, &mut warnings)?;
    let first = stored(picture)?;
    let lossy = format == ImageFormat::Jpeg;
    let taken = Taken {
        kind: name(format),
        bits: 8 * first.layout.bytes_per_sample as u32,
        colour: first.coloured(),
        frame: first,
        warnings,
        departures: lossy
            .then(|| "lossy compression (JPEG)".to_owned())
            .into_iter()
            .collect(),
    };
    finished(taken, each_frame)
}

/// A picture file's samples, and what was learnt about them.
pub(super) struct Taken {
    /// The kind of file.
    pub(super) kind: &'static str,
    pub(super) frame: StoredFrame<'static>,
    /// The bits of a sample.
    pub(super) bits: u32,
    /// Whether the picture shows colours.
    pub(super) colour: bool,
    pub(super) warnings: Vec<String>,
    pub(super) departures: Vec<String>,
}

/// Makes a film of a picture file's samples.
pub(super) fn finished(taken: Taken, each_frame: Option<EachFrame<'_>>) -> Result<Opened<'static>> {
    let Taken {
        kind,
        frame: first,
        bits,
        colour,
        mut warnings,
        mut departures,
    } = taken;
    if let Some(each_frame) = each_frame {
        each_frame(&first);
    }
    let samples = if first.layout.samples_per_pixel >= 3 {
        first.luminance()
    } else {
        super::ModalityTransform::default().apply_to(&first)
    };
    if colour {
        warnings.push(
            "colour picture; converted to grey: not a radiograph's original samples".to_owned(),
        );
        departures.push("colour, converted to grey".to_owned());
    }
    if bits <= 8 {
        departures.push(format!("{bits}-bit samples"));
    }
    let (columns, rows) = (first.layout.columns, first.layout.rows);
    if columns.min(rows) < FEWEST_DETECTOR_PIXELS {
        departures.push(format!(
            "probably resampled ({columns} × {rows} pixels are fewer than a detector's)"
        ));
    }
    let raster = Raster::new(columns, rows, samples)?;
    let voi = full_range(&raster, bits);
    Ok(Opened {
        film: Film {
            radiograph: Radiograph::new(raster, vec![voi], Polarity::Identity)?.into(),
            source: Source {
                kind,
                burned_in: BurnedIn::Unknown,
                departures,
                warnings,
                ..Source::default()
            },
            identity: Identity::default(),
            pipeline: Arc::default(),
            graphics: Graphics::default(),
        },
        facts: Facts {
            frames: 1,
            bits_allocated: 8 * first.layout.bytes_per_sample as u32,
            bits_stored: bits,
            ..Facts::default()
        },
        first,
    })
}

fn decode(bytes: &[u8], format: ImageFormat, warnings: &mut Vec<String>) -> Result<DynamicImage> {
    let refused = |cause: ImageError| refusal(format, &cause);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Decoders hold a second copy while they work (TIFF, PNM).
    limits.max_alloc = Some(2 * MOST_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    let largest = LARGEST_SIDE_PX as u32;
    if width > largest || height > largest || decoder.total_bytes() > MOST_DECODED_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the picture is {width} × {height} pixels ({} MiB decoded); the limits are {largest} a side and {} MiB",
                decoder.total_bytes() >> 20,
                MOST_DECODED_BYTES >> 20
            ),
            "Export it at a smaller size.",
        ));
    }
    require_room(
        width as usize,
        height as usize,
        decoder.total_bytes() as usize,
    )?;
    // Orientation that cannot be read is none: the pixels are what counts.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // A profile that cannot be read is none.
    let profile = decoder.icc_profile().ok().flatten();
    if profile.is_some_and(|profile| !profile.is_empty()) {
        warnings.push(ICC_IGNORED.to_owned());
    }
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    if orientation != Orientation::NoTransforms {
        picture.apply_orientation(orientation);
        warnings.push("the picture was turned as its EXIF orientation says".to_owned());
    }
    if picture.color().has_alpha() {
        warnings.push("the picture's transparency was left out".to_owned());
    }
    Ok(picture)
}

/// Takes a decoded picture's samples, without its transparency where it is grey.
fn stored(picture: DynamicImage) -> Result<StoredFrame<'static>> {
    let picture = match picture {
        DynamicImage::ImageLumaA8(grey) => DynamicImage::ImageLuma8(opaque(&grey)),
        DynamicImage::ImageLumaA16(grey) => DynamicImage::ImageLuma16(opaque(&grey)),
        other => other,
    };
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    let samples_per_pixel = usize::from(picture.color().channel_count());
    let (bytes_per_sample, bytes) = match picture {
        DynamicImage::ImageLuma8(samples) => (1, samples.into_raw()),
        DynamicImage::ImageRgb8(samples) => (1, samples.into_raw()),
        DynamicImage::ImageRgba8(samples) => (1, samples.into_raw()),
        DynamicImage::ImageLuma16(samples) => (2, little_endian(&samples.into_raw())),
        DynamicImage::ImageRgb16(samples) => (2, little_endian(&samples.into_raw())),
        DynamicImage::ImageRgba16(samples) => (2, little_endian(&samples.into_raw())),
        _ => return Err(unsupported("the picture holds floating-point samples")),
    };
    Ok(StoredFrame {
        layout: SampleLayout {
            columns,
            rows,
            samples_per_pixel,
            bytes_per_sample,
            kind: SampleKind::Unsigned,
        },
        bytes: bytes.into(),
    })
}

fn opaque<T: image::Primitive>(
    grey: &image::ImageBuffer<image::LumaA<T>, Vec<T>>,
) -> image::ImageBuffer<image::Luma<T>, Vec<T>> {
    image::ImageBuffer::from_fn(grey.width(), grey.height(), |x, y| {
        image::Luma([grey.get_pixel(x, y).0[0]])
    })
}

fn little_endian(samples: &[u16]) -> Vec<u8> {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect()
}

/// The range a picture's depth allows. Sixteen bits often hold ten or twelve: where the brightest
/// sample leaves the upper half unused, the range found is shown instead, as of signed samples.
fn full_range(raster: &Raster, bits: u32) -> NamedVoi {
    let (low, high) = raster.extremes().unwrap_or((0.0, 255.0));
    let top = ((1_u32 << bits) - 1) as f32;
    let full = low >= 0.0 && (bits <= 8 || high > (top / 2.0).floor());
    let (voi, explanation) = if full {
        (Voi::spanning(0.0, top), format!("{bits}-bit full range"))
    } else {
        (Voi::spanning(low, high), "full range".to_owned())
    };
    NamedVoi {
        voi,
        explanation,
        origin: crate::radiograph::VoiOrigin::Computed,
    }
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Tiff => "tiff",
        ImageFormat::Bmp => "bmp",
        _ => "pnm",
    }
}

fn refusal(format: ImageFormat, cause: &ImageError) -> Error {
    let name = name(format).to_uppercase();
    match cause {
        ImageError::Unsupported(what) => unsupported(format!(
            "the {name} picture is of an unsupported kind: {what}"
        )),
        ImageError::Limits(what) => Error::new(
            ErrorKind::TooLarge,
            format!("the {name} picture exceeds what can be held: {what}"),
            "Export it at a smaller size.",
        ),
        ImageError::IoError(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            damaged(format!("the {name} picture ends early"))
        }
        other => damaged(format!("the {name} picture cannot be decoded: {other}")),
    }
}

/// Looks for the end marker after the scan: the decoder fills what is missing with grey, and half
/// a film must not pass for one.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut position = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(position..position + 4) {
        if marker == 0xff {
            position += 1;
        } else if marker == 0xda {
            break;
        } else {
            position += 2 + usize::from(u16::from_be_bytes([high, low]));
        }
    }
    let scan = bytes.get(position..).unwrap_or_default();
    scan.windows(2).any(|pair| pair == [0xff, 0xd9])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn opened(picture: impl Into<DynamicImage>) -> Opened<'static> {
        open(&png(&picture.into()), ImageFormat::Png, None).unwrap()
    }

    #[test]
    fn eight_bits_are_shown_over_their_possible_range() {
        let grey = image::GrayImage::from_raw(2, 1, vec![100, 120]).unwrap();
        let film = opened(grey).film;
        let voi = &film.radiograph.vois[0];
        assert_eq!(voi.voi, Voi::spanning(0.0, 255.0));
        assert_eq!(voi.explanation, "8-bit full range");
        assert_eq!(*film.radiograph.raster.values(), [100.0, 120.0]);
    }

    #[test]
    fn sixteen_bits_are_shown_over_what_they_use() {
        let grey = |top| {
            let samples = vec![10, top];
            image::ImageBuffer::<image::Luma<u16>, _>::from_raw(2, 1, samples).unwrap()
        };
        let voi = |top| opened(grey(top)).film.radiograph.vois[0].voi.clone();
        assert_eq!(voi(40_000), Voi::spanning(0.0, 65_535.0));
        assert_eq!(voi(4_095), Voi::spanning(10.0, 4_095.0));
    }

    #[test]
    fn transparency_is_left_out_and_said() {
        let grey = image::GrayAlphaImage::from_raw(1, 1, vec![9, 128]).unwrap();
        let opened = opened(grey);
        assert_eq!(opened.first.layout.samples_per_pixel, 1);
        assert_eq!(*opened.film.radiograph.raster.values(), [9.0]);
        assert!(opened.film.source.warnings[0].contains("transparency"));
    }

    #[test]
    fn grey_stored_as_colour_is_no_colour_picture() {
        let grey = image::RgbImage::from_raw(1, 1, vec![9, 9, 9]).unwrap();
        let opened = opened(grey);
        assert!(opened.film.source.warnings.is_empty());
        assert_eq!(*opened.film.radiograph.raster.values(), [9.0]);
        let line = opened.film.source.departures_line().unwrap();
        assert!(line.contains("8-bit") && !line.contains("colour"), "{line}");
    }

    #[test]
    fn wide_samples_in_a_detectors_number_depart_in_nothing() {
        let grey = image::ImageBuffer::from_pixel(1000, 1000, image::Luma([900_u16]));
        let source = opened(grey).film.source;
        assert_eq!(source.departures_line(), None);
        let red = image::RgbImage::from_pixel(40, 30, image::Rgb([200, 0, 0]));
        let line = opened(red).film.source.departures_line().unwrap();
        for word in ["8-bit", "colour", "probably resampled"] {
            assert!(line.contains(word), "{line}");
        }
    }

    #[test]
    fn exif_orientation_is_applied() {
        use image::ImageEncoder as _;

        // A TIFF header and one entry: tag 0112, SHORT, 1 value: 6, turned right by a quarter.
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        let left_to_right: Vec<u8> = (0..16 * 8).map(|index| (index % 16) * 16).collect();
        encoder
            .write_image(&left_to_right, 16, 8, image::ExtendedColorType::L8)
            .unwrap();
        let film = open(&bytes, ImageFormat::Jpeg, None).unwrap().film;
        let raster = &film.radiograph.raster;
        assert_eq!((raster.width(), raster.height()), (8, 16));
        assert!(raster.at(0, 0) < raster.at(0, 15));
        assert!(film.source.warnings[0].contains("EXIF"));
    }
}
