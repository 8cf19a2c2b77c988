//! Films framed for the networks, each with where its lungs are.

use std::path::Path;

use super::inspector::{Inspector, Seen};
use crate::error::Result;
use crate::models::View;
use crate::task::Progress;
use crate::training::{TrainingFilms, Watch, held_out};

/// Films and how surely each of their places lies inside a lung, in one order.
pub(super) struct FramedFilms {
    pub(super) films: TrainingFilms,
    inside: Vec<Vec<f32>>,
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
        let mut inside = Vec::new();
        let prepare = &mut |film: &_| {
            let framed = view.square(film, side)?;
            inside.push(framed.inside_lungs(side));
            Ok(framed.greys)
        };
        let films = TrainingFilms::read_some(folder, (side, most), watch, prepare)?;
        Ok(Self { films, inside })
    }

    /// Splits off the films that are kept out of training.
    pub(super) fn split(self) -> (Self, Self) {
        let paths = self.films.paths.iter().zip(self.inside);
        let (held, kept): (Vec<_>, Vec<_>) = paths.partition(|(path, _)| held_out(path));
        let only_inside = |pairs: Vec<(_, Vec<f32>)>| pairs.into_iter().map(|pair| pair.1);
        let (held_inside, inside) = (only_inside(held).collect(), only_inside(kept).collect());
        let (films, held_films) = self.films.split(held_out);
        let kept = Self { films, inside };
        let held = Self {
            films: held_films,
            inside: held_inside,
        };
        (kept, held)
    }

    /// Shows the first `most` films to trained networks.
    ///
    /// # Errors
    /// When cancelled or when the device fails.
    pub(super) fn seen_by(
        &self,
        inspector: &mut Inspector,
        most: usize,
        progress: &Progress,
    ) -> Result<Vec<Seen>> {
        let count = self.films.len().min(most);
        (0..count)
            .map(|index| {
                let share = index as f32 / count as f32;
                progress.enter("calibrating", share)?;
                let inside = self.inside[index].clone();
                inspector.see(self.films.plain(index), inside, &mut |_| Ok(()))
            })
            .collect()
    }
}
