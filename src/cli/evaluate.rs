//! `silhouette evaluate`.

use std::path::Path;

use super::report::Done;
use crate::error::{Error, Result};

/// The options of `silhouette evaluate`.
#[derive(clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    let _ = args;
    let _ = weights;
    Err(Error::internal("this command is not built yet"))
}
