//! A film that is not what the models were made for: why, and the ways on.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use silhouette::radiograph::{Correction, Pose};
use silhouette::session::Session;
use silhouette::ui::Window;
use tempfile::TempDir;

use super::{film_open, pick_only, step_until, window};

const MENDED: &str = "FLAGGED: analysed as if turned by 90° to the right";
const SEEN_MENDED: &str =
    "The models see this film as if turned by 90° to the right; what they say is flagged.";
const ASKED_ANYWAY: &str = "The models are asked although this film is not what they were made for; \
    what they say is flagged.";
const ANYWAY: &str = "FLAGGED: turned or mirrored";

/// A film that the stub takes for one that lies on its side, and a model asked about it.
fn held() -> (TempDir, Harness<'static, Window>) {
    held_from("stub")
}

fn held_from(model: &str) -> (TempDir, Harness<'static, Window>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lies.png");
    let grey =
        image::ImageBuffer::from_fn(320, 80, |x, y| image::Luma([(x * 7 + y * 11) as u16 * 16]));
    grey.save(&path).unwrap();
    let mut harness = window(vec![path]);
    step_until(&mut harness, film_open);
    pick_only(&mut harness, model);
    harness.get_by_label("Analyse").click();
    step_until(&mut harness, |session| {
        session.reading().unwrap().held().is_some()
    });
    (folder, harness)
}

fn flag(session: &Session) -> Option<String> {
    session.reading()?.shown_outcome()?.flag()
}

#[test]
fn a_film_that_lies_on_its_side_is_not_analysed_and_its_reason_is_said() {
    let (_folder, mut harness) = held();
    harness.step();
    harness.get_by_label_contains("The film seems to be turned by 90° to the left.");
    harness.get_by_label_contains("Not analysed: turned or mirrored");
    let session = harness.state().session();
    assert!(session.cut().is_none() && !session.analyzing());
    // The film is shown all the same.
    harness.get_by_label_contains("Original viewport, lies.png");
}

#[test]
fn the_offered_fix_lays_the_film_for_the_model_only_and_can_be_taken_back() {
    let (_folder, mut harness) = held();
    harness.step();
    harness
        .get_by_label("Analyse it turned by 90° to the right")
        .click();
    step_until(&mut harness, |session| session.cut().is_some());
    let session = harness.state().session();
    assert_eq!(flag(session).as_deref(), Some(MENDED));
    let reading = session.reading().unwrap();
    let outcome = reading.shown_outcome().unwrap();
    let turned = Correction {
        pose: Pose::ALL[1],
        inverted: false,
    };
    assert_eq!(outcome.seen_as, turned);
    // What the model saw upright, 80 × 320, lies on the film as it is shown, 320 × 80.
    assert_eq!(outcome.input_region.xywh(), [0.0, 0.0, 320.0, 80.0]);
    assert_eq!(outcome.counterpart.place.xywh(), [0.0, 0.0, 320.0, 80.0]);
    step_until(&mut harness, |_| true);
    harness.get_by_label("Analyse as stored").click();
    step_until(&mut harness, |session| {
        session.reading().unwrap().held().is_some()
    });
    assert!(harness.state().session().cut().is_none());
}

#[test]
fn a_film_is_run_anyway_or_mended_by_keys_and_stays_flagged() {
    let (_folder, mut harness) = held();
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::G);
    step_until(&mut harness, |session| session.cut().is_some());
    assert_eq!(flag(harness.state().session()).as_deref(), Some(ANYWAY));
    harness.step();
    assert!(harness.get_all_by_label_contains(ANYWAY).count() > 0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    step_until(&mut harness, |session| {
        flag(session).is_some_and(|flag| flag == MENDED)
    });
}

#[test]
fn what_was_decided_is_said_while_models_are_at_it_and_while_results_are_hidden() {
    let (_folder, mut harness) = held_from("slow");
    assert!(harness.query_by_label(ASKED_ANYWAY).is_none());
    let shift = Modifiers::COMMAND | Modifiers::SHIFT;
    for (modifiers, said) in [(shift, ASKED_ANYWAY), (Modifiers::COMMAND, SEEN_MENDED)] {
        harness.key_press_modifiers(modifiers, Key::G);
        step_until(&mut harness, Session::analyzing);
        harness.run_steps(2);
        harness.get_by_label(said);
        harness.get_by_label("Analyse as stored").click();
        step_until(&mut harness, |session| {
            session.reading().unwrap().held().is_some()
        });
        harness.run_steps(2);
        assert!(harness.query_by_label(said).is_none());
    }
    let (_folder, mut harness) = held();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    step_until(&mut harness, |session| session.cut().is_some());
    harness.run_steps(2);
    // The flag says it.
    assert!(harness.query_by_label(SEEN_MENDED).is_none());
    harness.key_press(Key::R);
    harness.run_steps(2);
    harness.get_by_label(SEEN_MENDED);
}

/// A menu offers what can be done now, and nothing that would do nothing.
#[test]
fn the_menu_offers_ways_on_where_there_are_any() {
    let (_folder, mut harness) = held();
    let offered = |harness: &mut Harness<'static, Window>| {
        harness
            .get_by_role_and_label(Role::Button, "Analysis")
            .click();
        harness.run_steps(3);
        let can = [
            "Analyse as it should lie",
            "Run anyway (flagged)",
            "Analyse as stored",
            "Commit: unsure",
            "Accept region",
            "Next region",
        ]
        .map(|words| {
            let nodes = harness.get_all_by_label_contains(words);
            // A button of the panel goes by the same name.
            nodes
                .into_iter()
                .all(|node| !node.accesskit_node().is_disabled())
        });
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        can
    };
    assert_eq!(
        offered(&mut harness),
        [true, true, false, true, false, false]
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    step_until(&mut harness, |session| session.cut().is_some());
    let regions = !harness
        .state()
        .session()
        .reading()
        .unwrap()
        .regions()
        .is_empty();
    assert!(regions, "the stub finds something");
    harness.run_steps(2);
    assert_eq!(
        offered(&mut harness),
        [false, false, true, true, true, true]
    );
}
