//! How every command reports: JSON Lines on stdout, words on stderr.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::error::Error;

/// How a command ended when it could start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Every input was done.
    All,
    /// Some inputs failed; each was reported.
    SomeFailed,
}

#[derive(Serialize)]
struct Failure<'a> {
    path: &'a Path,
    error: &'a Error,
}

/// Prints one result as a line of JSON.
pub(super) fn json_line(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        line(&text);
    }
}

/// Prints one line of result. A closed pipe ends the output quietly.
pub(super) fn line(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").ok();
}

/// Says something to the person at the terminal.
pub(super) fn say(text: &str) {
    writeln!(std::io::stderr().lock(), "{text}").ok();
}

/// Reports an input that failed, as JSON or as words.
pub(super) fn failure(path: &Path, error: &Error, json: bool) {
    if json {
        json_line(&Failure { path, error });
    } else {
        say(&format!("{error} ({})", path.display()));
    }
}
