//! Data sets under construction: values are cut and cleaned to what their VR allows (PS3.5 6.2).

use dicom::core::dictionary::{DataDictionary as _, DataDictionaryEntry as _};
use dicom::core::value::DataSetSequence;
use dicom::core::{DataElement, PrimitiveValue, Tag, VR};
use dicom::dictionary_std::{StandardDataDictionary, tags, uids};
use dicom::object::{FileMetaTableBuilder, InMemDicomObject};

use crate::error::{Error, Result};
use crate::files::dicom_film::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION};

/// A data set or an item of a sequence.
#[derive(Clone, Debug)]
pub(super) struct Item(InMemDicomObject);

/// A coded concept: its value, its scheme and its meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Code<'a>(pub(super) &'a str, pub(super) &'a str, pub(super) &'a str);

impl Code<'_> {
    /// Returns the item that spells the concept.
    pub(super) fn item(self) -> Item {
        let Self(value, scheme, meaning) = self;
        Item::new()
            .text(tags::CODE_VALUE, value)
            .text(tags::CODING_SCHEME_DESIGNATOR, scheme)
            .text(tags::CODE_MEANING, meaning)
    }
}

impl Item {
    pub(super) fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    /// Sets a text of one value.
    pub(super) fn text(self, tag: Tag, value: &str) -> Self {
        let vr = vr_of(tag);
        self.put(tag, vr, PrimitiveValue::from(cleaned(vr, value)))
    }

    /// Sets a text of several values.
    pub(super) fn texts(self, tag: Tag, values: &[&str]) -> Self {
        let vr = vr_of(tag);
        let values: Vec<String> = values.iter().map(|value| cleaned(vr, value)).collect();
        self.put(tag, vr, PrimitiveValue::Strs(values.into()))
    }

    /// Sets an attribute without a value.
    pub(super) fn empty(self, tag: Tag) -> Self {
        let vr = vr_of(tag);
        if vr == VR::SQ {
            return self.items(tag, Vec::new());
        }
        self.put(tag, vr, PrimitiveValue::Empty)
    }

    /// Sets whole numbers, in the VR of the dictionary.
    pub(super) fn whole(self, tag: Tag, values: &[i64]) -> Self {
        let vr = vr_of(tag);
        self.whole_as(tag, vr, values)
    }

    /// Sets whole numbers where the dictionary leaves the VR open.
    pub(super) fn whole_as(self, tag: Tag, vr: VR, values: &[i64]) -> Self {
        let value = match vr {
            VR::US => PrimitiveValue::U16(values.iter().map(|&value| value as u16).collect()),
            VR::SS => PrimitiveValue::I16(values.iter().map(|&value| value as i16).collect()),
            VR::UL => PrimitiveValue::U32(values.iter().map(|&value| value as u32).collect()),
            VR::SL => PrimitiveValue::I32(values.iter().map(|&value| value as i32).collect()),
            _ => PrimitiveValue::Strs(values.iter().map(i64::to_string).collect()),
        };
        self.put(tag, vr, value)
    }

    /// Sets real numbers, in the VR of the dictionary.
    pub(super) fn reals(self, tag: Tag, values: &[f64]) -> Self {
        let vr = vr_of(tag);
        let value = match vr {
            VR::FL => PrimitiveValue::F32(values.iter().map(|&value| value as f32).collect()),
            VR::FD => PrimitiveValue::F64(values.into()),
            _ => PrimitiveValue::Strs(values.iter().map(|&value| decimal(value)).collect()),
        };
        self.put(tag, vr, value)
    }

    /// Sets the tag of another attribute.
    pub(super) fn pointer(self, tag: Tag, to: Tag) -> Self {
        self.put(tag, VR::AT, PrimitiveValue::Tags([to].as_slice().into()))
    }

    /// Sets a sequence.
    pub(super) fn items(mut self, tag: Tag, items: Vec<Self>) -> Self {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|Self(item)| item).collect();
        let sequence = DataSetSequence::from(items);
        self.0.put(DataElement::new(tag, VR::SQ, sequence));
        self
    }

    /// Sets a sequence of one coded concept.
    pub(super) fn code(self, tag: Tag, code: Code<'_>) -> Self {
        self.items(tag, vec![code.item()])
    }

    /// Sets bytes, words or real numbers as they are.
    pub(super) fn put(mut self, tag: Tag, vr: VR, value: PrimitiveValue) -> Self {
        self.0.put(DataElement::new(tag, vr, value));
        self
    }

    /// Goes through a change where there is something to change it by.
    pub(super) fn with<T>(self, value: Option<T>, change: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => change(self, value),
            None => self,
        }
    }

    /// Takes over every element of another item.
    pub(super) fn and(mut self, other: Self) -> Self {
        for element in other.0 {
            self.0.put(element);
        }
        self
    }

    /// Writes a whole object as a file.
    pub(super) fn file(self) -> Result<Vec<u8>> {
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
            .implementation_class_uid(IMPLEMENTATION_CLASS)
            .implementation_version_name(IMPLEMENTATION_VERSION);
        let mut bytes = Vec::new();
        let fault =
            |cause: String| Error::internal(format!("the object cannot be written: {cause}"));
        self.0
            .with_meta(meta)
            .map_err(|cause| fault(cause.to_string()))?
            .write_all(&mut bytes)
            .map_err(|cause| fault(cause.to_string()))?;
        Ok(bytes)
    }
}

fn vr_of(tag: Tag) -> VR {
    StandardDataDictionary
        .by_tag(tag)
        .map_or(VR::UN, |entry| entry.vr().relaxed())
}

/// Writes a number in at most 16 characters (PS3.5 6.2, DS).
pub(super) fn decimal(value: f64) -> String {
    const MOST: usize = 16;
    let plain = value.to_string();
    if plain.len() <= MOST {
        return plain;
    }
    let off = |text: &String| (text.parse().unwrap_or(f64::INFINITY) - value).abs();
    (0..=13)
        .flat_map(|digits| [format!("{value:.digits$}"), format!("{value:.digits$e}")])
        .filter(|text| text.len() <= MOST)
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .unwrap_or_else(|| "0".to_owned())
}

/// Makes a text one value that its VR allows.
fn cleaned(vr: VR, value: &str) -> String {
    let most = match vr {
        VR::SH | VR::CS | VR::AE | VR::DS => 16,
        VR::LO | VR::UI => 64,
        // Up to 64 for each of three groups.
        VR::PN => 194,
        VR::ST => 1024,
        VR::LT => 10_240,
        VR::IS => 12,
        _ => usize::MAX,
    };
    let prose = matches!(vr, VR::ST | VR::LT | VR::UT);
    let fits = |c: char| match c {
        '\r' | '\n' => prose,
        c => !c.is_control(),
    };
    let value = value.chars().filter(|&c| fits(c));
    // A backslash parts values, but not in prose.
    let one = value.map(|c| if c == '\\' && !prose { '/' } else { c });
    let cut: String = one.take(most).collect();
    let cut = cut.trim_end();
    match vr {
        VR::CS => cut.to_uppercase(),
        _ => cut.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_at_most_sixteen_characters_and_stay_near() {
        for value in [
            0.1,
            1.0 / 3.0,
            -1.0 / 3.0,
            123_456_789.123_456_78,
            -1.234_567_890_123e-17,
            6.02e23,
            0.0,
        ] {
            let text = decimal(value);
            assert!(text.len() <= 16, "{text}");
            let back: f64 = text.parse().unwrap();
            assert!((back - value).abs() <= value.abs() * 1e-7, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_to_their_vr() {
        assert_eq!(cleaned(VR::SH, "a\\b\u{7}c"), "a/bc");
        assert_eq!(cleaned(VR::ST, "one\ntwo \\ three"), "one\ntwo \\ three");
        assert_eq!(cleaned(VR::LO, &"é".repeat(100)).chars().count(), 64);
        assert_eq!(cleaned(VR::CS, "Derived"), "DERIVED");
    }
}
