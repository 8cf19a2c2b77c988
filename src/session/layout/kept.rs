//! The viewports as a saved reading holds them, and back.

use serde::{Deserialize, Serialize};

use super::{Alignment, Arrangement, Cell, Compare, Grid, Role};
use crate::radiograph::Similarity;
use crate::session::bundle::GreysRecord;
use crate::session::{Look, Session};

/// The most viewports that a record may hold.
const MOST_CELLS: usize = 16;

/// What is in the viewports; films by their places in a saved reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct LayoutRecord {
    arrangement: Arrangement,
    cells: Vec<CellRecord>,
    active: usize,
    maximised: bool,
    priors_hidden: bool,
    /// Whether the user put something into a viewport.
    touched: bool,
    /// The film that the automatic arrangement is about.
    anchor: Option<usize>,
    /// The film that linked viewports follow, and how it lies.
    shared: Option<(usize, Look)>,
    alignments: Vec<AlignmentRecord>,
    compare: Compare,
}

/// One viewport; its own look and greys as they were when another one was active.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CellRecord {
    film: Option<usize>,
    role: Role,
    own_look: Option<Look>,
    own_greys: Option<GreysRecord>,
}

/// Two films that were aligned by points in both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct AlignmentRecord {
    reference: usize,
    moved: usize,
    similarity: Similarity,
}

impl LayoutRecord {
    /// Returns every film it names.
    pub(in crate::session) fn films(&self) -> impl Iterator<Item = usize> {
        let aligned = self.alignments.iter();
        let aligned = aligned.flat_map(|known| [known.reference, known.moved]);
        let in_cells = self.cells.iter().filter_map(|cell| cell.film);
        let shared = self.shared.map(|(film, _)| film);
        in_cells.chain(aligned).chain(self.anchor).chain(shared)
    }

    /// Says why it can be no layout of this program.
    pub(in crate::session) fn flaw(&self) -> Option<&'static str> {
        let fits = match self.arrangement {
            Arrangement::Automatic => self.cells.len() <= MOST_CELLS,
            Arrangement::Grid(grid) => {
                Grid::ALL.contains(&grid) && self.cells.len() == grid.count()
            }
        };
        let looks = self.cells.iter().filter_map(|cell| cell.own_look);
        let mut looks = looks.chain(self.shared.map(|(_, look)| look));
        let greys = self.cells.iter().filter_map(|cell| cell.own_greys.as_ref());
        let sound = |known: &AlignmentRecord| known.similarity.is_sound();
        if !fits || (self.active >= self.cells.len() && !self.cells.is_empty()) {
            Some("its viewports are none that this program arranges")
        } else if !looks.all(Look::is_sound) {
            Some("a film lies where no film can")
        } else if !greys.clone().all(GreysRecord::is_sound) {
            Some("a window has no width")
        } else if !self.alignments.iter().all(sound) {
            Some("an alignment has no scale")
        } else {
            None
        }
    }
}

impl Session {
    /// Takes down what is in the viewports; `place` says where a film of the list stands in the
    /// record.
    pub(in crate::session) fn layout_record(
        &self,
        place: impl Fn(usize) -> Option<usize>,
    ) -> LayoutRecord {
        let layout = &self.layout;
        let cell = |cell: &Cell| CellRecord {
            film: cell.film.and_then(&place),
            role: cell.role.clone(),
            own_look: cell.own_look,
            own_greys: cell.own_greys.as_ref().map(GreysRecord::of),
        };
        let alignment = |known: &Alignment| {
            Some(AlignmentRecord {
                reference: place(known.reference)?,
                moved: place(known.moved)?,
                similarity: known.similarity,
            })
        };
        let shared = layout.shared;
        LayoutRecord {
            arrangement: layout.arrangement,
            cells: layout.cells.iter().map(cell).collect(),
            active: layout.active,
            maximised: layout.maximised,
            priors_hidden: layout.priors_hidden,
            touched: layout.touched,
            anchor: layout.anchor.and_then(&place),
            shared: shared.and_then(|(film, look)| Some((place(film)?, look))),
            alignments: layout.alignments.iter().filter_map(alignment).collect(),
            compare: self.compare,
        }
    }

    /// Puts the viewports back; `film` says where a film of the record stands in the list, and
    /// viewports of films that are not there stay empty.
    pub(in crate::session) fn put_layout(
        &mut self,
        record: &LayoutRecord,
        film: impl Fn(usize) -> Option<usize>,
    ) {
        let cells = record.cells.iter().map(|cell| self.cell_of(cell, &film));
        let cells: Vec<Cell> = cells.collect();
        let alignment = |known: &AlignmentRecord| {
            Some(Alignment {
                reference: film(known.reference)?,
                moved: film(known.moved)?,
                similarity: known.similarity,
            })
        };
        let alignments = record.alignments.iter().filter_map(alignment).collect();
        let shared = record.shared;
        let shared = shared.and_then(|(lead, look)| Some((film(lead)?, look)));
        self.compare = record.compare.within_limits();
        let layout = &mut self.layout;
        layout.arrangement = record.arrangement;
        layout.active = record.active.min(cells.len().saturating_sub(1));
        layout.cells = cells;
        layout.maximised = record.maximised;
        layout.priors_hidden = record.priors_hidden;
        layout.touched = record.touched;
        layout.anchor = record.anchor.and_then(&film).or(layout.anchor);
        layout.shared = shared;
        layout.alignments = alignments;
        layout.aligning = None;
        let active = layout.active_film();
        let look = active.and_then(|film| Some(self.open_film(film)?.presentation.look));
        let seen = active.zip(look);
        self.layout.seen = seen.map(|(film, look)| (self.layout.active, film, look));
        self.selected = active.or(self.selected);
    }

    fn cell_of(&self, cell: &CellRecord, film: impl Fn(usize) -> Option<usize>) -> Cell {
        let Some(film) = cell.film.and_then(film) else {
            return Cell::default();
        };
        let open = self.open_film(film);
        let greys = cell.own_greys.as_ref().zip(open);
        Cell {
            film: Some(film),
            role: match &cell.role {
                Role::Mixed(mix) => Role::Mixed(mix.within_limits()),
                role => role.clone(),
            },
            own_look: cell.own_look,
            own_greys: greys.map(|(greys, open)| greys.on(&open.presentation)),
        }
    }

    /// Fills viewports that wait for a film of the record, where nothing else is in them.
    pub(in crate::session) fn fill_cells(
        &mut self,
        record: &LayoutRecord,
        (in_record, in_list): (usize, usize),
    ) {
        if record.arrangement != self.layout.arrangement
            || record.cells.len() != self.layout.cells.len()
        {
            return;
        }
        for place in 0..record.cells.len() {
            let waits = record.cells[place].film == Some(in_record);
            if waits && self.layout.cells[place].film.is_none() {
                self.layout.cells[place] = self.cell_of(&record.cells[place], |_| Some(in_list));
            }
        }
    }
}
