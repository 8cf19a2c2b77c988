//! Training films as the networks see them, with where their lungs lie.

use super::view::{Framed, View};
use crate::error::{Error, Result};
use crate::radiograph::{PixelRect, Radiograph};
use crate::training::{FilmFolder, Prepare, Prepared, TrainingFilms, Watch, held_out};

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
    pub(super) fn of(framed: &Framed) -> Self {
        let boxes = framed.lungs.as_ref().map(|lungs| lungs.boxes.clone());
        Self {
            place: framed.place,
            boxes: boxes.unwrap_or_default(),
            inside: framed.inside_lungs(),
        }
    }

    /// Writes them as numbers: the place, how many boxes, the boxes, and the rest what is inside.
    fn numbers(&self) -> Vec<f32> {
        let rect = |rect: &PixelRect| [rect.x, rect.y, rect.width, rect.height];
        let mut numbers = rect(&self.place).to_vec();
        numbers.push(self.boxes.len() as f32);
        numbers.extend(self.boxes.iter().flat_map(rect));
        numbers.extend(&self.inside);
        numbers
    }

    /// Reads what [`Self::numbers`] wrote of a film of `side`²; `None` where it cannot have.
    fn of_numbers(numbers: &[f32], side: usize) -> Option<Self> {
        let rect = |at: &[f32]| match *at {
            [x, y, width, height] => Some(PixelRect::new(x, y, width, height)),
            _ => None,
        };
        let (place, rest) = numbers.split_at_checked(4)?;
        let (&count, rest) = rest.split_first()?;
        let (boxes, inside) = rest.split_at_checked((count as usize).checked_mul(4)?)?;
        if inside.len() != side * side {
            return None;
        }
        Some(Self {
            place: rect(place)?,
            boxes: boxes.chunks(4).map(rect).collect::<Option<_>>()?,
            inside: inside.to_vec(),
        })
    }
}

/// How models that look at films through a view prepare them.
struct Framing<'a> {
    view: &'a mut View,
    side: usize,
}

impl Prepare for Framing<'_> {
    fn words(&self) -> String {
        format!(
            "{}, for networks of {} pixels",
            self.view.words(),
            self.side
        )
    }

    fn prepare(&mut self, film: &Radiograph) -> Result<Prepared> {
        let framed = self.view.frame(film, self.side)?;
        Ok(Prepared {
            beside: SeenLungs::of(&framed).numbers(),
            square: framed.square,
        })
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
        folder: FilmFolder<'_>,
        (side, most): (usize, usize),
        view: &mut View,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let how = &mut Framing { view, side };
        let (films, beside) = TrainingFilms::read_some(folder, (side, most), watch, how)?;
        let lungs = beside
            .iter()
            .map(|numbers| SeenLungs::of_numbers(numbers, side))
            .collect::<Option<_>>();
        let lungs = lungs.ok_or_else(|| {
            Error::internal("what is kept of a film's lungs is not what this program keeps")
        })?;
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

    /// Shows every film where it lies and moved a little in each direction, as [`Framed::moved`] moves it,
    /// all of a film's together.
    ///
    /// # Errors
    /// As [`Self::seen`].
    pub(super) fn seen_with_moved<S>(
        &self,
        between: &mut dyn FnMut(f32) -> Result<()>,
        mut see: impl FnMut(Vec<Vec<f32>>, &SeenLungs) -> Result<S>,
    ) -> Result<Vec<S>> {
        let films = self.lungs.iter().enumerate().map(|(index, lungs)| {
            between(index as f32 / self.len() as f32)?;
            let own = std::iter::once(self.films.plain(index));
            see(own.chain(self.films.moved(index)).collect(), lungs)
        });
        films.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::compute::Device;
    use crate::files;
    use crate::models::weights_folders;

    /// What is prepared now. Where this changes on purpose, packs' `PREPARATION` must be counted up.
    #[test]
    fn films_are_framed_as_packs_of_the_present_count_hold_them() {
        let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/study/clear.png");
        let film = files::open(&film).unwrap().radiograph;
        let mut view = View::lung_frame(&weights_folders(None), &Device::Cpu).unwrap();
        let mut how = Framing {
            view: &mut view,
            side: 16,
        };
        let words = how.words();
        assert!(
            words.contains("margin of 0.06 and an apron of 0.08"),
            "{words}"
        );
        let framed = how.prepare(&film).unwrap();
        let sum: f32 = framed.square.iter().sum();
        let near = |found: &[f32], expected: [f32; 4], most: f32| {
            let mut pairs = found.iter().zip(expected);
            pairs.all(|(found, expected)| (found - expected).abs() < most)
        };
        let place = [42.0, 73.44, 672.0, 645.12];
        assert!(
            near(&framed.beside, place, 0.1),
            "{:?}",
            &framed.beside[..4]
        );
        let greys = [0.584, 0.609, 0.655, 0.393];
        assert!(
            near(&framed.square[600..], greys, 5e-3),
            "{:?}",
            &framed.square[600..604]
        );
        assert!((sum - 711.45).abs() < 1.0, "{sum}");
        assert_eq!(framed.square.len(), 38 * 38);
    }

    #[test]
    fn what_is_kept_of_lungs_is_read_back_whatever_the_number_of_boxes() {
        for count in [0, 1, 2] {
            let lungs = SeenLungs {
                place: PixelRect::new(-3.5, 2.0, 90.25, 71.0),
                boxes: vec![PixelRect::new(1.0, 2.5, 3.0, 4.0); count],
                inside: vec![0.25, 1.0, 0.0, 0.5],
            };
            let back = SeenLungs::of_numbers(&lungs.numbers(), 2).unwrap();
            assert_eq!((back.place, &back.boxes), (lungs.place, &lungs.boxes));
            assert_eq!(back.inside, lungs.inside);
            assert!(SeenLungs::of_numbers(&lungs.numbers(), 3).is_none());
        }
        assert!(SeenLungs::of_numbers(&[1.0; 4], 2).is_none());
    }
}
