//! The frames of a DICOM file, one at a time.

use std::borrow::Cow;
use std::ops::Range;

use dicom::dictionary_std::tags;

use super::codec::{self, Decoded};
use super::dataset::Dataset;
use super::format::PixelFormat;
use super::pixel_element::{PixelContent, PixelElement};
use super::samples::NativeFrame;
use super::{colour, jpeg_2000, samples};
use crate::error::{Error, ErrorKind, Result};
use crate::files::stored::{StoredFrame, require_room};
use crate::files::{WORTH_A_PREVIEW, damaged};
use crate::radiograph::FrameBytes;

/// The frames of a file: of its bytes, `'f`, and of a data set read from them.
pub(super) struct Frames<'a, 'f> {
    dataset: &'a Dataset<'f>,
    format: &'a PixelFormat,
    pixels: Pixels<'a>,
}

enum Pixels<'a> {
    Native(&'a Range<usize>),
    /// For every frame its fragments.
    Encapsulated(Vec<&'a [Range<usize>]>),
}

impl<'a, 'f> Frames<'a, 'f> {
    /// Finds the frames, and how many there are indeed.
    pub(super) fn find(dataset: &'a Dataset<'f>, format: &'a PixelFormat) -> Result<Self> {
        let element = require_pixels(dataset)?;
        let layout = format.layout();
        require_room(layout.columns, layout.rows, layout.frame_bytes())?;
        let pixels = match &element.content {
            PixelContent::Native(range) => Pixels::Native(range),
            PixelContent::Encapsulated { offsets, fragments } => {
                Pixels::Encapsulated(by_frame(&dataset.body, format.frames, offsets, fragments)?)
            }
        };
        Ok(Self {
            dataset,
            format,
            pixels,
        })
    }

    /// Returns how many whole frames the file holds, at most as many as it announces.
    pub(super) fn count(&self) -> usize {
        match &self.pixels {
            Pixels::Native(range) => {
                samples::whole_native_frames(range.len(), self.format).clamp(1, self.format.frames)
            }
            Pixels::Encapsulated(frames) => frames.len(),
        }
    }

    /// Decodes one frame to stored samples.
    pub(super) fn stored(&self, index: usize) -> Result<StoredFrame<'f>> {
        let NativeFrame {
            mut bytes,
            used_bits,
        } = self.as_words(index)?;
        samples::canonicalize(&mut bytes, self.format, used_bits);
        let layout = self.format.layout();
        Ok(StoredFrame { layout, bytes })
    }

    /// Decodes one frame to little-endian samples with whatever lies in their unused bits.
    pub(super) fn decoded(&self, index: usize) -> Result<FrameBytes<'f>> {
        self.as_words(index).map(|frame| frame.bytes)
    }

    fn as_words(&self, index: usize) -> Result<NativeFrame<'f>> {
        let (frame, rgb) = match &self.pixels {
            Pixels::Native(range) => (self.native(range, index)?, false),
            Pixels::Encapsulated(frames) => {
                let Decoded { bytes, rgb } = self.encapsulated(frames[index])?;
                (bytes.into(), rgb)
            }
        };
        let NativeFrame {
            mut bytes,
            used_bits,
        } = frame;
        if self.format.chrominance() && !rgb {
            let width = self.format.layout().bytes_per_sample;
            let bits = self.format.bits_stored;
            if self.format.photometric.starts_with("YBR_PARTIAL") {
                colour::rgb_from_partial_ybr(bytes.to_mut(), width, bits);
            } else {
                colour::rgb_from_ybr(bytes.to_mut(), width, bits);
            }
        }
        let layout = self.format.layout();
        let needed = layout.frame_bytes();
        if bytes.len() < needed {
            return Err(damaged(format!(
                "a frame decodes to {} bytes instead of {needed}",
                bytes.len()
            )));
        }
        // Compressed frames may be padded to an even length.
        bytes.truncate(needed);
        Ok(NativeFrame { bytes, used_bits })
    }

    /// Decodes the first frame at a part of its size, with the format that describes it so: only
    /// where it is grey, large, and kept in a codestream that holds coarser levels of itself.
    pub(super) fn reduced(&self) -> Option<(PixelFormat, StoredFrame<'f>)> {
        let Pixels::Encapsulated(frames) = &self.pixels else {
            return None;
        };
        let pixels = self.format.columns * self.format.rows;
        if self.format.samples_per_pixel != 1 || pixels < WORTH_A_PREVIEW {
            return None;
        }
        let reduced = jpeg_2000::reduced(self.format, &self.joined(frames.first()?))?;
        let mut bytes = FrameBytes::from(reduced.bytes);
        samples::canonicalize(&mut bytes, self.format, None);
        let mut format = self.format.clone();
        (format.columns, format.rows) = (reduced.columns, reduced.rows);
        let layout = format.layout();
        (bytes.len() == layout.frame_bytes()).then_some((format, StoredFrame { layout, bytes }))
    }

    fn native(&self, range: &Range<usize>, index: usize) -> Result<NativeFrame<'f>> {
        let vr = self
            .dataset
            .pixels
            .as_ref()
            .map_or(dicom::core::VR::OW, |element| element.vr);
        let frame = samples::native_frame(self.dataset, (range, vr), self.format, index)?;
        if self.format.samples_per_pixel > 1 {
            if self.format.shares_chrominance() {
                return Ok(colour::unshared(&frame.bytes, self.format.columns).into());
            } else if self.format.planar {
                return Ok(samples::interleaved(&frame.bytes, self.format).into());
            }
        }
        Ok(frame)
    }

    fn encapsulated(&self, fragments: &[Range<usize>]) -> Result<Decoded> {
        let uid = self.dataset.transfer_syntax.as_deref().unwrap_or_default();
        codec::decode(uid, self.format, &self.joined(fragments))
    }

    /// Returns fragments as one.
    fn joined(&self, fragments: &[Range<usize>]) -> Cow<'_, [u8]> {
        match fragments {
            [one] => Cow::Borrowed(&self.dataset.body[one.clone()]),
            several => several
                .iter()
                .flat_map(|range| &self.dataset.body[range.clone()])
                .copied()
                .collect(),
        }
    }
}

/// Returns the pixels of a data set, or says what it holds instead.
pub(super) fn require_pixels<'a>(dataset: &'a Dataset<'_>) -> Result<&'a PixelElement> {
    let pixels = dataset.pixels.as_ref();
    pixels.ok_or_else(|| without_pixels(dataset))
}

fn without_pixels(dataset: &Dataset<'_>) -> Error {
    if dataset.ends_early {
        return damaged("the file ends before its pixels");
    }
    let kind = super::attributes::text(&dataset.attributes, tags::MODALITY)
        .map_or_else(String::new, |modality| format!(" (Modality {modality})"));
    Error::new(
        ErrorKind::Unsupported,
        format!("the DICOM object{kind} holds no pixels"),
        "Open the image it belongs to.",
    )
}

/// Tells which fragments make which frame: all of them for one frame; one each; by the offset
/// table; or by where codestreams start.
pub(super) fn by_frame<'a>(
    body: &[u8],
    frames: usize,
    offsets: &[usize],
    fragments: &'a [Range<usize>],
) -> Result<Vec<&'a [Range<usize>]>> {
    if frames == 1 {
        return Ok(vec![fragments]);
    }
    if fragments.len() == frames {
        return Ok(fragments.chunks(1).collect());
    }
    let starts = announced_starts(frames, offsets, fragments)
        .or_else(|| recognised_starts(body, frames, fragments))
        .ok_or_else(|| {
            damaged(format!(
                "the file announces {frames} frames in {} fragments, and they cannot be told apart",
                fragments.len()
            ))
        })?;
    let ends = starts.iter().skip(1).copied().chain([fragments.len()]);
    Ok(starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &fragments[start..end])
        .collect())
}

/// The fragments that start a frame by the basic offset table, which counts from the first
/// fragment's header to a fragment's header.
fn announced_starts(
    frames: usize,
    offsets: &[usize],
    fragments: &[Range<usize>],
) -> Option<Vec<usize>> {
    let origin = fragments.first()?.start;
    let place = |offset: &usize| {
        fragments
            .binary_search_by_key(offset, |range| range.start - origin)
            .ok()
    };
    let starts: Vec<usize> = offsets.iter().map(place).collect::<Option<_>>()?;
    let rising = starts.is_sorted_by(|a, b| a < b);
    (starts.len() == frames && starts[0] == 0 && rising).then_some(starts)
}

/// The fragments that start a frame by their first bytes: as many as the file announces, or fewer
/// where each one is a frame.
fn recognised_starts(body: &[u8], frames: usize, fragments: &[Range<usize>]) -> Option<Vec<usize>> {
    let starts: Vec<usize> = (0..fragments.len())
        .filter(|&index| starts_frame(&body[fragments[index].clone()]))
        .collect();
    let fewer = starts.len() == fragments.len() && starts.len() < frames;
    (starts.first() == Some(&0) && (starts.len() == frames || fewer)).then_some(starts)
}

fn starts_frame(fragment: &[u8]) -> bool {
    let known: [&[u8]; 5] = [
        b"\xff\xd8\xff",
        b"\xff\x4f\xff\x51",
        b"\0\0\0\x0cjP  ",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL ",
    ];
    // The header of run-length coding: how many segments, the first of them at 64.
    let runs = matches!(fragment, [1..=15, 0, 0, 0, 64, 0, 0, 0, ..]);
    runs || known.iter().any(|start| fragment.starts_with(start))
}
