//! `silhouette inspect` as scripts see it: keys, lines, exit codes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::path::Path;
use std::process::{Command, Output};

use dicom::core::VR;
use dicom::dictionary_std::tags;
use phantoms::{Phantom, save};
use serde_json::Value;

fn inspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .arg("inspect")
        .args(arguments)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn film(folder: &Path) -> String {
    let phantom = Phantom::row(&[0, 2048, 4095])
        .text(tags::WINDOW_CENTER, VR::DS, "2048")
        .text(tags::WINDOW_WIDTH, VR::DS, "4096")
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2");
    phantom.save(folder).to_str().unwrap().to_owned()
}

#[test]
fn every_key_of_the_contract_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = inspect(&[&film(folder.path()), "--json", "--points", "1:0,2:0"]);
    assert_eq!(output.status.code(), Some(0));
    let film = &lines(&output)[0];
    for key in [
        "path",
        "kind",
        "rows",
        "columns",
        "frames",
        "transfer_syntax",
        "modality",
        "photometric_interpretation",
        "bits_allocated",
        "bits_stored",
        "signed",
        "stored_sha256",
        "stored_min",
        "stored_max",
        "rescale",
        "padding",
        "voi",
        "polarity",
        "spacing",
        "laterality",
        "view_position",
        "burned_in",
        "pipeline",
        "warnings",
        "points",
    ] {
        assert!(film.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(film["polarity"], "identity");
    assert_eq!(film["burned_in"], "unknown");
    assert_eq!(film["voi"][0]["kind"], "window");
    assert_eq!(film["spacing"]["plane"], "detector");
    let point =
        serde_json::json!({"x": 1, "y": 0, "stored": 2048, "modality": 2048.0, "display": 128});
    for (key, value) in point.as_object().unwrap() {
        assert_eq!(film["points"][0][key], *value, "{key}");
    }
    assert_eq!(film["pipeline"][2]["stage"], "voi");
}

#[test]
fn a_bad_file_costs_its_own_line_and_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let bad = save(folder.path(), "notes.png", b"no picture at all");
    let good = film(folder.path());
    let output = inspect(&[bad.to_str().unwrap(), &good, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    assert_eq!(lines[0]["error"]["kind"], "not_an_image");
    assert_eq!(lines[1]["kind"], "dicom");
}

#[test]
fn wrong_usage_and_empty_folders_start_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    assert_eq!(inspect(&[empty]).status.code(), Some(2));
    assert_eq!(inspect(&["x", "--points", "3"]).status.code(), Some(2));
}
