//! From decoded bytes to stored samples: byte order, bit packing, masking, sign.

use std::ops::Range;

use dicom::core::VR;

use super::dataset::Dataset;
use super::format::PixelFormat;
use super::header::Encoding;
use crate::error::Result;
use crate::files::damaged;
use crate::files::stored::{SampleKind, no_memory};
use crate::radiograph::{FrameBytes, Memory};

/// A frame of uncompressed pixels.
pub(super) struct NativeFrame<'f> {
    pub(super) bytes: FrameBytes<'f>,
    /// The bits that any of its words has set, where every word was looked at anyway.
    pub(super) used_bits: Option<u16>,
}

impl<'f, T: Into<FrameBytes<'f>>> From<T> for NativeFrame<'f> {
    fn from(bytes: T) -> Self {
        Self {
            bytes: bytes.into(),
            used_bits: None,
        }
    }
}

/// Cuts one frame out of uncompressed pixels, little-endian and one-bit samples unpacked. Where
/// nothing has to be changed the frame is the file's own bytes.
pub(super) fn native_frame<'f>(
    dataset: &Dataset<'f>,
    (range, vr): (&Range<usize>, VR),
    format: &PixelFormat,
    index: usize,
) -> Result<NativeFrame<'f>> {
    let pixels = &dataset.body[range.clone()];
    if format.bits_allocated == 1 {
        let bits = unpacked_bits(pixels, dataset.encoding, vr, format, index)?;
        return Ok(FrameBytes::from(bits).into());
    }
    let size = native_frame_bytes(format);
    let start = index * size;
    if start + size > pixels.len() {
        return Err(short(pixels.len(), size * (index + 1)));
    }
    let mut frame = dataset.bytes(range.start + start..range.start + start + size);
    if dataset.encoding == Encoding::ExplicitBig && format.bits_allocated == 16 {
        return words_swapped(&frame);
    }
    if dataset.encoding == Encoding::ExplicitBig && format.bits_allocated > 1 {
        let frame = frame.to_mut();
        match format.bits_allocated {
            8 if vr == VR::OW => {
                // Words of two samples, the second one first; an odd frame borrows from the next.
                for (offset, sample) in frame.iter_mut().enumerate() {
                    *sample = pixels.get((start + offset) ^ 1).copied().unwrap_or(0);
                }
            }
            32 => frame
                .as_chunks_mut::<4>()
                .0
                .iter_mut()
                .for_each(|word| word.reverse()),
            64 => frame
                .as_chunks_mut::<8>()
                .0
                .iter_mut()
                .for_each(|word| word.reverse()),
            _ => {}
        }
    }
    Ok(frame.into())
}

/// Copies words with their two bytes in the other order, in one go.
fn words_swapped<'f>(bytes: &[u8]) -> Result<NativeFrame<'f>> {
    let mut swapped = Memory::zeroed(bytes.len()).ok_or_else(no_memory)?;
    let (targets, _) = swapped.as_chunks_mut::<2>();
    let (words, _) = bytes.as_chunks::<2>();
    let mut used_bits = 0;
    for (target, &word) in targets.iter_mut().zip(words) {
        let word = u16::from_be_bytes(word);
        used_bits |= word;
        *target = word.to_le_bytes();
    }
    Ok(NativeFrame {
        bytes: swapped.into(),
        used_bits: Some(used_bits),
    })
}

/// Returns how many whole uncompressed frames some bytes hold; one-bit frames follow each other
/// without a gap.
pub(super) fn whole_native_frames(bytes: usize, format: &PixelFormat) -> usize {
    if format.bits_allocated == 1 {
        8 * bytes / (format.columns * format.rows * format.samples_per_pixel)
    } else {
        bytes / native_frame_bytes(format)
    }
}

/// Gives packed one-bit samples a byte each, the lowest bit first.
pub(super) fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let bits = |byte: &u8| {
        let byte = *byte;
        (0..8).map(move |bit| (byte >> bit) & 1)
    };
    bytes.iter().flat_map(bits).collect()
}

/// Returns how many bytes all uncompressed frames that a file announces take in it.
pub(super) fn native_bytes(format: &PixelFormat) -> usize {
    if format.bits_allocated == 1 {
        let samples = format.columns * format.rows * format.samples_per_pixel;
        samples.saturating_mul(format.frames).div_ceil(8)
    } else {
        native_frame_bytes(format).saturating_mul(format.frames)
    }
}

/// Returns how many bytes an uncompressed frame takes in the file.
fn native_frame_bytes(format: &PixelFormat) -> usize {
    let samples = format.columns * format.rows * format.samples_per_pixel;
    if format.shares_chrominance() {
        return format.columns.div_ceil(2) * 4 * format.rows;
    }
    samples * (format.bits_allocated as usize / 8)
}

fn unpacked_bits(
    pixels: &[u8],
    encoding: Encoding,
    vr: VR,
    format: &PixelFormat,
    index: usize,
) -> Result<Vec<u8>> {
    let count = format.columns * format.rows * format.samples_per_pixel;
    let swapped = usize::from(encoding == Encoding::ExplicitBig && vr == VR::OW);
    let first = index * count;
    let needed = (first + count).div_ceil(8);
    if needed > pixels.len() {
        return Err(short(pixels.len(), needed));
    }
    Ok((first..first + count)
        .map(|bit| {
            let byte = pixels.get((bit / 8) ^ swapped).copied().unwrap_or(0);
            (byte >> (bit % 8)) & 1
        })
        .collect())
}

fn short(found: usize, needed: usize) -> crate::Error {
    damaged(format!(
        "the file ends early: its pixels take {needed} bytes and {found} are there"
    ))
}

/// Interleaves colour planes.
pub(super) fn interleaved(planes: &[u8], format: &PixelFormat) -> Vec<u8> {
    let width = format.layout().bytes_per_sample;
    let plane = planes.len() / format.samples_per_pixel;
    let mut pixels = Vec::with_capacity(planes.len());
    for offset in (0..plane).step_by(width) {
        for sample in 0..format.samples_per_pixel {
            let start = sample * plane + offset;
            pixels.extend_from_slice(&planes[start..start + width]);
        }
    }
    pixels
}

/// Leaves of every grey sample only its stored bits, moved down and sign-extended in place: what
/// lies above them is overlays or dirt (PS3.5 8.1.1). `used_bits` are those that any word has set, where
/// that is known.
pub(super) fn canonicalize(
    bytes: &mut FrameBytes<'_>,
    format: &PixelFormat,
    used_bits: Option<u16>,
) {
    let whole = format.bits_stored == format.bits_allocated;
    let real = format.kind == SampleKind::Real;
    if format.samples_per_pixel != 1 || format.bits_allocated == 1 || whole || real {
        return;
    }
    let shift = format.high_bit + 1 - format.bits_stored;
    // Most films are clean, and looking costs less than copying one to clean it.
    if shift == 0 && format.bits_allocated == 16 && !format.signed() {
        let looked = || {
            let (words, _) = bytes.as_chunks::<2>();
            let used = words.iter();
            used.fold(0, |used, &word| used | u16::from_le_bytes(word))
        };
        if used_bits.unwrap_or_else(looked) >> format.bits_stored == 0 {
            return;
        }
    }
    let bytes = bytes.to_mut();
    // From the stored bits at the top of a word, an arithmetic shift extends the sign.
    let unused = 32 - format.bits_stored;
    let clean = |raw: u32| {
        let top = (raw >> shift) << unused;
        if format.signed() {
            ((top as i32) >> unused) as u32
        } else {
            top >> unused
        }
    };
    match format.bits_allocated {
        8 => {
            for sample in bytes.iter_mut() {
                *sample = clean(u32::from(*sample)) as u8;
            }
        }
        16 => {
            for sample in bytes.chunks_exact_mut(2) {
                let raw = u32::from(u16::from_le_bytes([sample[0], sample[1]]));
                sample.copy_from_slice(&(clean(raw) as u16).to_le_bytes());
            }
        }
        _ => {
            for sample in bytes.chunks_exact_mut(4) {
                let raw = u32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
                sample.copy_from_slice(&clean(raw).to_le_bytes());
            }
        }
    }
}

/// Limits unsigned grey samples of a lossy codec to what Bits Stored holds: a highlight that came
/// out one level too bright must not turn black when the bits above are masked.
pub(super) fn limit(bytes: &mut [u8], format: &PixelFormat) {
    let right = format.high_bit + 1 == format.bits_stored && format.bits_stored < 16;
    let words = format.bits_allocated == 16 && format.samples_per_pixel == 1;
    if !(right && words && format.kind == SampleKind::Unsigned) {
        return;
    }
    let top = (1_u16 << format.bits_stored) - 1;
    for pair in bytes.chunks_exact_mut(2) {
        let sample = u16::from_le_bytes([pair[0], pair[1]]).min(top);
        pair.copy_from_slice(&sample.to_le_bytes());
    }
}

/// Undoes the stretching to 16 bits that the JPEG XL decoder applies to codestreams of fewer bits:
/// where every sample is a stretched one, the original ones are put back.
pub(super) fn unstretch(bytes: &mut [u8], bits_stored: u32) {
    let top = (1_u64 << bits_stored) - 1;
    let original = |sample: u16| (u64::from(sample) * top + 32_767) / 65_535;
    let stretched = |value: u64| (value * 65_535 + top / 2) / top;
    let sample_of = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
    let all = bytes
        .chunks_exact(2)
        .map(sample_of)
        .all(|sample| stretched(original(sample)).abs_diff(u64::from(sample)) <= 1);
    if all {
        for pair in bytes.chunks_exact_mut(2) {
            let value = original(sample_of(pair)) as u16;
            pair.copy_from_slice(&value.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(bits_allocated: u32, bits_stored: u32, high_bit: u32, signed: bool) -> PixelFormat {
        PixelFormat {
            columns: 1,
            rows: 1,
            frames: 1,
            samples_per_pixel: 1,
            bits_allocated,
            bits_stored,
            high_bit,
            kind: if signed {
                SampleKind::Signed
            } else {
                SampleKind::Unsigned
            },
            photometric: "MONOCHROME2".to_owned(),
            planar: false,
        }
    }

    fn cleaned(sample: u16, bits_stored: u32, high_bit: u32, signed: bool) -> i16 {
        let stored = sample.to_le_bytes();
        let mut bytes = FrameBytes::from(stored.as_slice());
        canonicalize(&mut bytes, &format(16, bits_stored, high_bit, signed), None);
        i16::from_le_bytes([bytes[0], bytes[1]])
    }

    #[test]
    fn dirt_above_the_stored_bits_is_removed() {
        assert_eq!(cleaned(0xf123, 12, 11, false), 0x123);
    }

    #[test]
    fn left_aligned_samples_come_down() {
        assert_eq!(cleaned(0x1230, 12, 15, false), 0x123);
    }

    #[test]
    fn the_sign_bit_is_the_high_bit() {
        assert_eq!(cleaned(0x0fff, 12, 11, true), -1);
        assert_eq!(cleaned(0xf7ff, 12, 11, true), 2047);
    }

    #[test]
    fn stretched_samples_return_and_others_stay() {
        let stretched: Vec<u16> = [0_u32, 1, 77, 4095]
            .iter()
            .map(|v| ((v * 65_535 + 2047) / 4095) as u16)
            .collect();
        let mut bytes: Vec<u8> = stretched.iter().flat_map(|v| v.to_le_bytes()).collect();
        unstretch(&mut bytes, 12);
        assert_eq!(bytes, [0, 0, 1, 0, 77, 0, 255, 15]);
        let plain = [5_u16, 6, 7, 4095]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<u8>>();
        let mut bytes = plain.clone();
        unstretch(&mut bytes, 12);
        assert_eq!(bytes, plain);
    }
}
