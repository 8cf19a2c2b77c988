//! One compressed frame to bytes, through the codecs of `dicom-rs`.
//!
//! Each codec is given exactly one frame in one fragment, whose own header has been compared with
//! the file's: it can neither be led astray by the fragments around it nor by a lying codestream.

use std::borrow::Cow;

use dicom::encoding::adapters::{PixelDataObject, RawPixelData};
use dicom::transfer_syntax::{TransferSyntax, TransferSyntaxIndex as _, TransferSyntaxRegistry};

use super::codestream::{self, Codestream, Family};
use super::format::PixelFormat;
use super::{rle, samples};
use crate::error::{Error, Result};
use crate::files::{damaged, story, unsupported};

const RLE: &str = "1.2.840.10008.1.2.5";
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
/// Retired processes that the baseline decoder reads (spectral selection and full progression).
const JPEG_RETIRED: [&str; 2] = ["1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"];
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
/// JPEG XL's three syntaxes start so.
const JPEG_XL: &str = "1.2.840.10008.1.2.4.11";
/// The syntaxes of JPEG, JPEG-LS and JPEG 2000 start so, and so do others.
const COMPRESSED: &str = "1.2.840.10008.1.2.4.";

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
    let uid = if uid == RLE || uid == UNCOMPRESSED {
        uid
    } else {
        matching(uid, own)
    };
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
        rgb: own.is_some_and(|own| own.family == Family::JpegDct) || uid.starts_with(JPEG_XL),
    })
}

/// Returns the stated transfer syntax if it can be the codestream's, else one that is: what the
/// bytes are outweighs what the file says of them.
fn matching(uid: &str, own: Option<Codestream>) -> &str {
    let number: u32 = uid
        .strip_prefix(COMPRESSED)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    match own.map(|own| own.family) {
        Some(Family::JpegDct | Family::JpegLossless) if !(50..=70).contains(&number) => {
            JPEG_BASELINE
        }
        Some(Family::JpegLs) if !(80..=81).contains(&number) => JPEG_LS,
        Some(Family::Jpeg2000) if !matches!(number, 90..=93 | 201..=203) => JPEG_2000,
        _ => uid,
    }
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
    } else if !may_lack_header(uid) {
        return Err(damaged(format!(
            "the pixels ({}) do not start with a header",
            syntax.name()
        )));
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

/// Reports whether a syntax's frames have another header than those compared, or none.
fn may_lack_header(uid: &str) -> bool {
    uid.starts_with(JPEG_XL) || !uid.starts_with(COMPRESSED)
}

fn syntax(uid: &str) -> Result<&'static TransferSyntax> {
    let known = if JPEG_RETIRED.contains(&uid) {
        JPEG_BASELINE
    } else {
        uid
    };
    TransferSyntaxRegistry.get(known).ok_or_else(|| match uid {
        "" => unsupported("the pixels are compressed and the transfer syntax is not stated"),
        _ => unsupported(format!("the transfer syntax {uid} is not known")),
    })
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
    if own.components != format.samples_per_pixel {
        return Err(damaged(format!(
            "the compressed picture has {} samples per pixel, but the file says {}",
            own.components, format.samples_per_pixel
        )));
    }
    if own.family == Family::JpegDct && own.precision > 8 {
        return Err(unsupported(format!(
            "the picture is a lossy JPEG of {} bits per sample, and only 8 are supported",
            own.precision
        )));
    }
    Ok(())
}

/// Tells an unsupported frame from a damaged one by the codec's own words.
fn failed(name: &str, cause: &dyn std::error::Error) -> Error {
    let story = story(cause);
    if story.contains("nsupported") || story.contains("not supported") {
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
