//! A model that was trained in the window is used in the window.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use silhouette::ui::Window;

use super::harness::{press, press_with, step_until};
use super::{analyzed, name_training_folders};

#[test]
fn what_a_run_wrote_is_used_and_let_go_again() {
    let (folder, mut harness) = analyzed(64);
    let out = folder.path().join("own run");
    press_with(&mut harness, Modifiers::COMMAND, Key::T);
    name_training_folders(&mut harness, folder.path(), &out);
    let usable = |harness: &Harness<'static, Window>| {
        let button = harness.get_by_label("Use its weights");
        !button.accesskit_node().is_disabled()
    };
    harness.get_by_label("Start training").click();
    harness.run_steps(2);
    assert!(!usable(&harness), "while it runs");
    step_until(&mut harness, |session| !session.trainer().running());
    harness.get_by_label("Use its weights").click();
    harness.run_steps(4);
    harness.get_by_label("Its weights are in use until the window closes.");
    press(&mut harness, Key::Escape);
    harness.get_by_label("Own weights: own run");
    let session = harness.state().session();
    assert!(session.cut().is_none(), "what other weights said is shown");
    press(&mut harness, Key::A);
    step_until(&mut harness, |session| session.cut().is_some());
    let chips = harness.query_all_by_label_contains("· own weights");
    assert!(chips.count() > 0);

    harness.get_by_label("Back to the program's own").click();
    harness.run_steps(4);
    assert!(harness.query_by_label("Own weights: own run").is_none());
    assert!(harness.state().session().cut().is_none());
    press(&mut harness, Key::A);
    step_until(&mut harness, |session| session.cut().is_some());
}
