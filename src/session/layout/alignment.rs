//! Laying a prior over its film by points that the reader finds in both.

use crate::radiograph::{PixelPoint, Similarity};
use crate::session::{Look, Notice, Session};

use super::Link;

/// How two films lie to each other, after points in both.
#[derive(Clone, Debug)]
pub(super) struct Alignment {
    /// The film that stays as it is.
    pub(super) reference: usize,
    /// The film that is turned and scaled to lie like the reference.
    pub(super) moved: usize,
    /// From the reference to the moved film, on square pixels.
    pub(super) similarity: Similarity,
}

impl Alignment {
    pub(super) fn is_of(&self, film: usize) -> bool {
        self.reference == film || self.moved == film
    }

    /// Returns it with its films' new places in the list; `None` when one of them is gone.
    pub(super) fn moved(self, new: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        Some(Self {
            reference: new(self.reference)?,
            moved: new(self.moved)?,
            ..self
        })
    }
}

/// An alignment under way: points are set in turn, first in one film, then the same in the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aligning {
    /// The points so far: the film and the point on it, in image pixels.
    points: Vec<(usize, PixelPoint)>,
}

impl Aligning {
    /// What the user is asked to do, step by step.
    pub const STEPS: [&'static str; 4] = [
        "Click a point in one film",
        "Click the same point in the other film",
        "Click a second point, far from the first, or use the one as a shift",
        "Click that second point in the other film",
    ];

    /// The number of points that make an alignment: two in each film.
    const ALL: usize = 4;

    /// Returns the points so far that lie on a film, with the number of the pair each belongs to.
    pub fn points_on(&self, film: usize) -> impl Iterator<Item = (usize, PixelPoint)> {
        let numbered = self.points.iter().enumerate();
        numbered
            .filter(move |(_, (on, _))| *on == film)
            .map(|(index, (_, point))| (index / 2 + 1, *point))
    }

    /// Says what is to be done next.
    pub fn next_step(&self) -> &'static str {
        Self::STEPS[self.points.len().min(3)]
    }

    /// Reports whether one point in each film is known: enough for a shift.
    pub fn can_shift(&self) -> bool {
        self.points.len() == 2
    }

    /// Reports whether a film may get the next point: the partner of the last one lies on the
    /// other film, and all points lie on two films.
    fn takes(&self, film: usize) -> bool {
        match self.points.as_slice() {
            [] => true,
            [(first, _)] => *first != film,
            [(first, _), (second, _)] => [*first, *second].contains(&film),
            [(first, _), (second, _), (third, _)] => {
                film != *third && [*first, *second].contains(&film)
            }
            _ => false,
        }
    }

    /// Adds a point; returns whether the alignment is complete.
    pub(super) fn add(&mut self, film: usize, point: PixelPoint) -> bool {
        if self.takes(film) {
            self.points.push((film, point));
        }
        self.points.len() == Self::ALL
    }

    /// Returns the two films and the points on each, pair by pair.
    pub(super) fn pairs(&self) -> Option<([usize; 2], [Vec<PixelPoint>; 2])> {
        let [(one, _), (other, _), ..] = self.points.as_slice() else {
            return None;
        };
        let on = |film: usize| {
            let points = self.points.iter().filter(|(on, _)| *on == film);
            points.map(|(_, point)| *point).collect()
        };
        Some(([*one, *other], [on(*one), on(*other)]))
    }
}

impl Session {
    pub(super) fn set_landmark(&mut self, cell: usize, point: PixelPoint) {
        let film = self.layout.cells.get(cell).and_then(|cell| cell.film);
        let complete = match (&mut self.layout.aligning, film) {
            (Some(aligning), Some(film)) => aligning.add(film, point),
            _ => false,
        };
        if complete {
            self.align();
        }
    }

    /// Aligns by the points set so far, and shows both films where they were.
    pub(super) fn align(&mut self) {
        let Some(aligning) = self.layout.aligning.take() else {
            return;
        };
        if let Some(alignment) = self.aligned_by(&aligning) {
            self.hold_still(alignment.reference);
            let moved = alignment.moved;
            let known = &mut self.layout.alignments;
            known.retain(|known| !known.is_of(moved));
            known.push(alignment);
            self.layout.seen = None;
        } else {
            self.notices.push(Notice {
                message: "the films were not aligned: the points lie too near to each other".into(),
                advice: "Set the second point far from the first.".into(),
                is_error: true,
            });
        }
    }
}

impl Session {
    /// Makes linked viewports follow a film that stays where it is: what is aligned with it comes to
    /// it. “Fit” shows both whole, when it is asked for again.
    fn hold_still(&mut self, film: usize) {
        let cells = self.layout.cells.iter();
        let cell = cells
            .enumerate()
            .find(|(_, cell)| cell.film == Some(film) && cell.linked(Link::Look))
            .map(|(index, _)| index);
        let room = self.layout.room;
        let view = cell.and_then(|cell| {
            let (fit, density) = room?.measure;
            self.view(cell, fit, density)
        });
        if let Some(view) = view {
            let look = Look::Free {
                center_in_image: view.center_in_image,
                zoom: view.zoom,
            };
            self.layout.shared = Some((film, look));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_set_in_turn_in_two_films() {
        let mut aligning = Aligning::default();
        let point = PixelPoint { x: 1.0, y: 2.0 };
        for (film, taken) in [
            (0, true),
            (0, false),
            (2, true),
            (5, false),
            (2, true),
            (2, false),
        ] {
            let before = aligning.points.len();
            aligning.add(film, point);
            assert_eq!(aligning.points.len() > before, taken);
        }
        assert!(aligning.add(0, point));
        let (films, points) = aligning.pairs().unwrap();
        assert_eq!(films, [0, 2]);
        assert_eq!(points.map(|on| on.len()), [2, 2]);
    }
}
