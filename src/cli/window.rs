//! `silhouette [PATH…]`: opens the window.

use std::path::PathBuf;
use std::sync::Arc;

use super::report::Done;
use crate::compute::DeviceKind;
use crate::error::{Error, ErrorKind, Result};
use crate::inference::Registry;
use crate::session::demonstration_study;
use crate::training::WeightsFolders;
use crate::ui;

/// Opens the window on films and folders, or on the bundled study when none is named.
pub(super) fn run(paths: &[PathBuf], device: DeviceKind, weights: &WeightsFolders) -> Result<Done> {
    env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("warn,silhouette=info"),
    )
    .try_init()
    .ok();
    ask_for_display()?;
    let study = demonstration_study();
    let paths = match paths {
        [] if study.is_dir() => vec![study],
        named => named.to_vec(),
    };
    let models = Registry {
        weights: weights.to_owned(),
    };
    ui::run(Arc::new(models), device, paths)?;
    Ok(Done::All)
}

/// Refuses where no window could be shown.
pub(super) fn ask_for_display() -> Result<()> {
    if has_display() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Device,
        "there is no display to open a window on",
        "Use `silhouette analyze` and `silhouette render`, which need none, or set DISPLAY.",
    ))
}

/// Whether a window could be shown. Only X11 and Wayland can be missing.
fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
