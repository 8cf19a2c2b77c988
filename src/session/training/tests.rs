//! Training runs, without a window.

use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::anomaly::ModelId;
use crate::session::tests::{poll_until, session};
use crate::session::{Command, Session};

fn drafted(model: &str, end: TrainingEnd) -> (TempDir, Session) {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    let mut draft = session.trainer().draft.clone();
    draft.model = Some(ModelId::new(model));
    draft.end = end;
    draft.device = crate::compute::DeviceKind::Cpu;
    for (which, path) in [
        (TrainingFolder::Normal, folder.path().to_owned()),
        (TrainingFolder::Out, folder.path().join("out")),
    ] {
        draft.set_folder(which, path.display().to_string());
    }
    let draft = TrainingCommand::Draft(Box::new(draft));
    session.apply(Command::Train(draft));
    (folder, session)
}

fn run(session: &Session) -> &TrainingRun {
    session.trainer().run.as_ref().unwrap()
}

fn ended(session: &Session) -> bool {
    !session.trainer().running()
}

#[test]
fn a_run_tells_its_epochs_and_ends() {
    let (_folder, mut session) = drafted("learner", TrainingEnd::Epochs(3));
    session.apply(Command::Train(TrainingCommand::Start));
    poll_until(&mut session, ended);
    assert!(matches!(run(&session).state, TrainingState::Done));
    let log = run(&session).log();
    assert_eq!(log.films, Some((8, 2)));
    assert_eq!((log.epoch, log.step, log.share), (3, 15, 1.0));
    assert_eq!(log.epochs.len(), 3);
    assert_eq!(log.losses(), ["copy", "critic"]);
    // The pictures are those of the last epoch, two rows of four.
    let samples = log.samples.unwrap();
    assert_eq!((samples.width, samples.height), (32, 16));
    assert_eq!(samples.greys[0], 64);
    assert!(!session.notices()[0].is_error);
}

#[test]
fn a_run_stops_within_two_seconds_and_goes_on_where_it_was() {
    let (_folder, mut session) = drafted("learner", TrainingEnd::Epochs(200));
    session.apply(Command::Train(TrainingCommand::Start));
    poll_until(&mut session, |session| run(session).log().step > 7);
    // A second run is refused while one is under way.
    session.apply(Command::Train(TrainingCommand::Start));
    assert!(session.notices()[0].is_error);
    let start = Instant::now();
    session.apply(Command::Train(TrainingCommand::Stop));
    assert!(run(&session).stopping());
    poll_until(&mut session, ended);
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(matches!(run(&session).state, TrainingState::Stopped));
    let step = run(&session).log().step;
    session.apply(Command::Train(TrainingCommand::Resume));
    poll_until(&mut session, |session| run(session).log().step > 0);
    assert!(run(&session).log().step > step);
    // The window's end waits for the checkpoint.
    session.finish();
    assert!(ended(&session));
}

#[test]
fn a_run_that_falls_says_why_and_what_to_do() {
    let (_folder, mut session) = drafted("stumbler", TrainingEnd::Minutes(10.0));
    session.apply(Command::Train(TrainingCommand::Start));
    poll_until(&mut session, ended);
    let notice = &session.notices()[0];
    assert!(notice.is_error && notice.message.contains("step 7"));
    assert_eq!(notice.advice, "Use another seed.");
    assert!(matches!(run(&session).state, TrainingState::Failed(_)));
}

#[test]
fn a_form_that_cannot_work_is_refused_with_advice() {
    for (folder, path, words) in [
        (TrainingFolder::Normal, "", "normal films"),
        (TrainingFolder::Normal, "/nowhere", "does not exist"),
        (TrainingFolder::Masks, "/nowhere", "lung masks"),
        (TrainingFolder::Out, " ", "output folder"),
    ] {
        let (_folder, mut session) = drafted("learner", TrainingEnd::Epochs(1));
        let mut draft = session.trainer().draft.clone();
        draft.set_folder(folder, path.to_owned());
        let draft = TrainingCommand::Draft(Box::new(draft));
        session.apply(Command::Train(draft));
        session.apply(Command::Train(TrainingCommand::Start));
        poll_until(&mut session, ended);
        let notice = &session.notices()[0];
        assert!(
            notice.is_error && notice.message.contains(words),
            "{}",
            notice.message
        );
        assert!(!notice.advice.is_empty());
    }
}

#[test]
fn a_run_is_not_overwritten_and_nothing_is_resumed_from_nowhere() {
    let (_folder, mut session) = drafted("learner", TrainingEnd::Epochs(1));
    session.apply(Command::Train(TrainingCommand::Resume));
    poll_until(&mut session, ended);
    assert!(session.notices()[0].message.contains("no run to resume"));
    session.apply(Command::Train(TrainingCommand::Start));
    poll_until(&mut session, ended);
    session.apply(Command::Train(TrainingCommand::Start));
    poll_until(&mut session, ended);
    let last = session.notices().last().unwrap();
    assert!(last.is_error && last.message.contains("overwrite"));
}
