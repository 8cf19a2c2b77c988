//! The header of one element: its tag, its VR and where its value lies (PS3.5 7.1).

use dicom::core::dictionary::{DataDictionary as _, DataDictionaryEntry as _};
use dicom::core::{Tag, VR};
use dicom::dictionary_std::StandardDataDictionary;

/// The tag that starts an item of a sequence.
pub(super) const ITEM: Tag = Tag(0xfffe, 0xe000);

/// How a data set writes its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

/// An element without its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) tag: Tag,
    /// As written or, for implicit encoding, as the dictionary says.
    pub(super) vr: VR,
    /// Where the value starts.
    pub(super) value: usize,
    /// `None` when undefined.
    pub(super) length: Option<usize>,
    /// Whether an explicit encoding names no VR that exists: a parser would stop here.
    pub(super) nameless: bool,
}

impl Header {
    /// Returns where the value ends, or `None` when its length is undefined.
    pub(super) fn end(&self) -> Option<usize> {
        self.length.map(|length| self.value.saturating_add(length))
    }

    /// Reports whether the value ends within a number: the parser reads whole numbers only, takes
    /// what follows them for the next element, and believes the length it finds there.
    pub(super) fn ragged(&self) -> bool {
        let width = match self.vr {
            VR::OW | VR::SS | VR::US => 2,
            VR::AT | VR::FL | VR::OF | VR::OL | VR::SL | VR::UL => 4,
            VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => 8,
            _ => 1,
        };
        self.length
            .is_some_and(|length| !length.is_multiple_of(width))
    }
}

/// Reads the header at a position, or `None` where the bytes end or make no header.
pub(super) fn header_at(bytes: &[u8], position: usize, encoding: Encoding) -> Option<Header> {
    let head = bytes.get(position..position.checked_add(8)?)?;
    let numbers = Numbers {
        big: encoding == Encoding::ExplicitBig,
    };
    let tag = Tag(numbers.short(&head[..2]), numbers.short(&head[2..4]));
    let header = |vr, value, length: u32| Header {
        tag,
        vr,
        value,
        length: (length != u32::MAX).then_some(length as usize),
        nameless: false,
    };
    if tag.0 == 0xfffe {
        return Some(header(VR::UN, position + 8, numbers.long(&head[4..])));
    }
    if encoding == Encoding::ImplicitLittle {
        let vr = dictionary_vr(tag);
        return Some(header(vr, position + 8, numbers.long(&head[4..])));
    }
    match VR::from_binary([head[4], head[5]]) {
        Some(vr) if has_long_length(vr) => {
            let length = bytes.get(position + 8..position + 12)?;
            Some(header(vr, position + 12, numbers.long(length)))
        }
        Some(vr) => Some(header(vr, position + 8, numbers.short(&head[6..]).into())),
        None => nameless(bytes, position, encoding, tag),
    }
}

/// Reads the header of an element whose explicit encoding names no VR that exists: written with a
/// VR of its maker's, or without one as in implicit encoding. Of the readings that are possible the
/// first one behind which another element follows is taken.
fn nameless(bytes: &[u8], position: usize, encoding: Encoding, tag: Tag) -> Option<Header> {
    let head = bytes.get(position..position + 8)?;
    let numbers = Numbers {
        big: encoding == Encoding::ExplicitBig,
    };
    let short = Some((position + 8, u32::from(numbers.short(&head[6..]))));
    let long = bytes
        .get(position + 8..position + 12)
        .filter(|_| head[6..] == [0, 0])
        .map(|length| (position + 12, numbers.long(length)));
    let implicit = Some((position + 8, numbers.long(&head[4..])));
    let letters = head[4].is_ascii_uppercase() && head[5].is_ascii_uppercase();
    let readings = if letters {
        [short, long, implicit]
    } else {
        [implicit, long, short]
    };
    readings
        .into_iter()
        .flatten()
        .map(|(value, length)| (value, length as usize))
        .find(|&(value, length)| follows(bytes, value.saturating_add(length), encoding, tag))
        .map(|(value, length)| Header {
            tag,
            vr: dictionary_vr(tag),
            value,
            length: Some(length),
            nameless: true,
        })
}

/// Reports whether at a position the bytes end, or an element stands that may follow another.
fn follows(bytes: &[u8], position: usize, encoding: Encoding, before: Tag) -> bool {
    if position == bytes.len() {
        return true;
    }
    let Some(head) = bytes.get(position..position.saturating_add(8)) else {
        return false;
    };
    let numbers = Numbers {
        big: encoding == Encoding::ExplicitBig,
    };
    let tag = Tag(numbers.short(&head[..2]), numbers.short(&head[2..4]));
    let delimiter = tag.0 == 0xfffe && matches!(tag.1, 0xe000 | 0xe00d | 0xe0dd);
    let near = tag > before && (tag.0 == 0x7fe0 || tag.0 <= 0x6000);
    delimiter || (near && VR::from_binary([head[4], head[5]]).is_some())
}

struct Numbers {
    big: bool,
}

impl Numbers {
    /// Reads the first two bytes.
    fn short(&self, bytes: &[u8]) -> u16 {
        let pair = [bytes[0], bytes[1]];
        if self.big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    }

    /// Reads the first four bytes.
    fn long(&self, bytes: &[u8]) -> u32 {
        let quad = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.big {
            u32::from_be_bytes(quad)
        } else {
            u32::from_le_bytes(quad)
        }
    }
}

/// The VRs whose explicit header has two reserved bytes and a 32-bit length (PS3.5 7.1.2).
fn has_long_length(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    matches!(
        vr,
        OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV
    )
}

/// Returns the VR that the standard gives a tag, UN when it does not know it.
pub(super) fn dictionary_vr(tag: Tag) -> VR {
    StandardDataDictionary
        .by_tag(tag)
        .map_or(VR::UN, |entry| entry.vr().relaxed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vr_that_does_not_exist_is_passed_by() {
        let next = b"\x10\0\x20\0LO\x02\0ab";
        let read = |head: &[u8]| {
            let bytes = [head, b"A^B ", next].concat();
            header_at(&bytes, 0, Encoding::ExplicitLittle)
        };
        let forms: [&[u8]; 3] = [
            b"\x10\0\x10\0ZZ\x04\0",
            b"\x10\0\x10\0ZZ\0\0\x04\0\0\0",
            b"\x10\0\x10\0\x04\0\0\0",
        ];
        for head in forms {
            let header = read(head).unwrap();
            assert_eq!((header.vr, header.nameless), (VR::PN, true));
            assert_eq!((header.value, header.length), (head.len(), Some(4)));
        }
        assert_eq!(read(b"\x10\0\x10\0ZZ\x09\0"), None);
    }
}
