//! Training films with where their lungs are.

use std::path::Path;

use crate::error::Result;
use crate::models::View;
use crate::training::{TrainingFilms, Watch, held_out};

/// Films in memory as the networks see them.
pub(super) struct Chests {
    pub(super) films: TrainingFilms,
    /// How surely each of the `side`² places of each film lies inside a lung.
    pub(super) lungs: Vec<Vec<f32>>,
}

impl Chests {
    /// Reads every film of a folder.
    ///
    /// # Errors
    /// When no film can be read, or when cancelled.
    pub(super) fn read(
        folder: &Path,
        view: &mut View,
        side: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let mut lungs = Vec::new();
        let prepare = &mut |film: &_| {
            let framed = view.square(film, side)?;
            lungs.push(framed.inside_lungs(side));
            Ok(framed.greys)
        };
        let films = TrainingFilms::read(folder, side, watch, prepare)?;
        Ok(Self { films, lungs })
    }

    /// Splits off the films to calibrate on: those to train on, and those kept apart.
    pub(super) fn split(self) -> (Self, Self) {
        let apart: Vec<bool> = self.films.paths.iter().map(|path| held_out(path)).collect();
        let (films, held_films) = self.films.split(held_out);
        let (mut lungs, mut held_lungs) = (Vec::new(), Vec::new());
        for (mask, apart) in self.lungs.into_iter().zip(apart) {
            match apart {
                true => held_lungs.push(mask),
                false => lungs.push(mask),
            }
        }
        let held = Self {
            films: held_films,
            lungs: held_lungs,
        };
        (Self { films, lungs }, held)
    }

    /// Returns a film as the networks see it, `side²` greys, and its lungs.
    pub(super) fn plain(&self, index: usize) -> (Vec<f32>, Vec<f32>) {
        (self.films.plain(index), self.lungs[index].clone())
    }

    /// Returns the number of films.
    pub(super) fn len(&self) -> usize {
        self.lungs.len()
    }
}
