//! Training films, held in memory at twice the network's resolution.

mod motion;
mod reading;

use std::path::{Path, PathBuf};

pub use motion::Augmentation;
use motion::{Motion, reduce};
pub(super) use reading::Shelf;
pub use reading::{FilmFolder, Prepare, Prepared, Whole, mask_path};

use crate::error::Result;
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

/// Returns what the network sees of a film that is moved by 2 % of the side to the right, left, down
/// and up, from the film's square as [`square_at_side`] takes it.
pub fn square_moved(square: &[f32], side: usize) -> impl Iterator<Item = Vec<f32>> {
    const SHARE: f32 = 0.02;
    // By whole samples, which blurs nothing.
    let seen = 2.0 * side as f32;
    let share = (SHARE * seen).round().max(1.0) / seen;
    let shifts = [(share, 0.0), (-share, 0.0), (0.0, share), (0.0, -share)];
    shifts
        .into_iter()
        .map(move |shift| reduce(square, side, &Motion::by(shift)))
}

impl TrainingFilms {
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

    /// Returns a film moved a little in each direction, as [`square_moved`] moves it.
    pub fn moved(&self, index: usize) -> impl Iterator<Item = Vec<f32>> {
        square_moved(&self.films[index], self.side)
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

/// Reports whether a film is kept out of training to calibrate on: one in ten, chosen by its name.
pub fn held_out(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hash = name.bytes().fold(0_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    hash % 10 == 0
}
