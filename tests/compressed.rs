//! Compressed films made up in the test, and the ways their frames and headers go wrong.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::io::Cursor;

use dicom::core::VR;
use dicom::dictionary_std::{tags, uids};
use phantoms::{Phantom, save};
use silhouette::files::{Inspection, inspect};
use silhouette::{Error, ErrorKind};

fn inspected(phantom: &Phantom, transfer_syntax: &str) -> Result<Inspection, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "film", &phantom.bytes_as(transfer_syntax));
    inspect(&path, &[(0, 0), (63, 47)])
}

/// A flat grey of 64 × 48 pixels: JPEG keeps it exactly.
fn jpeg(grey: u8) -> Vec<u8> {
    let picture = image::GrayImage::from_pixel(64, 48, image::Luma([grey]));
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

fn eight_bit(columns: u16, rows: u16) -> Phantom {
    Phantom::row(&[0])
        .number(tags::COLUMNS, columns)
        .number(tags::ROWS, rows)
        .bits(8, 8, 7)
}

fn stored(film: &Inspection) -> Vec<i64> {
    let value = |point: &silhouette::files::PointSample| point.stored.as_ref().unwrap().as_i64();
    film.points.iter().filter_map(value).collect()
}

/// RLE Lossless with one segment a byte of a sample.
fn rle(segments: &[&[u8]]) -> Vec<u8> {
    let mut bytes = (segments.len() as u32).to_le_bytes().to_vec();
    let mut offset = 64;
    for segment in segments {
        bytes.extend(u32::to_le_bytes(offset));
        offset += segment.len() as u32;
    }
    bytes.resize(64, 0);
    bytes.extend(segments.concat());
    bytes
}

#[test]
fn a_frame_in_several_fragments_is_one_film() {
    let jpeg = jpeg(128);
    let (start, end) = jpeg.split_at(jpeg.len() / 4 * 2);
    let phantom = eight_bit(64, 48).fragments(&[start, end]);
    let film = inspected(&phantom, uids::JPEG_BASELINE8_BIT).unwrap();
    assert_eq!(stored(&film), [128, 128]);
}

#[test]
fn frames_without_an_offset_table_are_told_apart_by_their_starts() {
    let (first, second) = (jpeg(128), jpeg(64));
    let (start, end) = first.split_at(first.len() / 4 * 2);
    let phantom = eight_bit(64, 48)
        .text(tags::NUMBER_OF_FRAMES, VR::IS, "2")
        .fragments(&[start, end, &second]);
    let film = inspected(&phantom, uids::JPEG_BASELINE8_BIT).unwrap();
    assert_eq!(film.frames, 2);
    assert_eq!((film.stored_min, film.stored_max), (64, 128));
    assert_eq!(stored(&film), [128, 128]);
}

#[test]
fn the_codestream_outweighs_the_stated_syntax() {
    let phantom = eight_bit(64, 48).fragments(&[&jpeg(128)]);
    let film = inspected(&phantom, uids::JPEG2000_LOSSLESS).unwrap();
    assert_eq!(stored(&film), [128, 128]);
}

#[test]
fn run_lengths_make_sixteen_bit_samples() {
    // 64 × 48 = 3072 = 24 runs of 128: high bytes 1, low bytes 44.
    let (high, low) = ([129_u8, 1].repeat(24), [129_u8, 44].repeat(24));
    let phantom = eight_bit(64, 48)
        .bits(16, 16, 15)
        .fragments(&[&rle(&[&high, &low])]);
    assert_eq!(
        stored(&inspected(&phantom, uids::RLE_LOSSLESS).unwrap()),
        [300, 300]
    );
}

#[test]
fn a_lying_codestream_is_found_before_it_is_decoded() {
    let mut lying = jpeg(128);
    let frame_header = lying
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .unwrap();
    lying[frame_header + 5..frame_header + 9].fill(0xff);
    let error = inspected(
        &eight_bit(64, 48).fragments(&[&lying]),
        uids::JPEG_BASELINE8_BIT,
    );
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Damaged);
    assert!(error.message.contains("65535 × 65535"), "{error}");
}

#[test]
fn compressed_pixels_cut_anywhere_are_an_error() {
    let whole = eight_bit(64, 48)
        .fragments(&[&jpeg(128)])
        .bytes_as(uids::JPEG_BASELINE8_BIT);
    let folder = tempfile::tempdir().unwrap();
    // The last twelve bytes are two of padding at most and the delimiter.
    for length in (132..whole.len() - 12).step_by(7) {
        let error = inspect(&save(folder.path(), "film", &whole[..length]), &[]).unwrap_err();
        assert_ne!(error.kind, ErrorKind::Internal, "{length}: {error}");
    }
}

#[test]
fn video_and_unknown_syntaxes_are_named() {
    let phantom = eight_bit(64, 48).fragments(&[&[0, 0, 1, 0xb3]]);
    let error = inspected(&phantom, uids::MPEG4HP41).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("is video"), "{error}");
}
