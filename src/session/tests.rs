//! Every command, without a window; and the means by which other tests get a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;
use crate::anomaly::{MapKind, ModelId};
use crate::compute::DeviceKind;
use crate::display::Colormap;
use crate::inference::testing::Stubs;
use crate::radiograph::PixelPoint;
use crate::task::no_wake;

/// Writes a small grey picture into a folder.
pub(crate) fn picture(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let grey = image::GrayImage::from_fn(64, 48, |x, y| image::Luma([(x * 3 + y) as u8]));
    grey.save(&path).unwrap();
    path
}

pub(crate) fn session() -> Session {
    Session::new(Arc::new(Stubs), DeviceKind::Cpu.into(), no_wake())
}

/// Polls until something holds.
pub(crate) fn poll_until(session: &mut Session, holds: impl Fn(&Session) -> bool) {
    let start = Instant::now();
    while !holds(session) {
        session.poll();
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "it never came to hold"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn film_open(session: &Session) -> bool {
    session
        .reading()
        .is_some_and(|reading| reading.open_film().is_some())
}

/// A session with one film open.
pub(crate) fn session_with_film() -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    session.apply(Command::Open(vec![picture(&folder, "film.png")]));
    poll_until(&mut session, film_open);
    (folder, session)
}

/// A session with one film analysed.
pub(crate) fn analyzed() -> (TempDir, Session) {
    analyzed_by("stub")
}

/// A session with a film and what one of the stubs says of it.
pub(crate) fn analyzed_by(model: &str) -> (TempDir, Session) {
    let (folder, mut session) = session_with_film();
    pick_only(&mut session, model);
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| session.cut().is_some());
    (folder, session)
}

/// A session with a film for each patient's number and day, all open. An empty number means that
/// the film does not say whose it is. The films differ in size.
pub(crate) fn patients(films: &[(&str, &str)]) -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    let paths = films.iter().enumerate().map(|(index, _)| {
        let path = folder.path().join(format!("film {index}.png"));
        let (width, height) = (64 + 16 * index as u32, 48 + 8 * index as u32);
        let grey = image::GrayImage::from_fn(width, height, |x, y| image::Luma([(x + y) as u8]));
        grey.save(&path).unwrap();
        path
    });
    session.apply(Command::Open(paths.collect()));
    poll_until(&mut session, |session| {
        session.readings().len() == films.len()
            && session
                .readings()
                .iter()
                .all(|reading| reading.open_film().is_some())
    });
    for (reading, (number, day)) in session.readings.iter_mut().zip(films) {
        let mut film = reading.open_film().unwrap().film.clone();
        film.identity.study_date = Some((*day).to_owned());
        if !number.is_empty() {
            film.identity.patient_id = Some((*number).to_owned());
            film.identity.patient_name = Some(format!("Patient {number}"));
        }
        reading.chart = Some(crate::radiograph::Chart::of(&film));
    }
    session.apply(Command::Select(0));
    (folder, session)
}

fn presentation(session: &Session) -> &Presentation {
    &session.reading().unwrap().open_film().unwrap().presentation
}

#[test]
fn opening_shows_no_analysis() {
    let (_folder, session) = session_with_film();
    let reading = session.reading().unwrap();
    assert!(!reading.analyzed() && !reading.analyzing());
    assert!(session.cut().is_none());
}

#[test]
fn a_bad_file_never_stops_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder, "a.png");
    std::fs::write(folder.path().join("b.png"), b"no picture").unwrap();
    picture(&folder, "c.png");
    let mut session = session();
    session.apply(Command::Open(vec![folder.path().to_owned()]));
    poll_until(&mut session, |session| {
        let settled =
            |reading: &Reading| matches!(reading.state, FilmState::Open(_) | FilmState::Failed(_));
        session.readings().len() == 3 && session.readings().iter().all(settled)
    });
    let failed: Vec<bool> = session
        .readings()
        .iter()
        .map(|reading| matches!(reading.state, FilmState::Failed(_)))
        .collect();
    assert_eq!(failed, [false, true, false]);
}

#[test]
fn a_missing_path_is_an_error_beside_its_entry() {
    let mut session = session();
    session.apply(Command::Open(vec![PathBuf::from("/nowhere/film.dcm")]));
    poll_until(&mut session, |session| {
        session
            .reading()
            .is_some_and(|reading| matches!(reading.state, FilmState::Failed(_)))
    });
}

#[test]
fn an_empty_folder_is_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    session.apply(Command::Open(vec![folder.path().to_owned()]));
    poll_until(&mut session, |session| !session.notices().is_empty());
    assert!(session.notices()[0].is_error);
    session.apply(Command::Dismiss(0));
    session.apply(Command::Dismiss(7));
    assert!(session.notices().is_empty());
}

#[test]
fn opening_a_listed_film_again_selects_it() {
    let (folder, mut session) = session_with_film();
    let other = picture(&folder, "other.png");
    session.apply(Command::Open(vec![other]));
    poll_until(&mut session, |session| session.selected() == Some(1));
    session.apply(Command::Open(vec![folder.path().join("film.png")]));
    poll_until(&mut session, |session| session.selected() == Some(0));
    assert_eq!(session.readings().len(), 2);
}

#[test]
fn steps_stop_at_the_ends_of_the_list() {
    let (folder, mut session) = session_with_film();
    session.apply(Command::Open(vec![picture(&folder, "other.png")]));
    poll_until(&mut session, |session| session.selected() == Some(1));
    session.apply(Command::Step(1));
    assert_eq!(session.selected(), Some(1));
    session.apply(Command::Step(-1));
    session.apply(Command::Step(-1));
    assert_eq!(session.selected(), Some(0));
    session.apply(Command::Select(1));
    session.apply(Command::Select(9));
    assert_eq!(session.selected(), Some(1));
}

#[test]
fn closing_the_last_film_leaves_nothing_selected() {
    let (_folder, mut session) = session_with_film();
    session.apply(Command::Close);
    assert!(session.readings().is_empty() && session.selected().is_none());
    // Nothing to act on: nothing happens.
    for command in [
        Command::Close,
        Command::Analyze,
        Command::Invert,
        Command::Step(1),
    ] {
        session.apply(command);
    }
}

#[test]
fn retrying_opens_a_film_that_is_good_by_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.png");
    std::fs::write(&path, b"not yet").unwrap();
    let mut session = session();
    session.apply(Command::Open(vec![path]));
    poll_until(&mut session, |session| {
        session
            .reading()
            .is_some_and(|reading| matches!(reading.state, FilmState::Failed(_)))
    });
    picture(&folder, "film.png");
    session.apply(Command::Retry);
    poll_until(&mut session, film_open);
}

fn pick_only(session: &mut Session, name: &str) {
    let others: Vec<ModelId> = session.shelf().picked().cloned().collect();
    for other in others {
        session.apply(Command::PickModel(other, false));
    }
    session.apply(Command::PickModel(ModelId::new(name), true));
}

fn running(session: &Session, name: &str) -> crate::task::Progress {
    let answer = session.reading().unwrap().answer(&ModelId::new(name));
    answer.unwrap().running().unwrap().progress().clone()
}

#[test]
fn cancelling_an_analysis_keeps_the_earlier_result() {
    let (_folder, mut session) = analyzed();
    let stub = ModelId::new("stub");
    let before = session.reading().unwrap().outcome(&stub).unwrap().clone();
    session.apply(Command::PickModel(ModelId::new("slow"), true));
    session.apply(Command::Analyze);
    assert!(session.analyzing());
    let progress = running(&session, "slow");
    session.apply(Command::Analyze);
    session.apply(Command::Cancel);
    assert!(progress.cancelled() && !session.analyzing());
    let after = session.reading().unwrap();
    let slow = after.answer(&ModelId::new("slow")).unwrap();
    assert!(matches!(slow.analysis, Analysis::Cancelled));
    assert!(Arc::ptr_eq(after.outcome(&stub).unwrap(), &before));
    assert!(session.cut().is_some());
}

#[test]
fn models_that_run_are_not_asked_again_and_the_others_are() {
    let (_folder, mut session) = session_with_film();
    pick_only(&mut session, "slow");
    session.apply(Command::Analyze);
    let first = running(&session, "slow");
    session.apply(Command::PickModel(ModelId::new("stub"), true));
    session.apply(Command::Analyze);
    assert!(!first.cancelled());
    assert_eq!(running(&session, "stub").stage(), "queued");
    // Letting go of a model stops its run, and the next one's turn comes.
    session.apply(Command::PickModel(ModelId::new("slow"), false));
    assert!(first.cancelled());
    poll_until(&mut session, |session| session.cut().is_some());
}

/// A session with a film that two models have analysed: “stub” and “twin”.
fn analyzed_twice() -> (TempDir, Session) {
    let (folder, mut session) = analyzed();
    session.apply(Command::PickModel(ModelId::new("twin"), true));
    assert_eq!(session.due(), [ModelId::new("twin")]);
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| session.outcomes().len() == 2);
    (folder, session)
}

#[test]
fn several_models_keep_an_outcome_each() {
    let (_folder, mut session) = analyzed_twice();
    let models = |session: &Session| -> Vec<String> {
        let outcomes = session.outcomes().into_iter();
        outcomes.map(|outcome| outcome.model.0.clone()).collect()
    };
    assert_eq!(models(&session), ["stub", "twin"]);
    assert_eq!(session.reading().unwrap().shown().unwrap().0, "twin");
    session.apply(Command::PickModel(ModelId::new("twin"), false));
    assert_eq!(models(&session), ["stub"]);
    assert_eq!(session.reading().unwrap().shown().unwrap().0, "stub");
    // What was computed is not computed again.
    session.apply(Command::PickModel(ModelId::new("twin"), true));
    assert_eq!(models(&session), ["stub", "twin"]);
    assert_eq!(session.due().len(), 2);
}

#[test]
fn each_model_keeps_its_own_threshold_and_map() {
    let (_folder, mut session) = analyzed_twice();
    let show = |session: &mut Session, name| session.apply(Command::ShowModel(ModelId::new(name)));
    show(&mut session, "stub");
    session.apply(Command::Threshold(Some(2.5)));
    show(&mut session, "twin");
    assert_eq!(session.cut().unwrap().value, 1.5);
    session.apply(Command::Map(MapKind::Difference));
    session.apply(Command::Threshold(Some(0.5)));
    show(&mut session, "stub");
    let cut = session.cut().unwrap();
    assert_eq!((cut.map.kind, cut.value), (MapKind::Residue, 2.5));
    let reading = session.reading().unwrap();
    let count = |name| reading.answer(&ModelId::new(name)).unwrap().regions.len();
    assert_eq!((count("stub"), count("twin")), (1, 3));
    assert_eq!(reading.regions().len(), 1);
}

#[test]
fn models_agree_by_their_own_thresholds() {
    let (_folder, mut session) = analyzed_twice();
    assert!(session.consensus().is_none());
    session.apply(Command::Compare(Compare::Agreement));
    let counts = |session: &Session| {
        let consensus = session.consensus().unwrap();
        (consensus.least, session.reading().unwrap().regions().len())
    };
    assert_eq!(counts(&session), (2, 2));
    session.apply(Command::ShowModel(ModelId::new("twin")));
    session.apply(Command::Threshold(Some(2.5)));
    assert_eq!(counts(&session), (2, 1));
    session.apply(Command::Agreeing(1));
    assert_eq!(counts(&session), (1, 2));
    session.apply(Command::Agreeing(9));
    assert_eq!(counts(&session), (2, 1));
    session.apply(Command::PickModel(ModelId::new("twin"), false));
    assert_eq!(counts(&session), (1, 2));
    session.apply(Command::Toggle(Mark::Results));
    assert!(session.consensus().is_none());
}

#[test]
fn an_agreement_is_exported_with_its_models() {
    let (folder, mut session) = analyzed_twice();
    session.apply(Command::Compare(Compare::Agreement));
    session.apply(Command::Export(ExportChoice {
        path: folder.path().join("together.png"),
        ..ExportChoice::default()
    }));
    poll_until(&mut session, |session| !session.exporting());
    let facts = std::fs::read_to_string(folder.path().join("together.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(facts["agreement"]["of"], 2);
    assert_eq!(facts["agreement"]["models"][1]["model"], "twin");
}

#[test]
fn a_film_that_the_shown_model_has_not_seen_is_shown_as_another_sees_it() {
    let (folder, mut session) = analyzed();
    session.apply(Command::Open(vec![picture(&folder, "other.png")]));
    poll_until(&mut session, |session| session.selected() == Some(1));
    pick_only(&mut session, "twin");
    poll_until(&mut session, film_open);
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| session.cut().is_some());
    session.apply(Command::PickModel(ModelId::new("stub"), true));
    assert_eq!(session.reading().unwrap().shown().unwrap().0, "twin");
    session.apply(Command::Select(0));
    assert_eq!(session.reading().unwrap().shown().unwrap().0, "stub");
}

#[test]
fn an_unknown_model_is_not_picked() {
    let mut session = session();
    session.apply(Command::ShowModel(ModelId::new("other")));
    assert_eq!(session.shelf().shown, Some(ModelId::new("stub")));
    assert!(!session.shelf().is_picked(&ModelId::new("other")));
}

#[test]
fn missing_weights_stand_beside_the_choice() {
    let (_folder, mut session) = session_with_film();
    let bare = ModelId::new("bare");
    poll_until(&mut session, |session| {
        session.shelf().obstacle(&bare).is_some()
    });
    let kind = session.shelf().obstacle(&bare).unwrap().kind;
    assert_eq!(kind, crate::ErrorKind::MissingWeights);
    pick_only(&mut session, "bare");
    assert!(session.due().is_empty());
}

#[test]
fn results_hide_and_come_back() {
    let (_folder, mut session) = analyzed();
    session.apply(Command::Toggle(Mark::Results));
    assert!(session.cut().is_none());
    session.apply(Command::Peek(Some(Peek::Counterpart)));
    assert_eq!(session.peek(), None);
    session.apply(Command::Toggle(Mark::Results));
    assert!(session.cut().is_some());
}

#[test]
fn a_map_that_points_nowhere_has_no_regions_and_no_say_until_it_is_chosen() {
    let (_folder, mut session) = analyzed_by("shy");
    let regions = |session: &Session| session.reading().unwrap().regions().len();
    let why = session.cut().unwrap().withheld.unwrap();
    assert_eq!(
        why,
        "its peak lay in 3 of 30 opacities pasted into normal films"
    );
    assert_eq!(regions(&session), 0);
    session.apply(Command::Compare(Compare::Agreement));
    assert!(session.reading().unwrap().consensus().is_none());
    session.apply(Command::Compare(Compare::SideBySide));
    session.apply(Command::Map(MapKind::Residue));
    assert_eq!(session.cut().unwrap().withheld, None);
    assert_eq!(regions(&session), 2);
    session.apply(Command::Compare(Compare::Agreement));
    assert!(session.reading().unwrap().consensus().is_some());
}

#[test]
fn the_threshold_moves_the_regions_and_returns_to_its_default() {
    let (_folder, mut session) = analyzed();
    let count = |session: &Session| session.reading().unwrap().regions().len();
    assert_eq!(count(&session), 2);
    session.apply(Command::Threshold(Some(0.5)));
    assert_eq!(count(&session), 3);
    session.apply(Command::Threshold(Some(2.5)));
    assert_eq!(count(&session), 1);
    session.apply(Command::Threshold(Some(f32::NAN)));
    session.apply(Command::Threshold(None));
    assert_eq!(session.cut().unwrap().value, 1.5);
    assert_eq!(count(&session), 2);
}

#[test]
fn nudges_stay_within_the_range() {
    let (_folder, mut session) = analyzed();
    session.apply(Command::NudgeThreshold(0.02));
    assert!((session.cut().unwrap().value - 1.58).abs() < 1e-5);
    for _ in 0..200 {
        session.apply(Command::NudgeThreshold(0.02));
    }
    assert_eq!(session.cut().unwrap().value, 4.0);
}

#[test]
fn a_cut_belongs_to_its_map() {
    let (_folder, mut session) = analyzed();
    session.apply(Command::Threshold(Some(2.5)));
    session.apply(Command::Map(MapKind::Difference));
    let cut = session.cut().unwrap();
    assert_eq!(cut.map.kind, MapKind::Difference);
    assert!(cut.default.is_none());
    session.apply(Command::Map(MapKind::Residue));
    assert_eq!(session.cut().unwrap().value, 2.5);
}

#[test]
fn the_overlay_is_off_the_original_until_asked_for() {
    let (_folder, mut session) = analyzed();
    assert!(!session.overlay().on_original && session.overlay().boxes);
    session.apply(Command::Toggle(Mark::Overlay));
    session.apply(Command::Toggle(Mark::Boxes));
    assert!(session.overlay().on_original && !session.overlay().boxes);
    session.apply(Command::Opacity(7.0));
    session.apply(Command::Colors(Colormap::Cividis));
    assert_eq!(session.overlay().opacity, 1.0);
    assert_eq!(session.overlay().colormap, Colormap::Cividis);
}

#[test]
fn blinking_never_exceeds_three_turns_a_second() {
    let mut session = session();
    for hz in [0.0, 3.1, 60.0, f32::INFINITY, f32::NAN] {
        session.apply(Command::Compare(Compare::Mixed(Mix::Blink(hz))));
        let Compare::Mixed(Mix::Blink(hz)) = session.compare() else {
            panic!("blinking was chosen");
        };
        assert!((0.5..=3.0).contains(&hz));
    }
}

#[test]
fn windows_change_only_what_is_shown() {
    let (_folder, mut session) = session_with_film();
    let before = presentation(&session).ramp.clone();
    session.apply(Command::Window(WindowChange::Width(10.0)));
    session.apply(Command::Window(WindowChange::Center(100.0)));
    assert_eq!(presentation(&session).window().center, 100.0);
    assert_eq!(presentation(&session).window().width, 10.0);
    session.apply(Command::Preset(0));
    assert_eq!(presentation(&session).ramp, before);
    session.apply(Command::Preset(99));
    assert_eq!(presentation(&session).preset, Some(0));
    session.apply(Command::Invert);
    assert!(presentation(&session).inverted);
}

#[test]
fn stepping_through_regions_goes_round_and_follows_a_zoomed_view() {
    let (_folder, mut session) = analyzed();
    session.apply(Command::Look(Look::Free {
        center_in_image: PixelPoint { x: 0.0, y: 0.0 },
        zoom: 4.0,
    }));
    session.apply(Command::Region(1));
    let reading = session.reading().unwrap();
    assert_eq!(reading.region, Some(0));
    let Look::Free {
        center_in_image,
        zoom,
    } = presentation(&session).look
    else {
        panic!("the zoom was lost");
    };
    assert_eq!(
        (center_in_image, zoom),
        (reading.regions()[0].bounds.center(), 4.0)
    );
    session.apply(Command::Region(-1));
    assert_eq!(session.reading().unwrap().region, Some(1));
    session.apply(Command::Region(1));
    assert_eq!(session.reading().unwrap().region, Some(0));
}

#[test]
fn an_export_is_written_and_never_overwrites() {
    let (folder, mut session) = analyzed();
    let path = folder.path().join(proposed_name(
        Path::new("film.png"),
        Some(&ModelId::new("stub")),
        ExportKind::Png,
    ));
    for _ in 0..2 {
        session.apply(Command::Export(ExportChoice {
            path: path.clone(),
            ..ExportChoice::default()
        }));
        assert!(session.exporting());
        poll_until(&mut session, |session| !session.exporting());
    }
    assert!(
        session.notices().iter().all(|notice| !notice.is_error),
        "{:?}",
        session.notices()
    );
    assert!(path.is_file());
    assert!(folder.path().join("film.stub (2).png").is_file());
}

#[test]
fn an_export_that_cannot_be_written_says_so() {
    let (folder, mut session) = analyzed();
    let path = folder.path().join("no such folder/film.png");
    session.apply(Command::Export(ExportChoice {
        path,
        ..ExportChoice::default()
    }));
    poll_until(&mut session, |session| !session.exporting());
    assert!(session.notices()[0].is_error);
}
