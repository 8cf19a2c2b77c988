//! Rectangles blacked out in stored samples.

use dicom::core::VR;
use dicom::dictionary_std::tags;

use super::super::format::PixelFormat;
use super::tree::Element;
use crate::error::Result;
use crate::files::deidentification::Rectangle;
use crate::files::stored::SampleKind;
use crate::files::unsupported;

/// Transfer syntaxes that decode to the samples that were encoded.
const LOSSLESS: [&str; 8] = [
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
];

/// Reports whether pixels can be decompressed without loss, their colours included.
pub(super) fn lossless(syntax: &str, photometric: &str) -> bool {
    let colours = [
        "MONOCHROME1",
        "MONOCHROME2",
        "PALETTE COLOR",
        "RGB",
        "YBR_RCT",
    ];
    LOSSLESS.contains(&syntax) && colours.contains(&photometric)
}

/// Returns the format of pixels that were decompressed: interleaved, at the low end of their words.
pub(super) fn decoded(format: &PixelFormat, frames: usize) -> PixelFormat {
    let photometric = match format.samples_per_pixel {
        1 => format.photometric.clone(),
        _ => "RGB".to_owned(),
    };
    PixelFormat {
        frames,
        high_bit: format.bits_stored - 1,
        photometric,
        planar: false,
        ..format.clone()
    }
}

/// Returns the attributes that changed with [`decoded`].
pub(super) fn described(format: &PixelFormat) -> Vec<Element<'static>> {
    let number = |tag, value: u32| Element::new(tag, VR::US, (value as u16).to_le_bytes().to_vec());
    let photometric = format.photometric.clone().into_bytes();
    let mut elements = vec![
        Element::new(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric),
        number(tags::HIGH_BIT, format.high_bit),
    ];
    if format.samples_per_pixel > 1 {
        elements.push(number(tags::PLANAR_CONFIGURATION, 0));
    }
    elements
}

/// Blacks out rectangles in every frame.
pub(super) fn black_out(
    bytes: &mut [u8],
    format: &PixelFormat,
    rectangles: &[Rectangle],
) -> Result<()> {
    if format.bits_allocated < 8 || format.shares_chrominance() {
        return Err(unsupported(
            "rectangles cannot be blacked out in pixels of one bit, or that share their colours",
        ));
    }
    let width = format.bits_allocated as usize / 8;
    let (samples, plane) = (format.samples_per_pixel, format.columns * format.rows);
    for rectangle in rectangles {
        let (columns, rows) = rectangle.within(format.columns, format.rows)?;
        for frame in bytes.chunks_mut(plane * samples * width) {
            for row in rows.clone() {
                for column in columns.clone() {
                    let pixel = row * format.columns + column;
                    for sample in 0..samples {
                        let place = if format.planar {
                            sample * plane + pixel
                        } else {
                            pixel * samples + sample
                        };
                        let black = black(format, sample).to_le_bytes();
                        if let Some(stored) = frame.get_mut(place * width..(place + 1) * width) {
                            stored.copy_from_slice(&black[..width]);
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// The stored value of black in a sample of a pixel.
fn black(format: &PixelFormat, sample: usize) -> u64 {
    let stored = format.bits_stored;
    let shift = format.high_bit + 1 - stored;
    let top = u64::MAX >> (64 - stored);
    let half = 1_u64 << (stored - 1);
    let value = match (format.photometric.as_str(), format.signed()) {
        _ if format.kind == SampleKind::Real => 0,
        ("MONOCHROME1", false) => top,
        ("MONOCHROME1", true) => half - 1,
        ("MONOCHROME2", true) => half,
        (colours, _) if colours.starts_with("YBR") && sample > 0 => half,
        _ => 0,
    };
    // The bits above repeat the sign.
    let negative = format.signed() && value == half;
    let above = if negative { u64::MAX << stored } else { 0 };
    (value | above) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(photometric: &str, kind: SampleKind) -> PixelFormat {
        PixelFormat {
            columns: 4,
            rows: 3,
            frames: 2,
            samples_per_pixel: 1,
            bits_allocated: 16,
            bits_stored: 12,
            high_bit: 11,
            kind,
            photometric: photometric.to_owned(),
            planar: false,
        }
    }

    #[test]
    fn a_rectangle_is_black_in_every_frame_and_nothing_else_is() {
        let mut bytes = [5, 0].repeat(24);
        let rectangle = Rectangle {
            x: 1,
            y: 1,
            width: 2,
            height: 9,
        };
        let format = format("MONOCHROME1", SampleKind::Unsigned);
        black_out(&mut bytes, &format, &[rectangle]).unwrap();
        let samples: Vec<u16> = bytes
            .chunks(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let frame = [5, 5, 5, 5, 5, 4095, 4095, 5, 5, 4095, 4095, 5];
        assert_eq!(samples, [frame, frame].concat());
    }

    #[test]
    fn black_is_the_darkest_value_of_the_format() {
        let black = |photometric, kind| black(&format(photometric, kind), 0) as u16 as i16;
        assert_eq!(black("MONOCHROME2", SampleKind::Unsigned), 0);
        assert_eq!(black("MONOCHROME2", SampleKind::Signed), -2048);
        assert_eq!(black("MONOCHROME1", SampleKind::Signed), 2047);
    }

    #[test]
    fn a_rectangle_outside_the_picture_is_refused() {
        let rectangle = Rectangle {
            x: 4,
            y: 0,
            width: 1,
            height: 1,
        };
        let format = format("MONOCHROME2", SampleKind::Unsigned);
        assert!(black_out(&mut [0; 48], &format, &[rectangle]).is_err());
    }
}
