//! Elements in Explicit VR Little Endian behind a file header of our own (PS3.10 7.1). Nothing of
//! the source's preamble, file meta group or padding is taken over.

use dicom::core::{Tag, VR};

use super::tree::{Element, Items, Value};

/// Identifies this program as a writer of files: from a UUID, once and for all.
pub(in crate::files) const IMPLEMENTATION_CLASS: &str =
    "2.25.291308164312764178513269801257402175518";
pub(in crate::files) const IMPLEMENTATION_VERSION: &str =
    concat!("SILHOUETTE_", env!("CARGO_PKG_VERSION"));

/// What the file meta group says of an object.
pub(super) struct Meta<'a> {
    pub(super) sop_class: &'a str,
    pub(super) sop_instance: &'a str,
    pub(super) transfer_syntax: &'a str,
}

/// Writes an empty preamble, the magic letters and the file meta group.
pub(super) fn header(meta: &Meta<'_>) -> Vec<u8> {
    let uid = |element, uid: &str| Element::new(Tag(2, element), VR::UI, uid.as_bytes().to_vec());
    let version = IMPLEMENTATION_VERSION.as_bytes();
    let group = [
        Element::new(Tag(2, 0x0001), VR::OB, vec![0, 1]),
        uid(0x0002, meta.sop_class),
        uid(0x0003, meta.sop_instance),
        uid(0x0010, meta.transfer_syntax),
        uid(0x0012, IMPLEMENTATION_CLASS),
        Element::new(
            Tag(2, 0x0013),
            VR::SH,
            version[..version.len().min(16)].to_vec(),
        ),
    ];
    let mut elements = Vec::new();
    for one in &group {
        element(one, &mut elements);
    }
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    let length = (elements.len() as u32).to_le_bytes().to_vec();
    element(&Element::new(Tag(2, 0), VR::UL, length), &mut out);
    out.extend(elements);
    out
}

/// Writes an element.
pub(super) fn element(element: &Element<'_>, out: &mut Vec<u8>) {
    match &element.value {
        Value::Items(items) => sequence(element.tag, items, out),
        Value::Bytes(bytes) => {
            let length = bytes.len() + bytes.len() % 2;
            head(element.tag, element.vr, length, out);
            out.extend_from_slice(bytes);
            if bytes.len() % 2 == 1 {
                out.push(filling(element.vr));
            }
        }
    }
}

fn sequence(tag: Tag, items: &Items<'_>, out: &mut Vec<u8>) {
    head(tag, VR::SQ, u32::MAX as usize, out);
    for item in items {
        delimiter(0xe000, u32::MAX, out);
        for one in item {
            element(one, out);
        }
        delimiter(0xe00d, 0, out);
    }
    delimiter(0xe0dd, 0, out);
}

/// Writes compressed pixels: their offset table, and fragments of even length.
pub(super) fn fragments(tag: Tag, offsets: &[u8], fragments: &[Vec<u8>], out: &mut Vec<u8>) {
    head(tag, VR::OB, u32::MAX as usize, out);
    delimiter(0xe000, offsets.len() as u32, out);
    out.extend_from_slice(offsets);
    for fragment in fragments {
        delimiter(0xe000, (fragment.len() + fragment.len() % 2) as u32, out);
        out.extend_from_slice(fragment);
        if fragment.len() % 2 == 1 {
            out.push(0);
        }
    }
    delimiter(0xe0dd, 0, out);
}

fn head(tag: Tag, vr: VR, length: usize, out: &mut Vec<u8>) {
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    match u16::try_from(length) {
        Ok(length) if !is_long(vr) => {
            out.extend(vr.to_bytes());
            out.extend(length.to_le_bytes());
        }
        // What does not fit into 16 bits is written as UN (PS3.5 6.2.2, note 5).
        _ => {
            let vr = if is_long(vr) { vr } else { VR::UN };
            out.extend(vr.to_bytes());
            out.extend([0, 0]);
            out.extend((length as u32).to_le_bytes());
        }
    }
}

fn delimiter(element: u16, length: u32, out: &mut Vec<u8>) {
    out.extend(0xfffe_u16.to_le_bytes());
    out.extend(element.to_le_bytes());
    out.extend(length.to_le_bytes());
}

/// The VRs whose header has a 32-bit length (PS3.5 7.1.2).
fn is_long(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    matches!(
        vr,
        OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV
    )
}

/// What makes a value's length even (PS3.5 6.2).
fn filling(vr: VR) -> u8 {
    match vr {
        VR::UI | VR::OB | VR::UN | VR::OW => 0,
        _ => b' ',
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::header::Encoding;
    use super::super::tree;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let item = vec![Element::new(Tag(8, 0x1155), VR::UI, b"1.2.3".to_vec())];
        let elements = [
            Element::new(Tag(8, 0x60), VR::CS, b"DX".to_vec()),
            Element {
                tag: Tag(8, 0x1140),
                vr: VR::SQ,
                value: Value::Items(vec![item, Vec::new()]),
            },
            Element::new(Tag(0x28, 0x3006), VR::OW, vec![1; 70_000]),
        ];
        let mut bytes = Vec::new();
        for one in &elements {
            element(one, &mut bytes);
        }
        let tree = tree::read(&bytes, 0, Encoding::ExplicitLittle).unwrap();
        assert_eq!(tree.broken, 0);
        assert_eq!(tree.elements[0], elements[0]);
        assert_eq!(tree.elements[2], elements[2]);
        assert!(
            matches!(&tree.elements[1].value, Value::Items(items) if items[0][0].bytes() == b"1.2.3\0")
        );
    }
}
