//! Whether a folder still holds the films that a pack was made of.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::index::{PackedFile, Set};
use super::unfit;
use crate::error::{Error, ErrorKind, Result};
use crate::training::Watch;

/// Files that differ between a folder and a set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    files: usize,
    new: usize,
    gone: usize,
    other: usize,
}

impl Changes {
    /// Compares the files of a folder, as they are listed now, with a set's.
    ///
    /// # Errors
    /// When cancelled.
    pub(super) fn between(
        set: &Set,
        folder: &Path,
        listed: &[PathBuf],
        watch: &Watch<'_>,
    ) -> Result<Self> {
        let films = set.films.iter().map(|film| &film.file);
        let left_out = set.left_out.iter().map(|left_out| &left_out.file);
        let packed: HashMap<&str, &PackedFile> = films
            .chain(left_out)
            .map(|file| (file.name.as_str(), file))
            .collect();
        let mut seen = HashSet::new();
        let mut changes = Self {
            files: packed.len(),
            ..Self::default()
        };
        for (index, path) in listed.iter().enumerate() {
            let share = index as f32 / listed.len() as f32;
            watch
                .progress
                .enter("comparing films with the pack", share)?;
            let name = name_in(folder, path);
            match packed.get(name.as_str()) {
                None => changes.new += 1,
                Some(file) if !same(file, path) => changes.other += 1,
                Some(_) => {}
            }
            seen.insert(name);
        }
        let gone = packed.keys().filter(|name| !seen.contains(**name));
        changes.gone = gone.count();
        Ok(changes)
    }

    /// Refuses a pack of other films.
    ///
    /// # Errors
    /// When anything differs, saying how much.
    pub(super) fn refused(&self) -> Result<()> {
        let Self {
            files,
            new,
            gone,
            other,
        } = self;
        if new + gone + other == 0 {
            return Ok(());
        }
        Err(unfit(
            ErrorKind::Usage,
            format!(
                "a folder has changed since the pack was made of its {files} files: {new} new, {gone} gone, {other} with other contents"
            ),
        ))
    }
}

/// A file's path in a folder, with `/` between folders; empty where it is the folder.
pub(super) fn name_in(folder: &Path, path: &Path) -> String {
    let within = path.strip_prefix(folder).unwrap_or(path);
    let parts = within.components();
    let parts: Vec<_> = parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// Where a file of this name is.
pub(super) fn place(folder: &Path, name: &str) -> PathBuf {
    match name.is_empty() {
        true => folder.to_owned(),
        false => folder.join(name),
    }
}

/// Describes a file as it is now.
///
/// # Errors
/// When it cannot be read.
pub(super) fn described(folder: &Path, path: &Path) -> Result<PackedFile> {
    let unreadable = |cause: std::io::Error| {
        Error::new(
            ErrorKind::Unreadable,
            format!("a film cannot be packed: {cause}"),
            "Start again when the films are at hand and keep still.",
        )
    };
    let (bytes, modified_ns) = facts(path).map_err(unreadable)?;
    Ok(PackedFile {
        name: name_in(folder, path),
        bytes,
        modified_ns,
        sha256: hashed(path).map_err(unreadable)?,
    })
}

fn same(packed: &PackedFile, path: &Path) -> bool {
    match facts(path) {
        Ok((bytes, _)) if bytes != packed.bytes => false,
        Ok((_, modified)) if modified.is_some() && modified == packed.modified_ns => true,
        Ok(_) => hashed(path).is_ok_and(|hash| hash == packed.sha256),
        // A file that could not be read then and cannot now is left out both times.
        Err(_) => packed.sha256.is_empty(),
    }
}

fn facts(path: &Path) -> std::io::Result<(u64, Option<u64>)> {
    let facts = path.metadata()?;
    let modified = facts.modified().ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    Ok((facts.len(), nanos))
}

fn hashed(path: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    std::io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(format!("{:x}", hash.finalize()))
}
