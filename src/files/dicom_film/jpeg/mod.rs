//! JPEG (ITU-T T.81), Huffman coded: lossy of 8 and 12 bits, sequential and progressive, and
//! lossless ([`lossless`]).
//!
//! The library behind `codec` reads lossy pictures of 8 bits only and decides itself whether three
//! components are chrominance; the lossless ones it reads slowly, and wrongly where a point
//! transform left bits out. This decoder reads what it cannot. Every lossy scan fills one store of
//! coefficients, which is turned into samples at the end: sequential, progressive and separate
//! scans need no code of their own. Arithmetic coding and hierarchical pictures are not read.

mod bits;
mod coefficients;
mod header;
mod huffman;
pub(super) mod lossless;
mod scan;
mod transform;

use self::coefficients::Coefficients;
use self::header::{Frame, ScanHeader, Tables, next_segment};
use crate::error::Result;
use crate::files::damaged;

/// EOI.
const END: u8 = 0xd9;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picture {
    /// Bits per sample: 8 or 12, or 2 to 16 of a lossless picture.
    pub(super) precision: u32,
    /// Samples of all components, interleaved, row-major, chrominance as it is.
    pub(super) samples: Vec<u16>,
}

/// Decodes a lossy picture.
pub(super) fn decode(data: &[u8]) -> Result<Picture> {
    let mut tables = Tables::default();
    let mut picture: Option<(Frame, Coefficients)> = None;
    let (mut position, mut ended) = (2, false);
    while let Some(segment) = next_segment(data, position)? {
        position = segment.end;
        match segment.marker {
            END => {
                ended = true;
                break;
            }
            0xc4 => tables.add_huffman(segment.content)?,
            0xdb => tables.add_quantisation(segment.content)?,
            0xdd => tables.set_restart_interval(segment.content)?,
            0xc0..=0xc2 if picture.is_none() => {
                let frame = Frame::read(segment.marker, segment.content)?;
                let coefficients = Coefficients::of(&frame, data.len())?;
                picture = Some((frame, coefficients));
            }
            0xc0..=0xcf => return Err(header::refused(segment.marker)),
            0xda => {
                let Some((frame, coefficients)) = &mut picture else {
                    return Err(damaged("a JPEG scan comes before its frame header"));
                };
                let scan = ScanHeader::read(segment.content, frame)?;
                coefficients.hold(frame, &scan, &tables);
                position = scan::decode(data, position, (frame, &scan, &tables), coefficients)?;
            }
            _ => {}
        }
    }
    let Some((frame, coefficients)) = &picture else {
        return Err(damaged("the JPEG picture has no frame"));
    };
    if !coefficients.complete(ended) {
        return Err(damaged("the JPEG picture ends before all its scans"));
    }
    Ok(Picture {
        precision: frame.precision,
        samples: transform::samples(frame, coefficients)?,
    })
}

/// Reports whether the three components of a codestream are luminance and chrominance: by its own
/// marks (component names, Adobe's segment, JFIF), else by the Photometric Interpretation.
pub(super) fn holds_chrominance(data: &[u8], photometric: &str) -> bool {
    let mut position = 2;
    let (mut adobe, mut jfif) = (None, false);
    while let Ok(Some(segment)) = next_segment(data, position) {
        position = segment.end;
        match (segment.marker, segment.content) {
            (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) => jfif = true,
            (
                0xee,
                [
                    b'A',
                    b'd',
                    b'o',
                    b'b',
                    b'e',
                    _,
                    _,
                    _,
                    _,
                    _,
                    _,
                    transform,
                    ..,
                ],
            ) => {
                adobe = Some(*transform);
            }
            (0xc0..=0xc2, content) => {
                let names = [6, 9, 12].map(|at| content.get(at).copied().unwrap_or(0));
                if names == *b"RGB" || names == *b"rgb" {
                    return false;
                }
            }
            (0xda, _) => break,
            _ => {}
        }
    }
    match adobe {
        Some(transform) => transform != 0,
        None => jfif || photometric.starts_with("YBR"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn gradient() -> image::RgbImage {
        image::RgbImage::from_fn(37, 29, |x, y| {
            image::Rgb([(x * 6) as u8, (y * 8) as u8, (x * y / 5) as u8])
        })
    }

    fn jpeg(picture: impl Into<image::DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture
            .into()
            .write_to(&mut bytes, image::ImageFormat::Jpeg)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn grey_agrees_with_another_decoder_to_one_level() {
        let data = jpeg(image::DynamicImage::from(gradient()).to_luma8());
        let other = image::load_from_memory(&data).unwrap().to_luma8();
        let own = decode(&data).unwrap();
        assert_eq!((own.precision, own.samples.len()), (8, 37 * 29));
        for (own, other) in own.samples.iter().zip(other.as_raw()) {
            assert!(own.abs_diff(u16::from(*other)) <= 1, "{own} {other}");
        }
    }

    #[test]
    fn a_picture_cut_in_its_scan_is_an_error() {
        let data = jpeg(image::DynamicImage::from(gradient()).to_luma8());
        for length in 0..data.len() - 4 {
            let error = decode(&data[..length]).unwrap_err();
            assert_eq!(error.kind, crate::ErrorKind::Damaged, "{length}");
        }
    }

    #[test]
    fn chrominance_is_told_by_the_codestream_first() {
        let data = jpeg(gradient());
        // The encoder writes a JFIF segment.
        assert!(holds_chrominance(&data, "RGB"));
        let mut bare = data.clone();
        bare[6..10].copy_from_slice(b"none");
        assert!(!holds_chrominance(&bare, "RGB"));
        assert!(holds_chrominance(&bare, "YBR_FULL_422"));
    }
}
