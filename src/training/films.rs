//! Training films, held in memory at twice the network's resolution.

use std::path::{Path, PathBuf};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Radiograph, resized};
use crate::task::Progress;

/// Films as square greys, stretched to twice the network's side so that augmentation does not blur.
#[derive(Clone, Debug)]
pub struct TrainingFilms {
    side: usize,
    films: Vec<Vec<f32>>,
    /// The files, in the films' order.
    pub paths: Vec<PathBuf>,
}

/// How much a film is moved and scaled at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// The greatest shift, as a share of the side.
    pub shift: f32,
    /// The greatest change of scale, as a share.
    pub scale: f32,
}

/// Returns a film as the network sees it: square greys of `side`², row-major, in [0, 1].
pub fn film_at_side(film: &Radiograph, side: usize) -> Result<Vec<f32>> {
    let doubled = at_double_side(film, side)?;
    Ok(reduce(&doubled, side, (0.0, 0.0), 1.0))
}

fn at_double_side(film: &Radiograph, side: usize) -> Result<Vec<f32>> {
    let (width, height) = (film.raster.width(), film.raster.height());
    resized(&film.greys(), (width, height), (2 * side, 2 * side))
}

impl TrainingFilms {
    /// Reads every film of a folder; a bad file is reported and left out.
    ///
    /// # Errors
    /// When no film can be read, or when cancelled.
    pub fn read(
        folder: &Path,
        side: usize,
        progress: &Progress,
        mut report: impl FnMut(&Path, &Error),
    ) -> Result<Self> {
        let gathered = files::gather(&[folder.to_owned()]);
        let mut films = Vec::with_capacity(gathered.len());
        let mut paths = Vec::with_capacity(gathered.len());
        for (index, path) in gathered.iter().enumerate() {
            progress.enter("reading films", index as f32 / gathered.len() as f32)?;
            let greys = files::open(path).and_then(|film| at_double_side(&film.radiograph, side));
            match greys {
                Ok(greys) => {
                    films.push(greys);
                    paths.push(path.clone());
                }
                Err(error) => report(path, &error),
            }
        }
        if films.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no film that can be read",
                "Name a folder of DICOM, PNG or JPEG films.",
            ));
        }
        Ok(Self { side, films, paths })
    }

    /// Returns the number of films.
    pub fn len(&self) -> usize {
        self.films.len()
    }

    /// Reports whether there are none.
    pub fn is_empty(&self) -> bool {
        self.films.is_empty()
    }

    /// Reads the mask of every film that has one: a picture of the film's name in `folder`, from 0
    /// outside to 1 inside, `side`² like the films.
    ///
    /// # Errors
    /// When no film has a mask that can be read, or when cancelled.
    pub fn masks(&self, folder: &Path, progress: &Progress) -> Result<Vec<Vec<f32>>> {
        let mut masks = Vec::new();
        for (index, path) in self.paths.iter().enumerate() {
            progress.enter("reading masks", index as f32 / self.len() as f32)?;
            let mask = path
                .file_stem()
                .map(|name| folder.join(name).with_extension("png"));
            let mask = mask
                .filter(|mask| mask.is_file())
                .map(|mask| files::open(&mask));
            if let Some(Ok(mask)) = mask {
                masks.push(film_at_side(&mask.radiograph, self.side)?);
            }
        }
        if masks.is_empty() {
            return Err(Error::new(
                ErrorKind::Unreadable,
                "the folder holds no mask under a film's name",
                "Name a folder of PNG masks, one for each film.",
            ));
        }
        Ok(masks)
    }

    /// Splits off every film for which `held_out` says so.
    pub fn split(self, held_out: impl Fn(&Path) -> bool) -> (Self, Self) {
        let empty = || Self {
            side: self.side,
            films: Vec::new(),
            paths: Vec::new(),
        };
        let (mut kept, mut held) = (empty(), empty());
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
        reduce(&self.films[index], self.side, (0.0, 0.0), 1.0)
    }

    /// Returns a film moved and scaled by the random numbers of `seed`.
    pub fn augmented(&self, index: usize, how: Augmentation, seed: u64) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut within = |most: f32| random.random_range(-1.0_f32..=1.0) * most;
        let shift = (within(how.shift), within(how.shift));
        let scale = 1.0 + within(how.scale);
        reduce(&self.films[index], self.side, shift, scale)
    }
}

/// Samples a square of twice `side` down to `side`: four bilinear samples a pixel, moved by `shift`
/// (shares of the side) and scaled about the centre. Beyond the edge the edge goes on.
fn reduce(doubled: &[f32], side: usize, shift: (f32, f32), scale: f32) -> Vec<f32> {
    let wide = 2 * side;
    let centre = wide as f32 / 2.0;
    let last = (wide - 1) as f32;
    let place = |index: usize, shift: f32| {
        let source = (index as f32 + 0.5 - centre) / scale + centre - shift * wide as f32 - 0.5;
        let source = source.clamp(0.0, last);
        let low = (source as usize).min(wide - 2);
        (low, source - low as f32)
    };
    let columns: Vec<(usize, f32)> = (0..wide).map(|x| place(x, shift.0)).collect();
    let mut output = vec![0.0; side * side];
    for y in 0..wide {
        let (row, v) = place(y, shift.1);
        let upper = &doubled[row * wide..][..wide];
        let lower = &doubled[(row + 1) * wide..][..wide];
        let line = &mut output[y / 2 * side..][..side];
        for (x, &(column, u)) in columns.iter().enumerate() {
            let top = upper[column] + (upper[column + 1] - upper[column]) * u;
            let bottom = lower[column] + (lower[column + 1] - lower[column]) * u;
            line[x / 2] += 0.25 * (top + (bottom - top) * v);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_move_four_samples_are_averaged() {
        let doubled: Vec<f32> = (0..16).map(|i| i as f32).collect();
        assert_eq!(reduce(&doubled, 2, (0.0, 0.0), 1.0), [2.5, 4.5, 10.5, 12.5]);
    }

    #[test]
    fn a_shift_to_the_right_moves_the_film_right() {
        let mut doubled = vec![0.0; 64];
        for row in doubled.chunks_exact_mut(8) {
            row[2..4].fill(1.0);
        }
        let moved = reduce(&doubled, 4, (0.25, 0.0), 1.0);
        assert_eq!(moved[..4], [0.0, 0.0, 1.0, 0.0]);
    }
}
