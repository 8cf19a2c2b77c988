//! Training films, held in memory at twice the network's resolution.

mod motion;

use std::path::{Path, PathBuf};

pub use motion::Augmentation;
use motion::{Motion, reduce};

use super::{TrainingEvent, Watch};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Radiograph, resized};

/// Films as square greys at twice the network's side, so that augmentation does not blur. A square
/// may go on beyond what the network sees: that apron is what a shifted film brings into view.
#[derive(Clone, Debug)]
pub struct TrainingFilms {
    side: usize,
    films: Vec<Vec<f32>>,
    /// The files, in the films' order.
    pub paths: Vec<PathBuf>,
}

/// Turns a film into its square: at least `(2 · side)²` greys, all films' of one size.
pub type Prepare<'a> = dyn FnMut(&Radiograph) -> Result<Vec<f32>> + 'a;

/// Returns a film as the network sees it: square greys of `side`², row-major, in [0, 1].
pub fn film_at_side(film: &Radiograph, side: usize) -> Result<Vec<f32>> {
    let size = (film.raster.width(), film.raster.height());
    greys_at_side(&film.greys(), size, side)
}

/// Does the same with a film's greys, row-major.
pub fn greys_at_side(greys: &[f32], size: (usize, usize), side: usize) -> Result<Vec<f32>> {
    let doubled = resized(greys, size, (2 * side, 2 * side))?;
    Ok(square_at_side(&doubled, side))
}

/// Returns the whole film as a square of twice the side: the aspect ratio is not kept.
pub fn at_double_side(film: &Radiograph, side: usize) -> Result<Vec<f32>> {
    let (width, height) = (film.raster.width(), film.raster.height());
    resized(&film.greys(), (width, height), (2 * side, 2 * side))
}

/// Reduces a film's square, apron and all, to the `side`² greys that the network sees.
pub fn square_at_side(square: &[f32], side: usize) -> Vec<f32> {
    reduce(square, side, &Motion::default())
}

impl TrainingFilms {
    /// Reads every film of a folder; a bad file is reported and left out.
    ///
    /// # Errors
    /// When no film can be read, or when cancelled.
    pub fn read(
        folder: &Path,
        side: usize,
        watch: &mut Watch<'_>,
        prepare: &mut Prepare<'_>,
    ) -> Result<Self> {
        Self::read_some(folder, (side, usize::MAX), watch, prepare)
    }

    /// Reads at most `most` films of a folder, spread evenly over its files.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_some(
        folder: &Path,
        (side, most): (usize, usize),
        watch: &mut Watch<'_>,
        prepare: &mut Prepare<'_>,
    ) -> Result<Self> {
        let mut gathered = files::gather(&[folder.to_owned()]);
        let all = gathered.len();
        if all > most {
            gathered = (0..most)
                .map(|place| gathered[place * all / most].clone())
                .collect();
        }
        let mut films = Self::none(side);
        for (index, path) in gathered.iter().enumerate() {
            let share = index as f32 / gathered.len() as f32;
            watch.progress.enter("reading films", share)?;
            match files::open(path).and_then(|film| prepare(&film.radiograph)) {
                Ok(square) => {
                    films.films.push(square);
                    films.paths.push(path.clone());
                }
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => (watch.report)(TrainingEvent::LeftOut {
                    path,
                    error: &error,
                }),
            }
        }
        if films.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no film that can be read",
                "Name a folder of DICOM, PNG or JPEG films.",
            ));
        }
        Ok(films)
    }

    fn none(side: usize) -> Self {
        Self {
            side,
            films: Vec::new(),
            paths: Vec::new(),
        }
    }

    /// Returns the number of films.
    pub fn len(&self) -> usize {
        self.films.len()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.films.is_empty()
    }

    /// Keeps the films that have a mask – a picture of the film's name in `folder`, from 0 outside
    /// to 1 inside, that covers the whole film – and returns them with their masks, in one order.
    ///
    /// # Errors
    /// When no film has a mask that can be read, or when cancelled.
    pub fn with_masks(self, folder: &Path, watch: &mut Watch<'_>) -> Result<(Self, Self)> {
        let (mut films, mut masks) = (Self::none(self.side), Self::none(self.side));
        let count = self.len();
        let pairs = self.films.into_iter().zip(self.paths).enumerate();
        for (index, (film, path)) in pairs {
            let share = index as f32 / count as f32;
            watch.progress.enter("reading masks", share)?;
            let mask = mask_path(folder, &path).map(|mask| files::open(&mask));
            if let Some(Ok(mask)) = mask {
                masks
                    .films
                    .push(at_double_side(&mask.radiograph, self.side)?);
                masks.paths.push(path.clone());
                films.films.push(film);
                films.paths.push(path);
            }
        }
        if masks.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no mask under a film's name",
                "Name a folder of PNG masks, one for each film.",
            ));
        }
        Ok((films, masks))
    }

    /// Splits off every film for which `held_out` says so.
    pub fn split(self, held_out: impl Fn(&Path) -> bool) -> (Self, Self) {
        let (mut kept, mut held) = (Self::none(self.side), Self::none(self.side));
        for (film, path) in self.films.into_iter().zip(self.paths) {
            let target = if held_out(&path) {
                &mut held
            } else {
                &mut kept
            };
            target.films.push(film);
            target.paths.push(path);
        }
        (kept, held)
    }

    /// Returns a film as the network sees it, `side`² greys.
    pub fn plain(&self, index: usize) -> Vec<f32> {
        reduce(&self.films[index], self.side, &Motion::default())
    }

    /// Returns a part of a film, `side`² greys: the shares of its width and height at which the part
    /// begins, and those that it takes.
    pub fn part(
        &self,
        index: usize,
        (left, top): (f32, f32),
        (wide, high): (f32, f32),
    ) -> Vec<f32> {
        let motion = Motion::onto((left, top), (wide, high));
        reduce(&self.films[index], self.side, &motion)
    }

    /// Returns a film moved and toned by the random numbers of `seed`, `side`² greys.
    pub fn augmented(&self, index: usize, how: Augmentation, seed: u64) -> Vec<f32> {
        let (motion, tone) = how.draw(seed);
        let mut greys = reduce(&self.films[index], self.side, &motion);
        tone.apply(&mut greys);
        greys
    }
}

/// The mask of a film: the picture of the film's name in a folder of masks, if there is one.
pub fn mask_path(masks: &Path, film: &Path) -> Option<PathBuf> {
    let mask = masks.join(film.file_stem()?).with_extension("png");
    mask.is_file().then_some(mask)
}

/// Reports whether a film is kept out of training to calibrate on: one in ten, chosen by its name.
pub fn held_out(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hash = name.bytes().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    hash % 10 == 0
}
