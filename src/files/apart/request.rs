//! What a decoder is asked to do.

use std::path::{Path, PathBuf};

use super::wire::{Received, Wire, fields};

/// The longest request in bytes: a path and a great many points.
pub(super) const LONGEST_REQUEST: usize = 1 << 20;

/// Writes a path as the system does, where its writing is bytes; elsewhere `None` for the rare path
/// that is no text.
pub(super) fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Some(path.as_os_str().as_bytes().to_vec())
    }
    #[cfg(not(unix))]
    path.to_str().map(|text| text.as_bytes().to_vec())
}

/// Reads what [`path_bytes`] wrote.
pub(super) fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(std::ffi::OsString::from_vec(bytes).into())
    }
    #[cfg(not(unix))]
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// What a decoder is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    /// The file's path, absolute, as [`path_bytes`] writes it.
    pub(super) path: Vec<u8>,
    pub(super) processor_seconds: u64,
    /// The points to inspect; `None` asks for the film.
    pub(super) inspect: Option<Vec<(usize, usize)>>,
    /// Whether a film's preview is wanted before the film.
    pub(super) preview: bool,
    /// Whether what is about films is wanted as such and not as a picture.
    pub(super) content: bool,
}

fields!(Request {
    path,
    processor_seconds,
    inspect,
    preview,
    content,
});
