//! How training films are read: from a folder, film by film, or from a pack that was made of it.

use std::path::{Path, PathBuf};

use super::{TrainingFilms, at_double_side};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::Radiograph;
use crate::training::pack::{Key, Packing};
use crate::training::{TrainingEvent, Watch};

/// A folder of films, and the pack that holds them or is to.
#[derive(Clone, Copy, Debug)]
pub struct FilmFolder<'a> {
    /// The folder, as it is written in the command.
    pub path: &'a Path,
    /// Where its films are kept prepared, if anywhere.
    pub packing: Option<&'a Packing>,
}

/// Turns films into what training keeps of them.
pub trait Prepare {
    /// Returns what tells this preparation from every other, sizes and networks included: a pack of
    /// another is refused.
    fn words(&self) -> String;

    /// Prepares a film.
    ///
    /// # Errors
    /// When the film is unusable or a device fails.
    fn prepare(&mut self, film: &Radiograph) -> Result<Prepared>;
}

/// What training keeps of a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// At least `(2 · side)²` greys, row-major; all films' of one size.
    pub square: Vec<f32>,
    /// Other numbers about it, whose meaning is the preparation's.
    pub beside: Vec<f32>,
}

/// Prepares whole films, squeezed into squares of twice this side.
pub struct Whole(pub usize);

impl Prepare for Whole {
    fn words(&self) -> String {
        format!("the whole film, squares of {} pixels", 2 * self.0)
    }

    fn prepare(&mut self, film: &Radiograph) -> Result<Prepared> {
        Ok(Prepared {
            square: at_double_side(film, self.0)?,
            beside: Vec::new(),
        })
    }
}

/// Prepared films, in the order of their files.
#[derive(Debug, Default)]
pub(in crate::training) struct Shelf {
    pub(in crate::training) paths: Vec<PathBuf>,
    pub(in crate::training) films: Vec<Prepared>,
    /// Files that are no films, and why.
    pub(in crate::training) left_out: Vec<(PathBuf, Error)>,
}

impl TrainingFilms {
    /// Reads every film of a folder; a bad file is reported and left out.
    ///
    /// # Errors
    /// When no film can be read, when a pack does not fit, or when cancelled.
    pub fn read(
        folder: FilmFolder<'_>,
        side: usize,
        watch: &mut Watch<'_>,
        how: &mut dyn Prepare,
    ) -> Result<Self> {
        let (films, _) = Self::read_some(folder, (side, usize::MAX), watch, how)?;
        Ok(films)
    }

    /// Reads at most `most` films of a folder, spread evenly over its files; returns them and the
    /// numbers beside them, in one order.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_some(
        folder: FilmFolder<'_>,
        (side, most): (usize, usize),
        watch: &mut Watch<'_>,
        how: &mut dyn Prepare,
    ) -> Result<(Self, Vec<Vec<f32>>)> {
        let listed = || {
            let all = files::gather(&[folder.path.to_owned()]);
            let count = all.len();
            match count > most {
                true => (0..most)
                    .map(|place| all[place * count / most].clone())
                    .collect(),
                false => all,
            }
        };
        let key = Key::new(
            folder.path,
            &how.words(),
            (most < usize::MAX).then_some(most),
        );
        let shelf = shelved(folder, (key, &listed), watch, how)?;
        if shelf.films.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no film that can be read",
                "Name a folder of DICOM, PNG or JPEG films.",
            ));
        }
        Ok(Self::of(side, shelf))
    }

    fn of(side: usize, shelf: Shelf) -> (Self, Vec<Vec<f32>>) {
        let pairs = shelf
            .films
            .into_iter()
            .map(|film| (film.square, film.beside));
        let (films, beside) = pairs.unzip();
        let paths = shelf.paths;
        (Self { side, films, paths }, beside)
    }

    /// Keeps the films that have a mask – a picture of the film's name in `folder`, from 0 outside
    /// to 1 inside, that covers the whole film – and returns them with their masks, in one order.
    ///
    /// # Errors
    /// When no film has a mask that can be read, when a pack does not fit, or when cancelled.
    pub fn with_masks(self, folder: FilmFolder<'_>, watch: &mut Watch<'_>) -> Result<(Self, Self)> {
        let listed = || {
            let masks = self.paths.iter();
            masks
                .filter_map(|film| mask_path(folder.path, film))
                .collect()
        };
        let mut how = Whole(self.side);
        let key = Key::new(folder.path, &format!("masks, {}", how.words()), None);
        let shelf = shelved(folder, (key, &listed), watch, &mut how)?;
        if shelf.films.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no mask under a film's name",
                "Name a folder of PNG masks, one for each film.",
            ));
        }
        let side = self.side;
        let (mut films, mut masks) = (Self::none(side), Self::none(side));
        let mut own = self.films.into_iter().zip(self.paths);
        // Masks are in the films' order, and some films have none.
        for (mask, path) in shelf.films.into_iter().zip(shelf.paths) {
            let same = |(_, film): &(_, PathBuf)| film.file_stem() == path.file_stem();
            let Some((film, film_path)) = own.find(same) else {
                break;
            };
            masks.films.push(mask.square);
            masks.paths.push(film_path.clone());
            films.films.push(film);
            films.paths.push(film_path);
        }
        Ok((films, masks))
    }
}

/// The mask of a film: the picture of the film's name in a folder of masks, if there is one.
pub fn mask_path(masks: &Path, film: &Path) -> Option<PathBuf> {
    let mask = masks.join(film.file_stem()?).with_extension("png");
    mask.is_file().then_some(mask)
}

/// Takes films from the pack that holds them; else prepares those that `listed` names, and adds them
/// to the pack that is being made.
fn shelved(
    folder: FilmFolder<'_>,
    (key, listed): (Key, &dyn Fn() -> Vec<PathBuf>),
    watch: &mut Watch<'_>,
    how: &mut dyn Prepare,
) -> Result<Shelf> {
    if let Some(packing) = folder.packing
        && let Some(shelf) = packing.held(&key, (folder.path, listed), watch)?
    {
        for (path, error) in &shelf.left_out {
            (watch.report)(TrainingEvent::LeftOut { path, error });
        }
        return Ok(shelf);
    }
    let shelf = prepared(&listed(), watch, how)?;
    if let Some(packing) = folder.packing {
        packing.add(key, folder.path, (&shelf, watch))?;
    }
    Ok(shelf)
}

fn prepared(paths: &[PathBuf], watch: &mut Watch<'_>, how: &mut dyn Prepare) -> Result<Shelf> {
    let mut shelf = Shelf::default();
    for (index, path) in paths.iter().enumerate() {
        let share = index as f32 / paths.len() as f32;
        watch.progress.enter("reading films", share)?;
        match files::open(path).and_then(|film| how.prepare(&film.radiograph)) {
            Ok(film) => {
                shelf.films.push(film);
                shelf.paths.push(path.clone());
            }
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => {
                let told = TrainingEvent::LeftOut {
                    path,
                    error: &error,
                };
                (watch.report)(told);
                shelf.left_out.push((path.clone(), error));
            }
        }
    }
    Ok(shelf)
}
