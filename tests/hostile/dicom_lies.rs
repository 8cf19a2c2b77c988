//! DICOM files that lie: about lengths, nesting, sizes, frames, fragments, tables and codestreams.

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};

use super::bits::{deflated_zeros, jpeg_2000, jpeg_lossless};
use super::phantoms::Phantom;
use super::seeds::{
    COLUMNS, Input, JPEG_LOSSLESS, JPEG_LS, JPEG_XL, ROWS, eight_bit, film, input, jpeg, rle, sized,
};

const LARGEST: u16 = 16_384;

/// Every lie of this file.
pub(crate) fn all() -> Vec<Input> {
    let parts = [
        lengths(),
        nesting(),
        numbers(),
        texts(),
        tables(),
        sizes(),
        frames(),
        fragments(),
        codestreams(),
        starts(),
        halves(),
    ];
    parts.concat()
}

/// Values that end within a number, found by the fuzzer: what followed them was taken for the next
/// element, of gigabytes.
fn halves() -> Vec<Input> {
    let modality = b"\x08\0\x60\0CS\x02\0DX";
    let bytes = film().bytes();
    let found = bytes.windows(10).position(|ten| ten == modality);
    let place = found.expect("a film has a modality") + 4;
    ["FL", "AT", "SL", "FD", "UL"]
        .iter()
        .map(|vr| {
            let mut bytes = bytes.clone();
            bytes[place..place + 2].copy_from_slice(vr.as_bytes());
            input(format!("half a number of VR {vr}"), bytes)
        })
        .collect()
}

/// The film with raw elements before its pixels.
fn with(elements: &[u8]) -> Vec<u8> {
    let bytes = film().bytes();
    let place = pixels_at(&bytes);
    [&bytes[..place], elements, &bytes[place..]].concat()
}

fn pixels_at(bytes: &[u8]) -> usize {
    let header = [0xe0, 0x7f, 0x10, 0, b'O'];
    let found = bytes.windows(5).rposition(|five| five == header);
    found.expect("a film has pixels")
}

/// Where the elements of an explicit, little-endian film stand, and where their lengths.
fn elements(bytes: &[u8]) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    let mut position = 132;
    while position + 12 <= bytes.len() {
        let vr = &bytes[position + 4..position + 6];
        let long = [b"OB", b"OW", b"SQ", b"UN", b"UT"]
            .iter()
            .any(|it| *it == vr);
        let (at, width) = if long {
            (position + 8, 4)
        } else {
            (position + 6, 2)
        };
        let mut length = [0; 4];
        length[..width].copy_from_slice(&bytes[at..at + width]);
        found.push((position, at, width));
        // A sequence's own elements are left to chance.
        position = (at + width).saturating_add(u32::from_le_bytes(length) as usize);
    }
    found
}

fn lengths() -> Vec<Input> {
    let whole = film().table(tags::MODALITY_LUT_SEQUENCE, [2, 0, 8], &[1, 2]);
    let whole = whole.bytes();
    let mut inputs = Vec::new();
    for (position, at, width) in elements(&whole) {
        let name = format!("{:02x}{:02x}", whole[position], whole[position + 2]);
        for (kind, lie) in [("most", 0xff), ("half", 0x7f), ("zero", 0)] {
            let mut bytes = whole.clone();
            bytes[at..at + width].fill(lie);
            inputs.push(input(format!("length_{name}_{position}_{kind}.dcm"), bytes));
        }
    }
    for vr in [b"ZZ", b"SQ", b"UN", b"OB"] {
        let mut bytes = whole.clone();
        let rows = elements(&whole)[12].0;
        bytes[rows + 4..rows + 6].copy_from_slice(vr);
        inputs.push(input(
            format!("vr_{}.dcm", String::from_utf8_lossy(vr)),
            bytes,
        ));
    }
    inputs
}

fn nesting() -> Vec<Input> {
    const SEQUENCE: [u8; 12] = [8, 0, 0x15, 0x11, b'S', b'Q', 0, 0, 255, 255, 255, 255];
    const ITEM: [u8; 8] = [0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255];
    const ENDS: [u8; 16] = [
        0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0,
    ];
    let level = [SEQUENCE.as_slice(), &ITEM].concat();
    let mut inputs = Vec::new();
    for depth in [100, 500, 20_000, 100_000] {
        let open = level.repeat(depth);
        let closed = [open.as_slice(), &ENDS.repeat(depth)].concat();
        inputs.push(input(format!("nested_{depth}.dcm"), with(&closed)));
        inputs.push(input(format!("nested_{depth}_open.dcm"), with(&open)));
    }
    // With stated lengths, from the inside out.
    let mut inner = Vec::new();
    for _ in 0..3_000 {
        let item = [&ITEM[..4], &(inner.len() as u32).to_le_bytes(), &inner].concat();
        inner = [&SEQUENCE[..8], &(item.len() as u32).to_le_bytes(), &item].concat();
    }
    inputs.push(input("nested_stated.dcm", with(&inner)));
    // A UN of undefined length holds implicit elements.
    let implicit = [
        [8, 0, 0x15, 0x11, 255, 255, 255, 255].as_slice(),
        ITEM.as_slice(),
    ];
    let mut unknown = [8, 0, 0x15, 0x11, b'U', b'N', 0, 0, 255, 255, 255, 255].to_vec();
    unknown.extend(ITEM);
    unknown.extend(implicit.concat().repeat(50_000));
    inputs.push(input("nested_unknown.dcm", with(&unknown)));
    inputs.push(input("sequence_open.dcm", with(&SEQUENCE)));
    inputs.push(input("item_open.dcm", with(&level)));
    let items = [
        SEQUENCE.as_slice(),
        &[&ITEM[..4], &[0; 4]].concat().repeat(200_000),
    ]
    .concat();
    inputs.push(input("items_200000.dcm", with(&items)));
    let nothing = [9, 0, 0x10, 0x10, b'L', b'O', 0, 0].repeat(300_000);
    inputs.push(input("elements_300000.dcm", with(&nothing)));
    inputs
}

fn numbers() -> Vec<Input> {
    let named: [(&str, Tag); 8] = [
        ("bits_allocated", tags::BITS_ALLOCATED),
        ("bits_stored", tags::BITS_STORED),
        ("high_bit", tags::HIGH_BIT),
        ("samples", tags::SAMPLES_PER_PIXEL),
        ("sign", tags::PIXEL_REPRESENTATION),
        ("planar", tags::PLANAR_CONFIGURATION),
        ("rows", tags::ROWS),
        ("columns", tags::COLUMNS),
    ];
    let mut inputs = Vec::new();
    for (name, tag) in named {
        for value in [0, 1, 2, 3, 7, 17, 32, 64, 255, 32_768, 65_535] {
            inputs.push(input(
                format!("{name}_{value}.dcm"),
                film().number(tag, value).bytes(),
            ));
        }
        inputs.push(input(
            format!("{name}_missing.dcm"),
            film().without(tag).bytes(),
        ));
    }
    inputs
}

fn texts() -> Vec<Input> {
    let mut inputs = Vec::new();
    for (name, tag) in [
        ("slope", tags::RESCALE_SLOPE),
        ("intercept", tags::RESCALE_INTERCEPT),
        ("center", tags::WINDOW_CENTER),
        ("width", tags::WINDOW_WIDTH),
        ("spacing", tags::IMAGER_PIXEL_SPACING),
        ("frames", tags::NUMBER_OF_FRAMES),
    ] {
        let values = [
            "0",
            "-1",
            "1e308",
            "-1e308",
            "1e-320",
            "NaN",
            "inf",
            "1e99999",
            "\\\\\\",
            "x",
            "9".repeat(300).leak(),
        ];
        for (index, value) in values.into_iter().enumerate() {
            inputs.push(input(
                format!("{name}_text_{index}.dcm"),
                film().text(tag, VR::DS, value).bytes(),
            ));
        }
    }
    let many = "1\\".repeat(30_000);
    let windows =
        film()
            .text(tags::WINDOW_CENTER, VR::DS, &many)
            .text(tags::WINDOW_WIDTH, VR::DS, &many);
    inputs.push(input("windows_30000.dcm", windows.bytes()));
    inputs.push(input(
        "windows_30000_implicit.dcm",
        windows.bytes_as(uids::IMPLICIT_VR_LITTLE_ENDIAN),
    ));
    // Escapes without end, and a character set nobody has.
    let name = film().text(tags::PATIENT_NAME, VR::PN, &"\u{1b}$)C".repeat(9_000));
    inputs.push(input("escapes.dcm", name.bytes()));
    for set in [
        "ISO 2022 IR 149",
        "\\\\ISO 2022 IR 87",
        "NO SUCH SET",
        "GB18030",
    ] {
        let name = film().text(tags::SPECIFIC_CHARACTER_SET, VR::CS, set);
        inputs.push(input(format!("set_{}.dcm", inputs.len()), name.bytes()));
    }
    let comment = film().text(tags::IMAGE_COMMENTS, VR::UT, &"x".repeat(16 << 20));
    inputs.push(input("text_16_mib.dcm", comment.bytes()));
    inputs
}

fn tables() -> Vec<Input> {
    let mut inputs = Vec::new();
    for sequence in [tags::VOILUT_SEQUENCE, tags::MODALITY_LUT_SEQUENCE] {
        for (index, descriptor) in [
            [0, 0, 16],
            [65_535, 65_535, 65_535],
            [3, 0, 0],
            [1, 32_768, 1],
            [3, 0, 17],
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("table_{:04x}_{index}.dcm", sequence.element());
            let phantom = film().table(sequence, descriptor, &[0, 65_535, 9]);
            inputs.push(input(name, phantom.bytes()));
        }
        let name = format!("table_{:04x}_empty.dcm", sequence.element());
        inputs.push(input(name, film().table(sequence, [4, 0, 8], &[]).bytes()));
    }
    let palette = |count: usize| {
        let mut palette = film()
            .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "PALETTE COLOR")
            .words(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, &vec![7; count])
            .words(tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, &[]);
        for tag in [
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        ] {
            palette = palette.words(tag, &[0, 65_535, 255]);
        }
        palette.bytes()
    };
    inputs.push(input("palette_short.dcm", palette(3)));
    inputs.push(input("palette_none.dcm", palette(0)));
    inputs
}

fn sizes() -> Vec<Input> {
    let mut inputs = Vec::new();
    for (columns, rows) in [
        (65_535, 65_535),
        (LARGEST, LARGEST),
        (65_535, 1),
        (1, 65_535),
        (0, 0),
    ] {
        let name = format!("{columns}x{rows}");
        inputs.push(input(
            format!("size_{name}.dcm"),
            sized(columns, rows).bytes(),
        ));
        inputs.push(input(
            format!("size_{name}_one_bit.dcm"),
            sized(columns, rows).bits(1, 1, 0).bytes(),
        ));
        inputs.push(input(
            format!("size_{name}_colour.dcm"),
            eight_bit(sized(columns, rows))
                .number(tags::SAMPLES_PER_PIXEL, 3)
                .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "YBR_FULL_422")
                .bytes(),
        ));
    }
    inputs
}

fn frames() -> Vec<Input> {
    let mut inputs = Vec::new();
    for frames in [
        "2147483647",
        "4294967295",
        "65536",
        "2",
        "0",
        "-5",
        "1.5",
        "",
    ] {
        let stated = |phantom: Phantom| phantom.text(tags::NUMBER_OF_FRAMES, VR::IS, frames);
        inputs.push(input(
            format!("frames_{frames}_native.dcm"),
            stated(film()).bytes(),
        ));
        inputs.push(input(
            format!("frames_{frames}_jpeg.dcm"),
            stated(eight_bit(sized(COLUMNS, ROWS)))
                .fragments(&[&jpeg()])
                .bytes_as(uids::JPEG_BASELINE8_BIT),
        ));
    }
    // Frames to be told apart by an offset table that leads astray, or by search.
    let count = 60_000_u32;
    let table: Vec<u8> = (0..count)
        .flat_map(|index| (8 * index + 4).to_le_bytes())
        .collect();
    let pieces: Vec<&[u8]> = vec![&[0xff, 0xd8]; count as usize + 1];
    let stated = eight_bit(sized(1, 1)).text(tags::NUMBER_OF_FRAMES, VR::IS, "60000");
    inputs.push(input(
        "offsets_60000.dcm",
        encapsulated(&stated, &table, &pieces),
    ));
    inputs.push(input(
        "starts_60000.dcm",
        encapsulated(&stated, &[], &pieces),
    ));
    inputs.push(input(
        "fragments_60000.dcm",
        encapsulated(&stated, &[], &pieces[1..]),
    ));
    inputs
}

/// A file of fragments written by hand, with an offset table.
fn encapsulated(phantom: &Phantom, table: &[u8], fragments: &[&[u8]]) -> Vec<u8> {
    let whole = phantom
        .clone()
        .fragments(&[b"ab"])
        .bytes_as(uids::JPEG_BASELINE8_BIT);
    let mut bytes = whole[..pixels_at(&whole) + 12].to_vec();
    for item in [table].iter().chain(fragments) {
        bytes.extend([0xfe, 0xff, 0, 0xe0]);
        bytes.extend((item.len() as u32).to_le_bytes());
        bytes.extend(*item);
    }
    bytes.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
    bytes
}

fn fragments() -> Vec<Input> {
    let jpeg = jpeg();
    let phantom = eight_bit(sized(COLUMNS, ROWS));
    let sound = encapsulated(&phantom, &[], &[&jpeg]);
    let item = pixels_at(&sound) + 20;
    let mut inputs = vec![
        input("fragments_none.dcm", encapsulated(&phantom, &[], &[])),
        input(
            "fragments_empty.dcm",
            encapsulated(&phantom, &[], &vec![b"".as_slice(); 100_000]),
        ),
        input(
            "offsets_wild.dcm",
            encapsulated(&phantom, &[0xff; 400_000], &[&jpeg]),
        ),
        input("table_only.dcm", sound[..item].to_vec()),
    ];
    for (name, lie) in [
        ("most", u32::MAX - 1),
        ("open", u32::MAX),
        ("half", 1 << 31),
        ("odd", 3),
    ] {
        let mut bytes = sound.clone();
        bytes[item + 4..item + 8].copy_from_slice(&lie.to_le_bytes());
        inputs.push(input(format!("fragment_{name}.dcm"), bytes));
    }
    let bytewise: Vec<&[u8]> = jpeg.chunks(1).collect();
    inputs.push(input(
        "fragments_bytewise.dcm",
        encapsulated(&phantom, &[], &bytewise),
    ));
    inputs
}

/// Sizes on which file and codestream agree, and on which they do not.
fn codestreams() -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut add = |name: &str, (columns, rows): (u16, u16), bits: u16, uid: &str, data: &[u8]| {
        let phantom = sized(columns, rows).bits(if bits > 8 { 16 } else { 8 }, bits, bits - 1);
        let bytes = phantom.fragments(&[data]).bytes_as(uid);
        inputs.push(input(format!("{name}_{columns}x{rows}.dcm"), bytes));
    };
    let xl = codestream(JPEG_XL);
    let ls = codestream(JPEG_LS);
    for size in [(LARGEST, LARGEST), (8_000, 8_000), (65_535, 65_535)] {
        let (columns, rows) = size;
        add(
            "jpeg",
            size,
            8,
            uids::JPEG_BASELINE8_BIT,
            &sof(jpeg(), size),
        );
        let lossless = sof(jpeg_lossless(COLUMNS, ROWS), size);
        add("lossless", size, 12, JPEG_LOSSLESS, &lossless);
        add("jpegls", size, 12, JPEG_LS, &sof(ls.clone(), size));
        let flat = jpeg_2000(columns.into(), rows.into());
        add("j2k", size, 12, uids::JPEG2000_LOSSLESS, &flat);
        add("rle", size, 12, uids::RLE_LOSSLESS, &rle(64, 48));
        add("jxl", size, 12, JPEG_XL, &xl);
    }
    for size in [(LARGEST, LARGEST), (12_000, 9_000)] {
        let full = rle(size.0.into(), size.1.into());
        add("rle_full", size, 12, uids::RLE_LOSSLESS, &full);
    }
    let small = (COLUMNS, ROWS);
    for size in [(65_535, 65_535), (0, 0), (65, 48)] {
        let lie = |name: &str| format!("{name}_says_{}x{}", size.0, size.1);
        add(
            &lie("jpeg"),
            small,
            8,
            uids::JPEG_BASELINE8_BIT,
            &sof(jpeg(), size),
        );
        let lossless = sof(jpeg_lossless(COLUMNS, ROWS), size);
        add(&lie("lossless"), small, 12, JPEG_LOSSLESS, &lossless);
        add(&lie("jpegls"), small, 12, JPEG_LS, &sof(ls.clone(), size));
        let flat = jpeg_2000(size.0.into(), size.1.into());
        add(&lie("j2k"), small, 12, uids::JPEG2000_LOSSLESS, &flat);
    }
    for (name, at, lie) in [
        ("tile_1", 24, [0, 0, 0, 1]),
        ("tile_0", 24, [0; 4]),
        ("offset", 16, [255; 4]),
    ] {
        let mut flat = jpeg_2000(COLUMNS.into(), ROWS.into());
        flat[at..at + 4].copy_from_slice(&lie);
        flat[at + 4..at + 8].copy_from_slice(&lie);
        add(
            &format!("j2k_{name}"),
            small,
            12,
            uids::JPEG2000_LOSSLESS,
            &flat,
        );
    }
    let mut segments = rle(64, 48);
    for (name, lie) in [
        ("most", [255; 4]),
        ("none", [0; 4]),
        ("three", [3, 0, 0, 0]),
    ] {
        segments[..4].copy_from_slice(&lie);
        add(
            &format!("rle_segments_{name}"),
            small,
            12,
            uids::RLE_LOSSLESS,
            &segments,
        );
    }
    let scans = scan_bomb();
    add("scans", (8_000, 8_000), 8, uids::JPEG_BASELINE8_BIT, &scans);
    inputs
}

/// A film that takes some seconds of work and is sound: run lengths of 12,000 × 9,000 samples.
pub(crate) fn slow() -> Vec<u8> {
    sized(12_000, 9_000)
        .fragments(&[&rle(12_000, 9_000)])
        .bytes_as(uids::RLE_LOSSLESS)
}

/// A JPEG of 8,000 × 8,000 pixels whose one scan is repeated a thousand times.
pub(crate) fn scan_bomb() -> Vec<u8> {
    let whole = sof(jpeg(), (8_000, 8_000));
    let scan = whole.windows(2).position(|two| two == [0xff, 0xda]);
    let scan = scan.expect("a JPEG has a scan");
    let end = whole.len() - 2;
    [
        &whole[..scan],
        &whole[scan..end].repeat(1_000),
        &whole[end..],
    ]
    .concat()
}

/// Has a JPEG's frame header state a size.
pub(crate) fn sof(mut jpeg: Vec<u8>, (columns, rows): (u16, u16)) -> Vec<u8> {
    let frame = jpeg
        .windows(2)
        .position(|two| two[0] == 0xff && matches!(two[1], 0xc0 | 0xc1 | 0xc3 | 0xf7))
        .expect("a JPEG has a frame header");
    jpeg[frame + 5..frame + 7].copy_from_slice(&rows.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&columns.to_be_bytes());
    jpeg
}

/// The codestream within one of the sound films.
fn codestream(uid: &str) -> Vec<u8> {
    let name = if uid == JPEG_XL {
        "jxl.dcm"
    } else {
        "jpegls.dcm"
    };
    let film = super::seeds::dicom()
        .into_iter()
        .find(|seed| seed.name == name);
    let bytes = film.expect("the seed is there").bytes;
    let item = pixels_at(&bytes) + 12;
    // The offset table is skipped by its length.
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four")) as usize;
    let first = item + 8 + word(item + 4);
    bytes[first + 8..first + 8 + word(first + 4)].to_vec()
}

fn starts() -> Vec<Input> {
    let sound = film().bytes();
    let preamble = |bytes: &[u8]| [&[0; 128], b"DICM".as_slice(), bytes].concat();
    let deflated = |zeros: usize| {
        let uid = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
        let whole = film().bytes_as(uid);
        let meta = 144 + u32::from_le_bytes(whole[140..144].try_into().expect("four")) as usize;
        [&whole[..meta], deflated_zeros(zeros).as_slice()].concat()
    };
    vec![
        input("empty", Vec::new()),
        input("magic_only.dcm", preamble(b"")),
        input("magic_and_ff.dcm", preamble(&[0xff; 4096])),
        input("magic_and_zeros.dcm", preamble(&vec![0; 8 << 20])),
        input("twice.dcm", [sound.clone(), sound.clone()].concat()),
        input("meta_only.dcm", sound[..300].to_vec()),
        input("no_pixels.dcm", sound[..pixels_at(&sound)].to_vec()),
        input("deflate_100_mib.dcm", deflated(100 << 20)),
        input("deflate_2_gib.dcm", deflated(2 << 30)),
        input(
            "syntax_unknown.dcm",
            film().bytes_as("1.2.840.10008.1.2.2")[..400].to_vec(),
        ),
    ]
}
