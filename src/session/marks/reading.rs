//! The marks of a film on the list: kept by its content, and its spacing by the reader's word.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{KeptMarks, MarkCommand, Marks, Tool, kept};
use crate::error::Result;
use crate::radiograph::Radiograph;
use crate::session::{FilmState, Look, OpenFilm, Reading};
use crate::task::{Task, Wake};

/// How far the keeping of a film's marks is.
#[derive(Default)]
pub(in crate::session) enum Keeping {
    /// The film has not been looked at, or nothing is kept.
    #[default]
    Unknown,
    /// Its content is being hashed and its marks are being read.
    Looking(Task<Found>),
    /// Its content is known.
    Known {
        /// The file of its marks.
        path: PathBuf,
        /// The hash of its content.
        hash: String,
        /// The state of the marks that was handed over for writing.
        saved: u64,
    },
}

/// What is known of a film's content.
#[derive(Clone)]
pub(in crate::session) struct Found {
    path: PathBuf,
    hash: String,
    kept: Result<Option<KeptMarks>>,
}

impl Reading {
    /// Returns the film's marks.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Does something about the film's marks; nothing while the film is not open.
    pub(in crate::session) fn mark(&mut self, command: MarkCommand, tool: Tool) -> Result<()> {
        let FilmState::Open(open) = &mut self.state else {
            return Ok(());
        };
        let shown = match command {
            MarkCommand::Show(id) => Some(id),
            _ => None,
        };
        self.marks.apply(command, tool.drawn(), &open.film)?;
        if let Some(mark) = shown.and_then(|id| self.marks.get(id))
            && let Look::Free { zoom, .. } = open.presentation.look
        {
            open.presentation.look = Look::Free {
                center_in_image: mark.annotation.shape.bounds().center(),
                zoom,
            };
        }
        self.follow_spacing();
        Ok(())
    }

    /// Lets go of the mark being drawn or held; returns whether there was one.
    pub(in crate::session) fn cancel_mark(&mut self) -> bool {
        let FilmState::Open(open) = &self.state else {
            return false;
        };
        self.marks.cancel(&open.film)
    }

    /// Measures the film by the spacing that the reader set, else by its file's.
    pub(in crate::session) fn follow_spacing(&mut self) {
        let FilmState::Open(open) = &mut self.state else {
            return;
        };
        let wanted = self.marks.spacing.as_ref().or(open.file_spacing.as_ref());
        if open.film.radiograph.spacing.as_ref() == wanted {
            return;
        }
        let radiograph = Radiograph::clone(&open.film.radiograph);
        open.film.radiograph = Arc::new(radiograph.with_spacing(wanted.cloned()));
        self.marks.measure_all(&open.film);
        self.forget_areas();
    }

    /// Starts to look for the marks that are kept of this film, once it is open, and brings them back
    /// where that is wanted; returns whether it did.
    pub(in crate::session) fn look_for_marks(
        &mut self,
        (folder, bring_back): (&Path, bool),
        wake: &Wake,
    ) -> bool {
        let (Keeping::Unknown, Some(open)) = (&self.keeping, self.open_film()) else {
            return false;
        };
        let (raster, folder) = (open.film.radiograph.raster.clone(), folder.to_owned());
        self.keeping = Keeping::Looking(Task::spawn("marks", wake.clone(), move |_| {
            let hash = kept::content_hash(&raster);
            let path = kept::path_of(&folder, &hash);
            let kept = match bring_back {
                true => KeptMarks::read(&path, &hash, &raster),
                false => Ok(None),
            };
            Ok(Found { path, hash, kept })
        }));
        true
    }

    /// Returns the hash of the film's content, once it is known.
    pub(in crate::session) fn content_hash(&self) -> Option<&str> {
        match &self.keeping {
            Keeping::Known { hash, .. } => Some(hash),
            Keeping::Unknown | Keeping::Looking(_) => None,
        }
    }

    /// Reports whether its marks are being looked for.
    pub(in crate::session) fn looks_for_marks(&self) -> bool {
        matches!(self.keeping, Keeping::Looking(_))
    }

    /// Reports whether the marks that are kept of this film have been taken in.
    pub(in crate::session) fn marks_are_known(&self) -> bool {
        matches!(self.keeping, Keeping::Known { .. })
    }

    /// Takes in the marks that were found; returns whether there is any news.
    pub(in crate::session) fn poll_marks(&mut self) -> bool {
        // The film may have been let go meanwhile: its marks are taken in when it is open again.
        let (true, Keeping::Looking(task)) = (self.open_film().is_some(), &self.keeping) else {
            return false;
        };
        let Some(found) = task.ready().cloned() else {
            return false;
        };
        match found {
            Ok(found) => self.take_marks(found),
            Err(error) => {
                self.keeping = Keeping::Unknown;
                self.trouble = Some(error);
            }
        }
        true
    }

    fn take_marks(&mut self, found: Found) {
        let FilmState::Open(open) = &self.state else {
            return;
        };
        let before = self.marks.revision;
        match found.kept {
            Ok(Some(kept)) => self.marks.take_in(kept, &open.film),
            Ok(None) => {}
            Err(error) => self.trouble = Some(error),
        }
        let made_meanwhile = before != 0;
        self.keeping = Keeping::Known {
            path: found.path,
            hash: found.hash,
            saved: if made_meanwhile {
                0
            } else {
                self.marks.revision
            },
        };
        self.follow_spacing();
    }

    /// Returns the file of the film's marks and what it should hold now, where that has changed
    /// since it was last asked; without content where there is nothing to keep.
    pub(in crate::session) fn marks_to_keep(&mut self) -> Option<(PathBuf, Option<KeptMarks>)> {
        let raster = match &self.state {
            FilmState::Open(open) => &open.film.radiograph.raster,
            _ => return None,
        };
        let Keeping::Known { path, hash, saved } = &mut self.keeping else {
            return None;
        };
        if *saved == self.marks.revision {
            return None;
        }
        *saved = self.marks.revision;
        Some((path.clone(), KeptMarks::of(&self.marks, hash, raster)))
    }

    /// Takes over the marks of another copy of this film, where it is one.
    pub(in crate::session) fn follow_copy(&mut self, changed: &Path, kept: Option<&KeptMarks>) {
        let Keeping::Known { path, saved, .. } = &mut self.keeping else {
            return;
        };
        if path != changed {
            return;
        }
        let FilmState::Open(open) = &self.state else {
            // Read again once the film is open.
            (self.keeping, self.marks) = (Keeping::Unknown, Marks::default());
            return;
        };
        self.marks = Marks::default();
        if let Some(kept) = kept {
            self.marks.take_in(kept.clone(), &open.film);
        }
        *saved = self.marks.revision;
        self.follow_spacing();
    }

    /// Looks once more for what is kept of this film.
    pub(in crate::session) fn look_again(&mut self) {
        self.keeping = Keeping::Unknown;
    }

    /// Reports whether marks were made that cannot be written yet, because the film's content is
    /// still being hashed.
    pub(in crate::session) fn marks_wait(&self) -> bool {
        self.looks_for_marks() && self.marks.revision != 0
    }
}

impl OpenFilm {
    /// Returns the height of a pixel over its width.
    pub fn pixel_aspect(&self) -> f32 {
        self.film.radiograph.pixel_aspect()
    }
}
