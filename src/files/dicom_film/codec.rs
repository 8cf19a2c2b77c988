//! One compressed frame to bytes, through the codecs of `dicom-rs`.
//!
//! Each codec is given exactly one frame in one fragment, whose own header has been compared with
//! the file's: it can neither be led astray by the fragments around it nor by a lying codestream.

use dicom::transfer_syntax::{TransferSyntax, TransferSyntaxIndex as _, TransferSyntaxRegistry};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::codestream::{self, Codestream, Family};
use super::format::PixelFormat;
use super::one_frame::OneFrame;
use super::{colour, jpeg, jpeg_2000, rle, samples};
use crate::error::{Error, Result};
use crate::files::{damaged, story, unsupported};
use crate::radiograph::Memory;

const RLE: &str = "1.2.840.10008.1.2.5";
const UNCOMPRESSED: &str = "1.2.840.10008.1.2.1.98";
/// The longest UID of the syntaxes of uncompressed pixels, but for the deflated ones.
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
/// Retired processes that the baseline decoder reads (spectral selection and full progression).
const JPEG_RETIRED: [&str; 2] = ["1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55"];
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_LS_NEAR: &str = "1.2.840.10008.1.2.4.81";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";
/// What these decode to may lie beyond the samples that were encoded.
const LOSSY: [&str; 6] = [
    JPEG_LS_NEAR,
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.93",
    "1.2.840.10008.1.2.4.111",
    "1.2.840.10008.1.2.4.112",
    "1.2.840.10008.1.2.4.203",
];
/// JPEG XL's three syntaxes start so.
const JPEG_XL: &str = "1.2.840.10008.1.2.4.11";
/// The syntaxes of JPEG, JPEG-LS and JPEG 2000 start so, and so do others.
const COMPRESSED: &str = "1.2.840.10008.1.2.4.";

/// A decoded frame.
pub(super) struct Decoded {
    /// Little-endian samples, interleaved.
    pub(super) bytes: Memory,
    /// Whether the codec has turned chrominance into red, green and blue.
    pub(super) rgb: bool,
}

/// Decodes one frame.
pub(super) fn decode(uid: &str, format: &PixelFormat, data: &[u8]) -> Result<Decoded> {
    let own = codestream::header(data);
    let uid = if uid == RLE || uid == UNCOMPRESSED {
        uid
    } else {
        matching(uid, own, data.len() == format.layout().frame_bytes())
    };
    if let Some(own) = own.filter(|own| own.family == Family::JpegDct && uid != RLE) {
        let chrominance = own.components == 3 && jpeg::holds_chrominance(data, &format.photometric);
        // The library reads 8 bits and takes three components for chrominance.
        if own.precision > 8 || (own.components == 3 && !chrominance) {
            check(&own, format)?;
            let bytes = lossy_jpeg(data, format, chrominance)?;
            return Ok(Decoded {
                bytes: bytes.into(),
                rgb: true,
            });
        }
    }
    if let Some(own) = own.filter(|own| own.family == Family::JpegLossless && uid != RLE) {
        check(&own, format)?;
        let bytes = widened(jpeg::lossless::decode(data)?, format)?;
        return Ok(Decoded {
            bytes: bytes.into(),
            rgb: false,
        });
    }
    if let Some(bytes) = own.and_then(|own| plain_grey_jpeg(&own, format, data)) {
        return Ok(Decoded { bytes, rgb: true });
    }
    let mut bytes = match uid {
        RLE => rle::decode(data, format)?.into(),
        UNCOMPRESSED => Memory::copied(data),
        _ => through_codec(uid, format, data, own)?,
    };
    if format.bits_allocated == 1 && own.is_none() {
        bytes = samples::unpacked(&bytes).into();
    }
    // Without a header of their own, frames keep the arrangement that the file states.
    let planar = own.map_or(
        format.planar && uid != RLE && !uid.starts_with(COMPRESSED),
        |own| own.planar,
    );
    if planar && format.samples_per_pixel > 1 && bytes.len() >= format.layout().frame_bytes() {
        bytes = samples::interleaved(&bytes, format).into();
    }
    if LOSSY.contains(&uid) {
        samples::limit(&mut bytes, format);
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
fn matching(uid: &str, own: Option<Codestream>, whole: bool) -> &str {
    let number: u32 = uid
        .strip_prefix(COMPRESSED)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    match own.map(|own| own.family) {
        // Fragments that hold a frame as it is, under a syntax that has no fragments.
        None if whole && number == 0 && uid.len() <= EXPLICIT.len() => UNCOMPRESSED,
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
) -> Result<Memory> {
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
    if format.bits_allocated > 1 && own.is_some_and(|own| own.family == Family::Jpeg2000) {
        return jpeg_2000::decode(data, format);
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
    Ok(bytes.into())
}

/// Decodes a lossy JPEG with the decoder of our own, to samples as wide as the file says.
fn lossy_jpeg(data: &[u8], format: &PixelFormat, chrominance: bool) -> Result<Vec<u8>> {
    let picture = jpeg::decode(data)?;
    let precision = picture.precision;
    let mut bytes = widened(picture, format)?;
    if chrominance {
        colour::rgb_from_ybr(&mut bytes, format.bits_allocated as usize / 8, precision);
    }
    Ok(bytes)
}

/// Gives samples the width that the file says.
fn widened(picture: jpeg::Picture, format: &PixelFormat) -> Result<Vec<u8>> {
    if picture.precision > format.bits_allocated {
        return Err(damaged(format!(
            "the compressed picture has {} bits per sample, but the file allocates {}",
            picture.precision, format.bits_allocated
        )));
    }
    let samples = picture.samples.into_iter();
    Ok(match format.bits_allocated {
        8 => samples.map(|sample| sample as u8).collect(),
        16 => samples
            .map(u16::to_le_bytes)
            .collect::<Vec<_>>()
            .into_flattened(),
        _ => samples
            .map(|sample| u32::from(sample).to_le_bytes())
            .collect::<Vec<_>>()
            .into_flattened(),
    })
}

/// Decodes a grey JPEG of 8 bits in samples of 8 with the fastest library there is; `None` for any
/// other, and where the picture has the least flaw: the slower ones say which.
fn plain_grey_jpeg(own: &Codestream, format: &PixelFormat, data: &[u8]) -> Option<Memory> {
    let plain = (own.family, own.components, own.precision) == (Family::JpegDct, 1, 8);
    if !plain || format.bits_allocated != 8 || check(own, format).is_err() {
        return None;
    }
    let options = DecoderOptions::new_fast()
        .set_strict_mode(true)
        .set_max_width(format.columns)
        .set_max_height(format.rows)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut bytes = Memory::zeroed(format.columns * format.rows)?;
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_into(&mut bytes).ok()?;
    Some(bytes)
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

pub(super) fn check(own: &Codestream, format: &PixelFormat) -> Result<()> {
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
    Ok(())
}

/// Tells an unsupported frame from a damaged one by the codec's own words.
pub(super) fn failed(name: &str, cause: &dyn std::error::Error) -> Error {
    let story = story(cause);
    if story.contains("nsupported") || story.contains("not supported") {
        unsupported(format!("this kind of {name} is not supported ({story})"))
    } else {
        damaged(format!("the pixels ({name}) cannot be decoded: {story}"))
    }
}

#[cfg(test)]
mod tests {
    use dicom::encoding::Codec;

    use super::*;

    const STATEMENT: &str = include_str!("../../../docs/dicom-conformance.md");

    /// Whether films of a syntax are read, as far as the codecs that are linked decide it.
    fn read(uid: &str) -> bool {
        let Ok(syntax) = syntax(uid) else {
            return false;
        };
        // Referenced pixels are elsewhere, whatever codec their data set has.
        let elsewhere = syntax.name().contains("JPIP");
        match syntax.codec() {
            Codec::None | Codec::Dataset(Some(_)) => !elsewhere,
            _ => matches!(uid, RLE | UNCOMPRESSED) || syntax.pixel_data_reader().is_some(),
        }
    }

    #[test]
    fn the_conformance_statement_says_what_the_codecs_read() {
        let stated: Vec<(&str, bool)> = STATEMENT
            .lines()
            .filter_map(|line| line.strip_prefix("| 1.2.840.10008.1.2"))
            .map(|row| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                (cells[0], cells[2].starts_with("yes"))
            })
            .collect();
        for &(ending, yes) in &stated {
            let uid = format!("1.2.840.10008.1.2{ending}");
            assert_eq!(read(&uid), yes, "{uid}");
        }
        let known = TransferSyntaxRegistry.iter().map(TransferSyntax::uid);
        for uid in known.chain(JPEG_RETIRED) {
            let listed = stated
                .iter()
                .any(|(ending, _)| uid == format!("1.2.840.10008.1.2{ending}"));
            assert!(listed, "{uid} is missing in the statement");
        }
    }
}
