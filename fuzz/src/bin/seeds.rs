//! Writes the first corpus of every target: the sound and the lying films of `tests/hostile`, made
//! there and here, and nothing from anywhere else. `cargo run --bin seeds -- corpus`

#![allow(clippy::expect_used, dead_code, reason = "a tool for developers")]

#[path = "../../../tests/hostile/bits.rs"]
mod bits;
#[path = "../../../tests/hostile/dicom_lies.rs"]
mod dicom_lies;
#[path = "../../../tests/phantoms/mod.rs"]
mod phantoms;
#[path = "../../../tests/hostile/picture_lies.rs"]
mod picture_lies;
#[path = "../../../tests/hostile/seeds.rs"]
mod seeds;

use std::path::Path;

use seeds::{Input, input};

/// Longer inputs make a fuzzer slow and teach it nothing.
const LONGEST: usize = 1 << 16;

fn main() {
    let folder = std::env::args_os().nth(1).expect("name a folder");
    let folder = Path::new(&folder);
    write(folder, "dicom", [seeds::dicom(), dicom_lies::all()].concat());
    write(folder, "deidentify", [seeds::dicom(), dicom_lies::all()].concat());
    write(folder, "picture", [seeds::pictures(), picture_lies::all()].concat());
    write(folder, "jpeg", vec![input("ramp.jpg", seeds::jpeg())]);
    let kind = [63, 47, 2, 0];
    write(folder, "rle", vec![input("runs", [&kind[..], &seeds::rle(64, 48)].concat())]);
    write(folder, "palette", palettes());
    write(folder, "character_set", texts());
    write(folder, "answer", Vec::new());
}

fn palettes() -> Vec<Input> {
    let wide: [u16; 11] = [0, 2, 5, 10, 1, 3, 40, 2, 2, 0, 0];
    let wide = wide.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    vec![
        input("wide", [&[15][..], &wide].concat()),
        input("narrow", vec![7, 0, 1, 5, 1, 2, 10, 0, 0]),
    ]
}

fn texts() -> Vec<Input> {
    [
        &b"\\ISO 2022 IR 87\nYamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"[..],
        b"\\ISO 2022 IR 149\n\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7",
        b"ISO 2022 IR 100\\ISO 2022 IR 126\n\x1b-F\xc4\xe9\xef^\x1b-L\xbb\xee\xda",
        b"GB18030\nWang=\xcd\xf5^\xd0\xa1",
        b"\\ISO 2022 IR 159\n\x1b$(D0!\x1b(B",
    ]
    .iter()
    .enumerate()
    .map(|(number, text)| input(format!("text{number}"), text.to_vec()))
    .collect()
}

fn write(folder: &Path, target: &str, inputs: Vec<Input>) {
    let folder = folder.join(target);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    for input in inputs.iter().filter(|input| input.bytes.len() <= LONGEST) {
        let name = input.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        std::fs::write(folder.join(name), &input.bytes).expect("the folder can be written");
    }
}
