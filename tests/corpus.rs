//! Every file of the DICOM corpus against the values of reference decoders.
//!
//! What is compared: the stored samples by hash (lossless) or at five pixels (lossy, ±2), the
//! modality values, and the 8-bit greys (±1; lossy ±2), colour as stored only. Rows whose display
//! the corpus calls advisory are a viewer's choice and not compared there. Files that no reference
//! decodes only have to end in a film or an error.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test"
)]

mod phantoms;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use phantoms::skip;
use silhouette::ErrorKind;
use silhouette::files::{Inspection, inspect, open};
use silhouette::radiograph::PointSample;

type Row = HashMap<String, String>;

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/dicom");
    let there = folder.join("manifest.csv").is_file();
    if !there {
        skip("the DICOM corpus is not beside the project");
    }
    there.then_some(folder)
}

/// Reads comma-separated values with quotes (RFC 4180), as rows by column name.
fn rows(text: &str) -> Vec<Row> {
    let mut table = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let row = table.last_mut().unwrap();
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => table.push(vec![String::new()]),
            '\r' if !quoted => {}
            other => row.last_mut().unwrap().push(other),
        }
    }
    let names = table.remove(0);
    table
        .into_iter()
        .filter(|row| row.len() == names.len())
        .map(|row| names.iter().cloned().zip(row).collect())
        .collect()
}

fn inspected(folder: &Path, row: &Row) -> silhouette::Result<Inspection> {
    let points: Vec<(usize, usize)> = row["sample_rc"]
        .split(';')
        .filter_map(|pair| {
            let (y, x) = pair.split_once(',')?;
            Some((x.parse().ok()?, y.parse().ok()?))
        })
        .collect();
    inspect(&folder.join(&row["file"]), &points)
}

/// Lists in what a film differs from its row.
fn differences(film: &Inspection, row: &Row) -> Vec<String> {
    let exact = row["exact"] == "exact";
    let tolerance = if exact { 1.0 } else { 2.0 };
    let mut found = Vec::new();
    let grey = !row["canon_sha256"].is_empty();
    let hash = if grey {
        &row["canon_sha256"]
    } else {
        &row["stored_sha256"]
    };
    if exact && film.stored_sha256 != *hash {
        found.push("hash".to_owned());
    }
    let mut compare = |what: &str,
                       expected: &str,
                       tolerance: f64,
                       of: &dyn Fn(&PointSample) -> Vec<f64>| {
        let values = film.points.iter().map(of);
        for (value, expected) in values.zip(expected.split(';').filter(|text| !text.is_empty())) {
            let expected: Vec<f64> = expected.split('/').filter_map(|v| v.parse().ok()).collect();
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance + 1e-5 * b.abs();
            if value.len() != expected.len() || !value.iter().zip(&expected).all(near) {
                found.push(format!("{what} {value:?} instead of {expected:?}"));
            }
        }
    };
    let stored = |point: &PointSample| match point.stored.as_ref().unwrap() {
        serde_json::Value::Array(samples) => samples.iter().filter_map(|v| v.as_f64()).collect(),
        sample => sample.as_f64().into_iter().collect(),
    };
    compare(
        "stored",
        &row["stored_samples"],
        if exact { 0.0 } else { 2.0 },
        &stored,
    );
    if grey && row["disp_rule"] != "palette" {
        let modality = |point: &PointSample| point.modality.map(f64::from).into_iter().collect();
        compare("modality", &row["modality_samples"], tolerance, &modality);
        if !row["disp_rule"].contains("advisory") {
            let display = |point: &PointSample| point.display.map(f64::from).into_iter().collect();
            compare("display", &row["disp8_samples"], tolerance, &display);
        }
    }
    found
}

#[test]
fn the_corpus_opens_as_its_reference_decoders_say() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    // By transfer syntax: how many agree, of how many a reference decodes.
    let mut agreed: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut agreeing, mut decodable, mut misses) = (0, 0, Vec::new());
    for row in rows(&text) {
        let result = inspected(&folder, &row);
        if let Err(error) = &result {
            assert_ne!(error.kind, ErrorKind::Internal, "{}: {error}", row["file"]);
        }
        if row["decode"] != "ok" {
            continue;
        }
        let found = match &result {
            Ok(film) => differences(film, &row),
            Err(error) => vec![error.to_string()],
        };
        let count = agreed.entry(row["transfer_syntax"].clone()).or_default();
        count.1 += 1;
        decodable += 1;
        if found.is_empty() {
            count.0 += 1;
            agreeing += 1;
        } else {
            misses.push(format!("{}: {}", row["file"], found[0]));
        }
    }
    let report = format!("{agreeing} of {decodable} agree\n{agreed:#?}\n{misses:#?}");
    eprintln!("{report}");
    assert!(decodable >= 246, "the manifest has lost rows: {decodable}");
    assert_eq!(agreeing, decodable, "{report}");
}

#[test]
fn names_of_the_corpus_are_read_in_every_script() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    let (mut compared, mut misses) = (0, Vec::new());
    for row in rows(&text) {
        let Ok(film) = open(&folder.join(&row["file"])) else {
            continue;
        };
        // A reference that cannot open a file knows no name; escape characters are not shown here.
        if row["open"] != "ok" {
            continue;
        }
        let expected = row["patient_name"].replace('\u{1b}', "");
        let expected = expected.trim_end_matches(" (advisory: sniff UTF-8)");
        let expected = expected.trim_end_matches(['=', '^', ' ']);
        let found = film.identity.patient_name_groups.join("=");
        compared += 1;
        if found != expected {
            misses.push(format!(
                "{}: {found:?} instead of {expected:?}",
                row["file"]
            ));
        }
    }
    assert!(compared >= 246, "{compared}");
    assert!(misses.is_empty(), "{misses:#?}");
}
