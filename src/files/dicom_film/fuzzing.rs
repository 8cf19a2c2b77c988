//! This folder's doors for the fuzzer; see `files::fuzzing`.

use super::character_set::CharacterSet;
use super::format::PixelFormat;
use crate::files::stored::SampleKind;

/// Decodes bytes as a lossy and as a lossless JPEG.
pub fn jpeg(bytes: &[u8]) {
    super::jpeg::decode(bytes).ok();
    super::jpeg::lossless::decode(bytes).ok();
}

/// Decodes bytes as a run-length coded frame: the first four say of what kind it should be.
pub fn rle(bytes: &[u8]) {
    let Some((&[columns, rows, bits, colours], data)) = bytes.split_first_chunk() else {
        return;
    };
    let bits_allocated = [1, 8, 16, 32][usize::from(bits & 3)];
    let format = PixelFormat {
        columns: usize::from(columns) + 1,
        rows: usize::from(rows) + 1,
        frames: 1,
        samples_per_pixel: if colours & 1 == 1 { 3 } else { 1 },
        bits_allocated,
        bits_stored: bits_allocated,
        high_bit: bits_allocated - 1,
        kind: SampleKind::Unsigned,
        photometric: "MONOCHROME2".to_owned(),
        planar: false,
    };
    super::rle::decode(data, &format).ok();
}

/// Unfolds words as a segmented palette: the first byte says of how many bits.
pub fn palette(bytes: &[u8]) {
    let Some((&bits, data)) = bytes.split_first() else {
        return;
    };
    let words: Vec<u16> = data
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let bits = u32::from(bits % 16) + 1;
    let entries = super::segmented::unfolded(&words, bits);
    assert!(entries.is_none_or(|entries| entries.len() <= 1 << 17));
}

/// Decodes bytes behind the first line break as text of the character sets named before it.
pub fn character_set(bytes: &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (sets, text) = bytes.split_at(end.unwrap_or(0));
    CharacterSet::read(&String::from_utf8_lossy(sets)).decode(text);
}
