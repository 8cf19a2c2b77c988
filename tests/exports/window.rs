//! Objects that are opened arrive on the films they name.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use silhouette::compute::DeviceKind;
use silhouette::files::dicom_export::{
    Presented, parametric_map, presentation_state, segmentation, structured_report,
};
use silhouette::radiograph::{Film, PixelRect, Polarity, ShapeKind, Voi, VoiFunction, VoiWindow};
use silhouette::session::{Command, Look, Session};
use silhouette::task::no_wake;

use super::films::{algorithm, findings, found, map, marks, opened, phantom, subject};
use super::objects::{presented, segments};
use super::phantoms::save;
use super::stub::Stubs;

fn session() -> Session {
    Session::new(Arc::new(Stubs), DeviceKind::Cpu.into(), no_wake())
}

fn open(session: &mut Session, path: &Path) {
    session.apply(Command::Open(vec![path.to_owned()]));
}

fn poll_until(session: &mut Session, done: impl Fn(&Session) -> bool) {
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
        .text(
            dicom::dictionary_std::tags::RESCALE_SLOPE,
            dicom::core::VR::DS,
            "2",
        )
        .text(
            dicom::dictionary_std::tags::RESCALE_INTERCEPT,
            dicom::core::VR::DS,
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
