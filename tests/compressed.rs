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
use phantoms::lossy_jpeg::{Process, twelve_bit};
use phantoms::{Phantom, save};
use silhouette::files::{Content, Inspection, inspect, open_content};
use silhouette::task::Progress;
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
    let value =
        |point: &silhouette::radiograph::PointSample| point.stored.as_ref().unwrap().as_i64();
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
    assert_eq!(
        (&film.stored_min, &film.stored_max),
        (&64.into(), &128.into())
    );
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

#[test]
fn lossy_jpegs_of_twelve_bits_are_read_in_every_process() {
    // Flat blocks at both ends and around the middle.
    let greys = [0, 4095, 2048, 2047, 1, 3000];
    for process in [
        Process::Sequential,
        Process::Restarted,
        Process::Progressive,
    ] {
        let jpeg = twelve_bit(&greys, process);
        let phantom = Phantom::row(&[0])
            .number(tags::COLUMNS, 48)
            .number(tags::ROWS, 8)
            .fragments(&[&jpeg[..100], &jpeg[100..]]);
        let folder = tempfile::tempdir().unwrap();
        let path = save(
            folder.path(),
            "film",
            &phantom.bytes_as(uids::JPEG_EXTENDED12_BIT),
        );
        let points: Vec<(usize, usize)> = (0..6).map(|block| (8 * block + 3, 5)).collect();
        let film = inspect(&path, &points).unwrap();
        assert_eq!(stored(&film), greys.map(i64::from));
    }
}

#[test]
fn a_lossy_jpeg_of_twelve_bits_cut_anywhere_is_an_error() {
    for process in [
        Process::Sequential,
        Process::Restarted,
        Process::Progressive,
    ] {
        let jpeg = twelve_bit(&[7; 64], process);
        let whole = Phantom::row(&[0])
            .number(tags::COLUMNS, 512)
            .number(tags::ROWS, 8);
        // Two bytes are the end marker, which a sequential picture can do without.
        for length in 2..jpeg.len() - 4 {
            let phantom = whole.clone().fragments(&[&jpeg[..length]]);
            let error = inspected(&phantom, uids::JPEG_EXTENDED12_BIT).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Damaged, "{length}: {error}");
        }
    }
}

#[test]
fn colours_without_a_transform_stay_as_they_are() {
    // Red, green and blue written as three components, without JFIF: nothing says chrominance.
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([10, 128, 250]));
    let mut jpeg = Cursor::new(Vec::new());
    picture
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .unwrap();
    let mut jpeg = jpeg.into_inner();
    assert_eq!(jpeg[6..10], *b"JFIF");
    let film = |jpeg: &[u8], photometric: &str| {
        let phantom = eight_bit(64, 48)
            .number(tags::SAMPLES_PER_PIXEL, 3)
            .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric)
            .fragments(&[jpeg]);
        let film = inspected(&phantom, uids::JPEG_BASELINE8_BIT).unwrap();
        let samples = film.points[0].stored.clone().unwrap();
        let samples: Vec<i64> = serde_json::from_value(samples).unwrap();
        samples
    };
    let near = |found: &[i64], expected: [i64; 3]| {
        let close = |(a, b): (&i64, &i64)| (a - b).abs() <= 2;
        assert!(
            found.iter().zip(&expected).all(close),
            "{found:?} {expected:?}"
        );
    };
    // A JFIF picture is chrominance whatever its file says.
    near(&film(&jpeg, "RGB"), [10, 128, 250]);
    jpeg[6..10].copy_from_slice(b"none");
    near(&film(&jpeg, "YBR_FULL_422"), [10, 128, 250]);
    // Y, Cb and Cr of that colour.
    near(&film(&jpeg, "RGB"), [107, 209, 59]);
}

#[test]
fn planes_of_frames_without_a_header_are_interleaved() {
    let planes: Vec<u8> = [10, 20, 30]
        .into_iter()
        .flat_map(|sample: u8| [sample; 64 * 48])
        .collect();
    let phantom = eight_bit(64, 48)
        .number(tags::SAMPLES_PER_PIXEL, 3)
        .number(tags::PLANAR_CONFIGURATION, 1)
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "RGB")
        .fragments(&[&planes]);
    let film = inspected(&phantom, "1.2.840.10008.1.2.1.98").unwrap();
    let pixel = serde_json::json!([10, 20, 30]);
    assert!(
        film.points
            .iter()
            .all(|point| point.stored == Some(pixel.clone()))
    );
}

/// Puts a codestream into the boxes of a JP2 file (T.800 Annex I).
fn jp2(codestream: &[u8], (columns, rows, bits): (u32, u32, u8)) -> Vec<u8> {
    let boxed = |name: &[u8; 4], content: &[u8]| {
        let length = (content.len() as u32 + 8).to_be_bytes();
        [length.as_slice(), name, content].concat()
    };
    let size = [rows.to_be_bytes(), columns.to_be_bytes()].concat();
    let header = boxed(
        b"ihdr",
        &[size.as_slice(), &[0, 1, bits - 1, 7, 0, 0]].concat(),
    );
    let grey = boxed(b"colr", &[1, 0, 0, 0, 0, 0, 17]);
    [
        boxed(b"jP  ", b"\r\n\x87\n"),
        boxed(b"ftyp", b"jp2 \0\0\0\0jp2 "),
        boxed(b"jp2h", &[header, grey].concat()),
        boxed(b"jp2c", codestream),
    ]
    .concat()
}

/// JPEG 2000 of 12 bits with so many decompositions and nothing in its packets: the mean grey.
fn flat_jpeg_2000(columns: u32, rows: u32, decompositions: u8) -> Vec<u8> {
    let mut bytes = b"\xff\x4f\xff\x51\0\x29\0\0".to_vec();
    for side in [columns, rows, 0, 0, columns, rows, 0, 0] {
        bytes.extend(side.to_be_bytes());
    }
    bytes.extend(b"\0\x01\x0b\x01\x01\xff\x52\0\x0c\0\0\0\x01\0");
    bytes.extend([decompositions, 4, 4, 0, 1]);
    let bands = 1 + 3 * decompositions;
    bytes.extend([0xff, 0x5c, 0, 3 + bands, 0x40]);
    bytes.extend(vec![0x60; bands.into()]);
    let packets = 1 + decompositions;
    bytes.extend([0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 14 + packets, 0, 1]);
    bytes.extend(b"\xff\x93");
    bytes.extend(vec![0; packets.into()]);
    bytes.extend(b"\xff\xd9");
    bytes
}

#[test]
fn a_large_jpeg_2000_file_shows_a_quarter_of_itself_first() {
    let folder = tempfile::tempdir().unwrap();
    let large = flat_jpeg_2000(2048, 1024, 5);
    for (bytes, previewed) in [
        (large.clone(), true),
        (jp2(&large, (2048, 1024, 12)), true),
        (flat_jpeg_2000(1024, 1024, 5), false),
        // No coarser levels.
        (flat_jpeg_2000(2048, 1024, 0), false),
    ] {
        let path = save(folder.path(), "film", &bytes);
        let mut seen = Vec::new();
        let opened = open_content(&Progress::new(), &path, &mut |preview| seen.push(preview));
        let Ok(Content::Film(film)) = opened else {
            panic!("no film");
        };
        assert_eq!(film.radiograph.extremes, (2048.0, 2048.0));
        let sizes: Vec<_> = seen.iter().map(|one| (one.columns, one.rows)).collect();
        assert_eq!(sizes, if previewed { vec![(512, 256)] } else { vec![] });
        assert!(seen.iter().all(|one| one.greys == [128; 512 * 256]));
    }
}

#[test]
fn jpeg_2000_files_hold_what_the_film_around_them_held() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/dicom");
    if !corpus.is_dir() {
        phantoms::skip("the DICOM corpus is not beside the project");
        return;
    }
    for (name, lossy) in [
        ("v090_ts_j2k_lossless_12.dcm", false),
        ("v079_ts_htj2k_lossless_12.dcm", false),
        ("v092_ts_j2k_lossy_12.dcm", true),
    ] {
        let path = corpus.join(name);
        let dicom = inspect(&path, &[(5, 7)]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let start = bytes
            .windows(4)
            .position(|four| four == b"\xff\x4f\xff\x51");
        let end = bytes.windows(2).rposition(|two| two == b"\xff\xd9");
        let codestream = &bytes[start.unwrap()..end.unwrap() + 2];
        let size = (dicom.columns as u32, dicom.rows as u32, 12);
        let folder = tempfile::tempdir().unwrap();
        for (kind, bytes) in [("j2k", codestream.to_vec()), ("jp2", jp2(codestream, size))] {
            let film = inspect(&save(folder.path(), kind, &bytes), &[(5, 7)]).unwrap();
            assert_eq!(film.kind, "jpeg2000");
            assert_eq!(film.stored_sha256, dicom.stored_sha256, "{name} as {kind}");
            assert_eq!(stored(&film), stored(&dicom));
            let told = film.warnings.iter().any(|said| said.contains("lossy"));
            assert_eq!(told, lossy, "{name}: {:?}", film.warnings);
            // Half a film does not pass for one.
            let half = save(folder.path(), "half", &bytes[..bytes.len() / 2]);
            assert_eq!(inspect(&half, &[]).unwrap_err().kind, ErrorKind::Damaged);
        }
    }
}
