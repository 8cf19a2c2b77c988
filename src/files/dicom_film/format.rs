//! How the pixels are laid out, from the Image Pixel module (PS3.3 C.7.6.3), checked once.

use dicom::core::Tag;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{integer, text};
use crate::error::{Error, ErrorKind, Result};
use crate::files::stored::{SampleKind, SampleLayout};
use crate::files::{damaged, unsupported};
use crate::radiograph::LARGEST_SIDE_PX;

/// The Image Pixel module, every field usable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PixelFormat {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// As stated, at least 1.
    pub(super) frames: usize,
    /// 1 or 3.
    pub(super) samples_per_pixel: usize,
    /// 1, 8, 16 or 32; 32 or 64 for real numbers.
    pub(super) bits_allocated: u32,
    /// At least 1, at most `bits_allocated`.
    pub(super) bits_stored: u32,
    /// At least `bits_stored − 1`, below `bits_allocated`.
    pub(super) high_bit: u32,
    pub(super) kind: SampleKind,
    pub(super) photometric: String,
    /// Whether colour planes follow each other.
    pub(super) planar: bool,
}

impl PixelFormat {
    /// Reads the module: what is missing and can be told from the rest is mended with a warning.
    ///
    /// `pixels` is the tag of the pixels' element, which tells whole numbers from real ones.
    pub(super) fn read(
        object: &InMemDicomObject,
        pixels: Tag,
        warnings: &mut Vec<String>,
    ) -> Result<Self> {
        let (columns, rows) = sides(object)?;
        let samples_per_pixel = integer(object, tags::SAMPLES_PER_PIXEL).unwrap_or_else(|| {
            warnings.push("Samples per Pixel is missing; 1 was assumed".to_owned());
            1
        });
        if samples_per_pixel != 1 && samples_per_pixel != 3 {
            return Err(unsupported(format!(
                "the image has {samples_per_pixel} samples per pixel"
            )));
        }
        let (bits_allocated, bits_stored, high_bit) = match pixels {
            tags::FLOAT_PIXEL_DATA => (32, 32, 31),
            tags::DOUBLE_FLOAT_PIXEL_DATA => (64, 64, 63),
            _ => bits(object, warnings)?,
        };
        let photometric = text(object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_else(|| {
            let assumed = if samples_per_pixel == 1 {
                "MONOCHROME2"
            } else {
                "RGB"
            };
            warnings.push(format!(
                "Photometric Interpretation is missing; {assumed} was assumed"
            ));
            assumed.to_owned()
        });
        let photometric = spelled(&photometric);
        let kind = match pixels {
            tags::PIXEL_DATA => kind(object, samples_per_pixel, warnings),
            _ => SampleKind::Real,
        };
        Ok(Self {
            columns,
            rows,
            frames: frames(object, warnings),
            samples_per_pixel: samples_per_pixel as usize,
            bits_allocated,
            bits_stored,
            high_bit,
            kind,
            photometric,
            planar: integer(object, tags::PLANAR_CONFIGURATION) == Some(1),
        })
    }

    /// Returns how a decoded frame lies in memory: one-bit samples take a byte each.
    pub(super) fn layout(&self) -> SampleLayout {
        SampleLayout {
            columns: self.columns,
            rows: self.rows,
            samples_per_pixel: self.samples_per_pixel,
            bytes_per_sample: self.bits_allocated.div_ceil(8) as usize,
            kind: self.kind,
        }
    }

    /// Reports whether samples are whole numbers with a sign.
    pub(super) fn signed(&self) -> bool {
        self.kind == SampleKind::Signed
    }

    /// Reports whether the pixels are luminance and chrominance, as uncompressed files and codecs
    /// without a colour transform leave them.
    pub(super) fn chrominance(&self) -> bool {
        let ranges = ["YBR_FULL", "YBR_PARTIAL"];
        self.samples_per_pixel == 3
            && ranges
                .iter()
                .any(|range| self.photometric.starts_with(range))
    }

    /// Reports whether two pixels of an uncompressed frame share their chrominance
    /// (PS3.3 C.7.6.3.1.2).
    pub(super) fn shares_chrominance(&self) -> bool {
        self.chrominance() && self.bits_allocated == 8 && self.photometric.ends_with("_422")
    }

    /// Reports whether the samples are indices into a palette.
    pub(super) fn palette(&self) -> bool {
        self.samples_per_pixel == 1 && self.photometric == "PALETTE COLOR"
    }
}

/// Returns a Photometric Interpretation as the standard spells it.
fn spelled(photometric: &str) -> String {
    let spelled = photometric.to_ascii_uppercase();
    if spelled.starts_with("MONOCHROME") {
        spelled.replace([' ', '_'], "")
    } else {
        spelled
    }
}

fn sides(object: &InMemDicomObject) -> Result<(usize, usize)> {
    let side = |tag, name: &str| match integer(object, tag) {
        Some(pixels @ 1..=0xffff) => Ok(pixels as usize),
        Some(pixels) => Err(damaged(format!("{name} is {pixels}"))),
        None => Err(damaged(format!("the file does not state its {name}"))),
    };
    let columns = side(tags::COLUMNS, "Columns")?;
    let rows = side(tags::ROWS, "Rows")?;
    if columns > LARGEST_SIDE_PX || rows > LARGEST_SIDE_PX {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "the image is {columns} × {rows} pixels; the limit is {LARGEST_SIDE_PX} a side"
            ),
            "Export it at a smaller size.",
        ));
    }
    Ok((columns, rows))
}

fn kind(
    object: &InMemDicomObject,
    samples_per_pixel: i64,
    warnings: &mut Vec<String>,
) -> SampleKind {
    match integer(object, tags::PIXEL_REPRESENTATION) {
        Some(1) if samples_per_pixel == 1 => SampleKind::Signed,
        Some(_) => SampleKind::Unsigned,
        None => {
            warnings.push("Pixel Representation is missing; unsigned was assumed".to_owned());
            SampleKind::Unsigned
        }
    }
}

fn bits(object: &InMemDicomObject, warnings: &mut Vec<String>) -> Result<(u32, u32, u32)> {
    let allocated = match integer(object, tags::BITS_ALLOCATED) {
        Some(bits @ (1 | 8 | 16 | 32)) => bits as u32,
        Some(bits) => {
            return Err(unsupported(format!(
                "the image has {bits} bits allocated per sample, not 1, 8, 16 or 32"
            )));
        }
        None => return Err(damaged("the file does not state its Bits Allocated")),
    };
    let stored = match integer(object, tags::BITS_STORED) {
        Some(bits) if (1..=i64::from(allocated)).contains(&bits) => bits as u32,
        other => {
            let stated = other.map_or("missing".to_owned(), |bits| bits.to_string());
            warnings.push(format!("Bits Stored is {stated}; {allocated} was assumed"));
            allocated
        }
    };
    let high = match integer(object, tags::HIGH_BIT) {
        Some(bit) if (i64::from(stored) - 1..i64::from(allocated)).contains(&bit) => bit as u32,
        other => {
            let stated = other.map_or("missing".to_owned(), |bit| bit.to_string());
            warnings.push(format!("High Bit is {stated}; {} was assumed", stored - 1));
            stored - 1
        }
    };
    Ok((allocated, stored, high))
}

fn frames(object: &InMemDicomObject, warnings: &mut Vec<String>) -> usize {
    let Some(stated) = text(object, tags::NUMBER_OF_FRAMES) else {
        return 1;
    };
    match stated.parse::<u32>() {
        Ok(frames @ 1..) => frames as usize,
        _ => {
            warnings.push("Number of Frames is no positive number; 1 was assumed".to_owned());
            1
        }
    }
}
