//! Whether a value is made of what its VR allows (PS3.5 6.2): a name in a field for numbers or
//! codes is no such thing.

use dicom::core::VR;

use super::dates;
use super::tree::Element;

/// Reports whether a value holds only characters of its VR, or whole numbers of its width.
pub(super) fn value(element: &Element<'_>) -> bool {
    let bytes = element.bytes();
    match element.vr {
        VR::DS | VR::IS => bytes.split(|&byte| byte == b'\\').all(number),
        VR::UI => uids(bytes),
        VR::FL | VR::SL | VR::UL | VR::AT => bytes.len().is_multiple_of(4),
        VR::FD | VR::SV | VR::UV => bytes.len().is_multiple_of(8),
        VR::SS | VR::US => bytes.len().is_multiple_of(2),
        VR::OB | VR::OW | VR::UN => true,
        // Of texts only those of dates, times and zones are asked about.
        _ => dates::plausible(bytes),
    }
}

/// Returns a value without its padding.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' '));
    bytes[..end.map_or(0, |end| end + 1)].trim_ascii_start()
}

/// Reports whether every value is a UID by its characters.
pub(super) fn uids(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\\').all(|uid| {
        let uid = trimmed(uid);
        uid.len() <= 64
            && uid
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.')
    })
}

/// Reports whether a term is a code: capitals; those that describe the picture are
/// also read where they are not.
pub(super) fn code(bytes: &[u8], group: u16) -> bool {
    let code = trimmed(bytes);
    let letter = |byte: &u8| match byte {
        b'A'..=b'Z' | b'0'..=b'9' | b'_' | b' ' => true,
        b'a'..=b'z' | b'-' => group == 0x0028,
        _ => false,
    };
    // Terms of character sets are longer with some writers.
    code.len() <= 20 && code.iter().all(letter)
        || code.starts_with(b"ISO") && code.iter().all(|byte| letter(byte) || *byte == b'-')
        || code == b"GB18030"
}

fn number(bytes: &[u8]) -> bool {
    let number = trimmed(bytes);
    let letters = number
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let known = |byte: &u8| byte.is_ascii_digit() || b"+-.,eE".contains(byte);
    // “nan” occurs among spacings.
    let named = number.eq_ignore_ascii_case(b"nan") || number.eq_ignore_ascii_case(b"inf");
    number.len() <= 24 && (named || (letters <= 1 && number.iter().all(known)))
}

#[cfg(test)]
mod tests {
    use dicom::core::Tag;

    use super::*;

    #[test]
    fn names_are_no_numbers_codes_or_uids() {
        let sound =
            |group, vr, bytes: &'static [u8]| value(&Element::new(Tag(group, 1), vr, bytes));
        assert!(sound(0x28, VR::DS, b"0.2\\0,2 ") && sound(0x28, VR::DS, b"1e-3"));
        assert!(!sound(0x28, VR::DS, b"DOE") && !sound(0x20, VR::IS, b"1\\JANE"));
        assert!(code(b"ISO-IR 100 ", 8) && code(b"DX", 8) && code(b"Monochrome2", 0x28));
        assert!(!code(b"Doe", 8) && !code(b"DOE^JANE", 8) && !sound(8, VR::UI, b"1.2.DOE"));
        assert!(sound(8, VR::UI, b"1.2.840\0") && !sound(0x28, VR::US, b"abc"));
    }
}
