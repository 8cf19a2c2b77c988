//! Films whose elements are written oddly, byte by byte: each must show what the plain one shows.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use phantoms::save;
use silhouette::files::{Inspection, inspect};

const SAMPLES: [u16; 4] = [0, 1000, 2048, 4095];
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

type Element = (u32, &'static [u8; 2], Vec<u8>);

fn number(value: u16) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn pixels() -> Vec<u8> {
    SAMPLES
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// The elements of a plain film, in order.
fn plain() -> Vec<Element> {
    vec![
        (0x0008_0060, b"CS", b"DX".to_vec()),
        (0x0010_0010, b"PN", b"A^B ".to_vec()),
        (0x0028_0002, b"US", number(1)),
        (0x0028_0004, b"CS", b"MONOCHROME2 ".to_vec()),
        (0x0028_0010, b"US", number(1)),
        (0x0028_0011, b"US", number(4)),
        (0x0028_0100, b"US", number(16)),
        (0x0028_0101, b"US", number(12)),
        (0x0028_0102, b"US", number(11)),
        (0x0028_0103, b"US", number(0)),
        (0x0028_1050, b"DS", b"2048".to_vec()),
        (0x0028_1051, b"DS", b"4096".to_vec()),
        (0x7fe0_0010, b"OW", pixels()),
    ]
}

/// The plain film with an element replaced or added.
fn with(tag: u32, vr: &'static [u8; 2], value: &[u8]) -> Vec<Element> {
    let mut elements = plain();
    elements.retain(|element| element.0 != tag);
    elements.push((tag, vr, value.to_vec()));
    elements.sort_by_key(|element| element.0);
    elements
}

fn tag(tag: u32) -> [u8; 4] {
    let (group, element) = (
        ((tag >> 16) as u16).to_le_bytes(),
        (tag as u16).to_le_bytes(),
    );
    [group[0], group[1], element[0], element[1]]
}

fn explicit(elements: &[Element]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, vr, value) in elements {
        bytes.extend(tag(*at));
        bytes.extend(*vr);
        if matches!(*vr, b"OW" | b"OB" | b"UN" | b"SQ") {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        } else {
            bytes.extend((value.len() as u16).to_le_bytes());
        }
        bytes.extend(value);
    }
    bytes
}

fn implicit(elements: &[Element]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, _, value) in elements {
        bytes.extend(tag(*at));
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

fn file(syntax: &str, body: &[u8]) -> Vec<u8> {
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    let meta = explicit(&[(0x0002_0010, b"UI", uid)]);
    [&[0; 128][..], b"DICM", &meta, body].concat()
}

/// An item of a sequence, with a length or with delimiters.
fn item(content: &[u8], delimited: bool) -> Vec<u8> {
    let length = if delimited {
        u32::MAX
    } else {
        content.len() as u32
    };
    let mut bytes = [&tag(0xfffe_e000)[..], &length.to_le_bytes(), content].concat();
    if delimited {
        bytes.extend(tag(0xfffe_e00d));
        bytes.extend([0; 4]);
    }
    bytes
}

fn end_of_sequence() -> Vec<u8> {
    [&tag(0xfffe_e0dd)[..], &[0; 4]].concat()
}

fn opened(name: &str, bytes: &[u8]) -> Inspection {
    let folder = tempfile::tempdir().unwrap();
    let points: Vec<(usize, usize)> = (0..4).map(|x| (x, 0)).collect();
    inspect(&save(folder.path(), "film", bytes), &points)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn greys(film: &Inspection) -> Vec<u8> {
    film.points
        .iter()
        .filter_map(|point| point.display)
        .collect()
}

/// Opens a film and compares samples and greys with the plain film's.
fn shows_the_plain_film(name: &str, bytes: &[u8]) -> Inspection {
    let film = opened(name, bytes);
    let stored: Vec<u64> = film
        .points
        .iter()
        .filter_map(|point| point.stored.as_ref()?.as_u64())
        .collect();
    assert_eq!(stored, SAMPLES.map(u64::from), "{name}");
    assert_eq!(greys(&film), [0, 62, 128, 255], "{name}");
    film
}

#[test]
fn the_plain_film_is_plain() {
    let film = shows_the_plain_film("plain", &file(EXPLICIT, &explicit(&plain())));
    assert!(film.warnings.is_empty(), "{:?}", film.warnings);
}

#[test]
fn a_wrong_or_missing_start_is_mended() {
    let (explicit, implicit) = (explicit(&plain()), implicit(&plain()));
    let image_first = &explicit[explicit
        .windows(4)
        .position(|four| four == tag(0x0028_0002))
        .unwrap()..];
    let mut zlib = vec![0x78, 0x9c];
    // A deflate block that stores its bytes as they are.
    let mut stored = vec![1];
    stored.extend((explicit.len() as u16).to_le_bytes());
    stored.extend((!(explicit.len() as u16)).to_le_bytes());
    stored.extend(&explicit);
    zlib.extend(&stored);
    for (name, bytes) in [
        ("explicit without any header", explicit.clone()),
        ("implicit without any header", implicit.clone()),
        (
            "without preamble",
            file(EXPLICIT, &explicit)[132..].to_vec(),
        ),
        (
            "without meta group",
            [&[0; 128][..], b"DICM", &implicit].concat(),
        ),
        ("from the image's group on", image_first.to_vec()),
        ("explicit said to be implicit", file(IMPLICIT, &explicit)),
        ("implicit said to be explicit", file(EXPLICIT, &implicit)),
        ("plain said to be deflated", file(DEFLATED, &explicit)),
        (
            "plain said to be JPEG",
            file("1.2.840.10008.1.2.4.70", &explicit),
        ),
        ("deflated", file(DEFLATED, &stored)),
        ("deflated with a zlib header", file(DEFLATED, &zlib)),
        (
            "junk at the end",
            [file(EXPLICIT, &explicit), b"junk".repeat(9)].concat(),
        ),
    ] {
        shows_the_plain_film(name, &bytes);
    }
}

#[test]
fn elements_without_a_vr_are_read_by_the_dictionary() {
    let unknown: Vec<Element> = plain()
        .into_iter()
        .map(|(tag, _, value)| (tag, b"UN", value))
        .collect();
    shows_the_plain_film("all of VR UN", &file(EXPLICIT, &explicit(&unknown)));
    for vr in [b"ZZ", b"??", b"OX", b"\0\0"] {
        let elements = with(0x0028_1050, vr, b"2048");
        shows_the_plain_film("VR of nobody's", &file(EXPLICIT, &explicit(&elements)));
    }
    let (first, second) = (explicit(&plain()[..4]), explicit(&plain()[5..]));
    let mixed = [first, implicit(&plain()[4..5]), second].concat();
    shows_the_plain_film("one implicit element", &file(EXPLICIT, &mixed));
}

#[test]
fn a_table_in_an_unknown_sequence_is_used() {
    let descriptor: Vec<u8> = [4096_u16, 0, 12]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let falling: Vec<u8> = (0..4096_u16).rev().flat_map(u16::to_le_bytes).collect();
    let table = |vr: &'static [u8; 2]| -> Vec<Element> {
        vec![
            (0x0028_3002, vr, descriptor.clone()),
            (
                0x0028_3006,
                if vr == b"UN" { b"UN" } else { b"OW" },
                falling.clone(),
            ),
        ]
    };
    let (inside, plainly) = (explicit(&table(b"UN")), explicit(&table(b"US")));
    let implicitly = implicit(&table(b"US"));
    for (name, vr, content) in [
        ("plain sequence", b"SQ", item(&plainly, false)),
        ("UN inside", b"SQ", item(&inside, true)),
        ("UN, implicit", b"UN", item(&implicitly, false)),
        ("UN, explicit", b"UN", item(&plainly, false)),
    ] {
        let film = opened(
            name,
            &file(EXPLICIT, &explicit(&with(0x0028_3010, vr, &content))),
        );
        assert_eq!(greys(&film), [255, 193, 127, 0], "{name}");
    }
}

#[test]
fn pixels_of_an_icon_and_private_sequences_are_passed_by() {
    let fragments = [
        &tag(0x7fe0_0010)[..],
        b"OB\0\0\xff\xff\xff\xff",
        &item(b"", false),
        &item(b"\xff\xd8no element", false),
        &end_of_sequence(),
    ]
    .concat();
    let icon = [item(&fragments, true), end_of_sequence()].concat();
    let private = item(&explicit(&[(0x0028_0010, b"US", number(7))]), false);
    let elements = plain();
    let mut body = explicit(&elements[..1]);
    body.extend(explicit(&[(0x0009_1001, b"SQ", private)]));
    body.extend(explicit(&elements[1..12]));
    body.extend(tag(0x0088_0200));
    body.extend(b"SQ\0\0\xff\xff\xff\xff");
    body.extend(icon);
    body.extend(explicit(&elements[12..]));
    shows_the_plain_film("icon", &file(EXPLICIT, &body));
}

#[test]
fn pixels_in_the_wrong_form_are_found() {
    let before = explicit(&plain()[..12]);
    let undefined = |content: &[u8]| {
        let head = [&tag(0x7fe0_0010)[..], b"OW\0\0\xff\xff\xff\xff"].concat();
        file(EXPLICIT, &[&before, &head, content].concat())
    };
    shows_the_plain_film("undefined length", &undefined(&pixels()));
    let fragments = [item(b"", false), item(&pixels(), false), end_of_sequence()].concat();
    shows_the_plain_film("fragments of plain pixels", &undefined(&fragments));
    let longer = [pixels(), vec![1, 2, 3]].concat();
    let elements = with(0x7fe0_0010, b"OB", &longer);
    shows_the_plain_film(
        "more than its pixels",
        &file(EXPLICIT, &explicit(&elements)),
    );
}

#[test]
fn values_in_odd_spellings_are_understood() {
    for (name, elements) in [
        ("comma", with(0x0028_1050, b"DS", b"2048,00 ")),
        ("zero bytes", with(0x0028_1050, b"DS", b"2048\0\0")),
        ("line ends", with(0x0028_1050, b"DS", b"2048\r\n")),
        ("odd length", with(0x0028_1050, b"DS", b"+2.048e3")),
        (
            "too long",
            with(0x0028_1050, b"DS", b"2048.000000000000000000000"),
        ),
        ("two windows", with(0x0028_1050, b"DS", b"2048\\99 ")),
        (
            "as a float",
            with(0x0028_1050, b"FL", &2048.0_f32.to_le_bytes()),
        ),
        ("rows as IS", with(0x0028_0010, b"IS", b"1 ")),
        ("rows as UL", with(0x0028_0010, b"UL", &[1, 0, 0, 0])),
        ("lower case", with(0x0028_0004, b"CS", b"monochrome2 ")),
        ("no frames", with(0x0028_0008, b"IS", b"")),
        ("zero frames", with(0x0028_0008, b"IS", b"0 ")),
    ] {
        shows_the_plain_film(name, &file(EXPLICIT, &explicit(&elements)));
    }
    let inverse = with(0x0028_0004, b"CS", b"MONOCHROME 1");
    let film = opened("inverse", &file(EXPLICIT, &explicit(&inverse)));
    assert_eq!(greys(&film), [255, 193, 127, 0]);
}

#[test]
fn one_unreadable_attribute_costs_no_film() {
    // A sequence whose item holds a VR that the parser does not know.
    let item = item(b"\x08\0\x50\x11ZZ\x02\0ab", false);
    let elements = with(0x0008_1140, b"SQ", &item);
    let film = shows_the_plain_film("sequence", &file(EXPLICIT, &explicit(&elements)));
    assert!(
        film.warnings.iter().any(|said| said.contains("left out")),
        "{:?}",
        film.warnings
    );
}

#[test]
fn lengths_inside_sequences_that_lie_are_never_believed() {
    // 2 GiB are announced in an item of a few bytes, plainly and behind a VR of nobody's.
    let lies: [&[u8]; 3] = [
        b"\x08\0\x50\x11OB\0\0\0\0\0\x80ab",
        b"\x08\0\x50\x11ZZ\0\0\0\0\0\x80ab",
        b"\x08\0\x50\x11\0\0\0\x80ab",
    ];
    for (lie, vr) in lies
        .into_iter()
        .flat_map(|lie| [(lie, b"SQ"), (lie, b"UN")])
    {
        let elements = with(0x0008_1140, vr, &item(lie, false));
        shows_the_plain_film("a lying length", &file(EXPLICIT, &explicit(&elements)));
    }
}
