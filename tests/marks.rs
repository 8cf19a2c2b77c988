//! Tools and marks through the window: mouse, keyboard, panel, and what of it outlives the window.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod harness;
mod phantoms;
mod stub;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dicom::core::VR;
use dicom::dictionary_std::tags;
use egui::{Key, Modifiers, Pos2, Rect, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use silhouette::compute::DeviceKind;
use silhouette::display::MARK_COLOR;
use silhouette::radiograph::{MeasuredMark, PixelPoint, QuantityKind, Shape, ShapeKind};
use silhouette::session::{Look, Marks, OpenFilm, Session, Tool};
use silhouette::ui::Window;
use tempfile::TempDir;

use harness::{press, step_until, window};
use phantoms::Phantom;
use stub::Stubs;

const COLUMNS: usize = 200;
const ROWS: usize = 160;

/// A film of 200 × 160 pixels in a study of a patient.
fn phantom(patient: &str, instance: &str) -> Phantom {
    let samples: Vec<u16> = (0..COLUMNS * ROWS)
        .map(|index| (1000 + 10 * (index % COLUMNS) + index / COLUMNS) as u16)
        .collect();
    Phantom::row(&samples)
        .number(tags::COLUMNS, COLUMNS as u16)
        .number(tags::ROWS, ROWS as u16)
        .text(tags::SOP_INSTANCE_UID, VR::UI, instance)
        .text(tags::PATIENT_ID, VR::LO, patient)
        .text(tags::PATIENT_NAME, VR::PN, patient)
        .text(tags::STUDY_DATE, VR::DA, "20260102")
}

fn with(phantom: &Phantom) -> (TempDir, Harness<'static, Window>) {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(vec![phantom.save(folder.path())]);
    step_until(&mut harness, |session| open(session).is_some());
    (folder, harness)
}

fn open(session: &Session) -> Option<&OpenFilm> {
    session.reading()?.open_film()
}

fn marks<'a>(harness: &'a Harness<'static, Window>) -> &'a Marks {
    harness.state().session().reading().unwrap().marks()
}

fn last<'a>(harness: &'a Harness<'static, Window>) -> &'a MeasuredMark {
    marks(harness).list().last().expect("a mark")
}

fn viewport(harness: &Harness<'static, Window>) -> Rect {
    harness.get_by_label_contains("Original viewport").rect()
}

/// Returns where a point of the fitted film lies on the screen.
fn on_screen(harness: &Harness<'static, Window>, (x, y): (f32, f32)) -> Pos2 {
    let rect = viewport(harness);
    let aspect = open(harness.state().session()).unwrap().pixel_aspect();
    let (columns, rows) = (COLUMNS as f32, ROWS as f32 * aspect);
    let zoom = (rect.width() / columns).min(rect.height() / rows);
    let off = vec2(x - columns / 2.0, y * aspect - rows / 2.0);
    rect.center() + zoom * off
}

fn drag(harness: &mut Harness<'static, Window>, from: (f32, f32), to: (f32, f32)) {
    let (from, to) = (on_screen(harness, from), on_screen(harness, to));
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from.lerp(to, 0.5));
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(2);
}

fn shift(harness: &mut Harness<'static, Window>, key: Key) {
    harness.key_press_modifiers(Modifiers::SHIFT, key);
    harness.run_steps(2);
}

fn wheel(harness: &mut Harness<'static, Window>, lines: f32, modifiers: Modifiers) {
    let at = viewport(harness).center();
    harness.hover_at(at);
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, lines),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers,
    });
    harness.run_steps(30);
}

fn type_and_enter(harness: &mut Harness<'static, Window>, label: &str, text: &str) {
    harness.run_steps(2);
    harness.get_by_label(label).type_text(text);
    harness.run_steps(2);
    press(harness, Key::Enter);
}

/// The truth is 120 columns, whatever a column is.
#[test]
fn lengths_are_true_in_every_unit() {
    let plain = phantom("a", "1.2.3.1");
    let detector = plain
        .clone()
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2");
    let magnified = detector.clone().text(
        tags::ESTIMATED_RADIOGRAPHIC_MAGNIFICATION_FACTOR,
        VR::DS,
        "1.25",
    );
    let oblong = plain
        .clone()
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.3\\0.2");
    for (phantom, unit, column) in [
        (&plain, "px", 1.0),
        (&detector, "mm (at detector)", 0.2),
        (&magnified, "mm (calibrated)", 0.16),
        (&oblong, "mm (at detector)", 0.2),
    ] {
        let (_folder, mut harness) = with(phantom);
        shift(&mut harness, Key::D);
        drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
        let length = last(&harness)
            .measurement
            .value(QuantityKind::Length)
            .unwrap();
        assert_eq!(length.unit, unit);
        let off_px = (length.value / column - 120.0).abs();
        assert!(
            off_px <= 1.0,
            "{} {unit} is off by {off_px} px",
            length.value
        );
        // Down the rows of the oblong film as well.
        let row = if std::ptr::eq(phantom, &oblong) {
            0.3
        } else {
            column
        };
        drag(&mut harness, (100.0, 20.0), (100.0, 140.0));
        let length = last(&harness)
            .measurement
            .value(QuantityKind::Length)
            .unwrap();
        assert!((length.value / row - 120.0).abs() <= 1.0, "{length:?}");
    }
}

#[test]
fn a_known_length_is_typed_and_everything_follows_it() {
    let film = phantom("a", "1.2.3.1").text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2");
    let (_folder, mut harness) = with(&film);
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
    harness.get_by_label("Known length… of Length 1").click();
    type_and_enter(&mut harness, "Known length in mm", "60");
    let length = &last(&harness).measurement;
    assert_eq!(length.text(), "60.0 mm (set by the reader)");
    drag(&mut harness, (100.0, 20.0), (100.0, 120.0));
    let length = last(&harness)
        .measurement
        .value(QuantityKind::Length)
        .unwrap();
    assert!((length.value - 50.0).abs() <= 0.5, "{length:?}");
    harness.get_by_label_contains("set by the reader; the file states 0.200 mm (at detector)");
    harness.get_by_label("Forget the known length").click();
    harness.run_steps(3);
    let text = marks(&harness).list()[0].measurement.text();
    assert!(text.ends_with("mm (at detector)"), "{text}");
    // What is no length is refused, and nothing changes.
    harness.get_by_label_contains("Mark Length 1").click();
    harness.run_steps(2);
    harness.get_by_label("Known length… of Length 1").click();
    type_and_enter(&mut harness, "Known length in mm", "a lot");
    harness.get_by_label_contains("makes no pixel spacing");
    assert_eq!(marks(&harness).list()[0].measurement.text(), text);
}

#[test]
fn every_tool_draws_by_keyboard_alone() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    harness.get_by_label_contains("Original viewport").focus();
    harness.run_steps(2);
    let tools = [
        (Key::D, "Length", 2),
        (Key::A, "Angle", 3),
        (Key::B, "Cobb angle", 4),
        (Key::R, "Rectangle", 2),
        (Key::E, "Ellipse", 2),
        (Key::X, "Arrow", 2),
        (Key::Q, "Pixel value", 1),
    ];
    let arrows = [
        Key::ArrowRight,
        Key::ArrowDown,
        Key::ArrowLeft,
        Key::ArrowUp,
    ];
    for (key, name, points) in tools {
        shift(&mut harness, key);
        for point in 0..points {
            for _ in 0..3 {
                press(&mut harness, arrows[point % 4]);
            }
            press(&mut harness, arrows[(point + 1) % 4]);
            press(&mut harness, Key::Enter);
        }
        let made = last(&harness).annotation.shape.kind().name();
        assert_eq!(made, name);
    }
    press(&mut harness, Key::H);
    for arrow in [
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::ArrowDown,
        Key::ArrowRight,
    ] {
        for _ in 0..3 {
            press(&mut harness, arrow);
        }
        press(&mut harness, Key::Enter);
    }
    let made = last(&harness).annotation.shape.kind().name();
    assert_eq!(made, "Cardiothoracic ratio");
    // Around a square and back to its first point.
    shift(&mut harness, Key::F);
    press(&mut harness, Key::Enter);
    for arrow in arrows {
        for _ in 0..4 {
            press(&mut harness, arrow);
        }
        press(&mut harness, Key::Enter);
    }
    let Shape::Freehand(line) = &last(&harness).annotation.shape else {
        panic!("{:?}", last(&harness))
    };
    assert_eq!(line.len(), 4);
    press(&mut harness, Key::B);
    press(&mut harness, Key::Enter);
    type_and_enter(&mut harness, "Words of the mark", "nodule?");
    assert_eq!(last(&harness).annotation.label, "nodule?");
    assert_eq!(marks(&harness).list().len(), 10);
    harness.get_by_label("Mark nodule?");
}

#[test]
fn marks_are_chosen_moved_named_deleted_and_brought_back_by_keyboard() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
    drag(&mut harness, (40.0, 100.0), (160.0, 100.0));
    press(&mut harness, Key::W);
    press(&mut harness, Key::J);
    let ends = |harness: &Harness<'static, Window>| match last_of_first(harness) {
        Shape::Length(ends) => ends,
        other => panic!("{other:?}"),
    };
    let before = ends(&harness);
    harness.get_by_label_contains("Original viewport").focus();
    harness.run_steps(2);
    press(&mut harness, Key::ArrowRight);
    shift(&mut harness, Key::ArrowDown);
    let moved = ends(&harness);
    assert_eq!(
        (moved[0].x, moved[0].y),
        (before[0].x + 1.0, before[0].y + 10.0)
    );
    shift(&mut harness, Key::N);
    press(&mut harness, Key::ArrowUp);
    let bent = ends(&harness);
    assert_eq!((bent[0].y, bent[1].y), (moved[0].y - 1.0, moved[1].y));
    press(&mut harness, Key::Enter);
    type_and_enter(&mut harness, "Name of the mark", "rib");
    assert_eq!(marks(&harness).list()[0].annotation.name(), "rib");
    press(&mut harness, Key::Delete);
    assert_eq!(marks(&harness).list().len(), 1);
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run_steps(2);
    }
    assert_eq!(marks(&harness).list()[0].annotation.name(), "Length 1");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    harness.run_steps(2);
    assert_eq!(marks(&harness).list()[0].annotation.name(), "rib");
    press(&mut harness, Key::K);
    assert!(marks(&harness).is_key_image());
    harness.get_by_label_contains("key image");
}

fn last_of_first(harness: &Harness<'static, Window>) -> Shape {
    marks(harness).list()[0].annotation.shape.clone()
}

#[test]
fn dragging_a_mark_moves_it_and_dragging_beside_it_changes_the_window() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
    press(&mut harness, Key::W);
    let window = |harness: &Harness<'static, Window>| {
        let open = open(harness.state().session()).unwrap();
        open.presentation.window()
    };
    let (shape, greys) = (last_of_first(&harness), window(&harness));
    drag(&mut harness, (100.0, 80.0), (110.0, 90.0));
    assert_eq!(window(&harness), greys);
    let Shape::Length([from, _]) = last_of_first(&harness) else {
        panic!("no length")
    };
    assert!(
        (from.x - 50.0).abs() < 1.0 && (from.y - 90.0).abs() < 1.0,
        "{from:?}"
    );
    assert!(marks(&harness).selected().is_some());
    drag(&mut harness, (100.0, 30.0), (120.0, 40.0));
    assert_ne!(window(&harness), greys);
    // A click beside every mark lets go of the selected one.
    drag(&mut harness, (30.0, 30.0), (30.0, 30.0));
    assert!(marks(&harness).selected().is_none());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(2);
    assert_eq!(last_of_first(&harness), shape);
}

#[test]
fn pan_and_zoom_tools_do_what_they_say() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    let look = |harness: &Harness<'static, Window>| {
        let open = open(harness.state().session()).unwrap();
        open.presentation.look
    };
    shift(&mut harness, Key::T);
    drag(&mut harness, (100.0, 80.0), (60.0, 80.0));
    let Look::Free {
        center_in_image,
        zoom,
    } = look(&harness)
    else {
        panic!("it did not move")
    };
    assert!(
        (center_in_image.x - 140.0).abs() < 1.0,
        "{center_in_image:?}"
    );
    press(&mut harness, Key::Z);
    assert_eq!(harness.state().session().tool(), Tool::Zoom);
    drag(&mut harness, (100.0, 80.0), (100.0, 50.0));
    assert!(matches!(look(&harness), Look::Free { zoom: now, .. } if now > zoom));
    // Escape brings the window tool back.
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().session().tool(), Tool::Window);
}

#[test]
fn the_wheel_shows_the_films_of_the_study_and_never_another_patient() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (number, patient) in ["a", "a", "b", "a"].iter().enumerate() {
        let below = folder.path().join(number.to_string());
        std::fs::create_dir(&below).unwrap();
        paths.push(phantom(patient, &format!("1.2.3.{number}")).save(&below));
    }
    let mut harness = window(paths);
    step_until(&mut harness, |session| {
        let readings = session.readings();
        readings.len() == 4 && readings.iter().all(|reading| reading.open_film().is_some())
    });
    let selected = |harness: &Harness<'static, Window>| harness.state().session().selected();
    let patient = |harness: &Harness<'static, Window>| {
        let session = harness.state().session();
        open(session).and_then(|open| open.film.identity.patient_id.clone())
    };
    assert_eq!(selected(&harness), Some(0));
    let mut seen = Vec::new();
    for lines in [-1.0, -1.0, -3.0, -1.0, 1.0, 1.0, 1.0, 1.0] {
        wheel(&mut harness, lines, Modifiers::NONE);
        assert_eq!(patient(&harness).as_deref(), Some("a"));
        seen.push(selected(&harness).unwrap());
    }
    assert_eq!(seen, [1, 3, 3, 3, 1, 0, 0, 0]);
    // With Ctrl it zooms, and stays on its film.
    wheel(&mut harness, 1.0, Modifiers::COMMAND);
    assert_eq!(selected(&harness), Some(0));
    // From the other patient it leads nowhere.
    harness.get_by_label_contains("Film 1 of 4");
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    assert_eq!(patient(&harness).as_deref(), Some("b"));
    for lines in [-1.0, 1.0] {
        wheel(&mut harness, lines, Modifiers::NONE);
        assert_eq!(patient(&harness).as_deref(), Some("b"));
    }
}

#[test]
fn the_wheel_zooms_where_the_user_wants_that() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    let look = |harness: &Harness<'static, Window>| {
        let open = open(harness.state().session()).unwrap();
        open.presentation.look
    };
    wheel(&mut harness, 1.0, Modifiers::NONE);
    assert_eq!(look(&harness), Look::Fit);
    harness
        .get_by_role_and_label(egui::accesskit::Role::Button, "Marks")
        .click();
    harness.run_steps(2);
    harness.get_by_label_contains("Mouse and marks…").click();
    harness.run_steps(3);
    harness.get_by_label("Zoom").click();
    harness.run_steps(2);
    press(&mut harness, Key::Escape);
    wheel(&mut harness, 1.0, Modifiers::NONE);
    assert_ne!(look(&harness), Look::Fit);
}

#[test]
fn marks_are_seen_in_every_viewport_of_the_film() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::E);
    drag(&mut harness, (60.0, 40.0), (140.0, 120.0));
    press(&mut harness, Key::W);
    press(&mut harness, Key::Escape);
    press(&mut harness, Key::A);
    step_until(&mut harness, |session| session.cut().is_some());
    let image = harness.render().unwrap();
    for name in [
        "Original viewport",
        "Counterpart viewport",
        "Residue viewport",
    ] {
        let rect = harness.get_by_label_contains(name).rect();
        let near = |pixel: &image::Rgba<u8>| {
            let channels = pixel.0.iter().zip(&MARK_COLOR);
            channels.clone().take(3).all(|(a, b)| a.abs_diff(*b) < 12)
        };
        let inside = image
            .enumerate_pixels()
            .filter(|(x, y, _)| rect.contains(pos2(*x as f32, *y as f32)))
            .filter(|(_, _, pixel)| near(pixel))
            .count();
        assert!(inside > 50, "{inside} pixels of marks in the {name}");
    }
}

#[test]
fn a_right_click_offers_what_can_be_done_with_a_mark() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
    press(&mut harness, Key::W);
    let at = on_screen(&harness, (80.0, 80.0));
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false] {
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run_steps(3);
    harness.get_by_label("Its length is known…").click();
    type_and_enter(&mut harness, "Known length in mm", "60,5");
    let text = marks(&harness).list()[0].measurement.text();
    assert_eq!(text, "60.5 mm (set by the reader)");
}

#[test]
fn the_picture_written_from_the_dialog_has_the_marks() {
    let film = phantom("Surname", "1.2.3.1").text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2");
    let (folder, mut harness) = with(&film);
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (160.0, 80.0));
    press(&mut harness, Key::B);
    drag(&mut harness, (100.0, 120.0), (100.0, 120.0));
    type_and_enter(&mut harness, "Words of the mark", "seen by Surname");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(3);
    harness.get_by_label("Save").click();
    step_until(&mut harness, |session| !session.notices().is_empty());
    let written = std::fs::read_dir(folder.path()).unwrap();
    let written: Vec<PathBuf> = written.map(|entry| entry.unwrap().path()).collect();
    let facts = written
        .iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "json"))
        .unwrap();
    let text = std::fs::read_to_string(facts).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let marks = &facts["marks"];
    assert_eq!(marks.as_array().unwrap().len(), 2);
    assert_eq!(
        marks[0]["measurement"]["quantities"][0]["unit"],
        "mm (at detector)"
    );
    let point: PixelPoint = serde_json::from_value(marks[0]["shape"]["length"][0].clone()).unwrap();
    assert!(
        (point.x - 40.0).abs() <= 0.5 && (point.y - 80.0).abs() <= 0.5,
        "{point:?}"
    );
    // With the identity left out nobody is named, not even by a label.
    assert!(!text.contains("Surname"), "{text}");
}

#[test]
fn marks_come_back_in_another_window() {
    let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = phantom("a", "1.2.3.1").save(folder.path());
    let keeping = |path: PathBuf| {
        let kept = kept.path().to_owned();
        let mut harness = Harness::builder()
            .with_size(vec2(1440.0, 900.0))
            .with_os(egui::os::OperatingSystem::Nix)
            .wgpu()
            .build_eframe(move |creation| {
                let stubs = Arc::new(Stubs);
                Window::new(creation, stubs, DeviceKind::Cpu, vec![path]).keeping_in(kept)
            });
        step_until(&mut harness, |session| open(session).is_some());
        harness
    };
    let mut first = keeping(path.clone());
    shift(&mut first, Key::D);
    drag(&mut first, (40.0, 80.0), (160.0, 80.0));
    let drawn = last_of_first(&first);
    let written = || {
        std::fs::read_dir(kept.path().join("marks")).is_ok_and(|mut files| {
            files.any(|file| {
                file.unwrap()
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == "json")
            })
        })
    };
    let start = Instant::now();
    while !written() {
        first.step();
        assert!(start.elapsed() < Duration::from_secs(5), "not within 5 s");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut second = keeping(path);
    step_until(&mut second, |session| {
        !session.reading().unwrap().marks().list().is_empty()
    });
    assert_eq!(last_of_first(&second), drawn);
}

#[test]
fn hidden_marks_are_said_to_be_hidden_and_drawing_shows_them() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::E);
    drag(&mut harness, (60.0, 40.0), (140.0, 120.0));
    press(&mut harness, Key::W);
    press(&mut harness, Key::Escape);
    let green = |harness: &mut Harness<'static, Window>| {
        let image = harness.render().unwrap();
        let near = |pixel: &&image::Rgba<u8>| {
            let channels = pixel.0.iter().zip(&MARK_COLOR).take(3);
            channels.clone().all(|(a, b)| a.abs_diff(*b) < 12)
        };
        image.pixels().filter(near).count()
    };
    assert!(green(&mut harness) > 50);
    shift(&mut harness, Key::G);
    harness.get_by_label_contains("MARKS HIDDEN");
    assert!(green(&mut harness) < 10);
    // What is not seen is not dragged by accident.
    let before = last_of_first(&harness);
    drag(&mut harness, (100.0, 40.0), (110.0, 60.0));
    assert_eq!(last_of_first(&harness), before);
    shift(&mut harness, Key::D);
    drag(&mut harness, (20.0, 20.0), (60.0, 20.0));
    assert!(harness.query_by_label_contains("MARKS HIDDEN").is_none());
}

#[test]
fn words_are_dragged_away_from_their_mark_and_put_back_from_the_menu() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    shift(&mut harness, Key::D);
    drag(&mut harness, (40.0, 80.0), (100.0, 80.0));
    press(&mut harness, Key::W);
    press(&mut harness, Key::Escape);
    // Beside the end that was drawn last, above and to its right.
    let words = on_screen(&harness, (100.0, 80.0)) + vec2(16.0, -15.0);
    let to = words + vec2(60.0, 90.0);
    harness.hover_at(words);
    harness.step();
    harness.drag_at(words);
    harness.step();
    harness.hover_at(words.lerp(to, 0.5));
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(2);
    let mark = last(&harness).annotation.clone();
    let apart = mark.words_apart.expect("words of their own place");
    assert!(apart.x > 0.0 && apart.y > 0.0, "{apart:?}");
    assert_eq!(mark.shape.kind(), ShapeKind::Length);
    harness.hover_at(to);
    harness.step();
    for pressed in [true, false] {
        harness.event(egui::Event::PointerButton {
            pos: to,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run_steps(3);
    harness.get_by_label("Put its words beside it").click();
    harness.run_steps(3);
    assert_eq!(last(&harness).annotation.words_apart, None);
}

#[test]
fn the_middle_button_does_what_the_user_wants() {
    let (_folder, mut harness) = with(&phantom("a", "1.2.3.1"));
    let middle_drag = |harness: &mut Harness<'static, Window>| {
        let from = viewport(harness).center();
        harness.hover_at(from);
        harness.step();
        for (pos, pressed) in [(from, true), (from + vec2(40.0, 30.0), false)] {
            harness.hover_at(pos);
            harness.step();
            harness.event(egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Middle,
                pressed,
                modifiers: Modifiers::NONE,
            });
            harness.run_steps(2);
        }
    };
    let state = |harness: &Harness<'static, Window>| {
        let presentation = &open(harness.state().session()).unwrap().presentation;
        (presentation.look, presentation.window())
    };
    let before = state(&harness);
    middle_drag(&mut harness);
    let moved = state(&harness);
    assert!(moved.0 != before.0 && moved.1 == before.1, "{moved:?}");
    harness.get_by_label("Marks").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Mouse and marks…").click();
    harness.run_steps(3);
    let choices: Vec<_> = harness.get_all_by_label("Changes the window").collect();
    choices.last().unwrap().click();
    harness.run_steps(3);
    assert_eq!(
        harness.state().session().settings().middle_drag,
        Tool::Window
    );
}
