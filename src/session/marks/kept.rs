//! Marks as they are kept from one opening of a film to the next: by its content, and beside
//! nothing of the patient.

use std::path::{Path, PathBuf};

use bytemuck::cast_slice;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Marks, history::History};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Annotation, Film, MeasuredMark, PixelSpacing, Raster};
use crate::session::SavedMarks;

/// The version of the files written here.
const VERSION: u32 = 1;

/// Samples that are hashed together: large enough to keep every core busy with one.
const BLOCK_SAMPLES: usize = 1 << 18;

/// The marks of one film as a file holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct KeptMarks {
    version: u32,
    /// The hash of the film's samples.
    film: String,
    columns: usize,
    rows: usize,
    marks: Vec<Annotation>,
    #[serde(default)]
    spacing: Option<PixelSpacing>,
    #[serde(default)]
    key_image: bool,
}

/// Returns the hash of a film's samples, the same whatever its file is called and says.
pub(in crate::session) fn content_hash(raster: &Raster) -> String {
    let samples = raster.samples();
    let blocks: Vec<[u8; 32]> = (0..samples.len().div_ceil(BLOCK_SAMPLES))
        .into_par_iter()
        .map(|index| {
            let first = index * BLOCK_SAMPLES;
            let end = samples.len().min(first + BLOCK_SAMPLES);
            let mut hash = Sha256::new();
            samples.each_block(first..end, |part| hash.update(cast_slice::<f32, u8>(part)));
            hash.finalize().into()
        })
        .collect();
    let mut hash = Sha256::new();
    hash.update((raster.width() as u64).to_le_bytes());
    hash.update((raster.height() as u64).to_le_bytes());
    blocks.iter().for_each(|block| hash.update(block));
    format!("{:x}", hash.finalize())
}

/// Returns the file that keeps the marks of a film.
pub(in crate::session) fn path_of(folder: &Path, hash: &str) -> PathBuf {
    folder.join("marks").join(format!("{hash}.json"))
}

impl KeptMarks {
    /// Takes down what is to be kept of the marks of a film; `None` where there is nothing.
    pub(in crate::session) fn of(marks: &Marks, hash: &str, raster: &Raster) -> Option<Self> {
        (!marks.is_untouched()).then(|| Self {
            version: VERSION,
            film: hash.to_owned(),
            columns: raster.width(),
            rows: raster.height(),
            marks: marks
                .marks
                .iter()
                .map(|mark| mark.annotation.clone())
                .collect(),
            spacing: marks.spacing.clone(),
            key_image: marks.key_image,
        })
    }

    /// States whose marks they are.
    pub(in crate::session) fn set_film(&mut self, hash: &str) {
        hash.clone_into(&mut self.film);
    }

    /// Returns the bytes of its file.
    pub(in crate::session) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Reads the marks that are kept of a film; `None` where none are. A file that cannot be used is
    /// set aside under another name, which the error says.
    ///
    /// # Errors
    /// When there is a file that cannot be read or used.
    pub(in crate::session) fn read(
        path: &Path,
        hash: &str,
        raster: &Raster,
    ) -> Result<Option<Self>> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => {
                return Err(Error::new(
                    ErrorKind::Unreadable,
                    format!("the marks kept for this film cannot be read: {cause}"),
                    format!("They stay where they are: {}", path.display()),
                ));
            }
        };
        match Self::checked(&bytes, hash, raster) {
            Ok(kept) => Ok(Some(kept)),
            Err(reason) => Err(set_aside(path, &reason)),
        }
    }

    fn checked(bytes: &[u8], hash: &str, raster: &Raster) -> std::result::Result<Self, String> {
        let kept: Self = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
        let size = (raster.width(), raster.height());
        if kept.film != hash || (kept.columns, kept.rows) != size {
            return Err("they belong to another film".to_owned());
        }
        kept.sound()
    }

    /// Returns them, unless they can be no marks.
    pub(in crate::session) fn sound(self) -> std::result::Result<Self, String> {
        if self.version != VERSION {
            return Err(format!(
                "they are of version {}, and this program writes version {VERSION}",
                self.version
            ));
        }
        if self.marks.iter().any(|mark| !mark.is_sound()) {
            return Err("a mark has a place that no film has".to_owned());
        }
        let usable = |spacing: &PixelSpacing| {
            let PixelSpacing {
                row_mm,
                column_mm,
                plane,
                ..
            } = spacing;
            PixelSpacing::checked(*row_mm, *column_mm, *plane, "").is_some()
        };
        if !self.spacing.as_ref().is_none_or(usable) {
            return Err("their pixel spacing is no pair of positive numbers".to_owned());
        }
        Ok(self)
    }

    /// Returns what they hold.
    pub(in crate::session) fn into_saved(self) -> SavedMarks {
        SavedMarks {
            marks: self.marks,
            spacing: self.spacing,
            key_image: self.key_image,
        }
    }

    /// Returns the number of marks.
    pub(in crate::session) fn count(&self) -> usize {
        self.marks.len()
    }
}

/// Renames a file that cannot be used, so that new marks do not overwrite it.
fn set_aside(path: &Path, reason: &str) -> Error {
    let aside = files::free_beside(path, "damaged");
    let message = format!("the marks kept for this film cannot be used: {reason}");
    match std::fs::rename(path, &aside) {
        Ok(()) => Error::new(
            ErrorKind::Damaged,
            message,
            format!("Their file was set aside as {}.", aside.display()),
        ),
        Err(cause) => Error::new(
            ErrorKind::Damaged,
            message,
            format!(
                "Their file could not be set aside ({cause}); save it before you draw: {}",
                path.display()
            ),
        ),
    }
}

impl Marks {
    /// Selects the mark that has this place among them, or none.
    pub(in crate::session) fn select_at(&mut self, place: Option<usize>) {
        let mark = place.and_then(|place| self.marks.get(place));
        self.selected = mark.map(|mark| mark.annotation.id);
        self.handle = None;
    }

    /// Returns the place of the selected mark among them.
    pub(in crate::session) fn selected_at(&self) -> Option<usize> {
        self.index_of(self.selected?)
    }

    /// Takes in the marks that were kept of this film, before those made since it was opened. They
    /// are no change that could be taken back.
    pub(in crate::session) fn take_in(&mut self, kept: KeptMarks, film: &Film) {
        let fresh = self.revision == 0;
        let mut greatest = self.last_id;
        // Read a second time, as after the keeping was switched off and on.
        let known = |mark: &Annotation| {
            let same =
                |known: &Annotation| (&known.shape, &known.label) == (&mark.shape, &mark.label);
            self.marks.iter().any(|known| same(&known.annotation))
        };
        let missing = kept.marks.into_iter().filter(|mark| !known(mark));
        let brought = missing.map(|mut mark| {
            // Numbers given since the film was opened stay; what was kept gets others.
            if !fresh {
                greatest += 1;
                mark.id.0 = greatest;
            }
            greatest = greatest.max(mark.id.0);
            MeasuredMark::new(mark, film)
        });
        let mut brought: Vec<MeasuredMark> = brought.collect();
        brought.dedup_by_key(|mark| mark.annotation.id);
        self.marks.extend(brought);
        self.last_id = greatest;
        self.spacing = self.spacing.take().or(kept.spacing);
        self.key_image |= kept.key_image;
        if fresh {
            self.history = History::default();
        } else {
            self.revision += 1;
        }
    }
}
