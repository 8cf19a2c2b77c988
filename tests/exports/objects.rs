//! Each kind of object is valid, and joins its film's patient and study.

use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;
use dicom::object::{FileDicomObject, InMemDicomObject, open_file};
use silhouette::files::RgbaPicture;
use silhouette::files::dicom_export::{
    Capture, Findings, Presented, Segment, parametric_map, presentation_state, secondary_capture,
    segmentation, structured_report, tracking_uid,
};
use silhouette::radiograph::{BitMask, Film, Polarity};

use super::films::{self, COLUMNS, ROWS, findings, map, opened, phantom, subject};
use super::tools::{run, saved, valid};

pub(crate) fn segments(film: &Film) -> Vec<Segment> {
    let (columns, rows) = (usize::from(COLUMNS), usize::from(ROWS));
    let of_model = Segment {
        label: "phantom-model region 1".to_owned(),
        description: "peak 0.9".to_owned(),
        mask: BitMask::from_fn(columns, rows, |x, y| x > 20 && x < 40 && y > 10 && y < 30).unwrap(),
        algorithm: Some(films::algorithm()),
        tracking_uid: tracking_uid(&["region", &film.name()]),
    };
    let by_hand = Segment {
        label: "Größe".to_owned(),
        description: String::new(),
        mask: BitMask::from_fn(columns, rows, |x, y| x + y < 50).unwrap(),
        algorithm: None,
        tracking_uid: tracking_uid(&["hand"]),
    };
    vec![of_model, by_hand]
}

pub(crate) fn presented(film: &Film) -> Presented {
    Presented {
        voi: film.radiograph.vois[0].clone(),
        polarity: film.radiograph.polarity,
        part: None,
        shutter: true,
    }
}

/// Every kind of object about a film, by name.
fn objects(film: &Film) -> Vec<(&'static str, Vec<u8>)> {
    let subject = subject(film);
    let rgba: Vec<u8> = (0..33 * 21 * 4).map(|byte| byte as u8).collect();
    let algorithm = films::algorithm();
    let capture = Capture {
        picture: RgbaPicture {
            width: 33,
            height: 21,
            rgba: &rgba,
        },
        description: "Original, counterpart (SYNTHETIC) and residue",
        identity: false,
        algorithms: std::slice::from_ref(&algorithm),
    };
    let findings = findings(film);
    vec![
        ("sc.dcm", secondary_capture(&subject, &capture).unwrap()),
        ("seg.dcm", segmentation(&subject, &segments(film)).unwrap()),
        (
            "pmap.dcm",
            parametric_map(&subject, &map(), &[&algorithm]).unwrap(),
        ),
        (
            "gsps.dcm",
            presentation_state(&subject, &presented(film), &findings).unwrap(),
        ),
        (
            "gsps-plain.dcm",
            presentation_state(&subject, &presented(film), &Findings::default()).unwrap(),
        ),
        ("sr.dcm", structured_report(&subject, &findings).unwrap()),
    ]
}

fn text(object: &FileDicomObject<InMemDicomObject>, tag: Tag) -> String {
    let value = object.element(tag).unwrap().to_str().unwrap();
    value.trim_end_matches(['\0', ' ']).to_owned()
}

#[test]
fn every_object_is_valid_and_joins_the_study_of_its_film() {
    let folder = tempfile::tempdir().unwrap();
    let (path, film) = opened(&phantom(), folder.path());
    saved(folder.path(), "film.dcm", &std::fs::read(&path).unwrap());
    for (name, bytes) in objects(&film) {
        let path = saved(folder.path(), name, &bytes);
        let object = open_file(&path).unwrap();
        assert_eq!(text(&object, tags::STUDY_INSTANCE_UID), "2.25.222");
        assert_eq!(text(&object, tags::PATIENT_NAME), "Phantom^Groß=幽霊^太郎");
        assert_eq!(text(&object, tags::PATIENT_ID), "PH-4711");
        assert_eq!(text(&object, tags::STUDY_TIME), "101112.5");
        assert_eq!(text(&object, tags::ACCESSION_NUMBER), "ACC-77");
        assert_ne!(text(&object, tags::SERIES_INSTANCE_UID), "2.25.333");
        assert_ne!(text(&object, tags::SOP_INSTANCE_UID), "2.25.111");
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        assert!(holds(b"2.25.111"), "{name} does not name its film");
        valid(&path);
    }
}

#[test]
fn a_chest_has_no_side_and_a_hand_has() {
    for (part, side) in [("CHEST", ""), ("HAND", "L"), ("HAND", "")] {
        let folder = tempfile::tempdir().unwrap();
        let film = phantom().text(tags::BODY_PART_EXAMINED, VR::CS, part);
        let film = film.text(tags::LATERALITY, VR::CS, side);
        let (_, film) = opened(&film, folder.path());
        for (name, bytes) in objects(&film) {
            valid(&saved(folder.path(), name, &bytes));
        }
    }
}

#[test]
fn what_is_generated_says_so_and_names_its_model() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    for (name, bytes) in objects(&film) {
        let path = saved(folder.path(), name, &bytes);
        let object = open_file(&path).unwrap();
        if let Ok(kind) = object.element(tags::IMAGE_TYPE) {
            assert!(kind.to_str().unwrap().starts_with("DERIVED\\"), "{name}");
        }
        let made = object.element(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE).ok();
        let items = made.and_then(|made| made.items());
        let Some([model]) = items else {
            assert!(name.starts_with("gsps"), "{name} names no model");
            continue;
        };
        let version = model.element(tags::SOFTWARE_VERSIONS).unwrap();
        assert_eq!(version.to_str().unwrap(), films::algorithm().weights_sha256);
    }
}

#[test]
fn a_report_is_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let bytes = structured_report(&subject(&film), &findings(&film)).unwrap();
    let path = saved(folder.path(), "sr.dcm", &bytes);
    let Some(dump) = run("dsrdump", &[path.as_os_str()]) else {
        return;
    };
    let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
    for words in [
        "Imaging Measurement Report",
        "Cardiothoracic ratio",
        "0123456789abcdef",
        "Algorithm Version",
        "mm (at detector)",
    ] {
        assert!(dump.contains(words), "“{words}” is missing from\n{dump}");
    }
    let html = run("dsr2html", &[path.as_os_str()]).unwrap();
    assert!(
        html.status.success(),
        "{}",
        String::from_utf8_lossy(&html.stderr)
    );
    let html = String::from_utf8_lossy(&html.stdout).into_owned();
    assert!(
        html.contains("Length") && html.contains("phantom-model"),
        "{html}"
    );
}

#[test]
fn a_film_without_identity_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.png");
    image::GrayImage::from_fn(9, 9, |x, _| image::Luma([x as u8 * 20]))
        .save(&path)
        .unwrap();
    let film = silhouette::files::open(&path).unwrap();
    let error = structured_report(&subject(&film), &findings(&film)).unwrap_err();
    assert!(error.message.contains("PNG"), "{error}");
    assert!(error.advice.contains("DICOM"), "{error}");
}

#[test]
fn an_inverted_film_is_inverted_in_its_presentation_state() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let inverted = Presented {
        polarity: Polarity::Inverse,
        ..presented(&film)
    };
    let bytes = presentation_state(&subject(&film), &inverted, &Findings::default()).unwrap();
    let path = saved(folder.path(), "gsps-inverse.dcm", &bytes);
    let object = open_file(&path).unwrap();
    assert_eq!(text(&object, tags::PRESENTATION_LUT_SHAPE), "INVERSE");
    valid(&path);
}
