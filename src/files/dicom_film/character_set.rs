//! Text in every character set of DICOM, with code extensions (PS3.3 C.12.1.1.2, PS3.5 6.1.2.5).
//!
//! The parser knows one set a file; names in Japanese, Korean and Chinese switch sets within a
//! value by escape sequences. Only the decoding is done here; what a name means is `identity`'s.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252,
    WINDOWS_1254,
};

const ESCAPE: u8 = 0x1b;

/// The character sets that a file states.
#[derive(Clone, Copy, Debug)]
pub(super) enum CharacterSet {
    /// A set that is complete in itself.
    Whole(&'static Encoding),
    /// A set that escape sequences may leave: what its upper half holds.
    Extensible(Half),
    /// None, or none that exists.
    Unstated,
}

/// What bytes stand for while they are in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Half {
    /// The letters of ASCII.
    Ascii,
    /// One byte a letter.
    Single(&'static Encoding),
    /// Two bytes a letter, in the upper half as they are, in the lower half to be moved up.
    Double(&'static Encoding),
    /// Two bytes a letter of the supplementary Japanese set.
    Supplement,
}

impl CharacterSet {
    /// Reads the values of Specific Character Set: the first one is in force where no escape
    /// sequence says otherwise.
    pub(super) fn read(values: &str) -> Self {
        let first = values.split('\\').next().unwrap_or_default();
        // Spelled in every way: “ISO_IR 100”, “ISO-IR 100”, “ISO 2022 IR 100”.
        let spelled = first.trim_matches(['\0', ' ']).to_ascii_uppercase();
        let number = spelled.rsplit([' ', '_', '-']).next().unwrap_or_default();
        match (spelled.as_str(), number) {
            ("GB18030", _) => Self::Whole(GB18030),
            ("GBK", _) => Self::Whole(GBK),
            ("BIG5", _) => Self::Whole(BIG5),
            ("UTF-8" | "UTF8", _) | (_, "192") => Self::Whole(UTF_8),
            // Of several values the first one is left empty for ASCII.
            ("", _) if values.contains('\\') => Self::Extensible(Half::Ascii),
            (_, "6") => Self::Extensible(Half::Ascii),
            (_, number) => single(number).map_or(Self::Unstated, Self::Extensible),
        }
    }

    /// Decodes a value.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Whole(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Extensible(upper) => extended(bytes, upper),
            Self::Unstated if bytes.contains(&ESCAPE) => extended(bytes, Half::Ascii),
            Self::Unstated => guessed(bytes),
        }
    }
}

/// The upper half of a single-byte set by its registration number.
fn single(number: &str) -> Option<Half> {
    let encoding = match number {
        "100" => WINDOWS_1252,
        "101" => ISO_8859_2,
        "109" => ISO_8859_3,
        "110" => ISO_8859_4,
        "144" => ISO_8859_5,
        "127" => ISO_8859_6,
        "126" => ISO_8859_7,
        "138" => ISO_8859_8,
        "148" => WINDOWS_1254,
        "166" => WINDOWS_874,
        "203" => ISO_8859_15,
        // The upper half of JIS X 0201: its katakana.
        "13" => SHIFT_JIS,
        "149" => return Some(Half::Double(EUC_KR)),
        "58" => return Some(Half::Double(GBK)),
        "87" | "159" => return Some(Half::Ascii),
        _ => return None,
    };
    Some(Half::Single(encoding))
}

/// Text of no stated set: UTF-8 where it is that, else western European.
fn guessed(bytes: &[u8]) -> String {
    let western = || {
        WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned()
    };
    std::str::from_utf8(bytes).map_or_else(|_| western(), str::to_owned)
}

/// The two halves of the code in force: bytes below 128, and those above.
#[derive(Clone, Copy)]
struct InForce {
    lower: Half,
    upper: Half,
}

fn extended(bytes: &[u8], upper: Half) -> String {
    let initial = InForce {
        lower: Half::Ascii,
        upper,
    };
    let mut in_force = initial;
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        if first == ESCAPE {
            match escape(&rest[1..], &mut in_force) {
                Some(length) => rest = &rest[1 + length..],
                // An escape to nowhere: its letters are shown, in the first set.
                None => {
                    in_force = initial;
                    rest = &rest[1..];
                }
            }
            continue;
        }
        // Between delimiters every part starts in the first set (PS3.5 6.1.2.5.3).
        let single = in_force.lower == Half::Ascii;
        let delimits = |byte: u8| single && matches!(byte, b'^' | b'=' | b'\\' | b'\t'..=b'\r');
        if delimits(first) {
            in_force = initial;
            text.push(char::from(first));
            rest = &rest[1..];
            continue;
        }
        let high = first >= 0x80;
        let same = |&byte: &u8| (byte >= 0x80) == high && byte != ESCAPE && !delimits(byte);
        let length = rest.iter().take_while(|&byte| same(byte)).count();
        let half = if high { in_force.upper } else { in_force.lower };
        text.push_str(&decoded(half, &rest[..length]));
        rest = &rest[length..];
    }
    text
}

fn decoded(half: Half, bytes: &[u8]) -> String {
    let with = |encoding: &'static Encoding, bytes: &[u8]| {
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    };
    let raised = || bytes.iter().map(|byte| byte | 0x80);
    match half {
        Half::Ascii => guessed(bytes),
        Half::Single(encoding) => with(encoding, bytes),
        Half::Double(encoding) => with(encoding, &raised().collect::<Vec<u8>>()),
        Half::Supplement => {
            let raised: Vec<u8> = raised().collect();
            let triples = raised.chunks(2).flat_map(|pair| [&[0x8f], pair].concat());
            with(EUC_JP, &triples.collect::<Vec<u8>>())
        }
    }
}

/// Follows the escape sequence behind an escape byte and returns its length
/// (PS3.3 tables C.12-3 and C.12-4).
fn escape(sequence: &[u8], in_force: &mut InForce) -> Option<usize> {
    let registered = |number: &str| single(number);
    match sequence {
        [b'(', b'B' | b'J', ..] => in_force.lower = Half::Ascii,
        [b')', b'I', ..] => in_force.upper = Half::Single(SHIFT_JIS),
        [b'-', letter, ..] => {
            let number = match letter {
                b'A' => "100",
                b'B' => "101",
                b'C' => "109",
                b'D' => "110",
                b'L' => "144",
                b'G' => "127",
                b'F' => "126",
                b'H' => "138",
                b'M' => "148",
                b'T' => "166",
                b'b' => "203",
                _ => return None,
            };
            in_force.upper = registered(number)?;
        }
        [b'$', b'B' | b'@', ..] => in_force.lower = Half::Double(EUC_JP),
        [b'$', b'(', b'D', ..] => {
            in_force.lower = Half::Supplement;
            return Some(3);
        }
        [b'$', b')', b'C', ..] => {
            in_force.upper = Half::Double(EUC_KR);
            return Some(3);
        }
        [b'$', b')', b'A', ..] => {
            in_force.upper = Half::Double(GBK);
            return Some(3);
        }
        _ => return None,
    }
    Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(set: &str, bytes: &[u8]) -> String {
        CharacterSet::read(set).decode(bytes)
    }

    #[test]
    fn the_standards_own_examples_are_read() {
        // PS3.5 annexes H to K.
        let japanese =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        assert_eq!(
            decode("\\ISO 2022 IR 87", japanese),
            "Yamada^Tarou=山田^太郎=やまだ^たろう"
        );
        let katakana = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J";
        assert_eq!(
            decode("ISO 2022 IR 13\\ISO 2022 IR 87", katakana),
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"
        );
        let korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
        assert_eq!(
            decode("\\ISO 2022 IR 149", korean),
            "Hong^Gildong=洪^吉洞=홍^길동"
        );
        let chinese = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=";
        assert_eq!(
            decode("\\ISO 2022 IR 58", chinese),
            "Zhang^XiaoDong=张^小东="
        );
        let wide = b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=";
        assert_eq!(decode("GB18030", wide), "Wang^XiaoDong=王^小东=");
        assert_eq!(decode("ISO_IR 192", "王^小東".as_bytes()), "王^小東");
    }

    #[test]
    fn single_byte_sets_are_read() {
        for (set, bytes, text) in [
            ("ISO_IR 100", &b"J\xe9r\xf4me"[..], "Jérôme"),
            ("ISO_IR 101", b"W\xb1ski", "Wąski"),
            ("ISO_IR 109", b"\xacim", "Ĵim"),
            ("ISO_IR 110", b"\xa9i", "Ši"),
            ("ISO_IR 144", b"\xbb\xee\xda", "Люк"),
            ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea", "قباني"),
            ("ISO_IR 126", b"\xc4\xe9\xef", "Διο"),
            ("ISO_IR 138", b"\xf9\xf8\xe5\xef", "שרון"),
            ("ISO_IR 148", b"\xddnan\xfe", "İnanş"),
            ("ISO_IR 166", b"\xca\xc1", "สม"),
            ("ISO_IR 203", b"\xa4", "€"),
            ("ISO_IR 13", b"\xd4\xcf", "ﾔﾏ"),
            ("ISO-IR 100", b"\xfc", "ü"),
        ] {
            assert_eq!(decode(set, bytes), text, "{set}");
        }
    }

    #[test]
    fn sets_change_within_a_value_and_end_with_its_parts() {
        let mixed = b"\x1b-F\xc4\xe9\xef^\x1b-L\xbb\xee\xda^Lee";
        let sets = "ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144";
        assert_eq!(decode(sets, mixed), "Διο^Люк^Lee");
        assert_eq!(decode(sets, b"\x1b-F\xc4^\xe9"), "Δ^é");
        // JIS X 0212: the supplement's 丂.
        let supplement = b"\x1b$(D0!\x1b(B";
        assert_eq!(decode("\\ISO 2022 IR 159", supplement), "丂");
    }

    #[test]
    fn text_of_no_set_is_guessed_and_broken_escapes_show() {
        assert_eq!(decode("", "Žižek".as_bytes()), "Žižek");
        assert_eq!(decode("ISO_IR 999", b"M\xfcller"), "Müller");
        let broken = b"A\x1b$B\x1b(Z!!\x1b^Jiro";
        assert_eq!(decode("\\ISO 2022 IR 87", broken), "A(Z!!^Jiro");
    }
}
