//! Picture files that lie: PNG and BMP bombs, TIFF directories that loop, headers without a picture.

use super::bits::{chunk, deflated_zeros, png, png_start, tiff, zlib_zeros};
use super::dicom_lies::{scan_bomb, sof};
use super::seeds::{COLUMNS, Input, ROWS, encoded, input, jpeg, tiff_entries};

/// Every lie of this file.
pub(crate) fn all() -> Vec<Input> {
    [pngs(), tiffs(), jpegs(), netpbm(), bitmaps(), names()].concat()
}

fn pngs() -> Vec<Input> {
    let mut inputs = Vec::new();
    for (width, height) in [
        (60_000, 60_000),
        (u32::MAX, u32::MAX),
        (0, 0),
        (16_384, 16_384),
        (12_000, 9_000),
    ] {
        for kind in [
            [1, 0, 0],
            [16, 0, 0],
            [8, 2, 1],
            [16, 6, 0],
            [8, 3, 0],
            [3, 9, 7],
        ] {
            let name = format!("png_{width}x{height}_{}_{}.png", kind[0], kind[1]);
            inputs.push(input(name, png(width, height, kind, &zlib_zeros(1000))));
        }
    }
    // Bombs that hold what they say.
    for (side, kind) in [
        (16_384, [8, 0, 0]),
        (16_384, [16, 0, 1]),
        (9_000, [16, 2, 0]),
    ] {
        let bytes = side as usize * (side as usize + 1) * usize::from(kind[0] / 8);
        let pixels = zlib_zeros(bytes.min(600 << 20));
        let name = format!("png_bomb_{side}_{}_{}.png", kind[0], kind[1]);
        inputs.push(input(name, png(side, side, kind, &pixels)));
    }
    let texts: [(&[u8; 4], &[u8]); 3] = [
        (b"zTXt", b"k\0\0"),
        (b"iCCP", b"p\0\0"),
        (b"iTXt", b"k\0\x01\0\0\0"),
    ];
    for (kind, start) in texts {
        let mut bytes = png_start(64, 48, [8, 0, 0]);
        let bomb = [&[0x78, 0x01], deflated_zeros(1 << 30).as_slice()].concat();
        chunk(kind, &[start, &bomb].concat(), &mut bytes);
        chunk(b"IDAT", &zlib_zeros(65 * 48), &mut bytes);
        inputs.push(input(
            format!("png_{}.png", String::from_utf8_lossy(kind)),
            bytes,
        ));
    }
    let mut many = png_start(64, 48, [8, 0, 0]);
    for _ in 0..100_000 {
        chunk(b"tEXt", b"k\0v", &mut many);
    }
    inputs.push(input("png_texts.png", many));
    let mut empty = png_start(64, 48, [8, 0, 0]);
    for _ in 0..100_000 {
        chunk(b"IDAT", b"", &mut empty);
    }
    inputs.push(input("png_empty_chunks.png", empty));
    let mut long = png_start(64, 48, [8, 0, 0]);
    long.extend([0xff, 0xff, 0xff, 0xff]);
    long.extend(b"IDAT");
    inputs.push(input("png_long_chunk.png", long));
    inputs
}

fn tiffs() -> Vec<Input> {
    let pixels: Vec<u8> = (0..u32::from(COLUMNS) * u32::from(ROWS))
        .map(|at| at as u8)
        .collect();
    let sound = tiff_entries(pixels.len() as u32);
    let mut inputs = Vec::new();
    for (index, (tag, kind, count, _)) in sound.iter().copied().enumerate() {
        for (name, count, value) in [
            ("zero", count, 0),
            ("most", count, u32::MAX),
            ("large", count, 65_535),
            ("many", u32::MAX, 8),
            ("hundred", 100_000, 8),
        ] {
            let mut entries = sound.clone();
            entries[index] = (tag, kind, count, value);
            inputs.push(input(
                format!("tiff_{tag}_{name}.tif"),
                tiff(&pixels, &entries, None),
            ));
        }
    }
    for compression in [2, 3, 4, 5, 6, 7, 8, 32_773, 32_946, 34_712, 50_000, 65_535] {
        let mut entries = sound.clone();
        entries[3].3 = compression;
        inputs.push(input(
            format!("tiff_compression_{compression}.tif"),
            tiff(&pixels, &entries, None),
        ));
    }
    for (side, bits) in [(16_384, 8), (16_384, 16), (60_000, 1), (9_000, 64)] {
        let mut entries = sound.clone();
        (entries[0].3, entries[1].3, entries[2].3) = (side, side, bits);
        inputs.push(input(
            format!("tiff_{side}_{bits}.tif"),
            tiff(&pixels, &entries, None),
        ));
        // One strip that inflates to whatever is asked for.
        let bomb = zlib_zeros(300 << 20);
        entries[3].3 = 8;
        (entries[7].3, entries[8].3) = (side, bomb.len() as u32);
        inputs.push(input(
            format!("tiff_bomb_{side}_{bits}.tif"),
            tiff(&bomb, &entries, None),
        ));
    }
    let loops = 8 + pixels.len() as u32;
    inputs.push(input("tiff_loop.tif", tiff(&pixels, &sound, Some(loops))));
    inputs.push(input(
        "tiff_next_wild.tif",
        tiff(&pixels, &sound, Some(u32::MAX)),
    ));
    inputs.push(input("tiff_no_entries.tif", tiff(&pixels, &[], Some(8))));
    let mut child = sound.clone();
    child.push((330, 4, 1, loops));
    child.push((34_665, 4, 1, loops));
    inputs.push(input("tiff_child_loop.tif", tiff(&pixels, &child, None)));
    let mut tiled = sound.clone();
    tiled.extend([
        (322, 4, 1, 1 << 20),
        (323, 4, 1, 1 << 20),
        (324, 4, 1, 8),
        (325, 4, 1, 9),
    ]);
    inputs.push(input("tiff_tiles.tif", tiff(&pixels, &tiled, None)));
    let many = vec![(65_000, 4, u32::MAX / 4, 8); 65_000];
    inputs.push(input("tiff_entries_65000.tif", tiff(&pixels, &many, None)));
    inputs.push(input(
        "tiff_big.tif",
        b"II+\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    ));
    inputs.push(input("tiff_header.tif", b"MM\0*\xff\xff\xff\xff".to_vec()));
    inputs
}

fn jpegs() -> Vec<Input> {
    let sound = jpeg();
    let mut inputs = vec![input("scans.jpg", scan_bomb())];
    for size in [
        (65_535, 65_535),
        (16_384, 16_384),
        (0, 0),
        (1, 65_535),
        (12_000, 9_000),
    ] {
        let name = format!("jpeg_{}x{}.jpg", size.0, size.1);
        inputs.push(input(name, sof(sound.clone(), size)));
    }
    let frame = sound
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .expect("baseline");
    for marker in [0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xf7] {
        let mut bytes = sound.clone();
        bytes[frame + 1] = marker;
        inputs.push(input(format!("jpeg_marker_{marker:x}.jpg"), bytes));
    }
    for (name, at, value) in [
        ("precision", 4, 12),
        ("components", 9, 255),
        ("sampling", 11, 0xff),
        ("tables", 12, 9),
    ] {
        let mut bytes = sound.clone();
        bytes[frame + at] = value;
        inputs.push(input(format!("jpeg_{name}.jpg"), bytes));
    }
    // A directory that is its own next and its own child.
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
    let segment = [b"\xff\xe1\0\x22".as_slice(), exif].concat();
    inputs.push(input(
        "jpeg_exif_loop.jpg",
        [&sound[..2], &segment, &sound[2..]].concat(),
    ));
    let comments = b"\xff\xfe\0\x02".repeat(500_000);
    inputs.push(input(
        "jpeg_comments.jpg",
        [&sound[..2], &comments, &sound[2..]].concat(),
    ));
    inputs.push(input(
        "jpeg_fill.jpg",
        [b"\xff\xd8".as_slice(), &vec![0xff; 8 << 20]].concat(),
    ));
    let profiles = [
        b"\xff\xe2\xff\xff".as_slice(),
        b"ICC_PROFILE\0\xff\xff",
        &vec![0; 65_519],
    ]
    .concat();
    inputs.push(input(
        "jpeg_profiles.jpg",
        [&sound[..2], &profiles.repeat(100), &sound[2..]].concat(),
    ));
    inputs
}

fn netpbm() -> Vec<Input> {
    let texts: [(&str, String); 12] = [
        ("large", "P5 99999 99999 255\n".to_owned()),
        ("largest", "P5 16384 16384 65535\n".to_owned()),
        ("overflow", "P5 4294967297 4294967297 255\n".to_owned()),
        ("digits", format!("P5 {} 1 255\n", "9".repeat(1 << 20))),
        ("negative", "P5 -1 -1 255\n1234".to_owned()),
        ("maxval_0", "P5 2 2 0\n1234".to_owned()),
        ("maxval_65536", "P5 2 2 65536\n12345678".to_owned()),
        (
            "comment",
            format!("P5\n#{}\n2 2 255\n1234", "c".repeat(16 << 20)),
        ),
        ("comments", format!("P2\n{}", "#\n".repeat(1 << 20))),
        ("bits", "P4 16384 16384\n".to_owned()),
        (
            "ascii",
            format!("P3 16384 16384 65535\n{}", "1 ".repeat(1 << 20)),
        ),
        (
            "ascii_bits",
            format!("P1 16384 16384\n{}", "0".repeat(4 << 20)),
        ),
    ];
    let mut inputs: Vec<Input> = texts
        .into_iter()
        .map(|(name, text)| input(format!("pnm_{name}.pnm"), text.into_bytes()))
        .collect();
    for (name, depth, kind) in [
        ("deep", "99999999", "GRAYSCALE"),
        ("kind", "1", "NONE"),
        ("plain", "1", "GRAYSCALE"),
    ] {
        let text = format!(
            "P7\nWIDTH 16384\nHEIGHT 16384\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
        );
        inputs.push(input(format!("pam_{name}.pam"), text.into_bytes()));
    }
    inputs
}

fn bitmaps() -> Vec<Input> {
    let sound = encoded(image::GrayImage::new(16, 16), image::ImageFormat::Bmp);
    let mut inputs = Vec::new();
    for (name, at) in [
        ("offset", 10),
        ("header", 14),
        ("width", 18),
        ("height", 22),
        ("compression", 30),
        ("colours", 46),
    ] {
        for (kind, lie) in [
            ("most", u32::MAX),
            ("half", 1 << 31),
            ("large", 16_384),
            ("three", 3),
            ("zero", 0),
        ] {
            let mut bytes = sound.clone();
            bytes[at..at + 4].copy_from_slice(&lie.to_le_bytes());
            inputs.push(input(format!("bmp_{name}_{kind}.bmp"), bytes));
        }
    }
    for bits in [0, 1, 4, 16, 32, 255] {
        let mut bytes = sound.clone();
        bytes[28] = bits;
        inputs.push(input(format!("bmp_bits_{bits}.bmp"), bytes));
    }
    let mut runs = sound.clone();
    // Run-length coded, 16,384 a side, and nothing but ends of lines.
    runs[18..20].copy_from_slice(&16_384_u16.to_le_bytes());
    runs[22..24].copy_from_slice(&16_384_u16.to_le_bytes());
    runs[30] = 1;
    runs.truncate(1078);
    runs.resize(1078 + (4 << 20), 0);
    inputs.push(input("bmp_runs.bmp", runs));
    inputs
}

/// Files that only start like something.
fn names() -> Vec<Input> {
    let starts: [(&str, &[u8]); 8] = [
        ("gif", b"GIF89a"),
        ("pdf", b"%PDF-1.7"),
        ("zip", b"PK\x03\x04"),
        ("gzip", b"\x1f\x8b"),
        ("jp2", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("jxl", b"\0\0\0\x0cJXL \r\n\x87\n"),
        ("webp", b"RIFF\xff\xff\xff\xffWEBP"),
        ("text", b"Dear diary,"),
    ];
    let named = |(name, start): (&str, &[u8])| {
        input(format!("only_{name}"), [start, &[0xa5; 2000]].concat())
    };
    starts.into_iter().map(named).collect()
}
