//! JPEG 2000 frames: whole, or from their coarser levels alone.
//!
//! OpenJPEG gives every sample 32 bits; they are narrowed here to what the file says, all in one go.

use super::codec;
use super::codestream::{self, Family};
use super::format::PixelFormat;
use crate::error::Result;
use crate::files::stored::no_memory;
use crate::radiograph::Memory;

/// A frame at a part of its size.
pub(super) struct Reduced {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Little-endian samples as wide as the file's.
    pub(super) bytes: Memory,
}

/// Decodes a grey JPEG 2000 frame at a quarter of its width and height, from its coarser levels;
/// `None` where it has none, or is anything else.
pub(super) fn reduced(format: &PixelFormat, data: &[u8]) -> Option<Reduced> {
    const LEVELS: u32 = 2;
    let own = codestream::header(data).filter(|own| own.family == Family::Jpeg2000)?;
    codec::check(&own, format).ok()?;
    let parameters = jpeg2k::DecodeParameters::new().reduce(LEVELS);
    let picture = jpeg2k::Image::from_bytes_with(data, parameters).ok()?;
    let [grey] = picture.components() else {
        return None;
    };
    if !matches!(format.bits_allocated, 8 | 16) {
        return None;
    }
    Some(Reduced {
        columns: grey.width() as usize,
        rows: grey.height() as usize,
        bytes: narrowed(&[grey.data()], format.bits_allocated)?,
    })
}

/// Decodes JPEG 2000 to little-endian samples as wide as the file says, interleaved.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Memory> {
    let picture =
        jpeg2k::Image::from_bytes(data).map_err(|cause| codec::failed("JPEG 2000", &cause))?;
    let components: Vec<&[i32]> = picture.components().iter().map(|one| one.data()).collect();
    narrowed(&components, format.bits_allocated).ok_or_else(no_memory)
}

/// Returns the samples of planes pixel by pixel, as wide as the file says, as far as the shortest
/// plane goes; `None` where there is no memory.
fn narrowed(planes: &[&[i32]], bits_allocated: u32) -> Option<Memory> {
    let pixels = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
    let width = bits_allocated.div_ceil(8).min(4) as usize;
    let mut bytes = Memory::zeroed(pixels * planes.len() * width)?;
    match width {
        1 => interleave(planes, &mut bytes, |sample| [sample as u8]),
        2 => interleave(planes, &mut bytes, |sample| (sample as u16).to_le_bytes()),
        _ => interleave(planes, &mut bytes, i32::to_le_bytes),
    }
    Some(bytes)
}

/// Writes the samples of planes pixel by pixel, each narrowed.
fn interleave<const WIDTH: usize>(
    planes: &[&[i32]],
    bytes: &mut [u8],
    narrowed: impl Fn(i32) -> [u8; WIDTH],
) {
    let (targets, _) = bytes.as_chunks_mut::<WIDTH>();
    for (first, plane) in planes.iter().enumerate() {
        let own = targets.iter_mut().skip(first);
        // Steps of one keep the compiler from taking several samples at once.
        if planes.len() == 1 {
            own.zip(*plane)
                .for_each(|(target, &sample)| *target = narrowed(sample));
        } else {
            own.step_by(planes.len())
                .zip(*plane)
                .for_each(|(target, &sample)| *target = narrowed(sample));
        }
    }
}
