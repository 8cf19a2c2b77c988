//! One compressed frame to bytes, through the codecs of `dicom-rs`.
//!
//! Each codec is given exactly one frame in one fragment, whose own header has been compared with
//! the file's: it can neither be led astray by the fragments around it nor by a lying codestream.

use std::borrow::Cow;

use dicom::encoding::adapters::{PixelDataObject, RawPixelData};
use dicom::transfer_syntax::{TransferSyntax, TransferSyntaxIndex as _, TransferSyntaxRegistry};

use super::codestream::{self, Codestream};
use super::format::PixelFormat;
use super::{rle, samples};
use crate::error::{Error, Result};
use crate::files::{damaged, unsupported};

const RLE: &str = "1.2.840.10008.1.2.5";
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
/// Retired processes that the baseline decoder reads (spectral selection and full progression).
const JPEG_RETIRED: [&str; 2] = ["1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"];
const JPEG_XL: &str = "1.2.840.10008.1.2.4.11";

/// A decoded frame.
pub(super) struct Decoded {
    /// Little-endian samples, interleaved.
    pub(super) bytes: Vec<u8>,
    /// Whether the codec has turned chrominance into red, green and blue.
    pub(super) rgb: bool,
}

/// Decodes one frame.
pub(super) fn decode(uid: &str, format: &PixelFormat, data: &[u8]) -> Result<Decoded> {
    let own = codestream::header(data);
    let mut bytes = match uid {
        RLE => rle::decode(data, format)?,
        UNCOMPRESSED => data.to_vec(),
        _ => through_codec(uid, format, data, own)?,
    };
    if format.bits_allocated == 1 && own.is_none() {
        bytes = samples::unpacked(&bytes);
    }
    if uid.starts_with(JPEG_XL) && format.bits_allocated == 16 && format.bits_stored < 16 {
        samples::unstretch(&mut bytes, format.bits_stored);
    }
    Ok(Decoded {
        bytes,
        rgb: own.is_some_and(|own| own.dct) || uid.starts_with(JPEG_XL),
    })
}

fn through_codec(
    uid: &str,
    format: &PixelFormat,
    data: &[u8],
    own: Option<Codestream>,
) -> Result<Vec<u8>> {
    let syntax = syntax(uid)?;
    let reader = syntax
        .pixel_data_reader()
        .ok_or_else(|| refused(syntax.name(), uid))?;
    if let Some(own) = own {
        check(&own, format)?;
    }
    // A codestream of 8 bits in samples of 16 is decoded as what it is and widened afterwards;
    // codecs give one-bit samples a byte each.
    let narrow = format.bits_allocated == 16 && own.is_some_and(|own| own.precision <= 8);
    let bits_allocated = match format.bits_allocated {
        1 if own.is_some() => 8,
        _ if narrow => 8,
        bits => bits as u16,
    };
    let frame = OneFrame {
        data,
        format,
        uid,
        bits_allocated,
    };
    let mut bytes = Vec::new();
    reader
        .decode_frame(&frame, 0, &mut bytes)
        .map_err(|cause| failed(syntax.name(), &cause))?;
    if narrow {
        bytes = bytes.iter().flat_map(|&sample| [sample, 0]).collect();
    }
    Ok(bytes)
}

fn syntax(uid: &str) -> Result<&'static TransferSyntax> {
    let known = if JPEG_RETIRED.contains(&uid) {
        JPEG_BASELINE
    } else {
        uid
    };
    TransferSyntaxRegistry
        .get(known)
        .ok_or_else(|| unsupported(format!("the transfer syntax {uid} is not known")))
}

fn refused(name: &str, uid: &str) -> Error {
    let video = ["MPEG", "HEVC", "SMPTE"]
        .iter()
        .any(|word| name.contains(word));
    if video {
        unsupported(format!("the transfer syntax ({name}) is video"))
    } else {
        unsupported(format!(
            "the transfer syntax ({name}, {uid}) is not supported"
        ))
    }
}

fn check(own: &Codestream, format: &PixelFormat) -> Result<()> {
    if (own.columns, own.rows) != (format.columns, format.rows) {
        return Err(damaged(format!(
            "the compressed picture is {} × {} pixels, but the file says {} × {}",
            own.columns, own.rows, format.columns, format.rows
        )));
    }
    if own.dct && own.precision > 8 {
        return Err(unsupported(format!(
            "the picture is a lossy JPEG of {} bits per sample, and only 8 are supported",
            own.precision
        )));
    }
    Ok(())
}

/// Tells an unsupported frame from a damaged one by the codec's own words.
fn failed(name: &str, cause: &dyn std::error::Error) -> Error {
    let mut story = cause.to_string();
    let mut next = cause.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !story.contains(&words) {
            story = format!("{story}: {words}");
        }
        next = cause.source();
    }
    if story.contains("not supported") || story.contains("nsupported") {
        unsupported(format!("this kind of {name} is not supported ({story})"))
    } else {
        damaged(format!("the pixels ({name}) cannot be decoded: {story}"))
    }
}

/// One frame, presented to a codec as a whole object.
struct OneFrame<'a> {
    data: &'a [u8],
    format: &'a PixelFormat,
    uid: &'a str,
    bits_allocated: u16,
}

impl PixelDataObject for OneFrame<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.uid
    }

    fn rows(&self) -> Option<u16> {
        u16::try_from(self.format.rows).ok()
    }

    fn cols(&self) -> Option<u16> {
        u16::try_from(self.format.columns).ok()
    }

    fn samples_per_pixel(&self) -> Option<u16> {
        u16::try_from(self.format.samples_per_pixel).ok()
    }

    fn bits_allocated(&self) -> Option<u16> {
        Some(self.bits_allocated)
    }

    fn bits_stored(&self) -> Option<u16> {
        u16::try_from(self.format.bits_stored).ok()
    }

    fn photometric_interpretation(&self) -> Option<&str> {
        Some(&self.format.photometric)
    }

    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }

    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }

    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then_some(Cow::Borrowed(self.data))
    }

    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        None
    }

    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData {
            fragments: vec![self.data.to_vec()].into(),
            offset_table: Vec::new().into(),
        })
    }
}
