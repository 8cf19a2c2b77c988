//! Lookup tables as DICOM writes them: a descriptor of three numbers, and the entries
//! (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5).

use dicom::core::Tag;
use dicom::object::InMemDicomObject;

use super::attributes::{integers, words};
use super::segmented;
use crate::files::LookupTable;

/// Reads a table, or says in a warning why it cannot be used.
///
/// `signed` tells how to read the first mapped value: its VR follows the pixels', and many files
/// write it as US all the same.
pub(super) fn read(
    object: &InMemDicomObject,
    (descriptor, data): (Tag, Tag),
    signed: bool,
) -> Result<(LookupTable, Option<String>), String> {
    let &[count, first, bits] = integers(object, descriptor).as_slice() else {
        return Err("a lookup table without a usable descriptor was left out".to_owned());
    };
    // 65,536 does not fit into 16 bits and is written as 0.
    let count = match count & 0xffff {
        0 => 65_536,
        count => count as usize,
    };
    let first = if signed {
        i64::from(first as u16 as i16)
    } else {
        first
    };
    let bits = match bits & 0xffff {
        bits @ 1..=16 => bits as u32,
        _ => 16,
    };
    let mut entries = entries(object, data, (count, bits));
    if entries.is_empty() {
        return Err("a lookup table without entries was left out".to_owned());
    }
    let found = entries.len();
    entries.truncate(count);
    let warning = (found != entries.len() && found != count + 1 || found < count)
        .then(|| format!("a lookup table announces {count} entries and holds {found}"));
    let table = LookupTable {
        first,
        bits,
        entries,
    };
    Ok((table, warning))
}

/// Reads entries; those of a palette may come in segments instead.
fn entries(object: &InMemDicomObject, data: Tag, (count, bits): (usize, u32)) -> Vec<u16> {
    let entries = words(object, data);
    // Eight-bit entries may come two to a word.
    let packed = bits <= 8 && entries.len() == count.div_ceil(2) && count > 1;
    if packed {
        return entries
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .map(u16::from)
            .collect();
    }
    if entries.is_empty() && data.0 == 0x0028 {
        // (0028,1201) to (0028,1203) and their segmented forms.
        let segmented = words(object, Tag(data.0, data.1 + 0x20));
        return segmented::unfolded(&segmented, bits).unwrap_or_default();
    }
    entries
}

#[cfg(test)]
mod tests {
    use dicom::core::{DataElement, PrimitiveValue, VR};
    use dicom::dictionary_std::tags;

    use super::*;

    const LUT: (Tag, Tag) = (tags::LUT_DESCRIPTOR, tags::LUT_DATA);

    fn object(descriptor: [u16; 3], entries: Vec<u16>) -> InMemDicomObject {
        InMemDicomObject::from_element_iter([
            DataElement::new(
                tags::LUT_DESCRIPTOR,
                VR::US,
                PrimitiveValue::U16(descriptor.as_slice().into()),
            ),
            DataElement::new(tags::LUT_DATA, VR::OW, PrimitiveValue::U16(entries.into())),
        ])
    }

    #[test]
    fn zero_entries_mean_65536() {
        let (table, warning) =
            read(&object([0, 0, 16], (0..=65535).collect()), LUT, false).unwrap();
        assert_eq!((table.entries.len(), warning), (65_536, None));
        assert_eq!(table.at(65_535), 65_535);
    }

    #[test]
    fn the_first_value_is_signed_when_the_pixels_are() {
        let object = object([2, 0xf800, 12], vec![7, 9]);
        assert_eq!(read(&object, LUT, true).unwrap().0.first, -2048);
        assert_eq!(read(&object, LUT, false).unwrap().0.first, 63_488);
    }

    #[test]
    fn a_wrong_length_is_said_and_the_table_still_used() {
        let (table, warning) = read(&object([10, 0, 12], vec![1, 2, 3]), LUT, false).unwrap();
        assert_eq!(table.entries, [1, 2, 3]);
        assert!(warning.unwrap().contains("10 entries and holds 3"));
        assert_eq!(table.at(99), 3);
        assert!(read(&object([10, 0, 12], Vec::new()), LUT, false).is_err());
    }

    #[test]
    fn eight_bit_entries_are_unpacked_from_words() {
        let (table, _) = read(&object([4, 0, 8], vec![0x0201, 0x0403]), LUT, false).unwrap();
        assert_eq!(table.entries, [1, 2, 3, 4]);
    }
}
