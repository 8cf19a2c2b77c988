//! The window of the system that content is shown in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{Window, tour};
use crate::compute::{DeviceKind, Gpu};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::inference::Models;
use crate::session::Language;

/// Opens the window on films and folders and returns when it is closed.
///
/// # Errors
/// When no window can be opened, or nothing can draw into it.
pub fn run(models: Arc<dyn Models>, device: DeviceKind, paths: Vec<PathBuf>) -> Result<()> {
    let started = Instant::now();
    run_app(move |creation| {
        let alone = tour::fits(&paths);
        let window = Window::new(creation, models, device, paths);
        let window = window.speaking(Language::of_system()).started(started);
        Box::new(match files::data_folder() {
            Some(folder) if alone => window.keeping_in(folder).touring(),
            Some(folder) => window.keeping_in(folder),
            None => window,
        })
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
    egui_wgpu::WgpuSetupCreateNew {
        device_descriptor: Arc::new(Gpu::wanted),
        ..egui_wgpu::WgpuSetupCreateNew::without_display_handle()
    }
    .into()
}
