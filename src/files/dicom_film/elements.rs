//! Where the elements of a data set lie in its bytes.
//!
//! A walk over headers only: it trusts no length, counts nesting without recursion, and finds the
//! pixels without reading what follows them. Values are the business of `dataset`.

use std::ops::Range;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::header::{Encoding, Header, ITEM, dictionary_vr, header_at};
use super::pixel_element::{PixelElement, pixels};
use crate::error::Result;
use crate::files::damaged;

/// Deeper nesting than any real object: the parser behind recurses.
const DEEPEST: usize = 512;

const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

/// An element of interest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) header: Header,
    /// Its header and its value.
    pub(super) range: Range<usize>,
    /// Whether its VR is to be taken from the dictionary: the file has none or UN.
    pub(super) unknown: bool,
}

/// What a data set holds of interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outline {
    /// The elements that describe the image and the patient, in order.
    pub(super) kept: Vec<Kept>,
    pub(super) pixels: Option<PixelElement>,
    /// Sequences that contradict themselves and were left out.
    pub(super) broken: usize,
    /// Whether the walk ended before the data set did.
    pub(super) ends_early: bool,
}

/// Walks the data set from `start` up to and including its pixels, and keeps what is wanted.
pub(super) fn outline(
    bytes: &[u8],
    start: usize,
    (encoding, wanted): (Encoding, fn(Tag) -> bool),
) -> Result<Outline> {
    let mut outline = Outline::default();
    let mut position = start;
    while position < bytes.len() {
        let Some(header) = header_at(bytes, position, encoding) else {
            outline.ends_early = true;
            break;
        };
        if matches!(header.tag, Tag(0x7fe0, 0x0008..=0x0010)) {
            outline.pixels = Some(pixels(bytes, &header, encoding)?);
            break;
        }
        // Trailing padding ends the data set; a delimiter outside a sequence is junk.
        if matches!(header.tag.0, 0xfffc | 0xfffe) {
            break;
        }
        let (end, readable) = match header.end() {
            Some(end) if end > bytes.len() => {
                outline.ends_early = true;
                break;
            }
            Some(end) if header.vr == VR::SQ && wanted(header.tag) => {
                let extent = sequence_extent(bytes, &header, encoding);
                (end, extent.is_ok_and(|extent| extent.readable))
            }
            // Alone, and by its dictionary VR, such a value can still be read.
            Some(end) => {
                let misread = header.ragged() || header.nameless;
                (end, !misread || encoding == Encoding::ExplicitLittle)
            }
            None => {
                let extent = sequence_extent(bytes, &header, encoding)?;
                (extent.end, extent.readable)
            }
        };
        if wanted(header.tag) && readable {
            let unnamed = header.nameless
                || header.ragged()
                || (header.vr == VR::UN && dictionary_vr(header.tag) != VR::UN);
            outline.kept.push(Kept {
                header,
                range: position..end,
                unknown: unnamed && encoding == Encoding::ExplicitLittle,
            });
        } else if wanted(header.tag) {
            outline.broken += 1;
        }
        position = end;
    }
    Ok(outline)
}

/// Groups of the patient, acquisition, image, view, presentation and overlay modules; neither
/// group lengths nor private elements.
pub(super) fn of_films(tag: Tag) -> bool {
    let groups = [
        0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x0054, 0x2050, 0x5200,
    ];
    let overlay = matches!(tag.0, 0x6000..=0x601e) && tag.0.is_multiple_of(2);
    tag.1 != 0 && (overlay || groups.contains(&tag.0))
}

#[derive(Clone, Copy, PartialEq)]
enum Expecting {
    Items,
    Elements,
    /// The fragments of compressed pixels, as an icon has them.
    Fragments,
}

/// A sequence or an item that the walk is inside.
#[derive(Clone, Copy)]
struct Level {
    expecting: Expecting,
    end: Option<usize>,
    encoding: Encoding,
}

/// Where a sequence ends, and whether the parser, which trusts every length, may read it.
pub(super) struct Extent {
    pub(super) end: usize,
    pub(super) readable: bool,
}

/// Walks through a sequence and all its levels.
pub(super) fn sequence_extent(bytes: &[u8], header: &Header, encoding: Encoding) -> Result<Extent> {
    let mut readable = true;
    let mut levels = vec![items_of(header, encoding)];
    let mut position = header.value;
    while let Some(&level) = levels.last() {
        if level.end.is_some_and(|end| position >= end) {
            readable &= level.end == Some(position);
            levels.pop();
            continue;
        }
        let next = header_at(bytes, position, level.encoding)
            .ok_or_else(|| damaged("the file ends inside a sequence"))?;
        position = next.value;
        readable &= !next.nameless && !next.ragged();
        match (level.expecting, next.tag) {
            (Expecting::Items | Expecting::Fragments, SEQUENCE_END)
            | (Expecting::Elements, ITEM_END) => {
                levels.pop();
            }
            (Expecting::Fragments, ITEM) => position = next.end().unwrap_or(usize::MAX),
            (Expecting::Items, ITEM) => levels.push(Level {
                expecting: Expecting::Elements,
                end: next.end(),
                ..level
            }),
            (Expecting::Items | Expecting::Fragments, _) => {
                return Err(damaged("a sequence holds something else than items"));
            }
            (Expecting::Elements, tags::PIXEL_DATA) if next.length.is_none() => {
                levels.push(Level {
                    expecting: Expecting::Fragments,
                    end: None,
                    ..level
                });
            }
            (Expecting::Elements, _) if next.vr == VR::SQ || next.length.is_none() => {
                readable &= next.vr == VR::SQ;
                levels.push(items_of(&next, level.encoding));
            }
            (Expecting::Elements, _) => position = next.end().unwrap_or(position),
        }
        if position > bytes.len() {
            return Err(damaged(
                "an element inside a sequence is longer than the file",
            ));
        }
        if levels.len() > DEEPEST {
            return Err(damaged(format!(
                "sequences are nested more than {DEEPEST} deep"
            )));
        }
    }
    Ok(Extent {
        end: position,
        readable,
    })
}

fn items_of(header: &Header, encoding: Encoding) -> Level {
    Level {
        expecting: Expecting::Items,
        end: header.end(),
        // A UN of undefined length holds implicit elements, whatever surrounds it (PS3.5 6.2.2).
        encoding: if header.vr == VR::UN {
            Encoding::ImplicitLittle
        } else {
            encoding
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::pixel_element::PixelContent;
    use super::*;

    fn element(tag: [u8; 4], vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
        let mut bytes = tag.to_vec();
        bytes.extend_from_slice(vr);
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
        bytes.extend_from_slice(value);
        bytes
    }

    #[test]
    fn elements_of_other_groups_and_what_follows_the_pixels_are_not_kept() {
        let mut bytes = element([8, 0, 0x60, 0], b"CS", b"DX");
        let first = 0..bytes.len();
        bytes.extend(element([9, 0, 0x10, 0], b"LO", b"X "));
        bytes.extend([
            0xe0, 0x7f, 0x10, 0, b'O', b'W', 0, 0, 4, 0, 0, 0, 1, 2, 3, 4,
        ]);
        let pixels_end = bytes.len();
        bytes.extend(b"junk");
        let outline = outline(&bytes, 0, (Encoding::ExplicitLittle, of_films)).unwrap();
        let ranges: Vec<_> = outline.kept.into_iter().map(|kept| kept.range).collect();
        assert_eq!(ranges, [first]);
        let content = outline.pixels.unwrap().content;
        assert_eq!(content, PixelContent::Native(pixels_end - 4..pixels_end));
    }

    #[test]
    fn a_length_beyond_the_file_ends_the_walk() {
        let mut bytes = element([8, 0, 0x60, 0], b"CS", b"DX");
        bytes[6] = 200;
        let outline = outline(&bytes, 0, (Encoding::ExplicitLittle, of_films)).unwrap();
        assert!(outline.ends_early && outline.kept.is_empty());
    }

    #[test]
    fn half_a_number_does_not_lead_the_parser_astray() {
        let mut bytes = element([8, 0, 0x60, 0], b"FL", b"DX");
        bytes.extend(element([0x10, 0, 0x10, 0], b"PN", b"A^B "));
        bytes.extend(element([0x18, 0, 0x64, 0x11], b"DS", b"0.2\\0.2 "));
        let kept = outline(&bytes, 0, (Encoding::ExplicitLittle, of_films))
            .unwrap()
            .kept;
        let unknown: Vec<bool> = kept.iter().map(|kept| kept.unknown).collect();
        assert_eq!(unknown, [true, false, false]);
        let mut item = vec![0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff];
        item.extend(b"\x28\0\x06\x30OL\0\0\x06\0\0\0\0\0\x33\0\xff\0");
        item.extend(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0");
        let mut bytes = b"\x28\0\x10\x30SQ\0\0\xff\xff\xff\xff".to_vec();
        bytes.extend(item);
        let outline = outline(&bytes, 0, (Encoding::ExplicitLittle, of_films)).unwrap();
        assert_eq!((outline.broken, outline.kept.len()), (1, 0));
    }

    #[test]
    fn a_vr_that_does_not_exist_is_kept_from_the_parser_in_big_endian() {
        let mut bytes = b"\0\x10\0\x10GN\0\x04A^B ".to_vec();
        bytes.extend(b"\0\x10\0\x20LO\0\x02ab");
        let outline = outline(&bytes, 0, (Encoding::ExplicitBig, of_films)).unwrap();
        assert_eq!((outline.broken, outline.kept.len()), (1, 1));
    }

    #[test]
    fn nesting_is_counted_without_recursion() {
        let mut bytes = Vec::new();
        for _ in 0..100_000 {
            bytes.extend([8, 0, 0x15, 0x11, b'S', b'Q', 0, 0, 255, 255, 255, 255]);
            bytes.extend([0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255]);
        }
        let error = outline(&bytes, 0, (Encoding::ExplicitLittle, of_films)).unwrap_err();
        assert!(error.message.contains("nested"), "{error}");
    }
}
