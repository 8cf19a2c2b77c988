//! From a file's bytes to its attributes and the place of its pixels.
//!
//! Tolerant where real files demand it: no preamble, no meta group, a wrong transfer syntax, junk
//! after the pixels. Only the attributes that matter here reach the parser, so an odd private
//! element cannot cost a film. Pixels are not decoded here.

use std::ops::Range;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};
use dicom::encoding::Codec;
use dicom::object::InMemDicomObject;
use dicom::transfer_syntax::{TransferSyntaxIndex as _, TransferSyntaxRegistry};

use super::body::Body;
use super::elements::{Kept, of_films, outline};
use super::header::{Encoding, Header, header_at};
use super::pixel_element::PixelElement;
use super::unknown;
use crate::error::{Error, Result};
use crate::files::{damaged, story};
use crate::radiograph::FrameBytes;

/// Retired from the standard, not from the archives.
const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// A parsed file.
pub(super) struct Dataset<'a> {
    pub(super) attributes: InMemDicomObject,
    /// The elements that the attributes were read from.
    kept: Vec<Kept>,
    /// The bytes that `pixels` points into.
    pub(super) body: Body<'a>,
    /// Where its elements start there.
    pub(super) start: usize,
    pub(super) pixels: Option<PixelElement>,
    pub(super) encoding: Encoding,
    /// As the file states it.
    pub(super) transfer_syntax: Option<String>,
    /// Whether the file ended before its data set did.
    pub(super) ends_early: bool,
}

impl<'f> Dataset<'f> {
    /// Returns bytes of the body.
    pub(super) fn bytes(&self, range: Range<usize>) -> FrameBytes<'f> {
        self.body.part(range)
    }

    /// Returns a value's bytes as the file has them, of an element outside sequences.
    pub(super) fn raw(&self, tag: Tag) -> Option<&[u8]> {
        let kept = self.kept.iter().find(|kept| kept.header.tag == tag)?;
        self.body.get(kept.header.value..kept.range.end)
    }

    /// Returns the VR that the file states for an element outside sequences.
    pub(super) fn vr(&self, tag: Tag) -> Option<VR> {
        let kept = self.kept.iter().find(|kept| kept.header.tag == tag)?;
        Some(kept.header.vr)
    }
}

/// Parses a file: what describes a film.
pub(super) fn read<'a>(bytes: &'a [u8], warnings: &mut Vec<String>) -> Result<Dataset<'a>> {
    read_of(bytes, of_films, warnings)
}

/// Parses a file: everything but private elements.
pub(super) fn read_all<'a>(bytes: &'a [u8], warnings: &mut Vec<String>) -> Result<Dataset<'a>> {
    let all = |tag: Tag| tag.1 != 0 && tag.0.is_multiple_of(2) && tag.0 >= 8;
    read_of(bytes, all, warnings)
}

fn read_of<'a>(
    bytes: &'a [u8],
    wanted: fn(Tag) -> bool,
    warnings: &mut Vec<String>,
) -> Result<Dataset<'a>> {
    let start = if bytes.get(128..132) == Some(b"DICM") {
        132
    } else if bytes.starts_with(b"DICM") {
        4
    } else {
        warnings.push("the file has no DICOM preamble".to_owned());
        0
    };
    let (transfer_syntax, start) = meta_group(bytes, start);
    if transfer_syntax.is_none() {
        warnings.push("the file does not state its transfer syntax; it was guessed".to_owned());
    }
    let (body, start) = match transfer_syntax.as_deref() {
        Some(uid) if deflated(uid) && !starts_with_element(bytes, start) => {
            (Body::inflated(&bytes[start..])?, 0)
        }
        _ => (Body::File(bytes), start),
    };
    let encoding = encoding(&body, start, transfer_syntax.as_deref(), warnings);
    let outline = outline(&body, start, (encoding, wanted))?;
    if outline.broken > 0 {
        warnings.push("a sequence that contradicts itself was left out".to_owned());
    }
    Ok(Dataset {
        attributes: attributes(&body, &outline.kept, encoding, warnings)?,
        kept: outline.kept,
        body,
        start,
        pixels: outline.pixels,
        encoding,
        transfer_syntax,
        ends_early: outline.ends_early,
    })
}

/// Reads the file meta group, if there is one: its transfer syntax, and where it ends. Its stated
/// length is not used: it is wrong too often.
fn meta_group(bytes: &[u8], start: usize) -> (Option<String>, usize) {
    let mut transfer_syntax = None;
    let mut position = start;
    let next = |position| {
        header_at(bytes, position, Encoding::ExplicitLittle)
            .or_else(|| header_at(bytes, position, Encoding::ImplicitLittle))
            .filter(|header| header.tag.0 == 0x0002)
    };
    while let Some(Header {
        tag,
        value,
        length: Some(length),
        ..
    }) = next(position)
    {
        let Some(content) = bytes.get(value..value.saturating_add(length)) else {
            break;
        };
        if tag.1 == 0x0010 {
            let text = String::from_utf8_lossy(content);
            let uid = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
            transfer_syntax = (!uid.is_empty()).then(|| uid.to_owned());
        }
        position = value + length;
    }
    (transfer_syntax, position)
}

fn deflated(uid: &str) -> bool {
    matches!(
        TransferSyntaxRegistry.get(uid).map(|syntax| syntax.codec()),
        Some(Codec::Dataset(_))
    )
}

/// Reports whether plain elements stand where a deflated data set was announced.
fn starts_with_element(bytes: &[u8], start: usize) -> bool {
    header_at(bytes, start, Encoding::ExplicitLittle)
        .is_some_and(|first| !first.nameless && (2..=0x10).contains(&first.tag.0))
}

/// What the first element looks like outweighs what the meta group says.
fn encoding(
    body: &[u8],
    start: usize,
    transfer_syntax: Option<&str>,
    warnings: &mut Vec<String>,
) -> Encoding {
    let stated = match transfer_syntax {
        Some(uids::IMPLICIT_VR_LITTLE_ENDIAN) => Some(Encoding::ImplicitLittle),
        Some(EXPLICIT_BIG_ENDIAN) => Some(Encoding::ExplicitBig),
        Some(_) => Some(Encoding::ExplicitLittle),
        None => None,
    };
    let first = body.get(start..start + 8).unwrap_or_default();
    let explicit = first.len() == 8 && VR::from_binary([first[4], first[5]]).is_some();
    let big = first.len() == 8 && first[0] == 0 && first[1] != 0;
    let found = match (explicit, big) {
        (true, true) => Encoding::ExplicitBig,
        (true, false) => Encoding::ExplicitLittle,
        (false, _) => Encoding::ImplicitLittle,
    };
    if stated.is_some_and(|stated| stated != found) {
        warnings.push("the data set is not written as its transfer syntax says".to_owned());
    }
    found
}

/// Parses what is kept of a data set. Where the parser stops at one element, the others are read
/// without it.
fn attributes(
    body: &[u8],
    kept: &[Kept],
    encoding: Encoding,
    warnings: &mut Vec<String>,
) -> Result<InMemDicomObject> {
    // The pixels of overlays are read as they are, without a copy.
    let parsed_ones = kept.iter().filter(|kept| !overlay_pixels(kept.header.tag));
    let (unknown, plain): (Vec<&Kept>, Vec<&Kept>) = parsed_ones.partition(|kept| kept.unknown);
    let pieces: Vec<&[u8]> = plain.iter().map(|kept| &body[kept.range.clone()]).collect();
    let whole = pieces.concat();
    let mut object = parsed(&whole, encoding)
        .or_else(|error| readable(body, &plain, encoding, warnings).ok_or(error))?;
    if encoding == Encoding::ExplicitLittle {
        for element in unknown.iter().filter_map(|kept| unknown::read(body, kept)) {
            object.put(element);
        }
        object = unknown::resolved(object);
    }
    Ok(object)
}

fn overlay_pixels(tag: Tag) -> bool {
    matches!(tag, Tag(0x6000..=0x601e, 0x3000))
}

/// Parses elements one by one, or returns `None` where none can be read.
fn readable(
    body: &[u8],
    plain: &[&Kept],
    encoding: Encoding,
    warnings: &mut Vec<String>,
) -> Option<InMemDicomObject> {
    // Texts are decoded while they are parsed, by the character set stated before them.
    let character_set = plain
        .iter()
        .find(|kept| kept.header.tag == tags::SPECIFIC_CHARACTER_SET)
        .map_or(&[][..], |kept| &body[kept.range.clone()]);
    let mut object = InMemDicomObject::new_empty();
    let mut count = 0;
    for kept in plain {
        let element = [character_set, &body[kept.range.clone()]].concat();
        if let Ok(parsed) = parsed(&element, encoding) {
            count += 1;
            for element in parsed {
                object.put(element);
            }
        }
    }
    warnings.push(format!(
        "{} attributes cannot be read and were left out",
        plain.len() - count
    ));
    (count > 0).then_some(object)
}

/// Parses elements that follow each other.
pub(super) fn parsed(elements: &[u8], encoding: Encoding) -> Result<InMemDicomObject> {
    let uid = match encoding {
        Encoding::ImplicitLittle => uids::IMPLICIT_VR_LITTLE_ENDIAN,
        Encoding::ExplicitLittle => uids::EXPLICIT_VR_LITTLE_ENDIAN,
        Encoding::ExplicitBig => EXPLICIT_BIG_ENDIAN,
    };
    let syntax = TransferSyntaxRegistry
        .get(uid)
        .ok_or_else(|| Error::internal("a basic transfer syntax is not registered"))?;
    InMemDicomObject::read_dataset_with_ts(elements, syntax).map_err(|cause| {
        let story = story(&cause);
        damaged(format!("the DICOM attributes cannot be read: {story}"))
    })
}
