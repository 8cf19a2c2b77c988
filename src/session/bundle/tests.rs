use std::path::{Path, PathBuf};

use crate::session::tests::{analyzed, poll_until, session};
use crate::session::{
    Command, Compare, Impression, Mix, PaceCommand, Reading, Session, Verdict, WindowChange,
};

fn reading(session: &Session) -> &Reading {
    session.reading().unwrap()
}

/// Saves the session's reading and returns where.
fn saved(session: &mut Session, path: PathBuf) -> PathBuf {
    session.apply(Command::SaveReading {
        path: path.clone(),
        films: false,
    });
    poll_until(session, |session| {
        session
            .notices()
            .iter()
            .any(|notice| notice.message.starts_with("Saved"))
    });
    path
}

fn prepared() -> (tempfile::TempDir, Session) {
    let (folder, mut session) = analyzed();
    session.apply(Command::Window(WindowChange::Center(77.0)));
    session.apply(Command::Invert);
    session.apply(Command::Threshold(Some(0.4)));
    session.apply(Command::Compare(Compare::Mixed(Mix::Fade(0.25))));
    session.apply(Command::Pace(PaceCommand::Commit(Impression::Unsure)));
    session.apply(Command::Pace(PaceCommand::Judge(Verdict::Accepted)));
    (folder, session)
}

#[test]
fn a_saved_reading_returns_as_it_was() {
    let (folder, mut before) = prepared();
    let bundle = saved(&mut before, folder.path().join("a.silh"));
    let mut after = session();
    after.apply(Command::Open(vec![folder.path().join("film.png"), bundle]));
    poll_until(&mut after, |session| {
        session.reading().is_some_and(Reading::analyzed) && session.cut().is_some()
    });
    let shown = |session: &Session| {
        let reading = reading(session);
        let presentation = &reading.open_film().unwrap().presentation;
        let marks: Vec<_> = reading
            .marks()
            .list()
            .iter()
            .map(|mark| mark.annotation.shape.clone())
            .collect();
        (
            presentation.voi.clone(),
            presentation.inverted,
            session.cut().unwrap().value,
            session.compare(),
            marks,
            reading.pace().first(),
            reading.regions().to_vec(),
        )
    };
    assert_eq!(shown(&before), shown(&after));
    assert!(
        after.notices().iter().all(|notice| !notice.is_error),
        "{:?}",
        after.notices()
    );
    assert_eq!(after.readings().len(), 1);
}

#[test]
fn a_film_whose_pixels_changed_is_missed_by_name() {
    let (folder, mut before) = prepared();
    let bundle = saved(&mut before, folder.path().join("a.silh"));
    let grey = image::GrayImage::from_pixel(64, 48, image::Luma([9]));
    grey.save(folder.path().join("film.png")).unwrap();
    let mut after = session();
    after.apply(Command::Open(vec![folder.path().join("film.png"), bundle]));
    poll_until(&mut after, |session| !session.notices().is_empty());
    let notice = &after.notices()[0];
    assert!(notice.message.contains("film.png"), "{notice:?}");
    assert!(reading(&after).marks().list().is_empty());
}

#[test]
fn what_is_no_reading_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.silh");
    std::fs::write(&path, b"PK\x03\x04nothing").unwrap();
    let mut session = session();
    session.apply(Command::Open(vec![path.clone()]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(session.notices()[0].is_error && session.readings().is_empty());
    crate::files::write_bundle::<PathBuf>(&path, b"{\"format\": 99}", &[]).unwrap();
    let mut session = crate::session::tests::session();
    session.apply(Command::Open(vec![path]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(session.notices()[0].message.contains("cannot be used"));
}

/// Saves the session's reading with its films in it.
fn packed(session: &mut Session, path: &Path) {
    session.apply(Command::SaveReading {
        path: path.to_owned(),
        films: true,
    });
    poll_until(session, |session| !session.notices().is_empty());
    let said = &session.notices()[0];
    assert!(!said.is_error, "{said:?}");
}

#[test]
fn a_packed_reading_opens_alone_and_nothing_of_it_stays() {
    let (folder, mut before) = prepared();
    let elsewhere = tempfile::tempdir().unwrap();
    let bundle = elsewhere.path().join("a.silh");
    let film = folder.path().join("film.png");
    let length = std::fs::metadata(&film).unwrap().len();
    assert_eq!(before.packable_bytes(), length);
    packed(&mut before, &bundle);
    let bytes = std::fs::read(&film).unwrap();
    drop(before);
    drop(folder);
    let mut after = session();
    after.apply(Command::Open(vec![bundle]));
    poll_until(&mut after, |session| {
        session.reading().is_some_and(Reading::analyzed) && session.cut().is_some()
    });
    let opened = reading(&after);
    assert_eq!(
        (opened.name().as_str(), opened.folder()),
        ("film.png", elsewhere.path().to_owned())
    );
    let path = opened.path.clone();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(reading(&after).pace().first(), Some(Impression::Unsure));
    drop(after);
    assert!(!path.exists(), "patient data stays behind");
}

#[test]
fn a_film_whose_pixels_changed_is_taken_from_inside() {
    let (folder, mut before) = prepared();
    let bundle = folder.path().join("a.silh");
    packed(&mut before, &bundle);
    let film = folder.path().join("film.png");
    let grey = image::GrayImage::from_pixel(64, 48, image::Luma([9]));
    grey.save(&film).unwrap();
    let mut after = session();
    after.apply(Command::Open(vec![film.clone(), bundle.clone()]));
    poll_until(&mut after, |session| !session.notices().is_empty());
    assert!(
        after.notices()[0].message.contains("is back"),
        "{:?}",
        after.notices()
    );
    assert_ne!(reading(&after).path, film);
    assert_eq!(after.readings().len(), 2);
    // And what is on the disk now is not packed as what was seen.
    before.apply(Command::Dismiss(0));
    before.apply(Command::SaveReading {
        path: folder.path().join("b.silh"),
        films: true,
    });
    poll_until(&mut before, |session| !session.notices().is_empty());
    let said = &before.notices()[0].message;
    assert!(said.contains("holds other pixels"), "{said}");
    assert!(!folder.path().join("b.silh").exists());
}

#[test]
fn a_film_beside_the_reading_is_found() {
    let (folder, mut before) = prepared();
    let bundle = saved(&mut before, folder.path().join("a.silh"));
    let mut after = session();
    after.apply(Command::Open(vec![bundle]));
    poll_until(&mut after, |session| {
        session.reading().is_some_and(Reading::analyzed)
    });
    assert_eq!(reading(&after).path, folder.path().join("film.png"));
}

#[test]
fn hostile_records_are_refused() {
    let (folder, mut before) = prepared();
    let bundle = saved(&mut before, folder.path().join("a.silh"));
    let sound = crate::files::read_bundle(&bundle).unwrap();
    let sound: serde_json::Value = serde_json::from_slice(&sound).unwrap();
    let changes: [(&str, serde_json::Value); 9] = [
        (
            "/layout/arrangement",
            serde_json::json!({"Grid": {"rows": 4_000_000_000_u64, "columns": 4_000_000_000_u64}}),
        ),
        ("/layout/active", 7.into()),
        ("/layout/anchor", 3.into()),
        ("/selected", 1.into()),
        (
            "/films/0/view/greys/curve",
            serde_json::json!({"window": {"center": 1.0, "width": 0.0, "function": "linear-exact"}}),
        ),
        (
            "/films/0/view/greys/curve",
            serde_json::json!({"table": {"first_mapped": 0.0, "entries": [], "bits": 12}}),
        ),
        (
            "/films/0/view/look",
            serde_json::json!({"Free": {"center_in_image": {"x": 0.0, "y": 0.0}, "zoom": -1.0}}),
        ),
        (
            "/films/0/view/look",
            serde_json::json!({"Free": {"center_in_image": {"x": 1e300, "y": 0.0}, "zoom": 1.0}}),
        ),
        (
            "/layout/shared",
            serde_json::json!([0, {"Part": {"x": 0.0, "y": 0.0, "width": 0.0, "height": 1.0}}]),
        ),
    ];
    for (place, value) in changes {
        let mut record = sound.clone();
        *record.pointer_mut(place).unwrap() = value.clone();
        let path = folder.path().join("b.silh");
        let bytes = serde_json::to_vec(&record).unwrap();
        crate::files::write_bundle::<PathBuf>(&path, &bytes, &[]).unwrap();
        let mut session = session();
        session.apply(Command::Open(vec![
            folder.path().join("film.png"),
            path.clone(),
        ]));
        poll_until(&mut session, |session| !session.notices().is_empty());
        let said = &session.notices()[0];
        assert!(
            said.is_error && said.message.contains("cannot be used"),
            "{place} {value}: {said:?}"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_reading_opened_long_after_its_film_is_given_back() {
    let (folder, mut before) = prepared();
    let bundle = saved(&mut before, folder.path().join("a.silh"));
    let mut after = session();
    after.apply(Command::Open(vec![folder.path().join("film.png")]));
    poll_until(&mut after, |session| {
        session
            .reading()
            .is_some_and(|one| one.open_film().is_some())
    });
    // Nothing else happens any more that would have the film looked at.
    while after.poll() {}
    after.apply(Command::Open(vec![bundle]));
    poll_until(&mut after, |session| {
        session.reading().is_some_and(Reading::analyzed)
    });
}
