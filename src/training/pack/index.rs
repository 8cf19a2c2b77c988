//! What a pack says it holds.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{FOOTER, HEADER, MAGIC, VERSION, unfit, unreadable};
use crate::error::{Error, ErrorKind, Result};

/// How films are opened, scaled and framed in general, counted up whenever that changes what a network
/// sees of them: packs of before are refused then. The tests of this module and of the frame hold what
/// is prepared now.
pub(super) const PREPARATION: u32 = 1;

/// What tells one set from every other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::training) struct Key {
    /// The folder, as it was written in the command.
    folder: String,
    /// How its films were prepared.
    preparation: String,
    /// The most films that were asked for, where not all were.
    most: Option<usize>,
}

impl Key {
    pub(in crate::training) fn new(folder: &Path, words: &str, most: Option<usize>) -> Self {
        Self {
            folder: folder.to_string_lossy().into_owned(),
            preparation: format!("preparation {PREPARATION}, {words}"),
            most,
        }
    }
}

/// A file as it was when it was packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackedFile {
    /// Its path in the folder, with `/` between folders.
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Nanoseconds since 1970 at its last change, where the system tells.
    pub(super) modified_ns: Option<u64>,
    pub(super) sha256: String,
}

/// A film of a set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PackedFilm {
    pub(super) file: PackedFile,
    /// How many numbers are kept beside its square.
    pub(super) beside: usize,
}

/// A file that could not be read as a film.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LeftOut {
    pub(super) file: PackedFile,
    pub(super) why: String,
}

/// The films of one folder by one preparation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Set {
    pub(super) key: Key,
    /// The greys of a film's square.
    pub(super) square: usize,
    /// Where its films begin in the file, and how many bytes they take.
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// Of these bytes.
    pub(super) sha256: String,
    pub(super) films: Vec<PackedFilm>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Set {
    /// The bytes that its films take by their sizes; `None` where no file could hold so many.
    fn expected_bytes(&self) -> Option<u64> {
        self.films.iter().try_fold(0_u64, |sum, film| {
            let numbers = self.square.checked_add(film.beside)?;
            let bytes = u64::try_from(numbers.checked_mul(4)?).ok()?;
            sum.checked_add(bytes)
        })
    }
}

/// Everything in a pack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) sets: Vec<Set>,
}

impl Index {
    /// Reads the index of an open pack, and checks that the file is as long as it says.
    pub(super) fn read(file: &mut File) -> Result<Self> {
        let length = file.metadata().map_err(|cause| unreadable(&cause))?.len();
        let header = bytes_at(file, 0, HEADER.min(length))?;
        if !header.starts_with(&MAGIC) {
            return Err(Error::new(
                ErrorKind::Usage,
                "the file named as a pack is none",
                "Name a pack that `silhouette train --pack` has made, or a new file.",
            ));
        }
        let cut = || unfit(ErrorKind::Damaged, "the pack is cut short or damaged");
        let version = header[MAGIC.len()..].try_into().map_err(|_| cut())?;
        let version = u32::from_le_bytes(version);
        if version != VERSION {
            return Err(unfit(
                ErrorKind::Unsupported,
                format!("the pack is of format {version}; this program reads format {VERSION}"),
            ));
        }
        let footer_at = length.checked_sub(FOOTER).ok_or_else(cut)?;
        let footer = bytes_at(file, footer_at, FOOTER)?;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes);
        let start = number(&footer[..8]).map_err(|_| cut())?;
        let count = number(&footer[8..16]).map_err(|_| cut())?;
        if start < HEADER || start.checked_add(count) != Some(footer_at) {
            return Err(cut());
        }
        let text = bytes_at(file, start, count)?;
        if Sha256::digest(&text)[..] != footer[16..] {
            return Err(cut());
        }
        let index: Self = serde_json::from_slice(&text).map_err(|_| cut())?;
        let inside = |set: &Set| {
            let end = set.offset.checked_add(set.bytes);
            set.expected_bytes() == Some(set.bytes) && end.is_some_and(|end| end <= start)
        };
        match index.sets.iter().all(inside) {
            true => Ok(index),
            false => Err(cut()),
        }
    }

    /// Returns the set of a key.
    ///
    /// # Errors
    /// When there is none, saying what comes nearest.
    pub(super) fn find(&self, key: &Key) -> Result<&Set> {
        if let Some(set) = self.sets.iter().find(|set| set.key == *key) {
            return Ok(set);
        }
        let of_folder = self.sets.iter().filter(|set| set.key.folder == key.folder);
        let prepared: Vec<String> = of_folder.map(|set| described(&set.key)).collect();
        if prepared.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                "the pack holds no films of one of the run's folders",
                "Write the folders as they were written when the pack was made, or name another pack.",
            ));
        }
        let found = prepared.join("; ");
        let wanted = described(key);
        Err(unfit(
            ErrorKind::Usage,
            format!(
                "the pack holds a folder's films prepared otherwise ({found}) than this run needs them ({wanted})"
            ),
        ))
    }
}

/// A key without its folder.
fn described(key: &Key) -> String {
    match key.most {
        Some(most) => format!("{}, at most {most} films", key.preparation),
        None => key.preparation.clone(),
    }
}

fn bytes_at(file: &mut File, start: u64, count: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.take(count).read_to_end(&mut bytes))
        .map_err(|cause| unreadable(&cause))?;
    Ok(bytes)
}
