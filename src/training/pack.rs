//! A pack: the films of a run, or of a whole campaign, prepared once and kept in one file, so that no
//! later start decodes them, finds their lungs and scales them again.
//!
//! # The file
//!
//! Numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SILHPACK` |
//! | 4 | the format's version, now 1 |
//! | … | the sets' films, one after the other: the square greys, then the numbers beside them, f32 |
//! | … | the index, JSON: the sets with their folders, preparations, files and SHA-256 |
//! | 8 + 8 | where the index begins, and its length |
//! | 32 | the SHA-256 of the index |
//!
//! A *set* is what one folder's films become by one preparation. Its key is the folder as it was
//! written in the command and the preparation's words, the segmenter's hash included. Squares are kept
//! bit for bit: a run may go on from a pack where it began from folders, and ends with the same bits.
//!
//! Where the folder is at hand its files are compared with the set's: by name, size and time, and by
//! SHA-256 where only the time is another. Where it is not, as on a borrowed machine, the pack stands
//! for it. A pack holds films and their files' names, and is to be kept like them.

mod change;
mod index;
mod maker;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Watch;
use super::films::{Prepared, Shelf};
use crate::error::{Error, ErrorKind, Result};
use change::{Changes, place};
pub(super) use index::Key;
use index::{Index, Set};
pub use maker::PackMaker;

const MAGIC: [u8; 8] = *b"SILHPACK";
const VERSION: u32 = 1;
/// Where the index is, and its hash.
const FOOTER: u64 = 8 + 8 + 32;
/// Magic and version.
const HEADER: u64 = 8 + 4;

/// Prepared films in a file.
#[derive(Debug)]
pub struct Pack {
    path: PathBuf,
    index: Index,
}

/// What a run does with a pack: takes its films from it, or adds them.
#[derive(Clone, Debug)]
pub enum Packing {
    /// A whole pack that films are taken from.
    Whole(Arc<Pack>),
    /// A pack that is being made.
    Making(Arc<Mutex<PackMaker>>),
}

impl Pack {
    /// Opens a pack and reads its index.
    ///
    /// # Errors
    /// When the file is no pack, of another version, cut short or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|cause| unreadable(&cause))?;
        let index = Index::read(&mut file)?;
        Ok(Self {
            path: path.to_owned(),
            index,
        })
    }

    /// Returns how many sets and how many films it holds.
    pub fn counts(&self) -> (usize, usize) {
        let sets = &self.index.sets;
        (sets.len(), sets.iter().map(|set| set.films.len()).sum())
    }

    fn shelf(
        &self,
        key: &Key,
        (folder, listed): (&Path, &dyn Fn() -> Vec<PathBuf>),
        watch: &Watch<'_>,
    ) -> Result<Shelf> {
        let set = self.index.find(key)?;
        if folder.exists() {
            Changes::between(set, folder, &listed(), watch)?.refused()?;
        }
        shelf_of(&self.path, set, folder, watch)
    }
}

impl Packing {
    /// Returns films that are held already; `None` while a pack is being made that has them not.
    /// `listed` names the folder's files as they are now.
    ///
    /// # Errors
    /// When a whole pack does not hold them, or does not fit the folder; when it is damaged.
    pub(super) fn held(
        &self,
        key: &Key,
        (folder, listed): (&Path, &dyn Fn() -> Vec<PathBuf>),
        watch: &Watch<'_>,
    ) -> Result<Option<Shelf>> {
        match self {
            Self::Whole(pack) => pack.shelf(key, (folder, listed), watch).map(Some),
            Self::Making(maker) => {
                let mut maker = maker.lock().unwrap_or_else(PoisonError::into_inner);
                maker.held(key, folder, watch)
            }
        }
    }

    /// Adds films to a pack that is being made.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add(
        &self,
        key: Key,
        folder: &Path,
        (shelf, watch): (&Shelf, &Watch<'_>),
    ) -> Result<()> {
        match self {
            Self::Whole(_) => Ok(()),
            Self::Making(maker) => {
                let mut maker = maker.lock().unwrap_or_else(PoisonError::into_inner);
                maker.add(key, folder, (shelf, watch))
            }
        }
    }
}

/// Reads a set's films from a file and checks them against its hash.
fn shelf_of(path: &Path, set: &Set, folder: &Path, watch: &Watch<'_>) -> Result<Shelf> {
    let mut file = BufReader::new(File::open(path).map_err(|cause| unreadable(&cause))?);
    file.seek(SeekFrom::Start(set.offset))
        .map_err(|cause| unreadable(&cause))?;
    let mut shelf = Shelf::default();
    let mut hash = Sha256::new();
    for (index, film) in set.films.iter().enumerate() {
        let share = index as f32 / set.films.len() as f32;
        watch.progress.enter("reading films", share)?;
        let mut bytes = vec![0; 4 * (set.square + film.beside)];
        file.read_exact(&mut bytes)
            .map_err(|cause| unreadable(&cause))?;
        hash.update(&bytes);
        let number = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
        let mut square: Vec<f32> = bytes.as_chunks().0.iter().map(number).collect();
        let beside = square.split_off(set.square);
        shelf.films.push(Prepared { square, beside });
        shelf.paths.push(place(folder, &film.file.name));
    }
    if format!("{:x}", hash.finalize()) != set.sha256 {
        return Err(unfit(
            ErrorKind::Damaged,
            "the films in the pack are damaged: their SHA-256 is not the one the pack recorded",
        ));
    }
    let left_out = set.left_out.iter().map(|left_out| {
        let error = Error::new(
            ErrorKind::Unreadable,
            format!("left out when the pack was made: {}", left_out.why),
            "Mend the file and have the pack made again.",
        );
        (place(folder, &left_out.file.name), error)
    });
    shelf.left_out = left_out.collect();
    Ok(shelf)
}

fn unreadable(cause: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unreadable,
        format!("the pack cannot be read: {cause}"),
        "Name a pack that `silhouette train --pack` has made.",
    )
}

/// A pack that cannot serve.
fn unfit(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(
        kind,
        message,
        "Delete the pack to have it made again from the films, or name another.",
    )
}

#[cfg(test)]
mod tests;
