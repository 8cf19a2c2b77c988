//! The one error type: what was tried, what was found, and what the reader can do about it.
//!
//! Errors carry no patient data and no file name; whoever knows the path adds it when showing one.

use serde::Serialize;

/// The result of anything that can fail for a reason the user should read.
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of failure, stable across versions: scripts match on its name in `--json` output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The path does not exist or cannot be read.
    Unreadable,
    /// The bytes are no picture this program knows.
    NotAnImage,
    /// The file ends early or contradicts itself.
    Damaged,
    /// A valid file of a kind that is not supported, named in the message.
    Unsupported,
    /// The picture exceeds what can be held or processed.
    TooLarge,
    /// A weights file is missing.
    MissingWeights,
    /// A weights file does not match its recorded hash, or cannot be parsed.
    CorruptWeights,
    /// The weights belong to another network.
    WrongModel,
    /// The requested device is not available, or failed.
    Device,
    /// The work was cancelled by the user.
    Cancelled,
    /// A command or option cannot be used as given.
    Usage,
    /// A file could not be written.
    Unwritable,
    /// A fault of this program, such as a panic in a worker.
    Internal,
}

/// A failure with its story: `message` says what was tried and found, `advice` what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}. {advice}")]
pub struct Error {
    /// What went wrong, by name.
    pub kind: ErrorKind,
    /// What was tried and what was found, without a final full stop.
    pub message: String,
    /// What the reader can do next, as a full sentence.
    pub advice: String,
}

impl Error {
    /// Makes an error from its kind, its message and its advice.
    pub fn new(kind: ErrorKind, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            advice: advice.into(),
        }
    }

    /// Makes the error that cancelled work ends with.
    pub fn cancelled() -> Self {
        Self::new(
            ErrorKind::Cancelled,
            "the work was cancelled",
            "Start it again when needed.",
        )
    }

    /// Makes an error for a fault of this program, never of its input.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(
            ErrorKind::Internal,
            message,
            "This is a fault of the program; please report it with the steps that led here.",
        )
    }

    /// Makes an error for a file that could not be written, from the operating system's reason.
    pub fn unwritable(what: &str, cause: &std::io::Error) -> Self {
        Self::new(
            ErrorKind::Unwritable,
            format!("cannot write {what}: {cause}"),
            "Choose a folder you may write to, with space left.",
        )
    }

    /// Reports whether the work ended because the user cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.kind == ErrorKind::Cancelled
    }
}
