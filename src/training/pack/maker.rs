//! A pack in the making: written beside its place and moved there when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::change::{described, name_in};
use super::index::{Index, Key, LeftOut, PackedFile, PackedFilm, Set};
use super::{HEADER, MAGIC, Pack, VERSION, shelf_of};
use crate::error::{Error, Result};
use crate::training::Watch;
use crate::training::films::{Prepared, Shelf};

/// A pack that films are added to.
#[derive(Debug)]
pub struct PackMaker {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    /// The bytes written so far.
    end: u64,
    index: Index,
    whole: bool,
}

impl PackMaker {
    /// Begins a pack that will be at `path`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let partial = path.with_extension("partial");
        let begin = || {
            let mut file = BufWriter::new(File::create(&partial)?);
            file.write_all(&MAGIC)?;
            file.write_all(&VERSION.to_le_bytes())?;
            Ok(file)
        };
        let file = begin().map_err(|cause| unwritable(&cause))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file,
            end: HEADER,
            index: Index::default(),
            whole: false,
        })
    }

    /// Returns the films of a key that were added before.
    pub(super) fn held(
        &mut self,
        key: &Key,
        folder: &Path,
        watch: &Watch<'_>,
    ) -> Result<Option<Shelf>> {
        let Some(set) = self.index.sets.iter().find(|set| set.key == *key) else {
            return Ok(None);
        };
        self.file.flush().map_err(|cause| unwritable(&cause))?;
        shelf_of(&self.partial, set, folder, watch).map(Some)
    }

    /// Adds the films of a folder. All squares must be of one size.
    pub(super) fn add(
        &mut self,
        key: Key,
        folder: &Path,
        (shelf, watch): (&Shelf, &Watch<'_>),
    ) -> Result<()> {
        let square = shelf.films.first().map_or(0, |film| film.square.len());
        let offset = self.end;
        let mut hash = Sha256::new();
        let mut films = Vec::with_capacity(shelf.films.len());
        for (index, (film, path)) in shelf.films.iter().zip(&shelf.paths).enumerate() {
            let share = index as f32 / shelf.films.len() as f32;
            watch.progress.enter("packing films", share)?;
            if film.square.len() != square {
                return Err(Error::internal("films of one preparation differ in size"));
            }
            let bytes = bytes_of(film);
            hash.update(&bytes);
            let written = self.file.write_all(&bytes);
            written.map_err(|cause| unwritable(&cause))?;
            self.end += bytes.len() as u64;
            films.push(PackedFilm {
                file: described(folder, path)?,
                beside: film.beside.len(),
            });
        }
        let left_out = shelf.left_out.iter().map(|(path, error)| LeftOut {
            file: described(folder, path).unwrap_or_else(|_| without_contents(folder, path)),
            why: error.message.clone(),
        });
        self.index.sets.push(Set {
            key,
            square,
            offset,
            bytes: self.end - offset,
            sha256: format!("{:x}", hash.finalize()),
            films,
            left_out: left_out.collect(),
        });
        Ok(())
    }

    /// Ends the pack, moves it to its place and opens it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(&mut self) -> Result<Pack> {
        let index = serde_json::to_vec(&self.index)
            .map_err(|cause| Error::internal(format!("the pack's index: {cause}")))?;
        let mut end = || {
            self.file.write_all(&index)?;
            self.file.write_all(&self.end.to_le_bytes())?;
            self.file.write_all(&(index.len() as u64).to_le_bytes())?;
            self.file.write_all(&Sha256::digest(&index))?;
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            std::fs::rename(&self.partial, &self.path)
        };
        end().map_err(|cause| unwritable(&cause))?;
        self.whole = true;
        Pack::open(&self.path)
    }
}

impl Drop for PackMaker {
    /// Leaves no half of a pack behind.
    fn drop(&mut self) {
        if !self.whole {
            std::fs::remove_file(&self.partial).ok();
        }
    }
}

fn bytes_of(film: &Prepared) -> Vec<u8> {
    let numbers = film.square.iter().chain(&film.beside);
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

/// A file that was listed and cannot be read at all, such as a broken link.
fn without_contents(folder: &Path, path: &Path) -> PackedFile {
    PackedFile {
        name: name_in(folder, path),
        bytes: 0,
        modified_ns: None,
        sha256: String::new(),
    }
}

fn unwritable(cause: &std::io::Error) -> Error {
    Error::unwritable("the pack", cause)
}
