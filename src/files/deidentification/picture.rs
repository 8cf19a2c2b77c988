//! Pictures without what their files say beside the pixels: PNG written anew from its samples, JPEG
//! without its application and comment segments. Other formats are refused: their metadata lies in
//! too many places.

use std::io::Cursor;

use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{ImageDecoder as _, ImageFormat};
use sha2::{Digest as _, Sha256};

use super::{Changes, Deidentified, Options, Pseudonyms, Rectangle, Report, unseen, word};
use crate::error::{Error, ErrorKind, Result};
use crate::files::jpeg_segments::segments;
use crate::files::stored::require_room;
use crate::files::{damaged, story};
use crate::radiograph::BurnedIn;

/// Makes the de-identified copy of a picture.
pub(super) fn deidentify(
    bytes: &[u8],
    format: ImageFormat,
    options: &Options,
    pseudonyms: &Pseudonyms,
) -> Result<Deidentified> {
    let (kind, ending, copy) = match format {
        ImageFormat::Png => ("png", "png", png(bytes, &options.redact)?),
        ImageFormat::Jpeg if options.redact.is_empty() => ("jpeg", "jpg", jpeg(bytes)?),
        ImageFormat::Jpeg => {
            return Err(refused(
                "rectangles cannot be blacked out in a JPEG picture without compressing it anew",
            ));
        }
        other => {
            return Err(refused(format!(
                "{other:?} pictures keep metadata in too many places to take them all out"
            )));
        }
    };
    let name = pseudonyms.name("picture", &Sha256::digest(bytes));
    let warnings = if options.pixels_clean {
        Vec::new()
    } else {
        vec![unseen(BurnedIn::Unknown)]
    };
    Ok(Deidentified {
        bytes: copy,
        name: format!("{name}.{ending}"),
        report: Report {
            kind,
            sop_class: None,
            modality: None,
            transfer_syntax: None,
            patient: None,
            identity_removed: options.pixels_clean,
            burned_in: word(BurnedIn::Unknown),
            changes: Changes::default(),
            warnings,
        },
    })
}

/// Makes the error for a picture that cannot be de-identified here.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        message,
        "Save the picture as PNG, and de-identify that.",
    )
}

/// Writes the samples anew, as they are stored: size, depth, colours, palette and transparency.
fn png(bytes: &[u8], redact: &[Rectangle]) -> Result<Vec<u8>> {
    let failed = |cause: &dyn std::error::Error| {
        damaged(format!("the PNG picture cannot be read: {}", story(cause)))
    };
    let orientation = PngDecoder::new(Cursor::new(bytes)).and_then(|mut png| png.orientation());
    if orientation.is_ok_and(|orientation| orientation != Orientation::NoTransforms) {
        return Err(refused(
            "the PNG picture is to be shown turned, as its EXIF says",
        ));
    }
    let mut reader = png::Decoder::new(Cursor::new(bytes))
        .read_info()
        .map_err(|cause| failed(&cause))?;
    let info = reader.info();
    if info.animation_control.is_some() {
        return Err(refused("the PNG picture is animated"));
    }
    let mut plain = png::Info::with_size(info.width, info.height);
    plain.color_type = info.color_type;
    plain.bit_depth = info.bit_depth;
    plain.palette = info.palette.as_ref().map(|colours| colours.to_vec().into());
    plain.trns = info.trns.as_ref().map(|alphas| alphas.to_vec().into());
    let (columns, rows) = (info.width as usize, info.height as usize);
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    require_room(columns, rows, size)?;
    let mut samples = vec![0; size];
    let frame = reader
        .next_frame(&mut samples)
        .map_err(|cause| failed(&cause))?;
    samples.truncate(frame.buffer_size());
    for rectangle in redact {
        black_out(&mut samples, &plain, *rectangle)?;
    }
    let mut out = Vec::new();
    let write = |out: &mut Vec<u8>| {
        let mut writer = png::Encoder::with_info(out, plain)?.write_header()?;
        writer.write_image_data(&samples)?;
        writer.finish()
    };
    write(&mut out).map_err(|cause: png::EncodingError| {
        Error::internal(format!("a PNG picture cannot be written anew: {cause}"))
    })?;
    Ok(out)
}

fn black_out(samples: &mut [u8], info: &png::Info<'_>, rectangle: Rectangle) -> Result<()> {
    let whole = matches!(
        info.bit_depth,
        png::BitDepth::Eight | png::BitDepth::Sixteen
    );
    let (colours, alpha) = match info.color_type {
        png::ColorType::Grayscale if whole => (1, 0),
        png::ColorType::GrayscaleAlpha if whole => (1, 1),
        png::ColorType::Rgb if whole => (3, 0),
        png::ColorType::Rgba if whole => (3, 1),
        _ => {
            return Err(refused(
                "rectangles cannot be blacked out in a picture with a palette, or of few bits",
            ));
        }
    };
    let width = if info.bit_depth == png::BitDepth::Sixteen {
        2
    } else {
        1
    };
    let pixel = (colours + alpha) * width;
    let columns = info.width as usize;
    let (wide, high) = rectangle.within(columns, info.height as usize)?;
    for row in high {
        for column in wide.clone() {
            let start = (row * columns + column) * pixel;
            samples[start..start + colours * width].fill(0);
        }
    }
    Ok(())
}

/// Copies the segments that make the picture, and says again how it is to be turned.
fn jpeg(bytes: &[u8]) -> Result<Vec<u8>> {
    let segments = segments(bytes)
        .ok_or_else(|| damaged("the JPEG picture ends early, or contradicts itself"))?;
    let orientation = JpegDecoder::new(Cursor::new(bytes)).and_then(|mut jpeg| jpeg.orientation());
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    let mut out = Vec::with_capacity(bytes.len());
    for segment in &segments {
        match segment.essential(bytes) {
            None => out.extend_from_slice(&bytes[segment.range.clone()]),
            Some(0) => {}
            Some(kept) => {
                let mut content = bytes[segment.content.clone()][..kept].to_vec();
                if segment.marker == 0xe0 {
                    // No thumbnail: none wide, none high.
                    content.resize(14, 0);
                }
                put(segment.marker, &content, &mut out);
            }
        }
        if segment.marker == 0xd8 && orientation != Orientation::NoTransforms {
            put(0xe1, &exif(orientation), &mut out);
        }
    }
    Ok(out)
}

fn put(marker: u8, content: &[u8], out: &mut Vec<u8>) {
    out.extend([0xff, marker]);
    out.extend((content.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(content);
}

/// EXIF that says nothing but how the picture is to be turned (tag 0x0112, one SHORT).
fn exif(orientation: Orientation) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
    exif
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &[u8] = b"Planted^Jane";

    fn holds(bytes: &[u8], name: &[u8]) -> bool {
        bytes.windows(name.len()).any(|window| window == name)
    }

    fn plain() -> (Options, Pseudonyms) {
        (Options::default(), Pseudonyms::with_key(b"key"))
    }

    fn ramp() -> image::GrayImage {
        image::GrayImage::from_fn(9, 7, |x, y| image::Luma([(20 * x + y) as u8]))
    }

    #[test]
    fn a_png_keeps_its_samples_and_nothing_else() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 2);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Two);
        encoder.set_palette(vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        encoder
            .add_text_chunk("Author".to_owned(), "Planted^Jane".to_owned())
            .unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer
            .write_image_data(&[0b0001_0000, 0b1011_0000])
            .unwrap();
        writer.finish().unwrap();
        bytes.extend(NAME);
        let (options, pseudonyms) = plain();
        let copy = deidentify(&bytes, ImageFormat::Png, &options, &pseudonyms).unwrap();
        assert!(holds(&bytes, NAME) && !holds(&copy.bytes, NAME));
        let rgb = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
        assert_eq!(rgb(&copy.bytes), rgb(&bytes));
        assert!(!copy.report.identity_removed && copy.report.warnings.len() == 1);
    }

    #[test]
    fn a_jpeg_keeps_its_segments_and_how_it_is_turned() {
        let mut bytes = Cursor::new(Vec::new());
        ramp().write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let mut bytes = bytes.into_inner();
        let mut planted = Vec::new();
        let mut turned = exif(Orientation::Rotate90);
        turned.extend(NAME);
        put(0xe1, &turned, &mut planted);
        put(0xfe, NAME, &mut planted);
        bytes.splice(2..2, planted);
        bytes.extend(NAME);
        let (options, pseudonyms) = plain();
        let copy = deidentify(&bytes, ImageFormat::Jpeg, &options, &pseudonyms).unwrap();
        assert!(holds(&bytes, NAME) && !holds(&copy.bytes, NAME));
        let film = |bytes: &[u8]| {
            let opened = crate::files::picture::open(bytes, ImageFormat::Jpeg, None).unwrap();
            (opened.first.layout, opened.first.bytes)
        };
        assert_eq!(film(&copy.bytes), film(&bytes));
        assert_eq!(film(&copy.bytes).0.columns, 7);
    }

    #[test]
    fn rectangles_are_black_in_a_png_and_refused_in_a_jpeg() {
        let rectangle = Rectangle {
            x: 2,
            y: 1,
            width: 3,
            height: 2,
        };
        let options = Options {
            redact: vec![rectangle],
            ..Options::default()
        };
        let mut bytes = Cursor::new(Vec::new());
        ramp().write_to(&mut bytes, ImageFormat::Png).unwrap();
        let pseudonyms = Pseudonyms::with_key(b"key");
        let copy = deidentify(bytes.get_ref(), ImageFormat::Png, &options, &pseudonyms).unwrap();
        let copy = image::load_from_memory(&copy.bytes).unwrap().to_luma8();
        for (x, y, grey) in ramp().enumerate_pixels() {
            let inside = (2..5).contains(&x) && (1..3).contains(&y);
            let expected = if inside { 0 } else { grey.0[0] };
            assert_eq!(copy.get_pixel(x, y).0[0], expected);
        }
        let error = deidentify(b"", ImageFormat::Jpeg, &options, &pseudonyms).unwrap_err();
        assert!(error.message.contains("JPEG"));
        let error = deidentify(b"", ImageFormat::Tiff, &options, &pseudonyms).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
    }
}
