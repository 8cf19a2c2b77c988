//! Sound films of every format and many encodings, made here: what the lies start from.

use std::io::Cursor;

use dicom::core::VR;
use dicom::dictionary_std::{tags, uids};
use dicom::object::FileDicomObject;
use dicom::transfer_syntax::{TransferSyntaxIndex as _, TransferSyntaxRegistry};
use dicom_pixeldata::Transcode as _;
use image::{DynamicImage, ImageFormat};

use super::bits::{jpeg_2000, jpeg_lossless, tiff};
use super::phantoms::Phantom;

pub(crate) const COLUMNS: u16 = 64;
pub(crate) const ROWS: u16 = 48;

pub(crate) const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.70";
pub(crate) const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
pub(crate) const JPEG_XL: &str = "1.2.840.10008.1.2.4.110";

/// A named input.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn input(name: impl Into<String>, bytes: Vec<u8>) -> Input {
    Input {
        name: name.into(),
        bytes,
    }
}

/// An uncompressed film of 64 × 48 samples of 12 bits, with a window, a table and a spacing.
pub(crate) fn film() -> Phantom {
    let samples: Vec<u16> = (0..u32::from(COLUMNS) * u32::from(ROWS))
        .map(|index| (index * 37 % 4096) as u16)
        .collect();
    sized(COLUMNS, ROWS)
        .words(tags::PIXEL_DATA, &samples)
        .text(tags::WINDOW_CENTER, VR::DS, "2048\\1000")
        .text(tags::WINDOW_WIDTH, VR::DS, "4096\\500")
        .text(tags::RESCALE_SLOPE, VR::DS, "1")
        .text(tags::RESCALE_INTERCEPT, VR::DS, "-24")
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2")
        .text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 100")
        .table(tags::VOILUT_SEQUENCE, [3, 0, 8], &[0, 51, 255])
}

/// A film of a stated size that holds one sample.
pub(crate) fn sized(columns: u16, rows: u16) -> Phantom {
    Phantom::row(&[0])
        .number(tags::COLUMNS, columns)
        .number(tags::ROWS, rows)
}

pub(crate) fn eight_bit(phantom: Phantom) -> Phantom {
    phantom.bits(8, 8, 7)
}

/// A baseline JPEG of a ramp.
pub(crate) fn jpeg() -> Vec<u8> {
    encoded(ramp8(), ImageFormat::Jpeg)
}

fn ramp8() -> image::GrayImage {
    image::GrayImage::from_fn(COLUMNS.into(), ROWS.into(), |x, y| {
        image::Luma([(3 * x + y) as u8])
    })
}

pub(crate) fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut bytes, format)
        .expect("a ramp can be encoded");
    bytes.into_inner()
}

/// RLE Lossless of two segments of runs.
pub(crate) fn rle(columns: usize, rows: usize) -> Vec<u8> {
    let segment = |value: u8| [129, value].repeat((columns * rows).div_ceil(128));
    let (high, low) = (segment(1), segment(44));
    let mut bytes = vec![2, 0, 0, 0, 64, 0, 0, 0];
    bytes.extend((64 + high.len() as u32).to_le_bytes());
    bytes.resize(64, 0);
    [bytes, high, low].concat()
}

/// The codestream of the film in a syntax that the DICOM library can write.
fn transcoded(uid: &str) -> Vec<u8> {
    let bytes = film().bytes();
    let mut object = FileDicomObject::from_reader(&bytes[128..]).expect("a phantom can be read");
    let syntax = TransferSyntaxRegistry
        .get(uid)
        .expect("the syntax is known");
    object.transcode(syntax).expect("the syntax can be written");
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).expect("a film can be written");
    bytes
}

/// Where a TIFF's pixels and their layout are said: the entries of a sound one.
pub(crate) fn tiff_entries(bytes: u32) -> Vec<(u16, u16, u32, u32)> {
    let (columns, rows) = (u32::from(COLUMNS), u32::from(ROWS));
    vec![
        (256, 4, 1, columns),
        (257, 4, 1, rows),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, rows),
        (279, 4, 1, bytes),
    ]
}

/// Every sound film as a DICOM file.
pub(crate) fn dicom() -> Vec<Input> {
    let (columns, rows) = (u32::from(COLUMNS), u32::from(ROWS));
    let frames = [jpeg(), jpeg(), jpeg()];
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let several = eight_bit(sized(COLUMNS, ROWS)).text(tags::NUMBER_OF_FRAMES, VR::IS, "3");
    vec![
        input("explicit.dcm", film().bytes()),
        input(
            "implicit.dcm",
            film().bytes_as(uids::IMPLICIT_VR_LITTLE_ENDIAN),
        ),
        input("big.dcm", film().bytes_as("1.2.840.10008.1.2.2")),
        input(
            "deflated.dcm",
            film().bytes_as(uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
        ),
        input("headless.dcm", film().bytes()[132..].to_vec()),
        input(
            "rle.dcm",
            sized(COLUMNS, ROWS)
                .fragments(&[&rle(64, 48)])
                .bytes_as(uids::RLE_LOSSLESS),
        ),
        input(
            "jpeg.dcm",
            eight_bit(sized(COLUMNS, ROWS))
                .fragments(&[&jpeg()])
                .bytes_as(uids::JPEG_BASELINE8_BIT),
        ),
        input(
            "frames.dcm",
            several
                .fragments(&frames)
                .bytes_as(uids::JPEG_BASELINE8_BIT),
        ),
        input(
            "lossless.dcm",
            sized(COLUMNS, ROWS)
                .fragments(&[&jpeg_lossless(COLUMNS, ROWS)])
                .bytes_as(JPEG_LOSSLESS),
        ),
        input(
            "j2k.dcm",
            sized(COLUMNS, ROWS)
                .fragments(&[&jpeg_2000(columns, rows)])
                .bytes_as(uids::JPEG2000_LOSSLESS),
        ),
        input("jpegls.dcm", transcoded(JPEG_LS)),
        input("jxl.dcm", transcoded(JPEG_XL)),
    ]
}

/// Every sound film as a picture file.
pub(crate) fn pictures() -> Vec<Input> {
    let grey16 = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(64, 48, |x, y| {
        image::Luma([(900 * x + y) as u16])
    });
    let colour = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, 9]));
    let pixels = ramp8().into_raw();
    let ascii: String = pixels.iter().map(|grey| format!("{grey} ")).collect();
    vec![
        input("grey8.png", encoded(ramp8(), ImageFormat::Png)),
        input("grey16.png", encoded(grey16, ImageFormat::Png)),
        input("colour.png", encoded(colour.clone(), ImageFormat::Png)),
        input("grey.jpg", jpeg()),
        input("colour.jpg", encoded(colour, ImageFormat::Jpeg)),
        input(
            "grey.tif",
            tiff(&pixels, &tiff_entries(pixels.len() as u32), None),
        ),
        input("flat.j2k", jpeg_2000(64, 48)),
        input("grey.bmp", encoded(ramp8(), ImageFormat::Bmp)),
        input(
            "binary.pgm",
            [b"P5 64 48 255\n".as_slice(), &pixels].concat(),
        ),
        input("ascii.pgm", format!("P2 64 48 255\n{ascii}").into_bytes()),
    ]
}
