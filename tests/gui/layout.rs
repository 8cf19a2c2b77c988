//! Viewports, priors, links and keys through the accessibility tree.

use std::path::PathBuf;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use silhouette::session::{FilmState, Grid, Link};
use silhouette::ui::Window;
use tempfile::TempDir;

use super::phantoms::{Phantom, save};
use super::words::drawn;
use super::{amber, analyzed, film_open, grey_picture, step_until, window};

/// Writes a film of a patient on a day.
pub(super) fn film(folder: &TempDir, name: &str, (patient, day): (&str, &str)) -> PathBuf {
    let samples: Vec<u16> = (0..96 * 128_u32).map(|i| (i * 37 % 4000) as u16).collect();
    let phantom = Phantom::row(&samples)
        .number(tags::ROWS, 96)
        .number(tags::COLUMNS, 128)
        .text(tags::PATIENT_NAME, VR::PN, patient)
        .text(tags::PATIENT_ID, VR::LO, patient)
        .text(tags::STUDY_DATE, VR::DA, day)
        .text(tags::PATIENT_ORIENTATION, VR::CS, "L\\F")
        .text(tags::VIEW_POSITION, VR::CS, "PA");
    save(
        folder.path(),
        name,
        &phantom.bytes_as("1.2.840.10008.1.2.1"),
    )
}

/// A window with two films of one patient and one of another, all open.
pub(super) fn with_priors() -> (TempDir, Harness<'static, Window>) {
    let folder = tempfile::tempdir().unwrap();
    let films = [
        film(&folder, "a old.dcm", ("Doe", "20190302")),
        film(&folder, "b new.dcm", ("Doe", "20220502")),
        film(&folder, "c roe.dcm", ("Roe", "20230101")),
    ];
    let mut harness = window(films.to_vec());
    step_until(&mut harness, |session| {
        let open =
            |reading: &silhouette::session::Reading| matches!(reading.state, FilmState::Open(_));
        session.readings().len() == 3 && session.readings().iter().all(open)
    });
    (folder, harness)
}

fn viewports(harness: &Harness<'static, Window>) -> Vec<String> {
    let images = harness.get_all_by_role(Role::Image);
    let labels = images.filter_map(|node| node.accesskit_node().label());
    labels.filter(|label| label.contains("iewport")).collect()
}

fn ctrl(harness: &mut Harness<'static, Window>, key: Key) {
    harness.key_press_modifiers(Modifiers::COMMAND, key);
    harness.run_steps(3);
}

#[test]
fn the_newest_film_of_a_patient_opens_beside_its_prior() {
    let (_folder, harness) = with_priors();
    let shown = viewports(&harness);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0], "Original viewport, b new.dcm");
    assert_eq!(
        shown[1],
        "Original viewport, a old.dcm, PRIOR 2019-03-02, 3 y 2 mo earlier"
    );
}

#[test]
fn another_patients_film_is_dragged_beside_and_says_so() {
    let (_folder, mut harness) = with_priors();
    let from = harness
        .get_by_role_and_label(Role::Button, "c roe.dcm")
        .rect()
        .center();
    let to = harness
        .get_by_label_contains("a old.dcm, PRIOR")
        .rect()
        .center();
    harness.drag_at(from);
    harness.run_steps(2);
    harness.hover_at(from + (to - from) * 0.5);
    harness.run_steps(2);
    harness.hover_at(to);
    harness.run_steps(2);
    harness.drop_at(to);
    harness.run_steps(4);
    let shown = viewports(&harness);
    assert_eq!(shown[1], "Original viewport, c roe.dcm, OTHER PATIENT");
    // The active viewport's film is the selected one.
    let session = harness.state().session();
    assert_eq!(session.selected(), Some(2));
    assert_eq!(session.layout().active(), 1);
    // Words can be hidden; the mark stays.
    for _ in 0..2 {
        harness.key_press(Key::T);
        harness.run_steps(2);
    }
    assert!(viewports(&harness)[1].ends_with("OTHER PATIENT"));
}

#[test]
fn the_grids_are_filled_by_keyboard_alone() {
    let (_folder, mut harness) = with_priors();
    for (key, grid) in [
        (Key::Num1, Grid::new(1, 1)),
        (Key::Num2, Grid::new(1, 2)),
        (Key::Num3, Grid::new(2, 1)),
        (Key::Num4, Grid::new(2, 2)),
        (Key::Num6, Grid::new(2, 3)),
        (Key::Num8, Grid::new(2, 4)),
    ] {
        ctrl(&mut harness, key);
        assert_eq!(viewports(&harness).len(), grid.count());
    }
    ctrl(&mut harness, Key::Num4);
    assert_eq!(viewports(&harness)[2], "Viewport 3, empty");
    ctrl(&mut harness, Key::ArrowDown);
    assert_eq!(harness.state().session().layout().active(), 2);
    ctrl(&mut harness, Key::Enter);
    assert_eq!(viewports(&harness)[2], "Original viewport, b new.dcm");
    // The film list puts the next film there.
    harness.key_press(Key::PageDown);
    harness.run_steps(3);
    assert!(viewports(&harness)[2].contains("c roe.dcm, OTHER PATIENT"));
    ctrl(&mut harness, Key::D);
    assert_eq!(viewports(&harness), ["Original viewport, c roe.dcm"]);
}

#[test]
fn a_double_click_gives_a_viewport_the_place_of_all_and_back() {
    let (_folder, mut harness) = with_priors();
    let viewport = |harness: &Harness<'static, Window>| {
        harness.get_by_label_contains("viewport, b new.dcm").rect()
    };
    let before = viewport(&harness);
    ctrl(&mut harness, Key::M);
    let large = viewport(&harness);
    assert!(large.area() > 1.8 * before.area());
    assert_eq!(viewports(&harness).len(), 1);
    ctrl(&mut harness, Key::M);
    assert_eq!(viewport(&harness), before);
    let at = before.center();
    for _ in 0..2 {
        harness.hover_at(at);
        harness.drag_at(at);
        harness.drop_at(at);
        harness.step();
    }
    harness.run_steps(3);
    assert!(harness.state().session().layout().maximised());
}

#[test]
fn a_link_is_switched_beside_the_title() {
    let (_folder, mut harness) = with_priors();
    let name = "Link zoom of viewport 2";
    let toggled = |harness: &Harness<'static, Window>| {
        harness.get_by_label(name).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(toggled(&harness));
    harness.get_by_label(name).click();
    harness.run_steps(3);
    assert!(!toggled(&harness));
    let layout = harness.state().session().layout();
    assert!(!layout.cells()[1].linked(Link::Look) && layout.cells()[1].linked(Link::Greys));
    // Zooming the other viewport leaves this one.
    let zoom = |harness: &Harness<'static, Window>, cell| {
        let session = harness.state().session();
        session.view(cell, [400.0, 300.0], 1.0).unwrap().zoom
    };
    let before = [zoom(&harness, 0), zoom(&harness, 1)];
    harness.get_by_label_contains("viewport, b new.dcm").focus();
    harness.run_steps(3);
    harness.key_press(Key::Plus);
    harness.run_steps(3);
    assert!(zoom(&harness, 0) > before[0]);
    assert_eq!(zoom(&harness, 1), before[1]);
}

#[test]
fn a_prior_is_aligned_by_clicks() {
    let (_folder, mut harness) = with_priors();
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::A);
    harness.run_steps(3);
    harness.get_by_label("Click a point in one film");
    let center = |harness: &Harness<'static, Window>, name: &str| {
        harness.get_by_label_contains(name).rect().center()
    };
    let pairs = [
        ("viewport, b new.dcm", egui::vec2(-60.0, 10.0)),
        ("viewport, a old.dcm", egui::vec2(-40.0, 0.0)),
        ("viewport, b new.dcm", egui::vec2(50.0, 20.0)),
        ("viewport, a old.dcm", egui::vec2(60.0, 30.0)),
    ];
    for (name, off) in pairs {
        let at = center(&harness, name) + off;
        harness.hover_at(at);
        harness.drag_at(at);
        harness.step();
        harness.drop_at(at);
        harness.run_steps(30);
    }
    let layout = harness.state().session().layout();
    assert!(layout.aligning().is_none() && layout.aligned(0));
    // It says so beside the film, whatever is done and hidden next.
    for key in [Key::I, Key::T, Key::T] {
        harness.key_press(key);
        harness.run_steps(3);
        assert!(viewports(&harness)[1].contains(", ALIGNED, turned by "));
    }
}

#[test]
fn eight_small_viewports_keep_their_links_and_say_what_they_join() {
    let (_folder, mut harness) = with_priors();
    ctrl(&mut harness, Key::Num8);
    harness.get_by_label("Links of viewport 2");
    harness.get_by_label("Links of viewport 1").click();
    harness.run_steps(3);
    harness.get_by_label("Link window of viewport 1").click();
    harness.run_steps(3);
    harness.get_by_label("Viewport 1: the window is its own now.");
    assert!(!harness.state().session().layout().cells()[0].linked(Link::Greys));
    ctrl(&mut harness, Key::L);
    harness.get_by_label("Viewport 1: pan and zoom are its own now.");
    ctrl(&mut harness, Key::L);
    harness.get_by_label("Viewport 1: pan and zoom are linked with viewports 2.");
    ctrl(&mut harness, Key::ArrowDown);
    ctrl(&mut harness, Key::L);
    harness.get_by_label("Viewport 5 shows no film: there is nothing to link.");
}

#[test]
fn menus_tick_what_is_on() {
    let (_folder, mut harness) = analyzed(200);
    let ticked = |harness: &mut Harness<'static, Window>, menu: &str, entry: &str| {
        harness.get_by_role_and_label(Role::Button, menu).click();
        harness.run_steps(3);
        let nodes = harness.query_all_by_label_contains(entry);
        let toggled: Vec<_> = nodes
            .filter(|node| {
                let role = node.accesskit_node().role();
                role == Role::CheckBox || role == Role::RadioButton
            })
            .filter_map(|node| {
                let name = node.accesskit_node().label()?;
                // An entry's name ends with its keys; the same switch of a panel has none.
                (name.starts_with(entry) && name != entry)
                    .then(|| node.accesskit_node().toggled() == Some(Toggled::True))
            })
            .collect();
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        assert_eq!(toggled.len(), 1, "{entry}");
        toggled[0]
    };
    for (menu, entry, key) in [
        ("View", "Invert", Key::I),
        ("View", "Pixel inspector", Key::Q),
        ("Marks", "Key image", Key::K),
        ("Analysis", "Boxes", Key::X),
        ("Compare", "Fade", Key::F),
        ("Marks", "Zoom tool", Key::Z),
    ] {
        assert!(
            !ticked(&mut harness, menu, entry) ^ (entry == "Boxes"),
            "{entry}"
        );
        harness.key_press(key);
        harness.run_steps(3);
        assert!(
            ticked(&mut harness, menu, entry) ^ (entry == "Boxes"),
            "{entry}"
        );
    }
    assert!(ticked(&mut harness, "Layout", "Automatic"));
    assert!(!ticked(&mut harness, "Layout", "2 × 2"));
}

#[test]
fn films_keep_their_place_whatever_is_said_and_offered() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(vec![grey_picture(&folder, "film.png", 200)]);
    harness.set_size(egui::vec2(1024.0, 700.0));
    step_until(&mut harness, film_open);
    let place = |harness: &Harness<'static, Window>| {
        harness.get_by_label_contains("Original viewport").rect()
    };
    let before = place(&harness);
    // What cannot be opened is said over the film's edge, with a way to take it off.
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let field = |harness: &Harness<'static, Window>, typed: &str| {
        let field = harness.get_by_role_and_label(Role::TextInput, "Path of a film or folder");
        if typed.is_empty() {
            field.focus();
        } else {
            field.type_text(typed);
        }
    };
    for typed in ["", empty.to_str().unwrap()] {
        field(&harness, typed);
        harness.run_steps(2);
    }
    harness.key_press(Key::Enter);
    step_until(&mut harness, |session| !session.notices().is_empty());
    assert_eq!(place(&harness), before);
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Dismiss").is_none());
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::A);
    harness.run_steps(3);
    harness.get_by_label("Click a point in one film");
    assert_eq!(place(&harness), before);
}

#[test]
fn full_screen_leaves_the_films_and_what_must_be_said() {
    let (_folder, mut harness) = analyzed(200);
    let before = harness.get_by_label_contains("Original viewport").rect();
    harness.key_press(Key::F11);
    harness.run_steps(3);
    let after = harness.get_by_label_contains("Original viewport").rect();
    assert!(after.area() > 1.2 * before.area());
    harness.get_by_label(silhouette::display::RESEARCH_USE);
    assert!(harness.query_by_label("Analyse").is_none());
    for _ in 0..3 {
        assert!(
            amber(&mut harness) > 500,
            "the generated film is not framed"
        );
        harness.key_press(Key::T);
        harness.run_steps(2);
    }
    harness.key_press(Key::F11);
    harness.run_steps(3);
    assert_eq!(
        harness.get_by_label_contains("Original viewport").rect(),
        before
    );
}

#[test]
fn lens_and_difference_are_given_to_one_viewport_of_a_grid() {
    let (_folder, mut harness) = analyzed(300);
    ctrl(&mut harness, Key::Num2);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::L);
    harness.run_steps(3);
    assert!(viewports(&harness)[0].starts_with("Comparison viewport"));
    let lens = |harness: &Harness<'static, Window>| {
        let role = harness.state().session().layout().cells()[0].role.clone();
        match role {
            silhouette::session::Role::Mixed(silhouette::session::Mix::Lens(lens)) => lens,
            other => panic!("{other:?} is no lens"),
        }
    };
    let before = lens(&harness);
    let center = harness
        .get_by_label_contains("Comparison viewport")
        .rect()
        .center();
    for step in [0.0, 40.0] {
        harness.hover_at(center + egui::vec2(step, 0.0));
        harness.run_steps(3);
    }
    assert!(lens(&harness).center.x > before.center.x);
    harness.get_by_label_contains("Comparison viewport").focus();
    harness.run_steps(2);
    let before = lens(&harness);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    harness.run_steps(3);
    assert!(lens(&harness).center.x < before.center.x);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::V);
    harness.run_steps(3);
    assert!(amber(&mut harness) > 500);
}

#[test]
fn keys_are_changed_by_pressing_them_and_clashes_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(vec![grey_picture(&folder, "film.png", 100)]);
    step_until(&mut harness, film_open);
    ctrl(&mut harness, Key::F1);
    let search = harness.get_by_role_and_label(Role::TextInput, "Search");
    search.focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, "Search")
        .type_text("Invert");
    harness.run_steps(3);
    harness.get_by_label("Add a key for Invert").click();
    harness.run_steps(3);
    harness.key_press(Key::F9);
    harness.run_steps(3);
    harness.get_by_label("Remove F9 from Invert");
    harness.get_by_label("Remove I from Invert").click();
    harness.run_steps(3);
    harness.get_by_label("Add a key for Invert").click();
    harness.run_steps(3);
    ctrl(&mut harness, Key::O);
    harness.get_by_label("also “Open…”");
    harness.get_by_label("Remove Ctrl+O from Invert").click();
    harness.run_steps(3);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Keys as in").is_none());
    let inverted = |harness: &Harness<'static, Window>| {
        let reading = harness.state().session().reading().unwrap();
        reading.open_film().unwrap().presentation.inverted
    };
    harness.key_press(Key::I);
    harness.run_steps(3);
    assert!(!inverted(&harness));
    harness.key_press(Key::F9);
    harness.run_steps(3);
    assert!(inverted(&harness));
}

#[test]
fn the_panel_says_whose_results_it_shows_beside_another_film() {
    let (_folder, mut harness) = with_priors();
    harness.get_by_label("Study of 2022-05-02");
    ctrl(&mut harness, Key::M);
    assert!(harness.query_by_label_contains("Study of").is_none());
    ctrl(&mut harness, Key::M);
    ctrl(&mut harness, Key::ArrowRight);
    harness.get_by_label("Study of 2019-03-02");
    harness.get_by_label("PRIOR 2019-03-02, 3 y 2 mo earlier");
}

/// A file of several frames shows its first, and says so where the words of its viewport are and in
/// the panel beside it.
#[test]
fn of_a_file_with_several_frames_it_is_said_which_one_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<u16> = (0..2 * 96 * 128_u32).map(|i| (i % 4000) as u16).collect();
    let phantom = Phantom::row(&samples)
        .number(tags::ROWS, 96)
        .number(tags::COLUMNS, 128)
        .text(tags::NUMBER_OF_FRAMES, VR::IS, "2");
    let path = save(
        folder.path(),
        "loop.dcm",
        &phantom.bytes_as("1.2.840.10008.1.2.1"),
    );
    let mut harness = window(vec![path]);
    step_until(&mut harness, film_open);
    harness.run_steps(3);
    harness.get_by_label("The file holds 2 frames: the first is shown, measured and analysed.");
    assert!(
        drawn(&harness)
            .iter()
            .any(|(text, _)| text == "frame 1 of 2")
    );
}
