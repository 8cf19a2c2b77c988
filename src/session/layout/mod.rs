//! What each viewport shows: a film of the list in a role, alone or together with the others.
//!
//! In the automatic arrangement the viewports follow from the film that was chosen, its prior and
//! the comparison; in a grid each is what the user made it. The presentation of a film is always
//! that of the active viewport: one that was unlinked lends its own to the film while it is active
//! and takes it back when it is left. Where anything lies is `geometry`'s.

mod alignment;
mod command;
mod geometry;
mod hanging;
mod kept;
mod links;
mod mix;
mod relation;
mod shown;
#[cfg(test)]
mod tests;

pub use alignment::Aligning;
pub use command::LayoutCommand;
pub(super) use kept::LayoutRecord;
pub(super) use links::GreysChange;
pub use links::Linking;
pub use mix::{Compare, Face, Lens, Mix};
pub use relation::{Relation, Relations};

use alignment::Alignment;
use serde::{Deserialize, Serialize};
use shown::Room;

use super::{Look, presentation::Greys};
use crate::anomaly::ModelId;

/// How viewports are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrangement {
    /// As the film, its prior and the comparison ask for.
    #[default]
    Automatic,
    /// A fixed number of rows and columns.
    Grid(Grid),
}

/// A number of rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// The rows.
    pub rows: usize,
    /// The columns.
    pub columns: usize,
}

impl Grid {
    /// The grids on offer.
    pub const ALL: [Self; 6] = [
        Self::new(1, 1),
        Self::new(1, 2),
        Self::new(2, 1),
        Self::new(2, 2),
        Self::new(2, 3),
        Self::new(2, 4),
    ];

    /// Makes a grid.
    pub const fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns }
    }

    /// Returns the number of viewports.
    pub fn count(self) -> usize {
        self.rows * self.columns
    }

    /// Returns the grid that holds so many viewports of an automatic arrangement.
    fn holding(count: usize) -> Self {
        match count {
            0 | 1 => Self::new(1, 1),
            2 | 3 => Self::new(1, count),
            4 => Self::new(2, 2),
            5 | 6 => Self::new(2, 3),
            _ => Self::new(2, 4),
        }
    }
}

/// What a viewport shows of its film.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Role {
    /// The film as acquired.
    #[default]
    Original,
    /// The film as the shown model expects it healthy.
    Counterpart,
    /// The shown model's map over the film.
    Map,
    /// Original and counterpart in one viewport.
    Mixed(Mix),
    /// What one of several models says, beside the others.
    Model(ModelId, Face),
    /// The places that several models find unusual.
    Agreement,
}

impl Role {
    /// Reports whether it is nothing without a model's result.
    pub fn needs_result(&self) -> bool {
        *self != Self::Original
    }
}

/// What the viewports of an arrangement can share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Pan and zoom.
    Look,
    /// The window and the polarity.
    Greys,
}

/// One viewport.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The film, by its place in the list; `None` while it is empty.
    pub film: Option<usize>,
    /// What it shows of the film.
    pub role: Role,
    /// Its own look, where pan and zoom are not linked.
    own_look: Option<Look>,
    /// Its own greys, where the window is not linked. While the viewport is active these are the
    /// linked ones, because the film has this viewport's.
    own_greys: Option<Greys>,
}

impl Cell {
    fn of(film: usize, role: Role) -> Self {
        Self {
            film: Some(film),
            role,
            ..Self::default()
        }
    }

    /// Reports whether it goes along with the other linked viewports.
    pub fn linked(&self, link: Link) -> bool {
        match link {
            Link::Look => self.own_look.is_none(),
            Link::Greys => self.own_greys.is_none(),
        }
    }
}

/// The arrangement of viewports, and what is in each.
#[derive(Debug, Default)]
pub struct Layout {
    arrangement: Arrangement,
    cells: Vec<Cell>,
    active: usize,
    maximised: bool,
    priors_hidden: bool,
    /// Whether the user put something into a viewport.
    touched: bool,
    /// The film that the automatic arrangement is about.
    anchor: Option<usize>,
    /// The film that linked viewports were moved by last, and how.
    shared: Option<(usize, Look)>,
    /// The active viewport, its film and the film's look as they were last seen.
    seen: Option<(usize, usize, Look)>,
    /// Films that were aligned by points in both.
    alignments: Vec<Alignment>,
    aligning: Option<Aligning>,
    /// What the last command did to a link, until the next one.
    linking: Option<Linking>,
    /// How large the pictures are.
    room: Option<Room>,
    /// The viewport that is to be unlinked as soon as it is known how large the pictures are.
    unlinking: Option<usize>,
}

impl Layout {
    /// Returns how viewports are arranged.
    pub fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    /// Returns the viewports, row by row.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the place of the viewport that keys act on.
    pub fn active(&self) -> usize {
        self.active
    }

    /// Reports whether the active viewport has the place of all.
    pub fn maximised(&self) -> bool {
        self.maximised && self.cells.len() > 1
    }

    /// Returns the places of the viewports that are on the screen.
    pub fn visible(&self) -> std::ops::Range<usize> {
        match self.maximised() {
            true => self.active..self.active + 1,
            false => 0..self.cells.len(),
        }
    }

    /// Reports whether the automatic arrangement hangs a prior beside its film.
    pub fn hangs_priors(&self) -> bool {
        !self.priors_hidden
    }

    /// Returns the alignment under way.
    pub fn aligning(&self) -> Option<&Aligning> {
        self.aligning.as_ref()
    }

    /// Returns what the last command did to a link, to be said until the next one.
    pub fn linking(&self) -> Option<&Linking> {
        self.linking.as_ref()
    }

    /// Reports whether a film was aligned with another by points in both.
    pub fn aligned(&self, film: usize) -> bool {
        self.alignments.iter().any(|known| known.is_of(film))
    }

    /// Reports whether a film is shown moved, scaled or turned to lie like another.
    fn moved(&self, film: usize) -> bool {
        self.alignments.iter().any(|known| known.moved == film)
    }

    /// Returns the film of the active viewport.
    pub fn active_film(&self) -> Option<usize> {
        self.cells.get(self.active)?.film
    }

    /// Reports whether a viewport shows where models agree on a film.
    pub(super) fn shows_agreement(&self, film: usize) -> bool {
        let of_film = |cell: &Cell| cell.film == Some(film) && cell.role == Role::Agreement;
        self.cells.iter().any(of_film)
    }

    /// Forgets what the last command did to a link.
    pub(super) fn say_no_more(&mut self) {
        self.linking = None;
    }

    /// Returns the films that viewports show or depend on.
    pub(super) fn needed(&self) -> impl Iterator<Item = usize> {
        let shown = self.cells.iter().filter_map(|cell| cell.film);
        shown.chain(self.shared.map(|(film, _)| film))
    }

    /// Forgets a film that is taken off the list: those after it move up.
    pub(super) fn forget(&mut self, gone: usize) {
        self.renumber(|film| match film.cmp(&gone) {
            std::cmp::Ordering::Less => Some(film),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(film - 1),
        });
    }

    /// Follows films to their new places in the list; those that have none are gone.
    pub(super) fn renumber(&mut self, moved: impl Fn(usize) -> Option<usize>) {
        for cell in &mut self.cells {
            if let Some(film) = cell.film.take() {
                match moved(film) {
                    Some(film) => cell.film = Some(film),
                    None => *cell = Cell::default(),
                }
            }
        }
        self.anchor = self.anchor.and_then(&moved);
        let shared = self.shared.take();
        self.shared = shared.and_then(|(film, look)| Some((moved(film)?, look)));
        self.seen = None;
        self.aligning = None;
        let kept = std::mem::take(&mut self.alignments);
        let kept = kept.into_iter().filter_map(|known| known.moved(&moved));
        self.alignments = kept.collect();
    }
}
