use std::path::Path;
use std::time::{Duration, Instant};

use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::radiograph::{QuantityKind, SpacingPlane};
use crate::session::tests::{picture, poll_until, session, session_with_film};
use crate::session::{Command, Session, Settings};

const REACH: f32 = 2.0;

fn at(x: f32, y: f32) -> PixelPoint {
    PixelPoint { x, y }
}

fn marks(session: &Session) -> &Marks {
    session.reading().unwrap().marks()
}

fn film(session: &Session) -> &Film {
    &session.reading().unwrap().open_film().unwrap().film
}

fn act(session: &mut Session, command: MarkCommand) {
    session.apply(Command::Marks(command));
}

fn press(session: &mut Session, x: f32, y: f32) {
    let (at, reach_px) = (at(x, y), REACH);
    act(session, MarkCommand::Place { at, reach_px });
}

fn aim(session: &mut Session, x: f32, y: f32) {
    let (path, reach_px) = (vec![at(x, y)], REACH);
    act(session, MarkCommand::Aim { path, reach_px });
}

fn release(session: &mut Session, x: f32, y: f32) {
    let (at, reach_px) = (at(x, y), REACH);
    act(session, MarkCommand::Release { at, reach_px });
}

fn click(session: &mut Session, x: f32, y: f32) {
    press(session, x, y);
    release(session, x, y);
}

fn drag(session: &mut Session, from: (f32, f32), to: (f32, f32)) {
    press(session, from.0, from.1);
    aim(session, to.0, to.1);
    release(session, to.0, to.1);
}

fn draw(session: &mut Session, kind: ShapeKind) {
    session.apply(Command::Tool(Tool::Draw(kind)));
}

fn shapes(session: &Session) -> Vec<Shape> {
    let list = marks(session).list().iter();
    list.map(|mark| mark.annotation.shape.clone()).collect()
}

#[test]
fn a_length_is_drawn_by_a_drag_or_by_two_clicks() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Length);
    drag(&mut session, (10.0, 10.0), (40.0, 10.0));
    click(&mut session, 5.0, 5.0);
    aim(&mut session, 5.0, 20.0);
    let draft = marks(&session).draft().unwrap();
    assert_eq!(draft.measurement.text(), "15.0 px");
    click(&mut session, 5.0, 25.0);
    assert!(marks(&session).draft().is_none());
    assert_eq!(
        shapes(&session),
        [
            Shape::Length([at(10.0, 10.0), at(40.0, 10.0)]),
            Shape::Length([at(5.0, 5.0), at(5.0, 25.0)]),
        ]
    );
    assert_eq!(marks(&session).list()[0].measurement.text(), "30.0 px");
    let selected = marks(&session).selected().unwrap();
    assert_eq!(selected.annotation.name(), "Length 2");
}

#[test]
fn angles_take_one_drag_and_a_click_and_lines_two_drags() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Angle);
    drag(&mut session, (20.0, 10.0), (10.0, 10.0));
    aim(&mut session, 10.0, 20.0);
    click(&mut session, 10.0, 30.0);
    draw(&mut session, ShapeKind::CobbAngle);
    drag(&mut session, (10.0, 10.0), (30.0, 10.0));
    drag(&mut session, (10.0, 30.0), (20.0, 40.0));
    draw(&mut session, ShapeKind::CardiothoracicRatio);
    for (x, y) in [(20.0, 30.0), (40.0, 31.0), (10.0, 35.0), (50.0, 35.0)] {
        click(&mut session, x, y);
    }
    let texts: Vec<String> = marks(&session)
        .list()
        .iter()
        .map(|mark| mark.measurement.lines()[0].clone())
        .collect();
    assert_eq!(texts, ["90.0°", "Cobb 45.0°", "CTR 0.50"]);
}

#[test]
fn a_region_is_drawn_by_hand_or_by_clicks() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Freehand);
    press(&mut session, 10.0, 10.0);
    for (x, y) in [
        (20.0, 10.0),
        (30.0, 10.0),
        (30.0, 20.0),
        (30.0, 30.0),
        (10.0, 30.0),
    ] {
        aim(&mut session, x, y);
    }
    release(&mut session, 10.0, 29.0);
    // By clicks, closed by one on the first point.
    for (x, y) in [(5.0, 5.0), (15.0, 5.0), (15.0, 15.0), (5.0, 15.0)] {
        click(&mut session, x, y);
    }
    assert_eq!(marks(&session).list().len(), 1);
    click(&mut session, 5.5, 5.5);
    let areas = marks(&session).list().iter();
    let areas = areas.map(|mark| mark.measurement.value(QuantityKind::Area).unwrap().value);
    assert_eq!(areas.collect::<Vec<f64>>(), [400.0, 100.0]);
}

#[test]
fn a_click_makes_no_mark_where_a_drag_was_wanted() {
    let (_folder, mut session) = session_with_film();
    for kind in [ShapeKind::Length, ShapeKind::Rectangle, ShapeKind::Arrow] {
        draw(&mut session, kind);
        click(&mut session, 10.0, 10.0);
        click(&mut session, 10.1, 10.1);
    }
    assert!(marks(&session).list().is_empty() && !marks(&session).can_undo());
}

#[test]
fn words_are_written_where_they_were_placed() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Text);
    click(&mut session, 12.0, 13.0);
    assert!(marks(&session).draft().unwrap().awaits_words());
    act(&mut session, MarkCommand::Write("  ".to_owned()));
    assert!(marks(&session).list().is_empty() && marks(&session).draft().is_none());
    click(&mut session, 12.0, 13.0);
    act(&mut session, MarkCommand::Write("nodule?".to_owned()));
    let mark = marks(&session).list()[0].annotation.clone();
    assert_eq!(
        (mark.name().as_str(), mark.shape),
        ("nodule?", Shape::Text(at(12.0, 13.0)))
    );
    act(
        &mut session,
        MarkCommand::Rename(mark.id, "clavicle".to_owned()),
    );
    // Words that say nothing would be a mark that nobody sees.
    act(&mut session, MarkCommand::Rename(mark.id, " ".to_owned()));
    assert_eq!(marks(&session).list()[0].annotation.label, "clavicle");
}

#[test]
fn escape_lets_go_of_one_thing_after_the_other() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Length);
    drag(&mut session, (10.0, 10.0), (40.0, 10.0));
    press(&mut session, 1.0, 1.0);
    session.apply(Command::Cancel);
    assert!(marks(&session).draft().is_none());
    assert_eq!(session.tool(), Tool::Draw(ShapeKind::Length));
    let id = marks(&session).list()[0].annotation.id;
    act(&mut session, MarkCommand::Select(Some(id)));
    session.apply(Command::Cancel);
    assert!(marks(&session).selected().is_none());
    session.apply(Command::Cancel);
    assert_eq!(session.tool(), Tool::Window);
    assert_eq!(marks(&session).list().len(), 1);
}

#[test]
fn a_mark_is_dragged_whole_or_by_a_handle_and_stays_on_the_film() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Rectangle);
    drag(&mut session, (10.0, 10.0), (30.0, 20.0));
    let hit = marks(&session).hit(at(20.0, 10.5), REACH, 1.0).unwrap();
    assert_eq!(hit.handle, None);
    act(&mut session, MarkCommand::Grab(hit, at(20.0, 10.5)));
    aim(&mut session, 25.0, 12.5);
    release(&mut session, 25.0, 12.5);
    let moved = PixelRect::new(15.0, 12.0, 20.0, 10.0);
    assert_eq!(shapes(&session), [Shape::Rectangle(moved)]);
    // The lower right corner, taken a little beside it, to beyond the film's edge.
    let hit = marks(&session).hit(at(34.0, 21.5), REACH, 1.0).unwrap();
    assert_eq!(hit.handle, Some(2));
    act(&mut session, MarkCommand::Grab(hit, at(34.0, 21.5)));
    release(&mut session, 500.0, 26.5);
    let grown = PixelRect::new(15.0, 12.0, 49.0, 15.0);
    assert_eq!(shapes(&session), [Shape::Rectangle(grown)]);
    // Moved against the edge it keeps its size.
    let whole = Hit {
        handle: None,
        ..hit
    };
    act(&mut session, MarkCommand::Grab(whole, at(15.0, 15.0)));
    release(&mut session, -300.0, 15.0);
    let left = PixelRect::new(0.0, 12.0, 49.0, 15.0);
    assert_eq!(shapes(&session), [Shape::Rectangle(left)]);
    // Escape puts a held mark back, and a press without a drag changes nothing.
    act(&mut session, MarkCommand::Grab(whole, at(0.0, 15.0)));
    aim(&mut session, 9.0, 20.0);
    session.apply(Command::Cancel);
    assert_eq!(shapes(&session), [Shape::Rectangle(left)]);
    for expected in [grown, moved] {
        act(&mut session, MarkCommand::Undo);
        assert_eq!(shapes(&session), [Shape::Rectangle(expected)]);
    }
}

#[test]
fn arrows_move_the_mark_or_one_handle_as_one_change() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Length);
    drag(&mut session, (10.0, 10.0), (40.0, 10.0));
    let nudge = |right_px, down_px| MarkCommand::Nudge { right_px, down_px };
    for _ in 0..3 {
        act(&mut session, nudge(1.0, 2.0));
    }
    assert_eq!(
        shapes(&session),
        [Shape::Length([at(13.0, 16.0), at(43.0, 16.0)])]
    );
    act(&mut session, MarkCommand::NextHandle);
    act(&mut session, MarkCommand::NextHandle);
    act(&mut session, nudge(0.0, -6.0));
    assert_eq!(
        shapes(&session),
        [Shape::Length([at(13.0, 16.0), at(43.0, 10.0)])]
    );
    act(&mut session, MarkCommand::NextHandle);
    assert_eq!(marks(&session).chosen_handle(), None);
    act(&mut session, MarkCommand::Undo);
    act(&mut session, MarkCommand::Undo);
    assert_eq!(
        shapes(&session),
        [Shape::Length([at(10.0, 10.0), at(40.0, 10.0)])]
    );
}

/// One random command, weighted such that marks gather.
fn random(session: &mut Session, rng: &mut ChaCha8Rng) {
    let point = |rng: &mut ChaCha8Rng| (rng.random_range(0.0..64.0), rng.random_range(0.0..48.0));
    let (from, to) = (point(rng), point(rng));
    let ids: Vec<AnnotationId> = marks(session)
        .list()
        .iter()
        .map(|mark| mark.annotation.id)
        .collect();
    let id = (!ids.is_empty()).then(|| ids[rng.random_range(0..ids.len())]);
    match (rng.random_range(0..10), id) {
        (0..=3, _) | (_, None) => {
            let kinds = [
                ShapeKind::Length,
                ShapeKind::Ellipse,
                ShapeKind::Arrow,
                ShapeKind::Point,
            ];
            draw(session, kinds[rng.random_range(0..kinds.len())]);
            drag(session, from, to);
        }
        (4, Some(id)) => act(session, MarkCommand::Delete(Some(id))),
        (5, Some(id)) => act(session, MarkCommand::Rename(id, format!("{from:?}"))),
        (6, Some(id)) => act(session, MarkCommand::Calibrate(id, 12.5)),
        (7, _) => act(session, MarkCommand::KeyImage),
        (8, Some(id)) => {
            act(session, MarkCommand::Select(Some(id)));
            let (right_px, down_px) = (1.0, -2.0);
            act(session, MarkCommand::Nudge { right_px, down_px });
        }
        (_, Some(id)) => {
            let hit = Hit {
                id,
                handle: Some(0),
                words: None,
            };
            act(session, MarkCommand::Grab(hit, at(from.0, from.1)));
            release(session, to.0, to.1);
        }
    }
    session.apply(Command::Tool(Tool::Window));
}

#[test]
fn undoing_everything_leaves_nothing_and_redoing_it_leaves_everything() {
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (_folder, mut session) = session_with_film();
        for _ in 0..60 {
            random(&mut session, &mut rng);
        }
        let state = |session: &Session| {
            let marks = marks(session);
            let list: Vec<MeasuredMark> = marks.list().to_vec();
            let spacing = film(session).radiograph.spacing.clone();
            (list, marks.is_key_image(), spacing)
        };
        let after = state(&session);
        let mut steps = 0;
        while marks(&session).can_undo() {
            act(&mut session, MarkCommand::Undo);
            steps += 1;
        }
        assert_eq!(state(&session), (Vec::new(), false, None), "seed {seed}");
        while marks(&session).can_redo() {
            act(&mut session, MarkCommand::Redo);
            steps -= 1;
        }
        assert_eq!((state(&session), steps), (after, 0), "seed {seed}");
    }
}

#[test]
fn a_known_length_measures_everything_and_the_files_spacing_comes_back() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Length);
    drag(&mut session, (10.0, 10.0), (30.0, 10.0));
    drag(&mut session, (10.0, 20.0), (15.0, 20.0));
    let ids: Vec<AnnotationId> = marks(&session)
        .list()
        .iter()
        .map(|mark| mark.annotation.id)
        .collect();
    let texts = |session: &Session| -> Vec<String> {
        let list = marks(session).list().iter();
        list.map(|mark| mark.measurement.text()).collect()
    };
    assert_eq!(texts(&session), ["20.0 px", "5.0 px"]);
    act(&mut session, MarkCommand::Calibrate(ids[0], 50.0));
    assert_eq!(
        texts(&session),
        ["50.0 mm (set by the reader)", "12.5 mm (set by the reader)"]
    );
    let spacing = film(&session).radiograph.spacing.clone().unwrap();
    assert_eq!((spacing.plane, spacing.row_mm), (SpacingPlane::Reader, 2.5));
    act(&mut session, MarkCommand::Calibrate(ids[1], 10.0));
    assert_eq!(texts(&session)[0], "40.0 mm (set by the reader)");
    act(&mut session, MarkCommand::Undo);
    assert_eq!(texts(&session)[0], "50.0 mm (set by the reader)");
    act(&mut session, MarkCommand::ResetSpacing);
    assert_eq!(texts(&session), ["20.0 px", "5.0 px"]);
    act(&mut session, MarkCommand::Undo);
    assert_eq!(texts(&session)[0], "50.0 mm (set by the reader)");
    for length_mm in [0.0, -1.0, f32::NAN, 1e9] {
        act(&mut session, MarkCommand::Calibrate(ids[0], length_mm));
        assert!(session.notices().last().unwrap().is_error);
        session.apply(Command::Dismiss(0));
    }
    assert_eq!(texts(&session)[0], "50.0 mm (set by the reader)");
}

fn keeping(folder: &Path, paths: Vec<std::path::PathBuf>) -> Session {
    let mut session = session();
    session.keep_in(folder.to_owned());
    session.apply(Command::Open(paths));
    poll_until(&mut session, |session| {
        session
            .readings()
            .iter()
            .any(|reading| matches!(reading.keeping, Keeping::Known { .. }))
    });
    session
}

fn kept_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.join("marks"))
        .into_iter()
        .flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    // A file on its way has another name until it is whole.
    paths.retain(|path| path.extension().is_none_or(|ending| ending != "part"));
    paths.sort();
    paths
}

#[test]
fn marks_survive_a_kill_and_come_back_with_the_film_under_any_name() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = picture(&films, "film.png");
    let mut first = keeping(kept.path(), vec![path.clone()]);
    draw(&mut first, ShapeKind::Length);
    drag(&mut first, (10.0, 10.0), (30.0, 10.0));
    act(&mut first, MarkCommand::Calibrate(AnnotationId(1), 50.0));
    act(&mut first, MarkCommand::KeyImage);
    let start = Instant::now();
    // Nothing more is asked of the session: a kill would find this on the disk.
    while kept_files(kept.path()).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(5), "not within 5 s");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::mem::forget(first);
    let name = kept_files(kept.path())[0].clone();
    let name = name.file_name().unwrap().to_str().unwrap();
    assert!(name.len() == 64 + 5 && !name.contains("film"), "{name}");
    let other = films.path().join("renamed.png");
    std::fs::rename(path, &other).unwrap();
    let second = keeping(kept.path(), vec![other]);
    assert_eq!(
        marks(&second).list()[0].measurement.text(),
        "50.0 mm (set by the reader)"
    );
    assert!(marks(&second).is_key_image() && !marks(&second).can_undo());
}

#[test]
fn another_film_has_no_marks_and_deleting_them_deletes_the_file() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = picture(&films, "film.png");
    let mut first = keeping(kept.path(), vec![path.clone()]);
    draw(&mut first, ShapeKind::Point);
    click(&mut first, 10.0, 10.0);
    first.finish();
    assert_eq!(kept_files(kept.path()).len(), 1);
    let different = films.path().join("different.png");
    image::GrayImage::from_pixel(64, 48, image::Luma([7]))
        .save(&different)
        .unwrap();
    assert!(
        marks(&keeping(kept.path(), vec![different]))
            .list()
            .is_empty()
    );
    let mut again = keeping(kept.path(), vec![path]);
    assert_eq!(marks(&again).list().len(), 1);
    act(&mut again, MarkCommand::DeleteAll);
    again.finish();
    assert!(kept_files(kept.path()).is_empty());
}

#[test]
fn a_damaged_file_is_set_aside_with_a_notice() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = picture(&films, "film.png");
    let mut first = keeping(kept.path(), vec![path.clone()]);
    draw(&mut first, ShapeKind::Point);
    click(&mut first, 10.0, 10.0);
    first.finish();
    let file = kept_files(kept.path()).remove(0);
    let whole = std::fs::read(&file).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let other_size = text.replace("\"columns\": 64", "\"columns\": 65");
    let far_away = text.replace("10.0", "1e30");
    assert!(other_size != text && far_away != text);
    let damaged: [&[u8]; 4] = [
        &whole[..whole.len() / 2],
        b"\xff\xfe no JSON",
        other_size.as_bytes(),
        far_away.as_bytes(),
    ];
    for (count, bytes) in damaged.iter().enumerate() {
        std::fs::write(&file, bytes).unwrap();
        let mut session = keeping(kept.path(), vec![path.clone()]);
        session.poll();
        let notice = session.notices().last().expect("a notice");
        assert!(
            notice.is_error && notice.message.contains("cannot be used"),
            "{notice:?}"
        );
        assert!(notice.advice.contains("damaged"), "{notice:?}");
        assert!(marks(&session).list().is_empty());
        let aside = kept_files(kept.path());
        assert_eq!(aside.len(), count + 1, "{aside:?}");
        assert!(
            aside
                .iter()
                .any(|path| std::fs::read(path).unwrap() == *bytes)
        );
        session.finish();
    }
}

#[test]
fn marks_made_before_the_kept_ones_arrive_are_added_to_them() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = picture(&films, "film.png");
    let mut first = keeping(kept.path(), vec![path.clone()]);
    draw(&mut first, ShapeKind::Point);
    click(&mut first, 10.0, 10.0);
    first.finish();
    let mut second = session();
    second.apply(Command::Open(vec![path.clone()]));
    poll_until(&mut second, |session| {
        session
            .reading()
            .is_some_and(|reading| reading.open_film().is_some())
    });
    draw(&mut second, ShapeKind::Length);
    drag(&mut second, (10.0, 10.0), (30.0, 10.0));
    second.keep_in(kept.path().to_owned());
    poll_until(&mut second, |session| marks(session).list().len() == 2);
    act(&mut second, MarkCommand::Undo);
    assert_eq!(shapes(&second), [Shape::Point(at(10.0, 10.0))]);
    act(&mut second, MarkCommand::Redo);
    second.finish();
    assert_eq!(marks(&keeping(kept.path(), vec![path])).list().len(), 2);
}

#[test]
fn nothing_is_kept_when_the_user_said_so() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut off = session();
    off.keep_in(kept.path().to_owned());
    let settings = Settings {
        keep_marks: false,
        ..off.settings().clone()
    };
    off.apply(Command::Settings(settings.clone()));
    off.apply(Command::Open(vec![picture(&films, "film.png")]));
    poll_until(&mut off, |session| {
        session
            .reading()
            .is_some_and(|reading| reading.open_film().is_some())
    });
    draw(&mut off, ShapeKind::Point);
    click(&mut off, 10.0, 10.0);
    off.finish();
    assert!(kept_files(kept.path()).is_empty());
    // The setting itself outlives the window; a damaged one does not keep the next from starting.
    let mut next = session();
    next.keep_in(kept.path().to_owned());
    assert_eq!(*next.settings(), settings);
    next.finish();
    std::fs::write(kept.path().join("settings.json"), b"{").unwrap();
    let mut last = session();
    last.keep_in(kept.path().to_owned());
    assert_eq!(*last.settings(), Settings::default());
    assert!(last.notices()[0].is_error);
    assert!(kept.path().join("settings.json.damaged").exists());
}

#[test]
fn a_session_without_a_folder_keeps_nothing() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Point);
    click(&mut session, 10.0, 10.0);
    session.finish();
    assert!(!session.keeps());
}

#[test]
fn copies_of_one_film_have_the_same_marks() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let paths = vec![picture(&films, "a.png"), picture(&films, "b.png")];
    let mut session = keeping(kept.path(), paths);
    poll_until(&mut session, |session| {
        let known =
            |reading: &crate::session::Reading| matches!(reading.keeping, Keeping::Known { .. });
        session.readings().iter().all(known)
    });
    draw(&mut session, ShapeKind::Point);
    click(&mut session, 10.0, 10.0);
    session.apply(Command::Select(1));
    assert_eq!(shapes(&session), [Shape::Point(at(10.0, 10.0))]);
    click(&mut session, 20.0, 10.0);
    session.apply(Command::Select(0));
    assert_eq!(shapes(&session).len(), 2);
    act(&mut session, MarkCommand::DeleteAll);
    session.apply(Command::Select(1));
    assert!(shapes(&session).is_empty());
}

#[test]
fn switching_the_keeping_on_again_loses_and_doubles_nothing() {
    let (films, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = picture(&films, "film.png");
    let mut session = keeping(kept.path(), vec![path.clone()]);
    draw(&mut session, ShapeKind::Point);
    click(&mut session, 10.0, 10.0);
    for keep_marks in [false, true] {
        let settings = Settings {
            keep_marks,
            ..session.settings().clone()
        };
        session.apply(Command::Settings(settings));
        click(&mut session, if keep_marks { 30.0 } else { 20.0 }, 10.0);
    }
    poll_until(&mut session, |session| {
        matches!(session.readings()[0].keeping, Keeping::Known { .. })
    });
    assert_eq!(shapes(&session).len(), 3);
    session.finish();
    assert_eq!(shapes(&keeping(kept.path(), vec![path])).len(), 3);
}

#[test]
fn words_are_dragged_apart_from_their_mark_and_go_along_with_it() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Length);
    drag(&mut session, (10.0, 10.0), (40.0, 20.0));
    let id = marks(&session).list()[0].annotation.id;
    let hit = Hit {
        id,
        handle: None,
        words: Some(at(45.0, 5.0)),
    };
    let apart = |session: &Session| marks(session).list()[0].annotation.words_apart;
    let before = shapes(&session);
    // A hand that clicks moves less than it can hit.
    act(&mut session, MarkCommand::Grab(hit, at(46.0, 6.0)));
    release(&mut session, 47.0, 6.0);
    assert_eq!(apart(&session), None);
    act(&mut session, MarkCommand::Grab(hit, at(46.0, 6.0)));
    aim(&mut session, 40.0, 30.0);
    release(&mut session, 36.0, 36.0);
    // The corner was at (45, 5) and moved by (−10, 30); the anchor is the line's second end.
    assert_eq!(apart(&session), Some(at(-5.0, 15.0)));
    assert_eq!(shapes(&session), before, "the mark itself stays");
    let nudge = MarkCommand::Nudge {
        right_px: 1.0,
        down_px: 1.0,
    };
    act(&mut session, nudge);
    assert_eq!(apart(&session), Some(at(-5.0, 15.0)));
    act(&mut session, MarkCommand::WordsBeside(id));
    assert_eq!(apart(&session), None);
    act(&mut session, MarkCommand::Undo);
    assert_eq!(apart(&session), Some(at(-5.0, 15.0)));
}

#[test]
fn a_line_drawn_by_hand_is_bent_by_its_handles() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::Freehand);
    press(&mut session, 10.0, 10.0);
    for step in 0..40 {
        let turn = step as f32 / 40.0 * std::f32::consts::TAU;
        aim(
            &mut session,
            30.0 - 20.0 * turn.cos(),
            24.0 - 15.0 * turn.sin(),
        );
    }
    release(&mut session, 10.0, 23.0);
    let before = shapes(&session).remove(0);
    let handles = before.handles();
    assert!((4..=16).contains(&handles.len()), "{}", handles.len());
    let held = handles[3];
    let hit = marks(&session).hit(held, REACH, 1.0).unwrap();
    assert!(hit.handle.is_some());
    act(&mut session, MarkCommand::Grab(hit, held));
    release(&mut session, held.x + 4.0, held.y - 3.0);
    let after = shapes(&session).remove(0);
    let moved = before.points().into_iter().zip(after.points());
    let moved = moved.filter(|(a, b)| a != b).count();
    assert!(
        (1..before.points().len() / 2).contains(&moved),
        "{moved} points moved"
    );
    act(&mut session, MarkCommand::Undo);
    assert_eq!(shapes(&session), [before]);
}

#[test]
fn lines_drawn_in_the_wrong_order_are_questioned_and_swapped_undoably() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::CardiothoracicRatio);
    for (x, y) in [(10.0, 35.0), (50.0, 35.0), (20.0, 30.0), (40.0, 30.0)] {
        click(&mut session, x, y);
    }
    let said = |session: &Session| {
        let measurement = marks(session).list()[0].measurement.clone();
        (measurement.lines()[0].clone(), measurement.doubt())
    };
    let id = marks(&session).list()[0].annotation.id;
    let wrong = ("CTR 2.00".to_owned(), Some(crate::radiograph::HEART_WIDER));
    assert_eq!(said(&session), wrong);
    session.apply(Command::Marks(MarkCommand::SwapLines(id)));
    assert_eq!(said(&session), ("CTR 0.50".to_owned(), None));
    session.apply(Command::Marks(MarkCommand::Undo));
    assert_eq!(said(&session), wrong);
}

#[test]
fn a_border_of_the_heart_beside_the_film_is_refused_with_a_word() {
    let (_folder, mut session) = session_with_film();
    draw(&mut session, ShapeKind::CardiothoracicRatio);
    for _ in 0..2 {
        click(&mut session, -5.0, 30.0);
        assert!(marks(&session).draft().is_none());
        let said: Vec<&str> = session.notices().iter().map(|it| &*it.message).collect();
        assert_eq!(said, ["the point lies beside the film, so it was not set"]);
    }
    click(&mut session, 20.0, 30.0);
    // Neither a click nor the end of a drag sets one there.
    click(&mut session, 40.0, 10_000.0);
    drag(&mut session, (40.0, 30.0), (9_000.0, 30.0));
    let draft = marks(&session).draft().unwrap();
    assert_eq!(draft.points.len(), 2);
    for x in [10.0, 50.0] {
        click(&mut session, x, 35.0);
    }
    assert_eq!(marks(&session).list()[0].measurement.lines()[0], "CTR 0.50");
    // What only lies somewhere may lie at the film's edge.
    draw(&mut session, ShapeKind::Arrow);
    drag(&mut session, (-30.0, 20.0), (20.0, 20.0));
    assert_eq!(marks(&session).list().len(), 2);
}
