//! Training films as the networks see them, with where their lungs lie.

use std::path::Path;

use super::view::{Framed, View};
use crate::error::Result;
use crate::radiograph::PixelRect;
use crate::training::{TrainingFilms, Watch, held_out};

/// Where the lungs lie on a film as the networks see it.
#[derive(Clone, Debug)]
pub(super) struct SeenLungs {
    /// The part of the film that is seen, in image pixels.
    pub(super) place: PixelRect,
    /// One box a lung, in image pixels; none where none were found.
    pub(super) boxes: Vec<PixelRect>,
    /// How surely each place seen lies inside a lung, from 0 to 1; all 1 where none were found.
    pub(super) inside: Vec<f32>,
}

impl SeenLungs {
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

/// The films of one folder and their lungs, in one order.
pub(super) struct FramedFilms {
    pub(super) films: TrainingFilms,
    pub(super) lungs: Vec<SeenLungs>,
}

impl FramedFilms {
    /// Reads the films of a folder, at most `most` of them, spread evenly over the folder.
    ///
    /// # Errors
    /// When no film can be read, or when cancelled.
    pub(super) fn read(
        folder: &Path,
        (side, most): (usize, usize),
        view: &mut View,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let mut lungs = Vec::new();
        let prepare = &mut |film: &_| {
            let framed = view.square(film, side)?;
            lungs.push(SeenLungs::of(&framed, side));
            Ok(framed.greys)
        };
        let films = TrainingFilms::read_some(folder, (side, most), watch, prepare)?;
        Ok(Self { films, lungs })
    }

    /// Splits off the films to calibrate on: those to train on, and those kept apart.
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

    /// Returns the number of films.
    pub(super) fn len(&self) -> usize {
        self.lungs.len()
    }

    /// Shows at most `most` films, spread evenly over the list, whose order may tell normal from
    /// abnormal, each with where its lungs are; `between` hears the share that is done and may end it.
    ///
    /// # Errors
    /// When `between` ends it, or `see` fails.
    pub(super) fn seen<S>(
        &self,
        most: usize,
        between: &mut dyn FnMut(f32) -> Result<()>,
        mut see: impl FnMut(Vec<f32>, &SeenLungs) -> Result<S>,
    ) -> Result<Vec<S>> {
        let count = most.min(self.len());
        (0..count)
            .map(|place| {
                between(place as f32 / count as f32)?;
                let index = place * self.len() / count;
                see(self.films.plain(index), &self.lungs[index])
            })
            .collect()
    }
}
