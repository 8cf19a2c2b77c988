//! JPEG 2000 frames: whole, or from their coarser levels alone.
//!
//! OpenJPEG gives every sample 32 bits; they are narrowed here to what the file says, all in one go.

use super::codec;
use super::codestream::{self, Family};
use super::format::PixelFormat;
use crate::error::Result;

/// A frame at a part of its size.
pub(super) struct Reduced {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Little-endian samples as wide as the file's.
    pub(super) bytes: Vec<u8>,
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
    Some(Reduced {
        columns: grey.width() as usize,
        rows: grey.height() as usize,
        bytes: match format.bits_allocated {
            8 => interleaved(&[grey.data()], |sample| [sample as u8]),
            16 => interleaved(&[grey.data()], |sample| (sample as u16).to_le_bytes()),
            _ => return None,
        },
    })
}

/// Decodes JPEG 2000 to little-endian samples as wide as the file says, interleaved.
pub(super) fn decode(data: &[u8], format: &PixelFormat) -> Result<Vec<u8>> {
    let picture =
        jpeg2k::Image::from_bytes(data).map_err(|cause| codec::failed("JPEG 2000", &cause))?;
    let components: Vec<&[i32]> = picture.components().iter().map(|one| one.data()).collect();
    Ok(match format.bits_allocated {
        8 => interleaved(&components, |sample| [sample as u8]),
        16 => interleaved(&components, |sample| (sample as u16).to_le_bytes()),
        _ => interleaved(&components, i32::to_le_bytes),
    })
}

/// Returns the samples of planes pixel by pixel, as far as the shortest plane goes.
fn interleaved<const WIDTH: usize>(
    planes: &[&[i32]],
    narrowed: impl Fn(i32) -> [u8; WIDTH],
) -> Vec<u8> {
    if let [grey] = planes {
        let samples = grey.iter().map(|&sample| narrowed(sample));
        return samples.collect::<Vec<_>>().into_flattened();
    }
    let pixels = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
    let samples = (0..pixels).flat_map(|pixel| planes.iter().map(move |plane| plane[pixel]));
    samples.map(narrowed).collect::<Vec<_>>().into_flattened()
}
