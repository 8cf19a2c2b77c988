use std::path::PathBuf;

use crate::session::tests::{analyzed, poll_until, session};
use crate::session::{
    Command, Compare, Impression, Mix, PaceCommand, Reading, Session, Verdict, WindowChange,
};

fn reading(session: &Session) -> &Reading {
    session.reading().unwrap()
}

/// Saves the session's reading and returns where.
fn saved(session: &mut Session, path: PathBuf) -> PathBuf {
    session.apply(Command::SaveReading(path.clone()));
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
    crate::files::write_bundle(&path, b"{\"format\": 99}").unwrap();
    let mut session = crate::session::tests::session();
    session.apply(Command::Open(vec![path]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(session.notices()[0].message.contains("cannot be used"));
}
