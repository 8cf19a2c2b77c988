//! The window on no display at all, with stub models.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use silhouette::compute::DeviceKind;
use silhouette::session::Session;
use silhouette::ui::Window;

use crate::stub::Stubs;

/// Opens a window on files.
pub(crate) fn window(paths: Vec<PathBuf>) -> Harness<'static, Window> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .with_os(egui::os::OperatingSystem::Nix)
        .with_step_dt(1.0 / 60.0)
        .wgpu()
        .build_eframe(move |creation| {
            Window::new(creation, Arc::new(Stubs), DeviceKind::Cpu, paths)
        });
    harness.run_steps(2);
    harness
}

/// Steps until something holds, as the window would when its tasks wake it.
pub(crate) fn step_until(harness: &mut Harness<'static, Window>, holds: impl Fn(&Session) -> bool) {
    let start = Instant::now();
    while !holds(harness.state().session()) {
        harness.step();
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it never came to hold"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
}

/// Presses a key and steps until what it did is drawn.
pub(crate) fn press(harness: &mut Harness<'static, Window>, key: Key) {
    press_with(harness, Modifiers::NONE, key);
}

/// Presses a key with others held.
pub(crate) fn press_with(harness: &mut Harness<'static, Window>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(4);
}
