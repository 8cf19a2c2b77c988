//! `silhouette forward`.

use super::report::Done;
use crate::error::{Error, Result};

/// The options of `silhouette forward`.
#[derive(clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let _ = args;
    Err(Error::internal("this command is not built yet"))
}
