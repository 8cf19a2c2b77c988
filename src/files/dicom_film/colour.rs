//! Colour DICOM to red, green and blue: chrominance and palettes (PS3.3 C.7.6.3.1.2, C.7.9).
//!
//! A radiograph is grey; colour is only followed this far so that its luminance is right.

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::table;
use crate::error::Result;
use crate::files::stored::{StoredFrame, luminance_of};
use crate::files::unsupported;
use crate::radiograph::Samples;

/// Turns YBR_FULL samples into red, green and blue, in place: samples of `width` bytes, of which
/// `bits` are used.
pub(super) fn rgb_from_ybr(bytes: &mut [u8], width: usize, bits: u32) {
    let scale = Scale {
        black: 0.0,
        luma: 1.0,
        chroma: 1.0,
    };
    converted(bytes, (width, bits), &scale);
}

/// As [`rgb_from_ybr`], of YBR_PARTIAL samples: black is 16 of 255, white 235.
pub(super) fn rgb_from_partial_ybr(bytes: &mut [u8], width: usize, bits: u32) {
    let scale = Scale {
        black: 16.0 * f64::from(1_u32 << (bits.max(8) - 8)),
        luma: 255.0 / 219.0,
        chroma: 255.0 / 224.0,
    };
    converted(bytes, (width, bits), &scale);
}

/// How far luminance and chrominance reach.
struct Scale {
    black: f64,
    luma: f64,
    chroma: f64,
}

fn converted(bytes: &mut [u8], (width, bits): (usize, u32), scale: &Scale) {
    let top = ((1_u64 << bits) - 1) as f64;
    let neutral = (1_u64 << (bits - 1)) as f64;
    for pixel in bytes.chunks_exact_mut(3 * width) {
        let sample = |index: usize| {
            let bytes = &pixel[index * width..(index + 1) * width];
            bytes
                .iter()
                .rev()
                .fold(0.0, |sum, &byte| 256.0 * sum + f64::from(byte))
        };
        let luma = scale.luma * (sample(0) - scale.black);
        let blue = scale.chroma * (sample(1) - neutral);
        let red = scale.chroma * (sample(2) - neutral);
        let rgb = [
            luma + 1.402 * red,
            luma - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red,
            luma + 1.772 * blue,
        ];
        for (target, value) in pixel.chunks_exact_mut(width).zip(rgb) {
            let value = (value + 0.5).floor().clamp(0.0, top) as u32;
            target.copy_from_slice(&value.to_le_bytes()[..width]);
        }
    }
}

/// Gives each pixel of YBR_FULL_422 or YBR_PARTIAL_422 its own chrominance: `Y₁ Y₂ Cb Cr` become two pixels.
pub(super) fn unshared(bytes: &[u8], columns: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(bytes.len() / 2 * 3);
    for row in bytes.chunks_exact(columns.div_ceil(2) * 4) {
        for (index, pair) in row.chunks_exact(4).enumerate() {
            pixels.extend_from_slice(&[pair[0], pair[2], pair[3]]);
            if 2 * index + 1 < columns {
                pixels.extend_from_slice(&[pair[1], pair[2], pair[3]]);
            }
        }
    }
    pixels
}

/// A palette's luminance for every index.
pub(super) struct Palette {
    first: i64,
    luminance: Vec<f32>,
    /// The bits of an entry.
    pub(super) bits: u32,
}

impl Palette {
    /// Reads a palette.
    pub(super) fn read(object: &InMemDicomObject, warnings: &mut Vec<String>) -> Result<Self> {
        let mut channel = |descriptor: Tag, data: Tag| {
            let (table, warning) = table::read(object, (descriptor, data), false)
                .map_err(|_| unsupported("the image's palette is missing or contradicts itself"))?;
            warnings.extend(warning);
            Result::Ok(table)
        };
        let red = channel(
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?;
        let green = channel(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?;
        let blue = channel(
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        )?;
        let last = red.first + red.entries.len() as i64;
        let luminance = (red.first..last)
            .map(|index| {
                luminance_of([&red, &green, &blue].map(|table| f64::from(table.at(index))))
            })
            .collect();
        Ok(Self {
            first: red.first,
            luminance,
            bits: red.bits,
        })
    }

    /// Returns the luminance of a frame of indices.
    pub(super) fn apply(&self, frame: &StoredFrame) -> Samples {
        let last = self.luminance.len() as i64 - 1;
        frame.map(|index| self.luminance[(index as i64 - self.first).clamp(0, last) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chrominance_of_both_ranges_becomes_the_same_colours() {
        for (grey, partial) in [(0, 16), (255, 235), (128, 126)] {
            let (mut full, mut partial) = ([grey, 128, 128], [partial, 128, 128]);
            rgb_from_ybr(&mut full, 1, 8);
            rgb_from_partial_ybr(&mut partial, 1, 8);
            assert_eq!((full, partial), ([grey; 3], [grey; 3]));
        }
        let mut red = [76, 85, 255];
        rgb_from_ybr(&mut red, 1, 8);
        assert_eq!(red, [254, 0, 0]);
        let mut wide: Vec<u8> = [2048_u16, 2048, 2048]
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .collect();
        rgb_from_ybr(&mut wide, 2, 12);
        assert_eq!(wide, [0, 8, 0, 8, 0, 8]);
    }

    #[test]
    fn shared_chrominance_is_given_to_both_pixels() {
        let row = [1, 2, 50, 60, 3, 0, 70, 80];
        assert_eq!(unshared(&row, 3), [1, 50, 60, 2, 50, 60, 3, 70, 80]);
    }
}
