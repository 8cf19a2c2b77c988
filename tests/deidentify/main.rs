//! `silhouette deidentify` through the program as it is: no planted word is left anywhere, pictures
//! are the same, and what belonged together still does.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    dead_code,
    reason = "a failed expectation is a failed test, and the makers of films serve other tests too"
)]

#[path = "../hostile/bits.rs"]
mod bits;
#[path = "../phantoms/mod.rs"]
mod phantoms;
mod planted;
#[path = "../hostile/seeds.rs"]
mod seeds;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};
use dicom::object::{InMemDicomObject, open_file};
use phantoms::{Phantom, save};
use planted::assert_free;
use serde_json::Value;

fn silhouette(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .args(arguments)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// De-identifies a path into `out` and returns every line, after checking the exit code.
#[track_caller]
fn copied(path: &Path, out: &Path, options: &[&str]) -> Vec<Value> {
    let paths = [
        "deidentify",
        path.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--json",
    ];
    let output = silhouette(&[&paths[..], options].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    lines(&output)
}

fn out_path(line: &Value) -> PathBuf {
    PathBuf::from(line["out"].as_str().unwrap())
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let element = object.get(tag);
    element.map_or_else(String::new, |element| {
        element.to_str().unwrap().trim().to_owned()
    })
}

/// The hash of the stored samples of every frame, as the reader of films has it.
fn samples(path: &Path) -> String {
    let output = silhouette(&["inspect", path.to_str().unwrap(), "--json"]);
    let line = &lines(&output)[0];
    let hash = line["stored_sha256"].as_str();
    hash.unwrap_or_else(|| panic!("{line}")).to_owned()
}

fn every_file(folder: &Path) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn no_planted_word_is_left_anywhere() {
    let every_option = [
        "--dates",
        "shift",
        "--retain-patient-characteristics",
        "--clean-descriptors",
        "--retain-safe-private",
    ];
    for (explicit, options) in [
        (true, &[][..]),
        (false, &[]),
        (true, &every_option),
        (false, &every_option),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let patient = folder.path().join("films/Plantedname_Janina/ID471108");
        std::fs::create_dir_all(&patient).unwrap();
        let source = planted::saved(&patient, "ACC990017.dcm", explicit);
        let before = std::fs::read(&source).unwrap();
        let out = folder.path().join("out");
        let line = &copied(&folder.path().join("films"), &out, options)[0];
        assert_eq!(std::fs::read(&source).unwrap(), before);
        let files = every_file(&out);
        assert_eq!(files.len(), 3, "{files:?}");
        for file in files {
            assert_free(&std::fs::read(&file).unwrap(), "a file's content");
            let below = file.strip_prefix(&out).unwrap();
            assert_free(below.as_os_str().as_encoded_bytes(), "a file's name");
        }
        let copy = out_path(line);
        assert_eq!(samples(&copy), samples(&source));
        assert_eq!(copy.strip_prefix(&out).unwrap().components().count(), 3);
        let mut facts = line.clone();
        facts["path"] = Value::Null;
        facts["out"] = Value::Null;
        assert_free(facts.to_string().as_bytes(), "a line of JSON");
    }
}

#[test]
fn a_copy_says_what_was_done_and_keeps_what_the_picture_needs() {
    let folder = tempfile::tempdir().unwrap();
    let source = planted::saved(folder.path(), "film.dcm", true);
    let options = [
        "--dates",
        "shift",
        "--retain-patient-characteristics",
        "--clean-descriptors",
    ];
    let line = &copied(&source, &folder.path().join("out"), &options)[0];
    assert_eq!(line["identity_removed"], false);
    assert_eq!(line["burned_in"], "unknown");
    assert!(
        line["warnings"][0]
            .as_str()
            .unwrap()
            .contains("--pixels-clean")
    );
    let copy = open_file(out_path(line)).unwrap();
    assert_eq!(text(&copy, tags::PATIENT_IDENTITY_REMOVED), "NO");
    assert_eq!(
        text(&copy, tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED),
        "MODIFIED"
    );
    assert!(text(&copy, tags::DEIDENTIFICATION_METHOD).starts_with("PS3.15"));
    let codes = copy
        .get(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)
        .unwrap();
    let codes: Vec<String> = codes
        .items()
        .unwrap()
        .iter()
        .map(|item| text(item, tags::CODE_VALUE))
        .collect();
    assert_eq!(codes, ["113100", "113105", "113107", "113108"]);
    assert_eq!(text(&copy, tags::PHOTOMETRIC_INTERPRETATION), "MONOCHROME2");
    assert_eq!(text(&copy, tags::PATIENT_SEX), "F");
    assert_eq!(text(&copy, tags::STUDY_DESCRIPTION), "Chest");
    assert_eq!(
        text(&copy, tags::WINDOW_CENTER_WIDTH_EXPLANATION),
        "normal for"
    );
    assert_eq!(
        text(&copy, tags::PATIENT_ID),
        text(&copy, tags::PATIENT_NAME)
    );
    assert!(text(&copy, tags::PATIENT_ID).starts_with("P-"));
    let view = copy.get(tags::VIEW_CODE_SEQUENCE).unwrap().items().unwrap();
    assert_eq!(text(&view[0], tags::CODE_VALUE), "R-10206");
    assert_eq!(text(&view[0], tags::CODE_MEANING), "R-10206");
    let meta = copy.meta();
    assert_eq!(
        meta.media_storage_sop_instance_uid(),
        text(&copy, tags::SOP_INSTANCE_UID)
    );
    assert_eq!(std::fs::read(out_path(line)).unwrap()[..128], [0; 128]);
}

#[test]
fn pixels_known_to_be_clean_let_a_copy_claim_it() {
    let folder = tempfile::tempdir().unwrap();
    let clean = Phantom::row(&[1, 2]).text(tags::BURNED_IN_ANNOTATION, VR::CS, "NO");
    let burned = Phantom::row(&[1, 2]).text(tags::BURNED_IN_ANNOTATION, VR::CS, "YES");
    for (number, (phantom, options, expected)) in [
        (&clean, &[][..], "YES"),
        (&burned, &[], "NO"),
        (&burned, &["--pixels-clean"], "YES"),
    ]
    .into_iter()
    .enumerate()
    {
        let source = save(folder.path(), "film.dcm", &phantom.bytes());
        let out = folder.path().join(number.to_string());
        let line = &copied(&source, &out, options)[0];
        let copy = open_file(out_path(line)).unwrap();
        assert_eq!(text(&copy, tags::PATIENT_IDENTITY_REMOVED), expected);
        assert_eq!(line["identity_removed"], expected == "YES");
        assert_eq!(line["warnings"].as_array().unwrap().is_empty(), number != 1);
    }
}

#[test]
fn every_transfer_syntax_keeps_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    for input in seeds::dicom() {
        save(&films, &input.name, &input.bytes);
    }
    let named = b"\xff\xfe\x00\x0dPLANTEDNAME".to_vec();
    let mut jpeg = seeds::jpeg();
    jpeg.splice(2..2, named);
    let planted = seeds::eight_bit(seeds::sized(seeds::COLUMNS, seeds::ROWS))
        .fragments(&[&[&jpeg[..], b"PLANTEDNAME!"].concat()])
        .bytes_as(uids::JPEG_BASELINE8_BIT);
    save(&films, "comment.dcm", &planted);
    // Pieces of odd length, found by the fuzzer: padding between them is no part of the picture.
    save(&films, "odd.dcm", &in_pieces(&seeds::jpeg(), 3));
    let copies = copied(&films, &folder.path().join("out"), &[]);
    assert_eq!(copies.len(), seeds::dicom().len() + 2);
    for line in &copies {
        let source = PathBuf::from(line["path"].as_str().unwrap());
        let copy = out_path(line);
        assert_eq!(samples(&copy), samples(&source), "{}", source.display());
        assert_free(&std::fs::read(&copy).unwrap(), "a compressed film");
    }
}

/// A film of a JPEG in pieces of so many bytes.
fn in_pieces(jpeg: &[u8], size: usize) -> Vec<u8> {
    let film = seeds::eight_bit(seeds::sized(seeds::COLUMNS, seeds::ROWS));
    let mut bytes = film.fragments(&[jpeg]).bytes_as(uids::JPEG_BASELINE8_BIT);
    let head = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
    let pixels = bytes.windows(head.len()).rposition(|window| window == head);
    bytes.truncate(pixels.unwrap() + head.len());
    for piece in std::iter::once(&[][..]).chain(jpeg.chunks(size)) {
        bytes.extend(b"\xfe\xff\0\xe0");
        bytes.extend((piece.len() as u32).to_le_bytes());
        bytes.extend(piece);
    }
    bytes.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    bytes
}

fn study(folder: &Path) {
    let film = |uid: &str, date: &str, patient: &str, refers: &str| {
        Phantom::row(&[1, 2, 3])
            .text(tags::SOP_INSTANCE_UID, VR::UI, uid)
            .text(tags::STUDY_INSTANCE_UID, VR::UI, "1.2.826.0.1.9999.3")
            .text(tags::FRAME_OF_REFERENCE_UID, VR::UI, refers)
            .text(tags::STUDY_DATE, VR::DA, date)
            .text(tags::PATIENT_ID, VR::LO, patient)
            .bytes()
    };
    save(
        folder,
        "1.dcm",
        &film("1.2.826.1", "20240305", "ID471108", "1.2.826.2"),
    );
    save(
        folder,
        "2.dcm",
        &film("1.2.826.2", "20240402", "ID471108 ", "1.2.826.1"),
    );
    save(
        folder,
        "3.dcm",
        &film("1.2.826.5", "20240305", "OTHER", "1.2.826.1"),
    );
}

/// SOP instance, referred UID, study, patient and date of copies by the names of their sources.
fn facts(lines: &[Value]) -> HashMap<String, [String; 5]> {
    let facts = |line: &Value| {
        let copy = open_file(out_path(line)).unwrap();
        let values = [
            tags::SOP_INSTANCE_UID,
            tags::FRAME_OF_REFERENCE_UID,
            tags::STUDY_INSTANCE_UID,
            tags::PATIENT_ID,
            tags::STUDY_DATE,
        ];
        values.map(|tag| text(&copy, tag))
    };
    let name = |line: &Value| {
        line["path"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    lines.iter().map(|line| (name(line), facts(line))).collect()
}

fn day(date: &str) -> i64 {
    let date = chrono::NaiveDate::parse_from_str(date, "%Y%m%d").unwrap();
    (date - chrono::NaiveDate::MIN).num_days()
}

#[test]
fn what_belonged_together_still_does_in_every_run_with_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    study(&films);
    let key = folder.path().join("key");
    let with_key = ["--key", key.to_str().unwrap(), "--dates", "shift"];
    let once = facts(&copied(&films, &folder.path().join("a"), &with_key));
    let again = facts(&copied(&films, &folder.path().join("b"), &with_key));
    let other = facts(&copied(
        &films,
        &folder.path().join("c"),
        &["--dates", "shift"],
    ));
    assert_eq!(once, again);
    let [one, two, three] = ["1.dcm", "2.dcm", "3.dcm"].map(|name| &once[name]);
    assert_eq!((&one[0], &one[1]), (&two[1], &two[0]));
    assert_eq!(three[1], one[0]);
    assert!(one[2] == two[2] && one[3] == two[3] && one[3] != three[3]);
    assert_eq!(day(&two[4]) - day(&one[4]), 28);
    assert_ne!(one[4], "20240305");
    assert_ne!(one[0], other["1.dcm"][0]);
}

#[test]
fn a_run_goes_on_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    study(&films);
    let (key, out) = (folder.path().join("key"), folder.path().join("out"));
    let with_key = ["--key", key.to_str().unwrap()];
    let first = copied(&films, &out, &with_key);
    let gone = out_path(&first[1]);
    std::fs::remove_file(&gone).unwrap();
    let second = copied(&films, &out, &with_key);
    assert_eq!(second.len(), 1);
    assert_eq!(out_path(&second[0]), gone);
    let refused = |options: &[&str], out: &Path| {
        let paths = [
            "deidentify",
            films.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ];
        let output = silhouette(&[&paths[..], options].concat());
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&[], &out).contains("--key"));
    assert!(refused(&[&with_key[..], &["--retain-uids"]].concat(), &out).contains("options"));
    assert!(refused(&[], &films.join("out")).contains("outside"));
    let strange = folder.path().join("strange");
    std::fs::create_dir(&strange).unwrap();
    std::fs::write(strange.join("thesis.txt"), "mine").unwrap();
    assert!(refused(&[], &strange).contains("other files"));
}

#[test]
fn a_bad_file_costs_itself_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    save(&films, "a.dcm", b"no film at all");
    save(&films, "b.dcm", &Phantom::row(&[1]).bytes());
    save(
        &films,
        "c.dcm",
        &Phantom::row(&[1]).without(tags::PIXEL_DATA).bytes(),
    );
    save(&films, "d.tif", &seeds::pictures()[5].bytes);
    save(&films, "e.png", &seeds::pictures()[0].bytes);
    let out = folder.path().join("out");
    let paths = [
        "deidentify",
        films.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--json",
    ];
    let output = silhouette(&paths);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    let kinds: Vec<&str> = lines
        .iter()
        .map(|line| line["error"]["kind"].as_str().unwrap_or("copied"))
        .collect();
    assert_eq!(
        kinds,
        [
            "not_an_image",
            "copied",
            "unsupported",
            "unsupported",
            "copied"
        ]
    );
    let table = std::fs::read_to_string(out.join("report.csv")).unwrap();
    assert_eq!(table.lines().count(), 6);
}

#[test]
fn rectangles_are_black_in_uncompressed_and_losslessly_compressed_films() {
    let folder = tempfile::tempdir().unwrap();
    let output = |name: &str, bytes: &[u8]| {
        let source = save(folder.path(), name, bytes);
        let out = folder.path().join(format!("{name}.out"));
        silhouette(&[
            "deidentify",
            source.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
            "--json",
            "--redact",
            "1,0,2,1",
        ])
    };
    let mut seen = 0;
    for seed in seeds::dicom() {
        let output = output(&seed.name, &seed.bytes);
        if ["jpeg.dcm", "frames.dcm"].contains(&seed.name.as_str()) {
            assert_eq!(output.status.code(), Some(1), "{}", seed.name);
            continue;
        }
        let copy = out_path(&lines(&output)[0]);
        let points = [
            "inspect",
            copy.to_str().unwrap(),
            "--json",
            "--points",
            "1:0,2:0,3:0",
        ];
        let copy = lines(&silhouette(&points)).remove(0);
        let source = folder.path().join(&seed.name);
        let source = lines(&silhouette(&[
            "inspect",
            source.to_str().unwrap(),
            "--json",
            "--points",
            "3:0",
        ]))
        .remove(0);
        assert_eq!(
            (&copy["points"][0]["stored"], &copy["points"][1]["stored"]),
            (&0.into(), &0.into()),
            "{}",
            seed.name
        );
        let stored = |film: &Value, index: usize| film["points"][index]["stored"].clone();
        assert_eq!(stored(&copy, 2), stored(&source, 0), "{}", seed.name);
        seen += 1;
    }
    assert!(seen >= 8);
}

#[test]
fn exports_and_json_say_nobodys_name() {
    let folder = tempfile::tempdir().unwrap();
    let source = planted::saved(folder.path(), "Plantedname_ID471108.dcm", true);
    let picture = folder.path().join("picture.png");
    let output = silhouette(&[
        "render",
        source.to_str().unwrap(),
        "--out",
        picture.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0));
    let mut files = 0;
    for file in every_file(folder.path())
        .iter()
        .filter(|file| **file != source)
    {
        assert_free(&std::fs::read(file).unwrap(), "an export");
        files += 1;
    }
    assert!(files >= 1);
    let output = silhouette(&["inspect", source.to_str().unwrap(), "--json"]);
    let mut line = lines(&output).remove(0);
    line["path"] = Value::Null;
    assert_free(line.to_string().as_bytes(), "the JSON of inspect");
}
