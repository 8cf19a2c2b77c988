//! Training films with where their lungs are.

use std::path::Path;

use super::inspector::{Inspector, Seen};
use crate::error::Result;
use crate::models::View;
use crate::training::{TrainingFilms, Watch, held_out};

/// The films of a run.
pub(super) struct Films {
    /// Known normals to train on.
    pub(super) known: Chests,
    /// Known normals kept apart to calibrate on.
    pub(super) held_out: Chests,
    /// Normal and abnormal films; nobody tells which is which.
    pub(super) mixture: Chests,
}

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

    /// Returns the number of films.
    pub(super) fn len(&self) -> usize {
        self.lungs.len()
    }

    /// Returns what networks make of at most `most` films, spread evenly over the list, whose order
    /// may tell normal from abnormal; `between` may end it.
    ///
    /// # Errors
    /// When `between` ends it, or the device fails.
    pub(super) fn seen(
        &self,
        inspector: &mut Inspector,
        most: usize,
        between: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Vec<Seen>> {
        let count = most.min(self.len());
        (0..count)
            .map(|place| {
                between()?;
                let index = place * self.len() / count;
                let film = (self.films.plain(index), self.lungs[index].clone());
                inspector.see(film, &mut |_| Ok(()))
            })
            .collect()
    }
}
