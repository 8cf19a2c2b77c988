//! That whatever can be operated has a name for those who do not see it.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use silhouette::ui::Window;

use super::harness::{press, press_with, window};
use super::words::DIALOGS;
use super::{analyzed, with_film};

const OPERABLE: [Role; 13] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::Link,
    Role::MenuItem,
    Role::MultilineTextInput,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::Splitter,
    Role::Switch,
    Role::TextInput,
    Role::Image,
];

/// Fails on whatever can be operated and has no name; returns how much there was.
fn check(harness: &Harness<'static, Window>, state: &str) -> usize {
    let mut count = 0;
    let mut nameless = Vec::new();
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        if !OPERABLE.contains(&node.role()) || node.is_hidden() {
            continue;
        }
        count += 1;
        if node.label().is_none_or(|name| name.trim().is_empty()) {
            nameless.push(format!("{:?} at {:?}", node.role(), node.bounding_box()));
        }
    }
    assert!(
        nameless.is_empty(),
        "{state}: without a name are {nameless:#?}"
    );
    count
}

#[test]
fn everything_that_can_be_operated_has_a_name() {
    let empty = window(Vec::new());
    assert!(check(&empty, "the empty window") > 8);
    let (_folder, film) = with_film(64);
    assert!(check(&film, "a film") > 30);
    let (_folder, mut harness) = analyzed(96);
    assert!(check(&harness, "a result") > 45);
    for (state, modifiers, key) in [
        ("the inspector", Modifiers::NONE, Key::Q),
        ("the fade", Modifiers::NONE, Key::F),
        ("a grid", Modifiers::COMMAND, Key::Num4),
        ("read first", Modifiers::NONE, Key::F6),
        ("accepted", Modifiers::NONE, Key::Period),
        ("a region", Modifiers::NONE, Key::Y),
    ] {
        press_with(&mut harness, modifiers, key);
        check(&harness, state);
    }
    for (state, modifiers, key) in DIALOGS {
        press_with(&mut harness, modifiers, key);
        check(&harness, state);
        press(&mut harness, Key::Escape);
    }
    for menu in [
        "File", "View", "Marks", "Analysis", "Compare", "Layout", "Help",
    ] {
        harness.get_all_by_label(menu).next().unwrap().click();
        harness.run_steps(3);
        check(&harness, menu);
        press(&mut harness, Key::Escape);
    }
}
