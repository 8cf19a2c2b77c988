//! What switches say of a viewport: whether it shows all of its film, or one pixel on one of the
//! screen's.

use super::{Arrangement, Layout, Link, geometry::reach};
use crate::session::{Look, OpenFilm, Session};

/// How large the pictures were found to be on the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Width and height of the smallest viewport's picture in points, and pixels per point.
    pub(super) measure: ([f32; 2], f32),
    of: Shape,
}

/// What decides how large viewports are: their arrangement, how many are on the screen, and where
/// those follow from a film's form, the film.
type Shape = (Arrangement, usize, Option<usize>);

impl Layout {
    /// Returns how large the pictures are, as [`super::LayoutCommand::Room`] told it, as long as the
    /// viewports are still those that were measured.
    pub fn room(&self) -> Option<([f32; 2], f32)> {
        let room = self.room.filter(|room| room.of == self.shape())?;
        Some(room.measure)
    }

    pub(super) fn measured(&mut self, measure: ([f32; 2], f32)) {
        let of = self.shape();
        self.room = Some(Room { measure, of });
    }

    fn shape(&self) -> Shape {
        let automatic = self.arrangement == Arrangement::Automatic;
        let film = self.active_film().filter(|_| automatic);
        (self.arrangement, self.visible().len(), film)
    }
}

impl Session {
    /// Reports whether a viewport shows its film as a look says: whole where that is “fit”, pixel for
    /// pixel where that is “1:1”, whatever the film was moved by.
    pub fn shows(&self, cell: usize, look: Look) -> bool {
        // An old size is good enough for the state of a button until the next frame.
        let Some((fit, pixels_per_point)) = self.layout.room.map(|room| room.measure) else {
            return false;
        };
        let film = self.layout.cells.get(cell).and_then(|cell| cell.film);
        let open = film.and_then(|film| self.open_film(film));
        let (Some(open), Some(view)) = (open, self.view(cell, fit, pixels_per_point)) else {
            return false;
        };
        match look {
            Look::Fit => {
                let (right, below) = reach(open, &view);
                let [width, height] = fit.map(|side| side / 2.0);
                // Half a point of rounding hides nothing, nor does it leave room.
                let whole = right < width + 0.5 && below < height + 0.5;
                whole && self.look_of(cell) == Some(Look::Fit)
            }
            Look::OneToOne => (view.zoom * pixels_per_point - 1.0).abs() < 1e-3,
            Look::Free { .. } | Look::Part(_) => self.look_of(cell) == Some(look),
        }
    }

    /// Returns the look that a viewport follows: the one that linked viewports share, or its own.
    fn look_of(&self, cell: usize) -> Option<Look> {
        let shown = self.layout.cells.get(cell)?;
        let open = self.open_film(shown.film?)?;
        Some(match (shown.linked(Link::Look), self.layout.shared) {
            (true, Some((_, look))) => look,
            (true, None) => open.presentation.look,
            (false, _) => self.own_look(cell, open),
        })
    }

    /// Returns the look of a viewport that goes along with no other. The active one's own is in its
    /// film's place.
    pub(super) fn own_look(&self, cell: usize, open: &OpenFilm) -> Look {
        let shown = self.layout.cells.get(cell);
        let own = shown.filter(|_| cell != self.layout.active);
        let own = own.and_then(|shown| shown.own_look);
        own.unwrap_or(open.presentation.look)
    }

    /// Makes linked viewports follow the active one, which was just asked to lie in some way: also
    /// where it was asked for that before, and has been moved by others since.
    pub(in crate::session) fn lead(&mut self, film: usize, look: Look) {
        let active = self.layout.cells.get(self.layout.active);
        if active.is_some_and(|cell| cell.linked(Link::Look)) {
            self.layout.shared = Some((film, look));
        }
    }
}
