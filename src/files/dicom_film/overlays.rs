//! Overlay planes (PS3.3 C.9.2): graphics and regions of one bit a pixel, stored as their own
//! elements or, as retired, in the bits of the pixels that samples leave unused.

use dicom::core::{Tag, VR};

use super::attributes::{integer, integers, text};
use super::dataset::Dataset;
use super::format::PixelFormat;
use super::frames::Frames;
use super::header::Encoding;
use crate::radiograph::{BitMask, FrameBytes, OverlayKind, OverlayPlane};

const ROWS: u16 = 0x0010;
const COLUMNS: u16 = 0x0011;
const FRAMES: u16 = 0x0015;
const DESCRIPTION: u16 = 0x0022;
const TYPE: u16 = 0x0040;
const ORIGIN: u16 = 0x0050;
const FIRST_FRAME: u16 = 0x0051;
const BITS_ALLOCATED: u16 = 0x0100;
const BIT_POSITION: u16 = 0x0102;
const LABEL: u16 = 0x1500;
const PIXELS: u16 = 0x3000;

/// The most that all planes of a film may take: eight on one of 16 million pixels.
const MOST_BYTES: usize = 16 << 20;

/// Where the pixels of a plane come from.
enum Bits<'a> {
    /// One after the other, the lowest bit of each byte first.
    Packed { bytes: &'a [u8], swapped: bool },
    /// One bit of every sample of the first frame, little-endian.
    Embedded {
        samples: &'a [u8],
        bytes_per_sample: usize,
        bit: usize,
    },
}

/// Reads the overlay planes of the first frame. What cannot be used is said in a warning.
pub(super) fn read(
    dataset: &Dataset<'_>,
    frames: &Frames<'_, '_>,
    format: &PixelFormat,
    warnings: &mut Vec<String>,
) -> Vec<OverlayPlane> {
    let mut samples = None;
    let mut planes = Vec::new();
    let mut bytes = 0;
    for group in (0x6000..=0x601e).step_by(2) {
        let present = dataset.attributes.get(Tag(group, ROWS)).is_some()
            || dataset.raw(Tag(group, PIXELS)).is_some();
        if !present {
            continue;
        }
        let plane = Plane {
            dataset,
            group,
            format,
        };
        match plane.read(frames, &mut samples, warnings) {
            Ok(read) => planes.extend(read.filter(|plane| {
                bytes += plane.mask.bits().len();
                bytes <= MOST_BYTES
            })),
            Err(reason) => warnings.push(format!("overlay {group:04X} was left out: {reason}")),
        }
    }
    if bytes > MOST_BYTES {
        warnings.push(format!(
            "overlays of more than {} MiB in all were left out",
            MOST_BYTES >> 20
        ));
    }
    planes
}

/// One group of overlay attributes.
struct Plane<'a> {
    dataset: &'a Dataset<'a>,
    group: u16,
    format: &'a PixelFormat,
}

impl Plane<'_> {
    /// Reads the plane; `None` where it does not touch the first frame. `samples` keeps the first
    /// frame's bytes from plane to plane.
    fn read<'f>(
        &self,
        frames: &Frames<'_, 'f>,
        samples: &mut Option<FrameBytes<'f>>,
        warnings: &mut Vec<String>,
    ) -> Result<Option<OverlayPlane>, String> {
        let first_frame = self.integer(FIRST_FRAME).unwrap_or(1);
        // Without its own number of frames a plane is for all of the image's.
        if first_frame > 1 && self.integer(FRAMES).is_some() {
            return Ok(None);
        }
        let (rows, columns) = match (self.integer(ROWS), self.integer(COLUMNS)) {
            (Some(rows @ 1..=0xffff), Some(columns @ 1..=0xffff)) => {
                (rows as usize, columns as usize)
            }
            (rows, columns) => {
                let stated = |side: Option<i64>| side.map_or("no".to_owned(), |n| n.to_string());
                return Err(format!(
                    "it states {} rows and {} columns",
                    stated(rows),
                    stated(columns)
                ));
            }
        };
        if let Some(bytes) = self.dataset.raw(Tag(self.group, PIXELS)) {
            let bits = Bits::Packed {
                bytes,
                swapped: self.swapped(),
            };
            return Ok(self.placed(&bits, (columns, rows), warnings));
        }
        let bit = self.embedded_bit()?;
        if samples.is_none() {
            let decoded = frames.decoded(0).map_err(|error| error.message.clone())?;
            *samples = Some(decoded);
        }
        let bits = Bits::Embedded {
            samples: samples.as_deref().unwrap_or_default(),
            bytes_per_sample: self.format.layout().bytes_per_sample,
            bit,
        };
        if (columns, rows) != (self.format.columns, self.format.rows) {
            return Err(format!(
                "it lies in the pixels' unused bits and is said to have {columns} × {rows} of them"
            ));
        }
        Ok(self.placed(&bits, (columns, rows), warnings))
    }

    /// Returns the bit of each sample that holds the plane (PS3.3 C.9.2.1, retired).
    fn embedded_bit(&self) -> Result<usize, String> {
        let format = self.format;
        let allocated = self.integer(BITS_ALLOCATED).unwrap_or(1);
        let bit = self.integer(BIT_POSITION).unwrap_or(0);
        if allocated <= 1 {
            return Err("the file holds no pixels for it".to_owned());
        }
        if allocated != i64::from(format.bits_allocated) || format.samples_per_pixel != 1 {
            return Err(format!(
                "it is said to lie in samples of {allocated} bits, and they have {}",
                format.bits_allocated
            ));
        }
        let lowest = i64::from(format.high_bit + 1 - format.bits_stored);
        let of_sample = lowest..=i64::from(format.high_bit);
        if of_sample.contains(&bit) || !(0..allocated).contains(&bit) {
            return Err(format!(
                "it is said to lie in bit {bit}, which is no unused one"
            ));
        }
        Ok(bit as usize)
    }

    /// Cuts the plane to the part that lies on the film.
    fn placed(
        &self,
        bits: &Bits<'_>,
        (columns, rows): (usize, usize),
        warnings: &mut Vec<String>,
    ) -> Option<OverlayPlane> {
        let (left, top) = self.origin(warnings);
        let overlap = |start: i64, length: usize, side: usize| {
            let from = start.clamp(0, side as i64);
            let to = start.saturating_add(length as i64).clamp(0, side as i64);
            (from, (to - from) as usize)
        };
        let (x, width) = overlap(left, columns, self.format.columns);
        let (y, height) = overlap(top, rows, self.format.rows);
        // The plane's own column and row of the film's pixel.
        let (skipped_x, skipped_y) = ((x - left) as usize, (y - top) as usize);
        let found = bits.count();
        let mask = BitMask::from_fn(width, height, |dx, dy| {
            bits.is_set((dy + skipped_y) * columns + dx + skipped_x)
        });
        if found < columns * rows {
            warnings.push(format!(
                "overlay {:04X} takes {} pixels and {found} are there; the rest is empty",
                self.group,
                columns * rows
            ));
        }
        let Some(mask) = mask else {
            warnings.push(format!("overlay {:04X} lies beside the image", self.group));
            return None;
        };
        Some(OverlayPlane {
            group: self.group,
            kind: self.kind(),
            label: self.text(LABEL).or_else(|| self.text(DESCRIPTION)),
            corner: (x as usize, y as usize),
            mask,
        })
    }

    /// Returns the film's column and row, from 0, of the plane's first pixel: Overlay Origin counts
    /// from 1 and names the row first.
    fn origin(&self, warnings: &mut Vec<String>) -> (i64, i64) {
        let origin = integers(&self.dataset.attributes, Tag(self.group, ORIGIN));
        let Some(&[row, column]) = origin.first_chunk::<2>() else {
            warnings.push(format!(
                "overlay {:04X} does not state its origin; 1\\1 was assumed",
                self.group
            ));
            return (0, 0);
        };
        // Written as unsigned where it is signed, now and then.
        let signed = |value: i64| i64::from(value as u16 as i16);
        (signed(column) - 1, signed(row) - 1)
    }

    fn kind(&self) -> OverlayKind {
        match self.text(TYPE).as_deref() {
            Some("R") => OverlayKind::Region,
            _ => OverlayKind::Graphics,
        }
    }

    /// Reports whether the two bytes of each word stand in the other order.
    fn swapped(&self) -> bool {
        let vr = self.dataset.vr(Tag(self.group, PIXELS));
        self.dataset.encoding == Encoding::ExplicitBig && vr == Some(VR::OW)
    }

    fn integer(&self, element: u16) -> Option<i64> {
        integer(&self.dataset.attributes, Tag(self.group, element))
    }

    fn text(&self, element: u16) -> Option<String> {
        text(&self.dataset.attributes, Tag(self.group, element))
    }
}

impl Bits<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Packed { bytes, .. } => bytes.len().saturating_mul(8),
            Self::Embedded {
                samples,
                bytes_per_sample,
                ..
            } => samples.len() / bytes_per_sample,
        }
    }

    /// Reports whether the plane's nth pixel is set; what is missing is not.
    fn is_set(&self, index: usize) -> bool {
        let (bytes, at, bit) = match *self {
            Self::Packed { bytes, swapped } => {
                (bytes, (index / 8) ^ usize::from(swapped), index % 8)
            }
            Self::Embedded {
                samples,
                bytes_per_sample,
                bit,
            } => (samples, index * bytes_per_sample + bit / 8, bit % 8),
        };
        bytes.get(at).is_some_and(|byte| byte >> bit & 1 == 1)
    }
}
