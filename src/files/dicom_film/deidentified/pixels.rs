//! The pixels of a copy: the source's bit for bit, without what is hidden around them, or with
//! rectangles blacked out.

use std::ops::Range;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};

use super::super::dataset::Dataset;
use super::super::format::PixelFormat;
use super::super::frames::{Frames, by_frame};
use super::super::header::Encoding;
use super::super::pixel_element::{PixelContent, PixelElement};
use super::super::samples::native_bytes;
use super::tokens::Tokens;
use super::tree::Element;
use super::{comments, redaction, writer};
use crate::error::{Error, ErrorKind, Result};
use crate::files::deidentification::Rectangle;
use crate::files::{damaged, unsupported};

/// Run-length coding, whose frames have no markers.
const RLE: &str = "1.2.840.10008.1.2.5";
/// Frames as they are, in fragments.
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
/// Frames deflated one by one.
const DEFLATED: &str = "1.2.840.10008.1.2.8.1";
/// The syntaxes of compressed pixels start so.
const COMPRESSED: &str = "1.2.840.10008.1.2.4.";

/// The pixels of a copy, written.
pub(super) struct Copied {
    /// The whole element.
    pub(super) written: Vec<u8>,
    pub(super) transfer_syntax: String,
    /// Attributes that describe pixels which were decompressed.
    pub(super) described: Vec<Element<'static>>,
    /// Whether everything that is not the picture could be found.
    pub(super) followed: bool,
}

/// Copies the pixels of a data set.
pub(super) fn copy(
    dataset: &Dataset<'_>,
    elements: &[Element<'_>],
    redact: &[Rectangle],
    tokens: &Tokens,
) -> Result<Option<Copied>> {
    let Some(pixels) = &dataset.pixels else {
        return Ok(None);
    };
    let format = PixelFormat::read(&dataset.attributes, pixels.tag, &mut Vec::new())?;
    let source = Source {
        dataset,
        pixels,
        format: &format,
        drawn: drawn_bits(elements),
    };
    let copied = match &pixels.content {
        PixelContent::Native(range) => source.native(range, redact)?,
        PixelContent::Encapsulated { .. } if !redact.is_empty() => source.redacted(redact)?,
        PixelContent::Encapsulated { offsets, fragments } => {
            source.encapsulated(offsets, fragments)?
        }
    };
    if tokens.in_bytes(&copied.written) {
        return Err(unsupported(
            "the bytes of the file's pixels hold words of the patient's name or number as text",
        ));
    }
    Ok(Some(copied))
}

/// The bits of every sample that old files keep their overlays in (PS3.3 C.9.2, retired): a bit
/// position, and no data of its own.
fn drawn_bits(elements: &[Element<'_>]) -> u16 {
    let overlay = |tag: Tag| (0x6000..=0x601e).contains(&tag.0) && tag.0.is_multiple_of(2);
    let apart: Vec<u16> = elements
        .iter()
        .filter(|element| overlay(element.tag) && element.tag.1 == 0x3000)
        .map(|element| element.tag.0)
        .collect();
    elements
        .iter()
        .filter(|element| overlay(element.tag) && element.tag.1 == 0x0102)
        .filter(|element| !apart.contains(&element.tag.0))
        .filter_map(|element| element.bytes().first().copied())
        .filter(|&bit| bit < 16)
        .fold(0, |bits, bit| bits | 1 << bit)
}

struct Source<'a> {
    dataset: &'a Dataset<'a>,
    pixels: &'a PixelElement,
    format: &'a PixelFormat,
    /// Bits that hold drawings.
    drawn: u16,
}

impl Source<'_> {
    fn native(&self, range: &Range<usize>, redact: &[Rectangle]) -> Result<Copied> {
        let mut bytes = self.dataset.body[range.clone()].to_vec();
        self.turn(&mut bytes);
        // What follows the last frame is no picture.
        bytes.truncate(native_bytes(self.format));
        if self.format.samples_per_pixel == 1 && self.format.bits_allocated == 16 {
            self.erase_drawings(&mut bytes);
        }
        if !redact.is_empty() {
            redaction::black_out(&mut bytes, self.format, redact)?;
        }
        Ok(self.written(bytes, Vec::new()))
    }

    fn written(&self, bytes: Vec<u8>, described: Vec<Element<'static>>) -> Copied {
        let vr = match self.pixels.tag {
            tags::FLOAT_PIXEL_DATA => VR::OF,
            tags::DOUBLE_FLOAT_PIXEL_DATA => VR::OD,
            _ if self.format.bits_allocated > 8 => VR::OW,
            _ if self.pixels.vr == VR::OW => VR::OW,
            _ => VR::OB,
        };
        let mut written = Vec::with_capacity(bytes.len() + 16);
        writer::element(&Element::new(self.pixels.tag, vr, bytes), &mut written);
        Copied {
            written,
            transfer_syntax: uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
            described,
            followed: true,
        }
    }

    /// Turns big-endian samples around.
    fn turn(&self, bytes: &mut [u8]) {
        let words = self.pixels.vr == VR::OW;
        let width = match self.format.bits_allocated {
            _ if self.dataset.encoding != Encoding::ExplicitBig => 1,
            bits @ (16 | 32 | 64) => bits as usize / 8,
            _ if words => 2,
            _ => 1,
        };
        bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }

    fn erase_drawings(&self, bytes: &mut [u8]) {
        let (high, stored) = (self.format.high_bit, self.format.bits_stored);
        let samples = ((1_u32 << stored) - 1) << (high + 1 - stored);
        let erased = self.drawn & !(samples as u16);
        if erased == 0 {
            return;
        }
        for pair in bytes.chunks_exact_mut(2) {
            let sample = u16::from_le_bytes([pair[0], pair[1]]) & !erased;
            pair.copy_from_slice(&sample.to_le_bytes());
        }
    }

    fn encapsulated(&self, offsets: &[usize], fragments: &[Range<usize>]) -> Result<Copied> {
        let syntax = self.compressed_syntax()?;
        let body = &self.dataset.body;
        let frames = by_frame(body, self.format.frames, offsets, fragments)?;
        // A piece of odd length is padded when it is written: within a frame that would change the
        // codestream, so that such frames become one piece each.
        let odd = |range: &Range<usize>| range.len() % 2 == 1;
        let joined = frames
            .iter()
            .any(|frame| frame[..frame.len().saturating_sub(1)].iter().any(odd));
        let mut followed = self.drawn == 0;
        let mut blanked = Vec::with_capacity(fragments.len());
        for frame in frames {
            let pieces = frame.iter().map(|range| &body[range.clone()]);
            let mut whole = pieces.collect::<Vec<_>>().concat();
            followed &= self.blank(syntax, &mut whole);
            if joined {
                blanked.push(whole);
                continue;
            }
            let mut rest = whole.as_slice();
            for range in frame {
                let (piece, after) = rest.split_at(range.len());
                blanked.push(piece.to_vec());
                rest = after;
            }
        }
        // Offsets count from the first fragment on: they stay true where no length has changed, and
        // no empty fragment was left out.
        let mut table = Vec::new();
        if offsets.len() > 1 && contiguous(fragments) && !fragments.iter().any(odd) {
            for &offset in offsets {
                table.extend(u32::try_from(offset).unwrap_or_default().to_le_bytes());
            }
        }
        let mut written = Vec::new();
        writer::fragments(self.pixels.tag, &table, &blanked, &mut written);
        Ok(Copied {
            written,
            transfer_syntax: syntax.to_owned(),
            described: Vec::new(),
            followed,
        })
    }

    fn blank(&self, syntax: &str, frame: &mut [u8]) -> bool {
        let format = self.format;
        let plane = match format.bits_allocated {
            1 => (format.columns * format.rows).div_ceil(8),
            _ => format.columns * format.rows,
        };
        match syntax {
            RLE => comments::blank_runs(frame, plane),
            UNCOMPRESSED => {
                let size = format.layout().frame_bytes().min(frame.len());
                frame[size..].fill(0);
                true
            }
            _ => comments::blank(frame),
        }
    }

    /// The syntax as stated, if it is one of compressed pixels: a copy must not state another one
    /// than its pixels have.
    fn compressed_syntax(&self) -> Result<&str> {
        let stated = self.dataset.transfer_syntax.as_deref().unwrap_or_default();
        let plain = stated
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let known =
            stated.starts_with(COMPRESSED) || matches!(stated, RLE | UNCOMPRESSED | DEFLATED);
        (known && plain)
            .then_some(stated)
            .ok_or_else(|| damaged("the file's pixels are compressed, and it does not state how"))
    }

    /// Decompresses what was compressed without loss, and blacks out rectangles.
    fn redacted(&self, redact: &[Rectangle]) -> Result<Copied> {
        let syntax = self.compressed_syntax()?;
        if !redaction::lossless(syntax, &self.format.photometric) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "rectangles can be blacked out only in pixels that are uncompressed or compressed \
                 without loss, and this film's are not",
                "Convert the film to an uncompressed transfer syntax first.",
            ));
        }
        let frames = Frames::find(self.dataset, self.format)?;
        let mut bytes = Vec::new();
        for index in 0..frames.count() {
            bytes.extend_from_slice(&frames.stored(index)?.bytes);
        }
        let format = redaction::decoded(self.format, frames.count());
        redaction::black_out(&mut bytes, &format, redact)?;
        Ok(self.written(bytes, redaction::described(&format)))
    }
}

/// Reports whether nothing but headers lies between fragments.
fn contiguous(fragments: &[Range<usize>]) -> bool {
    fragments
        .windows(2)
        .all(|pair| pair[1].start == pair[0].end + 8)
}
