use super::*;
use crate::radiograph::Shape;
use crate::session::tests::{analyzed, poll_until, session_with_film};
use crate::session::{Command, Compare, Peek, Session};

fn act(session: &mut Session, command: PaceCommand) {
    session.apply(Command::Pace(command));
}

fn reading(session: &Session) -> &Reading {
    session.reading().unwrap()
}

/// Whether anything that a model says can be seen.
fn anything_seen(session: &Session) -> bool {
    session.cut().is_some()
        || session.consensus().is_some()
        || !session.outcomes().is_empty()
        || session.peek().is_some()
        || reading(session).results_visible()
        || reading(session).region_at().is_some()
}

fn lines(path: &std::path::Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn nothing_of_a_model_is_seen_before_the_reader_commits() {
    let (_folder, mut session) = session_with_film();
    act(&mut session, PaceCommand::ReadFirst(true));
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| reading(session).analyzed());
    for command in [
        Command::Toggle(crate::session::Mark::Results),
        Command::Toggle(crate::session::Mark::Overlay),
        Command::Peek(Some(Peek::Counterpart)),
        Command::Peek(Some(Peek::Overlay)),
        Command::Compare(Compare::Agreement),
        Command::Compare(Compare::SideBySide),
        Command::Region(1),
        Command::Pace(PaceCommand::Judge(Verdict::Accepted)),
    ] {
        session.apply(command.clone());
        assert!(!anything_seen(&session), "{command:?}");
    }
    assert!(reading(&session).marks().list().is_empty());
    act(&mut session, PaceCommand::Commit(Impression::Finding));
    assert!(session.cut().is_some() && reading(&session).results_visible());
}

#[test]
fn reading_first_can_begin_on_a_film_that_was_analysed() {
    let (_folder, mut session) = analyzed();
    session.apply(Command::Peek(Some(Peek::Counterpart)));
    act(&mut session, PaceCommand::ReadFirst(true));
    assert!(!anything_seen(&session));
    act(&mut session, PaceCommand::ReadFirst(false));
    assert!(session.cut().is_some());
}

#[test]
fn the_first_impression_stays_whatever_is_thought_later() {
    let (_folder, mut session) = session_with_film();
    act(&mut session, PaceCommand::ReadFirst(true));
    act(&mut session, PaceCommand::Commit(Impression::NoFinding));
    act(&mut session, PaceCommand::Commit(Impression::Finding));
    let pace = reading(&session).pace();
    assert_eq!(pace.first(), Some(Impression::NoFinding));
    assert_eq!(pace.last(), Some(Impression::Finding));
}

#[test]
fn an_accepted_region_is_a_mark_until_it_is_taken_back() {
    let (_folder, mut session) = analyzed();
    let (_, region) = reading(&session).region_at().unwrap();
    let bounds = region.bounds;
    act(&mut session, PaceCommand::Judge(Verdict::Accepted));
    let marks = reading(&session).marks().list();
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0].annotation.shape, Shape::Rectangle(bounds));
    act(
        &mut session,
        PaceCommand::Label("nodule or mass".to_owned()),
    );
    let marks = reading(&session).marks().list();
    assert_eq!(marks[0].annotation.name(), "nodule or mass");
    let verdict = |session: &Session| {
        let reading = reading(session);
        let (model, region) = reading.region_at().unwrap();
        reading.pace().judged(model, region).map(|one| one.verdict)
    };
    assert_eq!(verdict(&session), Some(Verdict::Accepted));
    // A threshold that leaves nearly the same region leaves the verdict.
    session.apply(Command::NudgeThreshold(0.001));
    assert_eq!(verdict(&session), Some(Verdict::Accepted));
    act(&mut session, PaceCommand::Judge(Verdict::Rejected));
    assert_eq!(verdict(&session), Some(Verdict::Rejected));
    assert!(reading(&session).marks().list().is_empty());
    act(&mut session, PaceCommand::Judge(Verdict::Rejected));
    assert_eq!(verdict(&session), None);
}

#[test]
fn what_was_thought_before_and_after_is_logged_without_the_patient() {
    let kept = tempfile::tempdir().unwrap();
    let (folder, mut session) = session_with_film();
    session.keep_in(kept.path().to_owned());
    act(&mut session, PaceCommand::ReadFirst(true));
    let path = session.reading_log().unwrap().to_owned();
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| reading(session).analyzed());
    act(&mut session, PaceCommand::Commit(Impression::NoFinding));
    act(&mut session, PaceCommand::Judge(Verdict::Rejected));
    act(&mut session, PaceCommand::Commit(Impression::Finding));
    poll_until(&mut session, |session| {
        reading(session).content_hash().is_some()
    });
    session.finish();
    let lines = lines(&path);
    let events: Vec<&str> = lines
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["committed", "revealed", "judged", "revised"]);
    assert_eq!(lines[0]["impression"], "no_finding");
    assert_eq!(lines[3]["impression"], "finding");
    let film = lines[0]["film"].as_str().unwrap();
    assert!(film.len() == 64 && lines.iter().all(|line| line["film"] == film));
    assert_eq!(lines[2]["verdict"], "rejected");
    let text = std::fs::read_to_string(&path).unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    assert!(!text.contains(&place) && !text.contains("film.png"));
}

#[test]
fn an_impression_after_results_were_seen_is_not_called_one_before_any_model() {
    let kept = tempfile::tempdir().unwrap();
    let (_folder, mut session) = analyzed();
    session.keep_in(kept.path().to_owned());
    assert!(anything_seen(&session));
    act(&mut session, PaceCommand::ReadFirst(true));
    act(&mut session, PaceCommand::Commit(Impression::Finding));
    assert!(reading(&session).pace().seen_before());
    poll_until(&mut session, |session| {
        reading(session).content_hash().is_some()
    });
    let path = session.reading_log().unwrap().to_owned();
    session.finish();
    let lines = lines(&path);
    assert_eq!(lines[0]["event"], "committed_after_results");
    assert_eq!(lines[0]["impression"], "finding");
}

#[test]
fn what_comes_into_sight_after_an_impression_leaves_it_one_before_any_model() {
    let (_folder, mut session) = session_with_film();
    act(&mut session, PaceCommand::ReadFirst(true));
    session.apply(Command::Analyze);
    poll_until(&mut session, |session| reading(session).analyzed());
    act(&mut session, PaceCommand::Commit(Impression::Finding));
    act(&mut session, PaceCommand::ReadFirst(false));
    assert!(anything_seen(&session));
    assert!(!reading(&session).pace().seen_before());
}

#[test]
fn who_did_not_ask_for_a_log_gets_none() {
    let kept = tempfile::tempdir().unwrap();
    let (_folder, mut session) = analyzed();
    session.keep_in(kept.path().to_owned());
    act(&mut session, PaceCommand::Commit(Impression::Unsure));
    act(&mut session, PaceCommand::Judge(Verdict::Rejected));
    poll_until(&mut session, |session| {
        reading(session).content_hash().is_some()
    });
    let path = session.reading_log().unwrap().to_owned();
    session.finish();
    assert!(!path.exists());
}
