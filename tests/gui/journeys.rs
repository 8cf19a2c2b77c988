//! The journeys that the window is made for, step by step as their users go them: a radiologist
//! reads a film by keyboard alone, a clinician takes a marked picture away.

use std::path::PathBuf;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use image::RgbaImage;
use silhouette::anomaly::Region;
use silhouette::display::{RESEARCH_USE, SYNTHETIC_MARK};
use silhouette::session::{FilmState, Reading, Session};
use silhouette::ui::Window;
use tempfile::TempDir;

use super::film_open;
use super::harness::{press, press_with, step_until, window};
use super::layout::with_priors;
use super::phantoms::{Phantom, save};

fn ctrl(harness: &mut Harness<'static, Window>, key: Key) {
    press_with(harness, Modifiers::COMMAND, key);
}

fn reading<'a>(harness: &'a Harness<'static, Window>) -> &'a Reading {
    harness.state().session().reading().unwrap()
}

fn regions(harness: &Harness<'static, Window>) -> Vec<Region> {
    reading(harness).regions().to_vec()
}

/// Returns what is drawn in the viewport of the current film.
fn drawn(harness: &mut Harness<'static, Window>) -> RgbaImage {
    let at: Rect = harness
        .get_by_label_contains("Original viewport, b new.dcm")
        .rect();
    let picture = harness.render().unwrap();
    let (left, top) = (at.left() as u32, at.top() as u32);
    image::imageops::crop_imm(&picture, left, top, at.width() as u32, at.height() as u32).to_image()
}

/// Journey 1 of the field's radiologist: no pointer is used.
#[test]
fn a_film_is_read_by_keyboard_alone_and_models_wait_for_the_reader() {
    let (_folder, mut harness) = with_priors();
    assert_eq!(harness.state().session().selected(), Some(1));
    // Presets, as numbers.
    let greys = |harness: &Harness<'static, Window>| {
        let open = reading(harness).open_film().unwrap();
        open.presentation.named_voi().voi.numbers()
    };
    let by_file = greys(&harness);
    press(&mut harness, Key::Num2);
    assert_ne!(greys(&harness), by_file);
    press(&mut harness, Key::Num1);
    assert_eq!(greys(&harness), by_file);

    // Read first: whatever a model finds meanwhile, not a pixel of the film changes.
    harness.get_by_label("Read first").focus();
    harness.run_steps(2);
    press(&mut harness, Key::Space);
    press(&mut harness, Key::Escape);
    let untouched = drawn(&mut harness);
    press(&mut harness, Key::A);
    step_until(&mut harness, |session| {
        session.reading().is_some_and(Reading::analyzed)
    });
    for key in [Key::O, Key::X, Key::Period] {
        press(&mut harness, key);
    }
    assert!(drawn(&mut harness) == untouched, "a model shows through");
    for hidden in ["Score", SYNTHETIC_MARK, "Threshold", "Show results"] {
        assert!(harness.query_by_label(hidden).is_none(), "{hidden}");
    }

    // The reader commits; only then the results come.
    press(&mut harness, Key::F6);
    assert!(harness.state().session().cut().is_some());
    press(&mut harness, Key::D);

    // Peeks leave the film as it was.
    let before = drawn(&mut harness);
    for key in [Key::N, Key::O] {
        harness.key_down(key);
        harness.run_steps(40);
        assert!(drawn(&mut harness) != before, "{key:?} shows nothing");
        harness.key_up(key);
        harness.run_steps(3);
        assert!(drawn(&mut harness) == before, "{key:?} leaves something");
    }

    sweep(&mut harness);

    // The first region is judged, and the judgement taken back.
    press(&mut harness, Key::Period);
    press(&mut harness, Key::Y);
    assert_eq!(reading(&harness).marks().list().len(), 1);
    press(&mut harness, Key::U);
    assert_eq!(reading(&harness).marks().list().len(), 0);

    // Four viewports: film, what the model says, and the prior, all marked as what they are.
    ctrl(&mut harness, Key::Num4);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::H);
    harness.run_steps(3);
    harness.get_by_label_contains("PRIOR 2019-03-02");
    harness.get_by_label_contains("Counterpart viewport");
    harness.get_by_label(RESEARCH_USE);
    ctrl(&mut harness, Key::D);

    // On to the next film.
    press(&mut harness, Key::PageDown);
    assert_eq!(harness.state().session().selected(), Some(2));
}

/// Moves the threshold up over all of its range and back: less and less is left standing, whatever
/// stands keeps its number, and the default comes back exactly.
fn sweep(harness: &mut Harness<'static, Window>) {
    let area = |regions: &[Region]| regions.iter().map(|region| region.area_px).sum::<f32>();
    let at_default = regions(harness);
    let mut below = at_default.clone();
    let mut steps = 0;
    while !below.is_empty() {
        press(harness, Key::CloseBracket);
        let above = regions(harness);
        assert!(area(&above) <= area(&below));
        for region in &above {
            let known = below.iter().find(|known| known.id == region.id);
            if let Some(known) = known {
                assert_eq!(known.peak, region.peak, "{} is another region", region.id);
            }
        }
        below = above;
        steps += 1;
        assert!(steps < 200, "regions never go");
    }
    assert!(steps > 10);
    press(harness, Key::Backslash);
    assert_eq!(regions(harness), at_default);
}

const NAME: &str = "Quincey^Morris";

/// A film of a patient with a spacing at the detector.
fn named_film(folder: &TempDir) -> PathBuf {
    let (columns, rows) = (400, 500);
    let samples: Vec<u16> = (0..columns * rows)
        .map(|index| (index % columns * 8 + index / columns) as u16)
        .collect();
    let phantom = Phantom::row(&samples)
        .number(tags::ROWS, rows as u16)
        .number(tags::COLUMNS, columns as u16)
        .text(tags::PATIENT_NAME, VR::PN, NAME)
        .text(tags::PATIENT_ID, VR::LO, "QM-1897")
        .text(tags::PATIENT_BIRTH_DATE, VR::DA, "18690508")
        .text(tags::ACCESSION_NUMBER, VR::SH, "ACC0042")
        .text(tags::STUDY_INSTANCE_UID, VR::UI, "1.2.3.9")
        .text(tags::IMAGER_PIXEL_SPACING, VR::DS, "0.2\\0.2");
    save(
        folder.path(),
        "Morris_Quincey.dcm",
        &phantom.bytes_as("1.2.840.10008.1.2.1"),
    )
}

fn drag(harness: &mut Harness<'static, Window>, from: egui::Vec2, to: egui::Vec2) {
    let center = harness
        .get_by_label_contains("Original viewport")
        .rect()
        .center();
    harness.hover_at(center + from);
    harness.step();
    harness.drag_at(center + from);
    harness.step();
    harness.hover_at(center + to);
    harness.step();
    harness.drop_at(center + to);
    harness.run_steps(3);
}

fn previewed(session: &Session) -> bool {
    matches!(session.export_preview(), Some(Ok(_)))
}

/// Journey 3, the clinician's: five clicks at most, and what was previewed is what is written.
#[test]
fn a_marked_picture_is_two_clicks_away_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = named_film(&folder);
    let mut harness = window(vec![path.clone()]);
    step_until(&mut harness, film_open);
    let mut clicks = 0;
    let mut click = |harness: &mut Harness<'static, Window>, label: &str| {
        harness.get_by_label(label).click();
        harness.run_steps(3);
        clicks += 1;
    };
    harness.key_press_modifiers(Modifiers::SHIFT, Key::X);
    harness.run_steps(2);
    drag(
        &mut harness,
        egui::vec2(-40.0, 60.0),
        egui::vec2(30.0, -20.0),
    );
    harness.key_press_modifiers(Modifiers::SHIFT, Key::D);
    harness.run_steps(2);
    drag(&mut harness, egui::vec2(-60.0, 0.0), egui::vec2(60.0, 0.0));
    assert_eq!(reading(&harness).marks().list().len(), 2);
    click(&mut harness, "Analyse");
    step_until(&mut harness, |session| session.cut().is_some());
    press(&mut harness, Key::O);
    ctrl(&mut harness, Key::E);
    step_until(&mut harness, previewed);
    harness.get_by_label_contains("Preview of the picture, ");
    let Some(Ok(preview)) = harness.state().session().export_preview() else {
        panic!("no preview");
    };
    let seen = preview.picture.clone();
    click(&mut harness, "Save");
    step_until(&mut harness, |session| !session.notices().is_empty());
    assert!(clicks <= 5);

    let written: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|written| *written != path)
        .collect();
    assert_eq!(written.len(), 2, "{written:?}");
    for file in &written {
        let name = file.file_name().unwrap().to_string_lossy().to_lowercase();
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for planted in ["quincey", "morris", "qm-1897", "18690508", "acc0042"] {
            assert!(
                !name.contains(planted) && !text.contains(planted),
                "{file:?}"
            );
        }
    }
    let ending = |wanted: &str| {
        let with = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == wanted);
        written.iter().find(with).unwrap()
    };
    let picture = image::open(ending("png")).unwrap().to_rgba8();
    assert_eq!(
        (picture.width() as usize, picture.height() as usize),
        (seen.width, seen.height)
    );
    assert!(
        picture.into_raw() == seen.rgba,
        "another picture than the preview"
    );
    let facts = std::fs::read_to_string(ending("json")).unwrap();
    for printed in [
        "mm (at detector)",
        "stub",
        RESEARCH_USE,
        "Threshold 1.5",
        "SYNTHETIC",
    ] {
        assert!(facts.contains(printed), "{printed} is missing: {facts}");
    }
}

#[test]
fn a_preview_follows_what_is_chosen_and_a_rectangle_blacks_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(vec![named_film(&folder)]);
    step_until(&mut harness, film_open);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::R);
    harness.run_steps(2);
    drag(
        &mut harness,
        egui::vec2(-60.0, -60.0),
        egui::vec2(60.0, 60.0),
    );
    ctrl(&mut harness, Key::E);
    harness.run_steps(2);
    let save = |harness: &Harness<'static, Window>| harness.get_by_label("Save").rect();
    let place = save(&harness);
    step_until(&mut harness, previewed);
    let black = |harness: &Harness<'static, Window>| {
        let Some(Ok(preview)) = harness.state().session().export_preview() else {
            panic!("no preview");
        };
        let pixels = preview.picture.rgba.chunks_exact(4);
        (
            preview.picture.width,
            pixels.filter(|pixel| pixel[..3] == [0, 0, 0]).count(),
        )
    };
    let (width, open) = black(&harness);
    harness
        .get_by_label_contains("Black out “Rectangle")
        .click();
    harness.run_steps(3);
    step_until(&mut harness, |session| {
        matches!(session.export_preview(), Some(Ok(preview))
            if preview.picture.facts["blacked_out"].as_array().unwrap().len() == 1)
    });
    assert!(black(&harness).1 > open + 1000);
    // A slide is higher than this film.
    harness
        .get_by_role_and_label(Role::Button, "A slide")
        .click();
    harness.run_steps(3);
    step_until(
        &mut harness,
        |session| matches!(session.export_preview(), Some(Ok(preview)) if preview.picture.height == 1080),
    );
    harness
        .get_by_role_and_label(Role::Button, "The record")
        .click();
    harness.run_steps(3);
    step_until(
        &mut harness,
        |session| matches!(session.export_preview(), Some(Ok(preview)) if preview.picture.width == width),
    );
    // Whatever came and was chosen, the button stayed under the pointer.
    assert_eq!(save(&harness), place);
}

#[test]
fn a_film_that_cannot_be_opened_leaves_the_tool_bar_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.dcm");
    std::fs::write(&broken, b"no film").unwrap();
    let mut harness = window(vec![named_film(&folder), broken]);
    step_until(&mut harness, film_open);
    let place = |harness: &Harness<'static, Window>| {
        let list = harness.get_by_label("Read first").rect();
        (list, harness.get_by_label("Key image").rect())
    };
    let before = place(&harness);
    press(&mut harness, Key::PageDown);
    step_until(&mut harness, |session| {
        session
            .reading()
            .is_some_and(|reading| matches!(reading.state, FilmState::Failed(_)))
    });
    harness.run_steps(3);
    assert_eq!(place(&harness), before);
}
