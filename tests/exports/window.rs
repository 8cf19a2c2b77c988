//! Objects that are opened arrive on the films they name.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dicom::core::VR;
use dicom::dictionary_std::tags::SOP_INSTANCE_UID;
use silhouette::anomaly::ModelId;
use silhouette::compute::DeviceKind;
use silhouette::files::RgbaPicture;
use silhouette::files::dicom_export::{
    Capture, Presented, key_objects, parametric_map, presentation_state, secondary_capture,
    segmentation, structured_report,
};
use silhouette::radiograph::{
    Film, Origin, PixelRect, Polarity, ShapeKind, Voi, VoiFunction, VoiWindow,
};
use silhouette::session::{Analysis, Command, Look, Session};
use silhouette::task::no_wake;

use super::films::{algorithm, findings, found, map, marks, opened, phantom, subject};
use super::objects::{presented, segments};
use super::phantoms::save;
use super::stub::Stubs;
use super::tools::{run, saved, valid};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";

pub(crate) fn session() -> Session {
    Session::new(Arc::new(Stubs), DeviceKind::Cpu.into(), no_wake())
}

pub(crate) fn open(session: &mut Session, path: &Path) {
    session.apply(Command::Open(vec![path.to_owned()]));
}

pub(crate) fn poll_until(session: &mut Session, done: impl Fn(&Session) -> bool) {
    let start = Instant::now();
    while !done(session) {
        session.poll();
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{:?}",
            session.notices()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn report(film: &Film) -> Vec<u8> {
    structured_report(&subject(film), &findings(film)).unwrap()
}

#[test]
fn a_folder_of_a_film_and_its_objects_shows_one_film_with_everything_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let window = VoiWindow::new(1700.0, 300.0, VoiFunction::Linear);
    let mut shown = Presented {
        polarity: Polarity::Inverse,
        part: Some(PixelRect::new(10.0, 5.0, 40.0, 30.0)),
        ..presented(&film)
    };
    shown.voi.voi = Voi::Window(window);
    let state = presentation_state(&subject(&film), &shown, &findings(&film)).unwrap();
    save(folder.path(), "a-report.dcm", &report(&film));
    save(folder.path(), "b-state.dcm", &state);
    let areas = segmentation(&subject(&film), &segments(&film)).unwrap();
    save(folder.path(), "c-areas.dcm", &areas);
    let (written, made_by) = (map(), algorithm());
    let values = parametric_map(&subject(&film), &written, &[&made_by]).unwrap();
    save(folder.path(), "d-map.dcm", &values);

    let mut session = session();
    open(&mut session, folder.path());
    poll_until(&mut session, |session| session.notices().len() == 4);
    assert_eq!(
        session.readings().len(),
        1,
        "objects stay on the list of films"
    );
    let reading = session.reading().unwrap();
    let list = reading.marks().list();
    // The marks of the state are those of the report and are not there twice.
    assert_eq!(
        list.len(),
        marks().len() + found(&film).len() + segments(&film).len()
    );
    let lengths = list.iter().map(|mark| &mark.annotation);
    let lengths: Vec<_> = lengths
        .filter(|mark| mark.shape.kind() == ShapeKind::Length)
        .collect();
    assert_eq!(lengths[0].label, "spina");
    let open = reading.open_film().unwrap();
    assert_eq!(open.presentation.voi, Voi::Window(window));
    assert_eq!(open.presentation.polarity(), Polarity::Inverse);
    assert_eq!(Some(open.presentation.look), shown.part.map(Look::Part));
    assert_eq!(open.returned_map.as_ref().unwrap().unit, written.unit);
    let words: Vec<&str> = session
        .notices()
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    let words = words.join("\n");
    for part in [
        "structured report",
        "12 marks",
        "window",
        "zoom",
        "residue in σ",
    ] {
        assert!(words.contains(part), "“{part}” is missing from\n{words}");
    }
}

#[test]
fn an_object_without_its_film_says_which_to_open_and_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, film) = opened(&phantom(), folder.path());
    let alone = tempfile::tempdir().unwrap();
    let report = save(alone.path(), "report.dcm", &report(&film));
    let mut session = session();
    open(&mut session, &report);
    poll_until(&mut session, |session| !session.notices().is_empty());
    let notice = &session.notices()[0];
    assert!(
        notice.message.contains("a film that is not open"),
        "{notice:?}"
    );
    assert!(notice.advice.contains("2.25.111") && notice.advice.contains("2.25.222"));
    assert!(session.readings().is_empty() && session.selected().is_none());
    open(&mut session, &path);
    poll_until(&mut session, |session| session.notices().len() == 2);
    let list = session.reading().unwrap().marks().list();
    assert_eq!(list.len(), marks().len() + found(&film).len());
}

#[test]
fn a_state_for_other_values_shows_its_graphics_only_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let bytes = presentation_state(&subject(&film), &presented(&film), &findings(&film));
    save(folder.path(), "state.dcm", &bytes.unwrap());
    let rescaled = phantom()
        .text(dicom::dictionary_std::tags::RESCALE_SLOPE, VR::DS, "2")
        .text(
            dicom::dictionary_std::tags::RESCALE_INTERCEPT,
            VR::DS,
            "-1000",
        );
    let (_, other) = opened(&rescaled, folder.path());
    let mut session = session();
    open(&mut session, folder.path());
    poll_until(&mut session, |session| !session.notices().is_empty());
    let notice = &session.notices()[0];
    assert!(
        notice.advice.contains("only its graphics are shown"),
        "{notice:?}"
    );
    let open = session.reading().unwrap().open_film().unwrap();
    assert_eq!(open.presentation.voi, other.radiograph.vois[0].voi);
    assert!(!session.reading().unwrap().marks().list().is_empty());
}

#[test]
fn the_picture_of_a_film_can_be_copied() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = opened(&phantom(), folder.path());
    let mut session = session();
    open(&mut session, &path);
    let shown = |session: &Session| {
        session
            .reading()
            .is_some_and(|reading| reading.open_film().is_some())
    };
    poll_until(&mut session, shown);
    session.apply(Command::Copy);
    let start = Instant::now();
    let picture = loop {
        if let Some(picture) = session.take_copied() {
            break picture;
        }
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(picture.rgba.len(), picture.width * picture.height * 4);
    assert_eq!(picture.facts["identity_shown"], false);
    assert!(session.notices()[0].message.starts_with("Copied"));
}

#[test]
fn a_picture_of_a_film_stands_below_it_and_no_model_judges_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let other = phantom().text(SOP_INSTANCE_UID, VR::UI, "2.25.112");
    save(folder.path(), "b other.dcm", &other.bytes_as(EXPLICIT));
    let rgba = vec![90; 33 * 21 * 4];
    let capture = Capture {
        picture: RgbaPicture {
            width: 33,
            height: 21,
            rgba: &rgba,
        },
        description: "Film as shown",
        identity: false,
        algorithms: &[],
    };
    let capture = secondary_capture(&subject(&film), &capture).unwrap();
    save(folder.path(), "z picture.dcm", &capture);
    let mut session = session();
    open(&mut session, folder.path());
    let all_open = |session: &Session| {
        let readings = session.readings();
        readings.len() == 3 && readings.iter().all(|one| one.open_film().is_some())
    };
    poll_until(&mut session, all_open);
    let at = |session: &Session, name: &str| {
        let mut readings = session.readings().iter();
        readings.position(|reading| reading.name() == name).unwrap()
    };
    let picture = at(&session, "z picture.dcm");
    let source = session.source_of(picture).unwrap();
    assert_eq!(picture, source + 1, "it stands right below its film");
    let name = session.readings()[source].name();
    assert_ne!(name, "b other.dcm");
    assert!(session.readings()[picture].is_derived());
    assert!(!session.readings()[source].is_derived());
    assert!(session.priors(source).is_empty());

    let stub = ModelId::new("stub");
    let answered = |session: &Session| !session.reading().unwrap().analyzing();
    session.apply(Command::Select(picture));
    session.apply(Command::Analyze);
    poll_until(&mut session, answered);
    let reading = session.reading().unwrap();
    assert_eq!(reading.name(), "z picture.dcm");
    let Analysis::Failed(why) = &reading.answer(&stub).unwrap().analysis else {
        panic!("a model was asked about drawings");
    };
    assert!(
        why.message.contains("picture made of another film"),
        "{why}"
    );
    assert!(why.advice.contains("2.25.111"), "{why}");
    session.apply(Command::Select(source));
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| session.cut().is_some());
}

#[test]
fn a_map_from_a_file_has_a_threshold_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let (written, made_by) = (map(), algorithm());
    let values = parametric_map(&subject(&film), &written, &[&made_by]).unwrap();
    save(folder.path(), "map.dcm", &values);
    let mut session = session();
    open(&mut session, folder.path());
    poll_until(&mut session, |session| !session.notices().is_empty());
    let cut = |session: &Session| session.returned_cut(session.reading().unwrap());
    assert_eq!(cut(&session).unwrap().value, 0.5, "the middle of its scale");
    session.apply(Command::Threshold(Some(0.7)));
    assert_eq!(cut(&session).unwrap().value, 0.7);
    session.apply(Command::NudgeThreshold(0.1));
    assert!((cut(&session).unwrap().value - 0.8).abs() < 1e-6);
    session.apply(Command::Threshold(None));
    assert_eq!(cut(&session).unwrap().value, 0.5);
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| session.cut().is_some());
    assert!(
        cut(&session).is_none(),
        "results of this session come first"
    );
}

#[test]
fn key_images_go_out_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, film) = opened(&phantom(), folder.path());
    let of_study = film.source.origin.clone().unwrap();
    let elsewhere = Origin {
        study: "2.25.999".to_owned(),
        sop_instance: "2.25.113".to_owned(),
        ..Origin::clone(&of_study)
    };
    let selected = [of_study.clone(), elsewhere.into(), of_study];
    let bytes = key_objects(&subject(&film), &selected).unwrap();
    let document = saved(folder.path(), "kos.dcm", &bytes);
    valid(&document);
    if let Some(dump) = run("dsrdump", &[document.as_os_str()]) {
        let dump = String::from_utf8_lossy(&dump.stdout).into_owned();
        for words in ["Key Object Selection", "Of Interest", "DX image"] {
            assert!(dump.contains(words), "“{words}” is missing from\n{dump}");
        }
        assert_eq!(dump.matches("IMAGE:").count(), 1, "another study\n{dump}");
    }
    let error = key_objects(&subject(&film), &selected[1..2]).unwrap_err();
    assert!(error.message.contains("key image"), "{error}");

    let mut session = session();
    session.apply(Command::Open(vec![path, document.clone()]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(session.reading().unwrap().marks().is_key_image());
    let said = &session.notices()[0];
    assert!(said.message.contains("key image on"), "{said:?}");
    assert!(said.advice.contains("Of Interest"), "{said:?}");
    assert_eq!(session.key_films(session.reading().unwrap()).len(), 1);

    // A document that rejects films marks none.
    let rejecting = replaced(&bytes, b"113000", b"113001");
    std::fs::write(&document, rejecting).unwrap();
    let mut session = self::session();
    session.apply(Command::Open(vec![folder.path().to_owned()]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(!session.reading().unwrap().marks().is_key_image());
    let said = &session.notices()[0];
    assert!(said.advice.contains("it rejects them"), "{said:?}");
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from);
    let mut bytes = bytes.to_vec();
    let at = at.unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}
