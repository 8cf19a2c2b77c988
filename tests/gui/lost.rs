//! The GPU that draws the window is lost.

use std::sync::{Arc, Mutex, OnceLock};

use egui::Key;
use egui_kittest::Harness;
use silhouette::compute::DeviceKind;
use silhouette::ui::{Interrupted, Lifeline, Window};

use super::harness::{press, step_until};
use super::stub::Stubs;
use super::{film_open, grey_picture};

#[test]
fn a_window_whose_gpu_is_lost_saves_the_reading_and_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let films = [("a.png", 64), ("b.png", 80)];
    let paths = films.map(|(name, side)| grey_picture(&folder, name, side));
    let kept = folder.path().join("kept");
    let left: Arc<Mutex<Vec<Interrupted>>> = Arc::default();
    let heard = Arc::clone(&left);
    let lifeline = Arc::new(Lifeline::new(Some(kept.clone()), move |interrupted| {
        heard.lock().unwrap().push(interrupted);
    }));
    let drawing: Arc<OnceLock<wgpu::Device>> = Arc::default();
    let drawn_by = Arc::clone(&drawing);
    let opened = paths.to_vec();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .wgpu()
        .build_eframe(move |creation| {
            let state = creation.wgpu_render_state.as_ref().unwrap();
            drawn_by.set(state.device.clone()).unwrap();
            Window::new(creation, Arc::new(Stubs), DeviceKind::Cpu, opened).reopening(lifeline)
        });
    step_until(&mut harness, film_open);
    press(&mut harness, Key::A);
    step_until(&mut harness, |session| session.cut().is_some());
    assert!(left.lock().unwrap().is_empty());

    let device = drawing.get().unwrap();
    device.destroy();
    // As a driver's answer would, this has wgpu tell of it.
    device.poll(wgpu::PollType::Poll).unwrap();
    harness.step();
    harness.step();
    let left = left.lock().unwrap();
    let [left] = left.as_slice() else {
        panic!("not once: {left:?}");
    };
    assert!(!left.story.is_empty());
    let saved = kept.join("interrupted.silh");
    assert_eq!(left.files, paths);
    assert_eq!(left.saved.as_ref(), Some(&saved));
    assert!(saved.is_file());

    // In its place: the films, and the reading with its results.
    let left = left.clone();
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .wgpu()
        .build_eframe(move |creation| {
            let files = left.files.clone();
            Window::new(creation, Arc::new(Stubs), DeviceKind::Cpu, files).in_place_of(left)
        });
    step_until(&mut harness, |session| session.cut().is_some());
    let session = harness.state().session();
    assert!(!saved.exists(), "what is given back is kept no longer");
    assert_eq!(session.readings().len(), 2);
    let told = session.notices().iter().map(|notice| &notice.message);
    assert!(
        told.clone().any(|words| words.contains("was lost")),
        "{:?}",
        told.collect::<Vec<_>>()
    );
}
