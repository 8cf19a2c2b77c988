//! Which films are copied, and into which folders.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::files::deidentification::Pseudonyms;

/// A film to copy.
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Where its copy goes.
    pub(super) folder: PathBuf,
    /// What stands for it in the record.
    pub(super) source: String,
}

/// Refuses to write where the sources lie: the next run would copy the copies.
pub(super) fn apart(paths: &[PathBuf], out: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    let existing = out.ancestors().find_map(|folder| {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        real(folder)
    });
    let Some(place) = existing else {
        return Ok(());
    };
    for path in paths.iter().filter(|path| path.is_dir()) {
        let inside = real(path).is_some_and(|path| place.starts_with(path));
        if inside {
            return Err(Error::new(
                ErrorKind::Usage,
                "the copies would be written among the films that they are made of",
                "Name a folder with --out that lies outside the folders to copy.",
            ));
        }
    }
    Ok(())
}

/// Lists the films with the folders of their copies: those of the source, under other names. Of
/// several folders each has its own.
pub(super) fn inputs(paths: &[PathBuf], out: &Path, pseudonyms: &Pseudonyms) -> Vec<Input> {
    let several = paths.len() > 1;
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for root in paths {
        for path in files::gather(std::slice::from_ref(root)) {
            if !seen.insert(path.clone()) {
                continue;
            }
            let within = path.strip_prefix(root).unwrap_or(Path::new(""));
            let mut folder = out.to_owned();
            if several && root.is_dir() {
                folder.push(pseudonyms.folder(root.as_os_str()));
            }
            for name in within.parent().unwrap_or(Path::new("")) {
                folder.push(pseudonyms.folder(name));
            }
            let source = pseudonyms.source(path.as_os_str(), &version(&path));
            inputs.push(Input {
                path,
                folder,
                source,
            });
        }
    }
    inputs
}

/// What changes when a file does.
fn version(path: &Path) -> String {
    let facts = path.metadata().ok();
    let bytes = facts.as_ref().map_or(0, std::fs::Metadata::len);
    let written = facts.and_then(|facts| facts.modified().ok());
    let since = written.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!("{bytes} {}", since.map_or(0, |since| since.as_nanos()))
}
