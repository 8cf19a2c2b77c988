//! The tour of the first start.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use silhouette::compute::DeviceKind;
use silhouette::ui::Window;

use super::analyzed;
use super::harness::{press, window};
use super::stub::Stubs;

/// Starts a window that keeps its settings in a folder, as the program does.
fn started_in(folder: &Path) -> Harness<'static, Window> {
    let folder: PathBuf = folder.to_owned();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .with_os(egui::os::OperatingSystem::Nix)
        .with_step_dt(1.0 / 60.0)
        .wgpu()
        .build_eframe(move |creation| {
            let window = Window::new(creation, Arc::new(Stubs), DeviceKind::Cpu, Vec::new());
            window.keeping_in(folder).touring()
        });
    harness.run_steps(4);
    harness
}

fn touring(harness: &Harness<'static, Window>) -> bool {
    harness.query_by_label_contains(" of 8").is_some()
}

/// Starts the tour from the Help menu.
fn start_again(harness: &mut Harness<'static, Window>) {
    harness.get_by_label("Help").click();
    harness.run_steps(3);
    let mut entries = harness.query_all_by_label_contains("Tour");
    let entry = entries.find(|entry| {
        entry
            .accesskit_node()
            .label()
            .is_some_and(|name| name.trim() == "Tour")
    });
    entry.unwrap().click();
    drop(entries);
    harness.run_steps(4);
}

#[test]
fn the_tour_is_taken_by_keyboard_alone_and_never_starts_by_itself_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = started_in(folder.path());
    for step in 1..=8 {
        first.get_by_label(&format!("Step {step} of 8"));
        // The button has the focus.
        press(&mut first, Key::Enter);
    }
    assert!(!touring(&first));
    assert!(first.state().session().settings().tour_over);
    let start = Instant::now();
    let kept = folder.path().join("settings.json");
    while !std::fs::read_to_string(&kept).is_ok_and(|kept| kept.contains("\"tour_over\": true")) {
        first.step();
        assert!(start.elapsed() < Duration::from_secs(60), "never kept");
        std::thread::sleep(Duration::from_millis(2));
    }
    drop(first);
    assert!(!touring(&started_in(folder.path())));
}

#[test]
fn escape_leaves_the_tour_and_the_help_menu_has_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = started_in(folder.path());
    assert!(touring(&harness));
    press(&mut harness, Key::ArrowRight);
    harness.get_by_label("Step 2 of 8");
    press(&mut harness, Key::ArrowLeft);
    harness.get_by_label("Step 1 of 8");
    press(&mut harness, Key::Escape);
    assert!(!touring(&harness));
    assert!(harness.state().session().settings().tour_over);
    start_again(&mut harness);
    harness.get_by_label("Step 1 of 8");
}

#[test]
fn the_tour_covers_none_of_the_controls_it_points_at() {
    let (_folder, mut harness) = analyzed(96);
    start_again(&mut harness);
    for (step, control) in [
        (1, "Open…"),
        (2, "Centre"),
        (3, "Analyse again"),
        (4, "Threshold"),
        (5, "Side by side"),
        (6, "Length tool"),
        (7, "File"),
        (8, "Help"),
    ] {
        let title = harness.get_by_label(&format!("Step {step} of 8")).rect();
        let control_rect = harness
            .query_all_by_label(control)
            .map(|control| control.rect())
            .next()
            .unwrap();
        assert!(!title.expand(8.0).intersects(control_rect), "{control}");
        // What must come first is said only where it has not come.
        assert!(
            harness
                .query_by_label_contains("It appears as soon")
                .is_none()
        );
        press(&mut harness, Key::ArrowRight);
    }
    assert!(!touring(&harness));
}

#[test]
fn nobody_is_shown_around_unasked_who_opens_films() {
    assert!(!touring(&window(Vec::new())));
}
