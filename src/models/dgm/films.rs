//! The films of a training run, with where their lungs lie.

use std::path::Path;

use super::recipe::Recipe;
use crate::error::Result;
use crate::models::{Framed, View};
use crate::radiograph::PixelRect;
use crate::training::{TrainingFilms, Watch, held_out};

/// Where the lungs lie on a film as the networks see it.
#[derive(Clone, Debug)]
pub(super) struct Lungs {
    /// The part of the film that is seen, in image pixels.
    pub(super) place: PixelRect,
    /// One box a lung, in image pixels; none where none were found.
    pub(super) boxes: Vec<PixelRect>,
    /// How surely each place seen lies inside a lung, from 0 to 1; all 1 where none were found.
    pub(super) inside: Vec<f32>,
}

impl Lungs {
    /// Takes the lungs of a framed film.
    pub(super) fn of(framed: &Framed, side: usize) -> Self {
        let boxes = framed.lungs.as_ref().map(|lungs| lungs.boxes.clone());
        Self {
            place: framed.place,
            boxes: boxes.unwrap_or_default(),
            inside: framed.inside_lungs(side),
        }
    }
}

/// The films of one folder and their lungs, in the same order.
pub(super) struct Films {
    pub(super) films: TrainingFilms,
    pub(super) lungs: Vec<Lungs>,
}

impl Films {
    /// Reads every film of a folder through a view.
    pub(super) fn read(
        folder: &Path,
        recipe: &Recipe,
        view: &mut View,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let side = recipe.side;
        let mut lungs = Vec::new();
        let films = TrainingFilms::read(folder, side, watch, &mut |film| {
            let framed = view.square(film, side)?;
            lungs.push(Lungs::of(&framed, side));
            Ok(framed.greys)
        })?;
        Ok(Self { films, lungs })
    }

    /// Splits off the films that are kept out of training.
    pub(super) fn split(self) -> (Self, Self) {
        let (mut kept, mut held) = (Vec::new(), Vec::new());
        for (lungs, path) in self.lungs.into_iter().zip(&self.films.paths) {
            let target = if held_out(path) { &mut held } else { &mut kept };
            target.push(lungs);
        }
        let (kept_films, held_films) = self.films.split(held_out);
        let pair = |films, lungs| Self { films, lungs };
        (pair(kept_films, kept), pair(held_films, held))
    }
}
