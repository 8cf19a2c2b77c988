//! dcmqi and highdicom read what we write and find the same in it; Tesseract reads our pictures.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use dicom::core::VR;
use dicom::dictionary_std::tags;
use serde_json::Value;
use silhouette::files::dicom_export::{Segment, segmentation, structured_report};
use silhouette::radiograph::{Film, Shape};
use silhouette::session::{ExportKind, write_export};
use silhouette::task::Progress;

use super::files::job;
use super::films::{findings, marks, opened, phantom, subject};
use super::objects::segments;
use super::phantoms::Phantom;
use super::tools::{run, saved};

/// A program of the folder that `assets/setup-debian.sh test` makes.
fn installed(program: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = cache.filter(|cache| !cache.as_os_str().is_empty());
    let cache = cache.or_else(home).unwrap_or_default();
    cache.join("silhouette-tools/validators/bin").join(program)
}

fn run_installed(program: &str, arguments: &[&OsStr]) -> Option<Vec<u8>> {
    let program = installed(program);
    let output = run(&program.to_string_lossy(), arguments)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", program.display());
    Some(output.stdout)
}

fn written_report(film: &Film, folder: &Path) -> PathBuf {
    let bytes = structured_report(&subject(film), &findings(film)).unwrap();
    saved(folder, "sr.dcm", &bytes)
}

/// What a film's first mark measures: its length in mm.
fn length_mm(film: &Film) -> f64 {
    let spacing = film.radiograph.spacing.as_ref().unwrap();
    let Shape::Length([from, to]) = &marks()[0].shape else {
        panic!("the first mark is a length")
    };
    let across = f64::from(to.x - from.x) * f64::from(spacing.column_mm);
    let down = f64::from(to.y - from.y) * f64::from(spacing.row_mm);
    across.hypot(down)
}

#[test]
fn dcmqi_reads_every_mark_and_region_of_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let (report, json) = (
        written_report(&film, folder.path()),
        folder.path().join("sr.json"),
    );
    let arguments = [
        OsStr::new("--inputDICOM"),
        report.as_os_str(),
        OsStr::new("--outputMetadata"),
        json.as_os_str(),
    ];
    if run_installed("tid1500reader", &arguments).is_none() {
        return;
    }
    let read: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(read["imageLibrary"], serde_json::json!(["2.25.111"]));
    assert_eq!(read["observerContext"]["ObserverType"], "DEVICE");
    let groups = read["Measurements"].as_array().unwrap();
    // Every mark, the model's result, and its two regions.
    assert_eq!(groups.len(), marks().len() + 1 + 2, "{groups:#?}");
    let length = &groups[0]["measurementItems"][0];
    assert_eq!(length["quantity"]["CodeMeaning"], "Length");
    assert_eq!(length["units"]["CodeValue"], "mm");
    let value: f64 = length["value"].as_str().unwrap().parse().unwrap();
    assert!((value - length_mm(&film)).abs() < 1e-6, "{value} mm");
}

/// What highdicom reads in a segmentation and a report of a film.
fn read_by_highdicom(film: &Film, areas: &[Segment], folder: &Path) -> Option<Value> {
    let areas = saved(
        folder,
        "seg.dcm",
        &segmentation(&subject(film), areas).unwrap(),
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports/highdicom_reads.py");
    let report = written_report(film, folder);
    let arguments = [
        script.as_os_str(),
        areas.as_os_str(),
        report.as_os_str(),
        OsStr::new("2.25.111"),
    ];
    let said = run_installed("python", &arguments)?;
    Some(serde_json::from_slice(&said).unwrap())
}

#[test]
fn highdicom_reads_the_same_areas_shapes_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let areas = segments(&film);
    let Some(read) = read_by_highdicom(&film, &areas, folder.path()) else {
        return;
    };
    for (index, area) in areas.iter().enumerate() {
        assert_eq!(read["labels"][index], area.label.as_str());
        let rows = 0..area.mask.height();
        let set = rows.flat_map(|y| (0..area.mask.width()).map(move |x| (x, y)));
        let set: Vec<[usize; 2]> = set
            .filter(|&(x, y)| area.mask.is_set(x, y))
            .map(|(x, y)| [x, y])
            .collect();
        assert_eq!(
            read["pixels"][index],
            serde_json::json!(set),
            "{}",
            area.label
        );
    }
    let rectangle = serde_json::json!([
        [12.5, 8.25],
        [32.5, 8.25],
        [32.5, 18.75],
        [12.5, 18.75],
        [12.5, 8.25]
    ]);
    assert_eq!(read["shapes"]["Größe"], rectangle);
    assert_eq!(
        read["shapes"]["two words"],
        serde_json::json!([[3.5, 55.0]])
    );
    let numbers = &read["numbers"];
    let length = numbers["spina"]["Length"].as_f64().unwrap();
    assert!((length - length_mm(&film)).abs() < 1e-6, "{length} mm");
    assert_eq!(
        numbers["phantom-model residue"]["Threshold of the map"],
        0.5
    );
    assert!(numbers["phantom-model region 2"]["Area"].as_f64().unwrap() > 0.0);
}

/// A phantom film wide enough for words that a program can read.
fn wide() -> Phantom {
    let (columns, rows) = (1400_usize, 1100_usize);
    let samples: Vec<u16> = (0..columns * rows)
        .map(|index| (1000 + index % columns + index / columns / 2) as u16)
        .collect();
    phantom()
        .number(tags::COLUMNS, columns as u16)
        .number(tags::ROWS, rows as u16)
        .words(tags::PIXEL_DATA, &samples)
        // Letters that the recogniser knows.
        .text(tags::PATIENT_NAME, VR::PN, "Sommerfeld^Katharina")
}

/// What Tesseract reads on the picture of an export.
fn words_on_picture(film: &Film, identity: bool, folder: &Path) -> Option<String> {
    let path = folder.join(format!("picture-{identity}.png"));
    let mut job = job(film, ExportKind::Png, &path);
    job.choice.identity = identity;
    job.marks.clear();
    let path = write_export(&job, &Progress::new()).unwrap();
    saved(
        folder,
        &format!("kept-{identity}.png"),
        &std::fs::read(&path).unwrap(),
    );
    let arguments = [
        path.as_os_str(),
        OsStr::new("-"),
        "--psm".as_ref(),
        "11".as_ref(),
    ];
    let read = run("tesseract", &arguments)?;
    Some(String::from_utf8_lossy(&read.stdout).into_owned())
}

#[test]
fn nobody_is_named_on_the_pixels_of_a_picture_without_identity() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&wide(), folder.path());
    let secrets = [
        "Sommerfeld",
        "Katharina",
        "PH-4711",
        "4711",
        "1970",
        "ACC-77",
    ];
    let Some(named) = words_on_picture(&film, true, folder.path()) else {
        return;
    };
    // The recogniser does read what stands there, so that its silence means something.
    for word in ["Sommerfeld", "4711", "1970", "threshold"] {
        assert!(
            named.contains(word),
            "“{word}” was not recognised in\n{named}"
        );
    }
    let unnamed = words_on_picture(&film, false, folder.path()).unwrap();
    assert!(unnamed.contains("threshold"), "{unnamed}");
    for secret in secrets {
        assert!(
            !unnamed.contains(secret),
            "“{secret}” stands on the picture:\n{unnamed}"
        );
    }
}
