//! A data set as a tree of elements that point into its bytes: every element, private ones and
//! those with a wrong VR included, because what is not seen cannot be taken out. Values are not
//! interpreted here.

use std::borrow::Cow;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::super::elements::sequence_extent;
use super::super::header::{Encoding, Header, ITEM, dictionary_vr, header_at};
use crate::error::{Error, ErrorKind, Result};
use crate::files::damaged;

const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

/// Deeper nesting than any real object: the tree is walked by recursion.
const DEEPEST: usize = 64;

/// The most elements of a data set: each takes more memory here than in the file.
const MOST_ELEMENTS: usize = 2_000_000;

/// The items of a sequence.
pub(super) type Items<'a> = Vec<Vec<Element<'a>>>;

/// An element with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    /// As written; as the dictionary says where nothing, or UN, is written.
    pub(super) vr: VR,
    pub(super) value: Value<'a>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// Numbers are little-endian.
    Bytes(Cow<'a, [u8]>),
    Items(Items<'a>),
}

impl<'a> Element<'a> {
    /// Makes an element of bytes.
    pub(super) fn new(tag: Tag, vr: VR, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let value = Value::Bytes(bytes.into());
        Self { tag, vr, value }
    }

    /// Returns the value's bytes, none for a sequence's.
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.value {
            Value::Bytes(bytes) => bytes,
            Value::Items(_) => &[],
        }
    }
}

/// A data set without its pixels.
pub(super) struct Tree<'a> {
    pub(super) elements: Vec<Element<'a>>,
    /// Elements that contradict themselves and were left out.
    pub(super) broken: usize,
}

/// Reads the elements from `start` up to the pixels.
pub(super) fn read(body: &[u8], start: usize, encoding: Encoding) -> Result<Tree<'_>> {
    let mut reader = Reader {
        body,
        left: MOST_ELEMENTS,
        broken: 0,
    };
    let mut elements = Vec::new();
    let mut position = start;
    while let Some(header) = header_at(body, position, encoding) {
        let pixels = matches!(header.tag, Tag(0x7fe0, 0x0008..=0x0010));
        if pixels || matches!(header.tag.0, 0xfffc | 0xfffe) {
            break;
        }
        let (element, end) = reader.element(&header, encoding, 0)?;
        elements.extend(element);
        position = end;
    }
    let broken = reader.broken;
    Ok(Tree { elements, broken })
}

struct Reader<'a> {
    body: &'a [u8],
    /// How many elements may follow.
    left: usize,
    broken: usize,
}

impl<'a> Reader<'a> {
    /// Reads the element of a header, `None` where it contradicts itself, and where it ends.
    fn element(
        &mut self,
        header: &Header,
        encoding: Encoding,
        depth: usize,
    ) -> Result<(Option<Element<'a>>, usize)> {
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        let ends = header.end().filter(|&end| end <= self.body.len());
        let Some(end) = ends else {
            if header.length.is_some() {
                return Err(damaged("an element is longer than the file"));
            }
            let extent = sequence_extent(self.body, header, encoding)?;
            let implicit = header.vr == VR::UN;
            let inner = if implicit {
                Encoding::ImplicitLittle
            } else {
                encoding
            };
            // Of undefined length are sequences, and fragments, which only pixels are made of.
            let sequence = matches!(header.vr, VR::SQ | VR::UN);
            let items = if sequence {
                self.items((header.value, extent.end), inner, depth)?
            } else {
                None
            };
            return Ok((self.sequence(header, items), extent.end));
        };
        let unnamed = header.vr == VR::UN && dictionary_vr(header.tag) != VR::UN;
        let vr = if unnamed {
            dictionary_vr(header.tag)
        } else {
            header.vr
        };
        if vr != VR::SQ {
            let bytes = &self.body[header.value..end];
            let implicit = header.nameless || unnamed;
            let big = encoding == Encoding::ExplicitBig && !implicit;
            let bytes = if big {
                little(bytes, vr)
            } else {
                Cow::Borrowed(bytes)
            };
            let value = Value::Bytes(bytes);
            let tag = header.tag;
            return Ok((Some(Element { tag, vr, value }), end));
        }
        let inner = self.inner_encoding(header, encoding, unnamed);
        let items = self.items((header.value, end), inner, depth)?;
        Ok((self.sequence(header, items), end))
    }

    /// The content of a sequence written as UN should be implicit, and is explicit where a gateway
    /// only renamed its VR.
    fn inner_encoding(&self, header: &Header, encoding: Encoding, unnamed: bool) -> Encoding {
        let letters = self.body.get(header.value + 12..header.value + 14);
        let explicit = letters.is_some_and(|pair| VR::from_binary([pair[0], pair[1]]).is_some());
        match (unnamed, explicit) {
            (false, _) => encoding,
            (true, true) => Encoding::ExplicitLittle,
            (true, false) => Encoding::ImplicitLittle,
        }
    }

    fn sequence(&mut self, header: &Header, items: Option<Items<'a>>) -> Option<Element<'a>> {
        let Some(items) = items else {
            self.broken += 1;
            return None;
        };
        Some(Element {
            tag: header.tag,
            vr: VR::SQ,
            value: Value::Items(items),
        })
    }

    /// Reads items within a range; `None` where they contradict themselves.
    fn items(
        &mut self,
        (start, limit): (usize, usize),
        encoding: Encoding,
        depth: usize,
    ) -> Result<Option<Items<'a>>> {
        if depth == DEEPEST {
            return Err(damaged(format!(
                "sequences are nested more than {DEEPEST} deep"
            )));
        }
        let mut items = Vec::new();
        let mut position = start;
        while position < limit {
            let Some(header) = header_at(self.body, position, encoding) else {
                return Ok(None);
            };
            if header.tag == SEQUENCE_END {
                break;
            }
            let end = header.end().unwrap_or(limit);
            if header.tag != ITEM || end > limit {
                return Ok(None);
            }
            let Some((item, end)) = self.item((header.value, end), encoding, depth)? else {
                return Ok(None);
            };
            items.push(item);
            position = end;
        }
        Ok(Some(items))
    }

    fn item(
        &mut self,
        (start, limit): (usize, usize),
        encoding: Encoding,
        depth: usize,
    ) -> Result<Option<(Vec<Element<'a>>, usize)>> {
        let mut elements = Vec::new();
        let mut position = start;
        while position < limit {
            let Some(header) = header_at(self.body, position, encoding) else {
                return Ok(None);
            };
            if header.tag == ITEM_END {
                return Ok(Some((elements, header.value)));
            }
            let fragments = header.tag == tags::PIXEL_DATA && header.length.is_none();
            let fits = header.end().is_none_or(|end| end <= limit);
            if header.tag.0 == 0xfffe || !fits {
                return Ok(None);
            }
            if fragments {
                // The pixels of an icon: no rule keeps them.
                let Some(end) = self.fragments_end(header.value, encoding) else {
                    return Ok(None);
                };
                position = end;
                continue;
            }
            let (element, end) = self.element(&header, encoding, depth + 1)?;
            elements.extend(element);
            position = end;
        }
        Ok(Some((elements, position)))
    }

    fn fragments_end(&self, mut position: usize, encoding: Encoding) -> Option<usize> {
        loop {
            let header = header_at(self.body, position, encoding)?;
            if header.tag == SEQUENCE_END {
                return Some(header.value);
            }
            let end = header.end().filter(|&end| end <= self.body.len())?;
            position = (header.tag == ITEM).then_some(end)?;
        }
    }
}

fn too_many() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the file has more than {MOST_ELEMENTS} attributes"),
        "Export a single film from it.",
    )
}

/// Turns big-endian numbers around.
fn little(bytes: &[u8], vr: VR) -> Cow<'_, [u8]> {
    let width = match vr {
        VR::AT | VR::OW | VR::SS | VR::US => 2,
        VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
        _ => return Cow::Borrowed(bytes),
    };
    let mut turned = bytes.to_vec();
    turned.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    Cow::Owned(turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NESTED: &[u8] = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff\
        \x08\0\x55\x11UI\x04\x001.2\0\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";

    #[test]
    fn elements_and_items_are_found_whatever_writes_their_ends() {
        let tree = read(NESTED, 0, Encoding::ExplicitLittle).unwrap();
        let Value::Items(items) = &tree.elements[0].value else {
            panic!("no sequence");
        };
        assert_eq!(items[0][0].bytes(), b"1.2\0");
        let mut defined = b"\x08\0\x40\x11SQ\0\0\x14\0\0\0\xfe\xff\0\xe0\x0c\0\0\0".to_vec();
        defined.extend(b"\x08\0\x55\x11UI\x04\x001.2\0");
        assert_eq!(
            read(&defined, 0, Encoding::ExplicitLittle)
                .unwrap()
                .elements,
            tree.elements
        );
    }

    #[test]
    fn a_sequence_in_un_is_a_sequence() {
        let content = b"\xfe\xff\0\xe0\x0c\0\0\0\x08\0\x55\x11\x04\0\0\x001.2\0";
        let mut bytes = b"\x08\0\x40\x11UN\0\0".to_vec();
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(content);
        let tree = read(&bytes, 0, Encoding::ExplicitLittle).unwrap();
        assert!(matches!(&tree.elements[0].value, Value::Items(items) if items[0].len() == 1));
    }

    #[test]
    fn what_contradicts_itself_is_left_out_and_counted() {
        let bytes = b"\x08\0\x40\x11SQ\0\0\x08\0\0\0\x08\0\x55\x11UI\0\0\x08\0\x60\0CS\x02\0DX";
        let tree = read(bytes, 0, Encoding::ExplicitLittle).unwrap();
        assert_eq!((tree.broken, tree.elements.len()), (1, 1));
    }

    #[test]
    fn big_endian_numbers_are_turned() {
        let bytes = b"\0\x28\0\x10US\0\x02\x01\x02";
        let tree = read(bytes, 0, Encoding::ExplicitBig).unwrap();
        assert_eq!(tree.elements[0].bytes(), [2, 1]);
    }
}
