//! Bad input: every case gets an error that names what was found, or opens with a warning.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::io::Cursor;
use std::path::Path;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use image::{DynamicImage, ImageFormat};
use phantoms::{Phantom, save, skip};
use silhouette::files::{inspect, open};
use silhouette::{Error, ErrorKind};

fn refusal(bytes: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    open(&save(folder.path(), "film", bytes)).unwrap_err()
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn gradient() -> image::GrayImage {
    image::GrayImage::from_fn(64, 48, |x, y| image::Luma([(3 * x + y) as u8]))
}

#[track_caller]
fn says(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.message.contains(words), "{error}");
    assert!(error.advice.ends_with('.'), "{error}");
}

#[test]
fn what_is_no_image_is_refused_as_such() {
    says(
        &refusal(b"Dear diary,"),
        ErrorKind::NotAnImage,
        "first bytes",
    );
    says(&refusal(b""), ErrorKind::NotAnImage, "0 bytes");
    says(&refusal(b"GIF89a....."), ErrorKind::Unsupported, "GIF");
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    says(
        &open(&folder.path().join("gone.png")).unwrap_err(),
        ErrorKind::Unreadable,
        "no such file",
    );
    says(
        &open(folder.path()).unwrap_err(),
        ErrorKind::Unreadable,
        "a folder",
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = save(
        folder.path(),
        "film.png",
        &encoded(gradient(), ImageFormat::Png),
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        // Not counted as a missing requirement: root reads everything, and CI may be root.
        eprintln!("SKIPPED: this user reads files without permission");
        return;
    }
    says(
        &open(&path).unwrap_err(),
        ErrorKind::Unreadable,
        "may not be read",
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_before_it_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    match std::process::Command::new("mkfifo").arg(&path).status() {
        Ok(status) if status.success() => {
            says(&open(&path).unwrap_err(), ErrorKind::Unreadable, "pipe");
        }
        _ => skip("mkfifo is not there"),
    }
    says(
        &open(Path::new("/dev/zero")).unwrap_err(),
        ErrorKind::Unreadable,
        "device",
    );
}

#[test]
fn truncated_pictures_are_damaged() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
    ] {
        let whole = encoded(gradient(), format);
        for part in [whole.len() / 3, whole.len() * 2 / 3] {
            let error = refusal(&whole[..part]);
            assert_eq!(error.kind, ErrorKind::Damaged, "{format:?} {part}: {error}");
        }
    }
    let jpeg = encoded(gradient(), ImageFormat::Jpeg);
    says(
        &refusal(&jpeg[..jpeg.len() - 2]),
        ErrorKind::Damaged,
        "ends early",
    );
}

#[test]
fn a_dicom_film_truncated_anywhere_is_an_error_and_never_a_panic() {
    let whole = Phantom::row(&[1, 2, 3, 4])
        .table(tags::VOILUT_SEQUENCE, [3, 0, 8], &[0, 51, 255])
        .bytes();
    for length in 0..whole.len() {
        let error = refusal(&whole[..length]);
        let expected = [
            ErrorKind::Damaged,
            ErrorKind::NotAnImage,
            ErrorKind::Unsupported,
        ];
        assert!(expected.contains(&error.kind), "{length}: {error}");
    }
    says(
        &refusal(&whole[..whole.len() - 4]),
        ErrorKind::Damaged,
        "ends early",
    );
}

#[test]
fn bits_flipped_anywhere_are_never_a_panic() {
    let whole = Phantom::row(&[1, 2, 3, 4])
        .table(tags::VOILUT_SEQUENCE, [3, 0, 8], &[0, 51, 255])
        .bytes();
    let folder = tempfile::tempdir().unwrap();
    for index in 132..whole.len() {
        let mut bytes = whole.clone();
        bytes[index] ^= 0x81;
        if let Err(error) = open(&save(folder.path(), "film", &bytes)) {
            assert_ne!(error.kind, ErrorKind::Internal, "byte {index}: {error}");
            assert!(
                !error.message.contains("did not expect"),
                "byte {index}: {error}"
            );
        }
    }
}

#[test]
fn a_colour_photo_opens_as_grey_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let photo = image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([30 * x as u8, 30 * y as u8, 9]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let film = open(&save(
            folder.path(),
            "photo",
            &encoded(photo.clone(), format),
        ))
        .unwrap();
        let warning = "colour picture; converted to grey: not a radiograph's original samples";
        assert_eq!(film.source.warnings, [warning]);
    }
}

#[test]
fn one_pixel_is_a_film() {
    let folder = tempfile::tempdir().unwrap();
    let dot = image::GrayImage::from_pixel(1, 1, image::Luma([7]));
    let film = open(&save(folder.path(), "dot", &encoded(dot, ImageFormat::Png))).unwrap();
    assert_eq!(*film.radiograph.raster.values(), [7.0]);
    assert!(film.radiograph.greys()[0].is_finite());
}

#[test]
fn a_film_of_12000_by_12000_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 12_000, 12_000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&vec![0xaa; 12_000 * 1_500])
        .unwrap();
    writer.finish().unwrap();
    let film = open(&save(folder.path(), "large.png", &bytes)).unwrap();
    assert_eq!(film.radiograph.raster.width(), 12_000);
    assert_eq!(film.radiograph.raster.values()[..2], [255.0, 0.0]);
}

#[test]
fn larger_than_the_limit_is_refused_before_decoding() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 60_000, 60_000);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
    drop(writer);
    says(&refusal(&bytes), ErrorKind::TooLarge, "60000 × 60000");
    let huge = Phantom::row(&[1])
        .number(tags::ROWS, 65_535)
        .number(tags::COLUMNS, 65_535);
    says(
        &refusal(&huge.bytes()),
        ErrorKind::TooLarge,
        "65535 × 65535",
    );
}

#[test]
fn spacing_that_is_no_number_is_left_out_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let film = Phantom::row(&[1, 2]).text(tags::PIXEL_SPACING, VR::DS, "NaN\\NaN");
    let film = inspect(&film.save(folder.path()), &[]).unwrap();
    assert_eq!(film.spacing, None);
    assert!(film.warnings[0].contains("Pixel Spacing"));
}

#[test]
fn objects_without_pixels_and_foreign_pixels_are_named() {
    let report = Phantom::row(&[1])
        .without(tags::PIXEL_DATA)
        .text(tags::MODALITY, VR::CS, "SR");
    says(
        &refusal(&report.bytes()),
        ErrorKind::Unsupported,
        "(Modality SR) holds no pixels",
    );
    let odd = Phantom::row(&[1]).bits(12, 12, 11);
    says(
        &refusal(&odd.bytes()),
        ErrorKind::Unsupported,
        "12 bits allocated",
    );
}

#[test]
fn more_rows_than_pixels_are_damage() {
    let film = Phantom::row(&[1, 2]).number(tags::ROWS, 5_000);
    says(
        &refusal(&film.bytes()),
        ErrorKind::Damaged,
        "its pixels take 20000 bytes and 4 are there",
    );
}

#[test]
fn deep_nesting_is_refused_and_ends_nothing() {
    let mut bytes = Phantom::row(&[1]).bytes();
    let tail = bytes.split_off(bytes.len() - 14);
    for _ in 0..30_000 {
        bytes.extend([8, 0, 0x15, 0x11, b'S', b'Q', 0, 0, 255, 255, 255, 255]);
        bytes.extend([0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255]);
    }
    bytes.extend(tail);
    says(&refusal(&bytes), ErrorKind::Damaged, "nested");
}
