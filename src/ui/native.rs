//! The window of the system that content is shown in.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{Interrupted, Lifeline, Window, tour};
use crate::compute::{DeviceKind, Gpu};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::inference::Models;
use crate::session::Language;

/// What the window is opened with.
pub struct Opening {
    /// Where models come from.
    pub models: Arc<dyn Models>,
    /// Where they compute.
    pub device: DeviceKind,
    /// Films and folders.
    pub paths: Vec<PathBuf>,
    /// What a window left that was lost with its GPU, where this one is in its place.
    pub in_place_of: Option<Interrupted>,
    /// What becomes of the window when its GPU is lost.
    pub lifeline: Arc<Lifeline>,
}

/// Opens the window and returns when it is closed, or when its GPU was lost and the lifeline has seen
/// to it.
///
/// # Errors
/// When no window can be opened, or nothing can draw into it.
pub fn run(opening: Opening) -> Result<()> {
    let started = Instant::now();
    let lifeline = opening.lifeline.clone();
    let open = move || run_app(move |creation| content(creation, opening, started));
    // What draws panics when the GPU is lost while a frame is made.
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(ended) => ended,
        Err(_) if lifeline.caught() => Ok(()),
        Err(panic) => resume_unwind(panic),
    }
}

fn content(
    creation: &eframe::CreationContext<'_>,
    opening: Opening,
    started: Instant,
) -> Box<dyn eframe::App> {
    let alone = tour::fits(&opening.paths);
    let window = Window::new(creation, opening.models, opening.device, opening.paths);
    let window = window.speaking(Language::of_system()).started(started);
    let window = window.reopening(opening.lifeline);
    let window = match opening.in_place_of {
        Some(interrupted) => window.in_place_of(interrupted),
        None => window,
    };
    Box::new(match files::data_folder() {
        Some(folder) if alone => window.keeping_in(folder).touring(),
        Some(folder) => window.keeping_in(folder),
        None => window,
    })
}

/// Opens a window of the program's size and drivers with some content, and returns when it is
/// closed.
///
/// # Errors
/// When no window can be opened, or nothing can draw into it.
pub(super) fn run_app(
    content: impl FnOnce(&eframe::CreationContext<'_>) -> Box<dyn eframe::App>,
) -> Result<()> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Silhouette")
            .with_app_id("silhouette")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([800.0, 500.0])
            .with_drag_and_drop(true),
        wgpu_options: egui_wgpu::WgpuConfiguration {
            wgpu_setup: wgpu_setup(),
            ..Default::default()
        },
        // Greys and the colours of legends are shown as they are.
        dithering: false,
        ..Default::default()
    };
    eframe::run_native(
        "Silhouette",
        options,
        Box::new(move |creation| Ok(content(creation))),
    )
    .map_err(|cause| {
        Error::new(
            ErrorKind::Device,
            format!("no window could be opened: {cause}"),
            "Install a Vulkan or OpenGL driver (Debian: mesa-vulkan-drivers), or use \
             `silhouette analyze` and `silhouette render`, which need no window.",
        )
    })
}

/// Asks for all that the adapter has: wgpu's own default stops at textures of 8192 pixels a side,
/// and networks want its features.
pub(super) fn wgpu_setup() -> egui_wgpu::WgpuSetup {
    let mut setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(Gpu::wanted);
    setup.instance_descriptor.flags = Gpu::instance_flags();
    setup.into()
}
