//! In what a DICOM image says that its samples are not those a detector gave.

use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;

use super::attributes::{items, text, texts};
use super::format::PixelFormat;

/// Secondary Capture Image Storage, and what its multi-frame kinds start with.
pub(super) const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// The transfer syntaxes that always lose something, by the name of their codec.
const LOSSY: [(&str, &str); 8] = [
    ("1.2.840.10008.1.2.4.50", "JPEG"),
    ("1.2.840.10008.1.2.4.51", "JPEG"),
    ("1.2.840.10008.1.2.4.53", "JPEG"),
    ("1.2.840.10008.1.2.4.55", "JPEG"),
    ("1.2.840.10008.1.2.4.81", "JPEG-LS, near-lossless"),
    (
        "1.2.840.10008.1.2.4.91",
        "JPEG 2000, which may lose something",
    ),
    ("1.2.840.10008.1.2.4.203", "HTJ2K, which may lose something"),
    (
        "1.2.840.10008.1.2.4.112",
        "JPEG XL, which may lose something",
    ),
];

/// Lists the departures, a few words each.
pub(super) fn of(
    object: &InMemDicomObject,
    (format, coloured): (&PixelFormat, bool),
    transfer_syntax: Option<&str>,
) -> Vec<String> {
    let mut found = Vec::new();
    if format.bits_stored <= 8 {
        found.push(format!("{}-bit samples", format.bits_stored));
    }
    if coloured {
        found.push("colour, converted to grey".to_owned());
    }
    found.extend(compression(object, transfer_syntax));
    let class = text(object, tags::SOP_CLASS_UID).unwrap_or_default();
    if class.starts_with(SECONDARY_CAPTURE) {
        found.push(secondary(object));
    }
    let kinds = texts(object, tags::IMAGE_TYPE);
    // Detectors call what they processed themselves DERIVED and PRIMARY.
    if matches!(kinds.as_slice(), [first, second, ..] if first == "DERIVED" && second == "SECONDARY")
    {
        found.push("derived (Image Type)".to_owned());
    }
    if resampled(object) {
        found.push("resampled (derivation)".to_owned());
    }
    found
}

fn compression(object: &InMemDicomObject, transfer_syntax: Option<&str>) -> Option<String> {
    let stated = text(object, tags::LOSSY_IMAGE_COMPRESSION);
    let known = LOSSY
        .iter()
        .find(|(uid, _)| Some(*uid) == transfer_syntax)
        .map(|(_, name)| *name);
    if stated.as_deref() == Some("01") {
        let ratios = texts(object, tags::LOSSY_IMAGE_COMPRESSION_RATIO);
        let ratio = ratios.last().and_then(|ratio| ratio.parse::<f32>().ok());
        let ratio = ratio.map_or_else(String::new, |ratio| format!(", {ratio} : 1"));
        let name = known.unwrap_or("at some time");
        return Some(format!("lossy compression ({name}{ratio})"));
    }
    known.map(|name| format!("lossy compression ({name})"))
}

fn secondary(object: &InMemDicomObject) -> String {
    let how = match text(object, tags::CONVERSION_TYPE).as_deref() {
        Some("DF") => "digitised film",
        Some("SD") => "scanned document",
        Some("SI") => "scanned image",
        Some("WSD") => "from a workstation",
        Some("DV") => "digitised video",
        _ => "a copy",
    };
    format!("secondary capture ({how})")
}

/// Reports whether the image's derivation speaks of resampling, in its codes or in its words.
fn resampled(object: &InMemDicomObject) -> bool {
    let codes = items(object, tags::DERIVATION_CODE_SEQUENCE);
    let meanings = codes
        .iter()
        .filter_map(|code| text(code, tags::CODE_MEANING));
    let words = text(object, tags::DERIVATION_DESCRIPTION);
    meanings.chain(words).any(|words| {
        let words = words.to_lowercase();
        ["resampl", "resiz", "interpolat"]
            .iter()
            .any(|stem| words.contains(stem))
    })
}

#[cfg(test)]
mod tests {
    use dicom::core::{DataElement, PrimitiveValue, Tag, VR};

    use super::*;
    use crate::files::stored::SampleKind;

    fn departures(bits_stored: u32, attributes: &[(Tag, VR, &str)], syntax: &str) -> Vec<String> {
        let element = |&(tag, vr, text): &(Tag, VR, &str)| {
            DataElement::new(tag, vr, PrimitiveValue::from(text))
        };
        let object = InMemDicomObject::from_element_iter(attributes.iter().map(element));
        let format = PixelFormat {
            columns: 1,
            rows: 1,
            frames: 1,
            samples_per_pixel: 1,
            bits_allocated: 16,
            bits_stored,
            high_bit: bits_stored - 1,
            kind: SampleKind::Unsigned,
            photometric: "MONOCHROME2".to_owned(),
            planar: false,
        };
        of(&object, (&format, false), Some(syntax))
    }

    #[test]
    fn a_detectors_film_departs_in_nothing() {
        let original = (tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY");
        assert!(departures(12, &[original], "1.2.840.10008.1.2.1").is_empty());
    }

    #[test]
    fn what_the_attributes_say_is_told() {
        let attributes = [
            (tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.7"),
            (tags::CONVERSION_TYPE, VR::CS, "DF"),
            (tags::IMAGE_TYPE, VR::CS, "DERIVED\\SECONDARY"),
            (tags::DERIVATION_DESCRIPTION, VR::ST, "Resampled to 512"),
            (tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "01"),
            (tags::LOSSY_IMAGE_COMPRESSION_RATIO, VR::DS, "12"),
        ];
        let found = departures(8, &attributes, "1.2.840.10008.1.2.4.50");
        assert_eq!(
            found,
            [
                "8-bit samples",
                "lossy compression (JPEG, 12 : 1)",
                "secondary capture (digitised film)",
                "derived (Image Type)",
                "resampled (derivation)",
            ]
        );
    }
}
