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
    let mut frame = vec![0; pixels * planes];
    for (plane, range) in offsets.windows(2).enumerate() {
        let segment = data
            .get(range[0]..range[1])
            .ok_or_else(|| damaged("a run-length segment lies outside its frame"))?;
        // Segments hold the most significant byte first; samples are little-endian.
        let (sample, byte) = (plane / width, width - 1 - plane % width);
        let mut targets = frame.iter_mut().skip(sample * width + byte).step_by(planes);
        let written = unpack(segment, &mut targets);
        if written < pixels {
            return Err(damaged(format!(
                "a run-length segment holds {written} of {pixels} bytes"
            )));
        }
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

/// Unpacks a segment (PackBits) until its targets are full, and returns how many were filled.
fn unpack<'a>(segment: &[u8], targets: &mut impl Iterator<Item = &'a mut u8>) -> usize {
    let mut written = 0;
    let mut position = 0;
    while let Some(&control) = segment.get(position) {
        let count = 1 + usize::from(if control < 128 {
            control
        } else {
            0_u8.wrapping_sub(control)
        });
        let values: &[u8] = match control {
            0..=127 => {
                let end = (position + 1 + count).min(segment.len());
                &segment[position + 1..end]
            }
            128 => &[],
            _ => segment.get(position + 1..position + 2).unwrap_or_default(),
        };
        let repeats = if control > 128 { count } else { 1 };
        position += 1 + values.len();
        for _ in 0..repeats {
            for &value in values {
                let Some(target) = targets.next() else {
                    return written;
                };
                *target = value;
                written += 1;
            }
        }
    }
    written
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
