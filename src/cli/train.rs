//! `silhouette train`.

use super::report::Done;
use crate::error::{Error, Result};

/// The options of `silhouette train`.
#[derive(clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let _ = args;
    Err(Error::internal("this command is not built yet"))
}
