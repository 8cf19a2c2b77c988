//! Elements without a VR of their own, read as the dictionary says.
//!
//! A gateway that does not know a tag passes it on as UN, in implicit encoding (PS3.5 6.2.2 and
//! CP-246); then windows, names and whole lookup tables hide in bytes.

use dicom::core::header::Header as _;
use dicom::core::value::{DataSetSequence, Value};
use dicom::core::{DataElement, PrimitiveValue, Tag, VR};
use dicom::object::InMemDicomObject;
use dicom::object::mem::InMemElement;

use super::dataset::parsed;
use super::elements::{Kept, sequence_extent};
use super::header::{Encoding, dictionary_vr, header_at};

/// Reads a kept element without a VR of its own, or `None` where its value is not what the
/// dictionary says.
pub(super) fn read(body: &[u8], kept: &Kept) -> Option<InMemElement> {
    let value = body.get(kept.header.value..kept.range.end)?;
    let length = match kept.header.length {
        Some(length) => u32::try_from(length).ok()?,
        None => u32::MAX,
    };
    from_bytes(kept.header.tag, value, length)
}

/// Gives the elements of VR UN inside sequences the VR of the dictionary.
pub(super) fn resolved(object: InMemDicomObject) -> InMemDicomObject {
    let elements = object.into_iter().map(|element| {
        let (tag, vr) = (element.tag(), element.vr());
        match element.into_value() {
            Value::Sequence(sequence) => {
                let items: Vec<_> = sequence.into_items().into_iter().map(resolved).collect();
                DataElement::new(tag, vr, DataSetSequence::from(items))
            }
            Value::Primitive(PrimitiveValue::U8(bytes)) if vr == VR::UN => {
                from_bytes(tag, &bytes, bytes.len() as u32)
                    .unwrap_or_else(|| DataElement::new(tag, vr, PrimitiveValue::U8(bytes)))
            }
            value => DataElement::new(tag, vr, value),
        }
    });
    InMemDicomObject::from_element_iter(elements)
}

fn from_bytes(tag: Tag, value: &[u8], length: u32) -> Option<InMemElement> {
    let mut element = tag.0.to_le_bytes().to_vec();
    element.extend(tag.1.to_le_bytes());
    // The content of a sequence should be implicit, and is explicit where a gateway only renamed
    // its VR: behind the headers of item and element stand two letters then.
    let letters = value
        .get(12..14)
        .and_then(|pair| VR::from_binary([pair[0], pair[1]]));
    let encoding = if dictionary_vr(tag) == VR::SQ && letters.is_some() {
        element.extend(b"SQ\0\0");
        Encoding::ExplicitLittle
    } else {
        Encoding::ImplicitLittle
    };
    element.extend(length.to_le_bytes());
    element.extend(value);
    if dictionary_vr(tag) == VR::SQ {
        // These bytes were no sequence to the walk through the file: the parser trusts lengths.
        let header = header_at(&element, 0, encoding)?;
        let extent = sequence_extent(&element, &header, encoding).ok()?;
        if !extent.readable || extent.end != element.len() {
            return None;
        }
    }
    let mut object = parsed(&element, encoding).ok()?;
    object.take_element(tag).ok()
}
