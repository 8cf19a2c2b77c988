//! RLE Lossless (PS3.5 annex G): one run-length coded segment per byte of a sample.
//!
//! Written here because the library's own reader takes neither 32-bit nor one-bit samples and
//! trusts the header of a damaged file.

use super::format::PixelFormat;
use crate::error::Result;
use crate::files::damaged;

/// Decodes one frame to interleaved little-endian samples; one-bit samples stay packed.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Vec<u8>> {
    let width = format.bits_allocated.div_ceil(8) as usize;
    let planes = width * format.samples_per_pixel;
    let pixels = match format.bits_allocated {
        1 => (format.columns * format.rows).div_ceil(8),
        _ => format.columns * format.rows,
    };
    let offsets = offsets(data, planes)?;
    let plane = |index: usize| {
        let segment = data
            .get(offsets[index]..offsets[index + 1])
            .ok_or_else(|| damaged("a run-length segment lies outside its frame"))?;
        let plane = unpack(segment, pixels);
        let written = plane.len();
        if written < pixels {
            return Err(damaged(format!(
                "a run-length segment holds {written} of {pixels} bytes"
            )));
        }
        Ok(plane)
    };
    // Segments hold the most significant byte first; samples are little-endian.
    if (planes, width) == (2, 2) {
        let (high, low) = (plane(0)?, plane(1)?);
        let words = low.into_iter().zip(high).map(|(low, high)| [low, high]);
        return Ok(words.collect::<Vec<_>>().into_flattened());
    }
    let mut frame = vec![0; pixels * planes];
    for index in 0..planes {
        let place = index / width * width + width - 1 - index % width;
        let targets = frame.iter_mut().skip(place).step_by(planes);
        targets
            .zip(plane(index)?)
            .for_each(|(target, byte)| *target = byte);
    }
    Ok(frame)
}

/// Returns where the segments start, and where the last one ends.
fn offsets(data: &[u8], planes: usize) -> Result<Vec<usize>> {
    let long = |index: usize| {
        let quad = data.get(4 * index..4 * index + 4)?;
        Some(u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]) as usize)
    };
    let segments = long(0).unwrap_or(0);
    if segments != planes || segments > 15 || data.len() < 64 {
        return Err(damaged(format!(
            "the run-length header announces {segments} segments instead of {planes}"
        )));
    }
    let mut offsets: Vec<usize> = (1..=planes).filter_map(long).collect();
    offsets.push(data.len());
    Ok(offsets)
}

/// Unpacks a segment (PackBits) to so many bytes, or to fewer where it ends early.
fn unpack(segment: &[u8], wanted: usize) -> Vec<u8> {
    let mut plane = Vec::with_capacity(wanted);
    let mut rest = segment;
    while let [control, following @ ..] = rest
        && plane.len() < wanted
    {
        let room = wanted - plane.len();
        rest = following;
        match control {
            0..=127 => {
                let (literal, after) = rest.split_at(rest.len().min(1 + usize::from(*control)));
                plane.extend_from_slice(&literal[..literal.len().min(room)]);
                rest = after;
            }
            128 => {}
            129.. => {
                let [value, after @ ..] = rest else {
                    break;
                };
                let count = 1 + usize::from(control.wrapping_neg());
                plane.resize(plane.len() + count.min(room), *value);
                rest = after;
            }
        }
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(columns: usize) -> PixelFormat {
        PixelFormat {
            columns,
            rows: 1,
            frames: 1,
            samples_per_pixel: 1,
            bits_allocated: 16,
            bits_stored: 16,
            high_bit: 15,
            kind: crate::files::stored::SampleKind::Unsigned,
            photometric: "MONOCHROME2".to_owned(),
            planar: false,
        }
    }

    fn frame(segments: [&[u8]; 2]) -> Vec<u8> {
        let mut data = vec![0; 64];
        data[0] = 2;
        data[4] = 64;
        data[8] = 64 + segments[0].len() as u8;
        data.extend(segments.concat());
        data
    }

    #[test]
    fn runs_and_literals_make_words_high_byte_first() {
        // High bytes: 1 three times; low bytes: 7, 8, 9 as they are.
        let data = frame([&[254, 1], &[2, 7, 8, 9]]);
        assert_eq!(decode(&data, &format(3)).unwrap(), [7, 1, 8, 1, 9, 1]);
    }

    #[test]
    fn a_segment_that_ends_early_is_damage() {
        let data = frame([&[254, 1], &[2, 7]]);
        let error = decode(&data, &format(3)).unwrap_err();
        assert!(error.message.contains("1 of 3 bytes"), "{error}");
        assert!(decode(&data[..10], &format(3)).is_err());
    }
}
