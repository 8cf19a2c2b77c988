//! `silhouette [PATH…]`: opens the window.

use std::path::{Path, PathBuf};

use super::report::Done;
use crate::error::{Error, Result};

/// Opens the window on films and folders.
pub(super) fn run(paths: &[PathBuf], weights: &Path) -> Result<Done> {
    let _ = (paths, weights);
    Err(Error::internal("the window is not built yet"))
}
