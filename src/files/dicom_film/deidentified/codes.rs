//! Items that hold a code (PS3.3 8.8): codes of public schemes stay, with a meaning of known words
//! or else the code itself for a meaning. A hospital's own codes and what they mean go.

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;

use super::tree::Element;
use super::{sound, words};

/// Schemes that anybody can look up (PS3.16 section 8).
const PUBLIC: [&[u8]; 19] = [
    b"DCM",
    b"SCT",
    b"SRT",
    b"SNM3",
    b"99SDM",
    b"LN",
    b"UCUM",
    b"RADLEX",
    b"FMA",
    b"NCIt",
    b"UMLS",
    b"MDC",
    b"BI",
    b"CD8",
    b"RFC5646",
    b"ISO639_1",
    b"ISO639_2",
    b"ISO3166_1",
    b"RXNORM",
];

/// Reports whether an item is a code of a public scheme, or none at all.
pub(super) fn is_public(item: &[Element<'_>]) -> bool {
    let find = |tag| item.iter().find(|element| element.tag == tag);
    let long = find(tags::LONG_CODE_VALUE).or_else(|| find(tags::URN_CODE_VALUE));
    let scheme = find(tags::CODING_SCHEME_DESIGNATOR);
    let Some(value) = find(tags::CODE_VALUE) else {
        return long.is_none() && scheme.is_none();
    };
    let value = trimmed(value);
    let coded = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._/{}[]%".contains(byte);
    let scheme = scheme.map(trimmed).unwrap_or_default();
    let public = PUBLIC.contains(&scheme);
    // Units and languages have codes without digits; everything else that has none may be a name.
    let letters = matches!(
        scheme,
        b"UCUM" | b"ISO639_1" | b"ISO639_2" | b"ISO3166_1" | b"RFC5646"
    );
    let digits = letters || value.iter().any(u8::is_ascii_digit);
    public && digits && !value.is_empty() && value.len() <= 16 && value.iter().all(coded)
}

/// Returns a code's elements by tag that stay although they are texts.
pub(super) fn kept<'a>(item: &[Element<'a>]) -> Vec<Element<'a>> {
    let Some(value) = item.iter().find(|element| element.tag == tags::CODE_VALUE) else {
        return Vec::new();
    };
    let stays = [
        tags::CODE_VALUE,
        tags::CODING_SCHEME_DESIGNATOR,
        tags::CODING_SCHEME_VERSION,
    ];
    let mut kept: Vec<Element<'a>> = item
        .iter()
        .filter(|element| stays.contains(&element.tag) && is_plain(element))
        .cloned()
        .collect();
    if let Some(meaning) = item
        .iter()
        .find(|element| element.tag == tags::CODE_MEANING)
    {
        let text = String::from_utf8_lossy(trimmed(meaning)).into_owned();
        let known = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .all(|word| word.is_empty() || words::known(word));
        let text = if known && text.is_ascii() {
            text.into_bytes()
        } else {
            trimmed(value).to_vec()
        };
        kept.push(Element::new(tags::CODE_MEANING, VR::LO, text));
    }
    kept
}

/// Reports whether an element of a code is one that [`kept`] answers for.
pub(super) fn answered(tag: Tag) -> bool {
    matches!(
        tag,
        tags::CODE_VALUE
            | tags::CODING_SCHEME_DESIGNATOR
            | tags::CODING_SCHEME_VERSION
            | tags::CODE_MEANING
    )
}

fn is_plain(element: &Element<'_>) -> bool {
    let value = trimmed(element);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._/{}[]%".contains(byte);
    value.len() <= 16 && value.iter().all(plain)
}

fn trimmed<'a>(element: &'a Element<'_>) -> &'a [u8] {
    sound::trimmed(element.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(
        value: &'static str,
        scheme: &'static str,
        meaning: &'static str,
    ) -> Vec<Element<'static>> {
        vec![
            Element::new(tags::CODE_VALUE, VR::SH, value.as_bytes()),
            Element::new(tags::CODING_SCHEME_DESIGNATOR, VR::SH, scheme.as_bytes()),
            Element::new(tags::CODE_MEANING, VR::LO, meaning.as_bytes()),
        ]
    }

    #[test]
    fn public_codes_stay_and_others_go() {
        assert!(is_public(&item("399348003", "SCT", "antero-posterior")));
        assert!(is_public(&item("mm", "UCUM ", "mm")));
        assert!(is_public(&[]));
        assert!(!is_public(&item("XCHEST", "99KLINIK", "Dr. Meier")));
        assert!(!is_public(&item("MEIER", "SCT", "Meier")));
        assert!(!is_public(&item("", "", "Meier")));
    }

    #[test]
    fn a_meaning_of_unknown_words_is_the_code() {
        let meaning = |item: &[Element<'_>]| kept(item).last().unwrap().bytes().to_vec();
        assert_eq!(meaning(&item("T-D3000", "SRT", "Chest")), b"Chest");
        assert_eq!(
            meaning(&item("T-D3000", "SRT", "Chest of Jane")),
            b"T-D3000"
        );
    }
}
