//! What the user does to viewports, and what follows from it.

use super::{Aligning, Arrangement, Cell, Grid, Link, Role};
use crate::radiograph::PixelPoint;
use crate::session::{Compare, Session};

/// One thing the user did to the viewports. Places that do not exist are ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum LayoutCommand {
    /// Arranges the viewports.
    Arrange(Arrangement),
    /// Makes a viewport the active one: its film becomes the selected one.
    Activate(usize),
    /// Makes the viewport so many columns and rows away the active one.
    Step(isize, isize),
    /// Shows a film of the list in a viewport.
    Show {
        /// The viewport.
        cell: usize,
        /// The film's place in the list.
        film: usize,
    },
    /// Shows the selected film in the active viewport.
    ShowHere,
    /// Exchanges what two viewports show.
    Exchange(usize, usize),
    /// Empties the active viewport.
    Clear,
    /// Shows the film of a viewport in another role.
    Role(usize, Role),
    /// Links the active viewport with the others, or unlinks it; what is on the screen stays.
    ToggleLink(Link),
    /// Gives the active viewport the place of all, or gives the others theirs back.
    Maximise,
    /// Hangs the film with its counterpart, map and priors anew.
    Hang,
    /// Hangs priors by themselves, or stops doing so.
    TogglePriors,
    /// Notes how large the pictures are: width and height in points, and pixels per point.
    Room([f32; 2], f32),
    /// Begins to align a prior by points, or gives it up.
    Align,
    /// Sets the next point of an alignment in a viewport's film, in image pixels.
    Landmark(usize, PixelPoint),
    /// Makes do with one point in each film: a shift.
    ShiftOnly,
    /// Forgets the alignment of the active viewport's film.
    ResetAlignment,
}

impl Session {
    pub(in crate::session) fn apply_layout(&mut self, command: LayoutCommand) {
        match command {
            LayoutCommand::Arrange(arrangement) => self.arrange(arrangement),
            LayoutCommand::Activate(cell) => self.activate(cell),
            LayoutCommand::Step(columns, rows) => self.step_active(columns, rows),
            LayoutCommand::Show { cell, film } => self.show(cell, film),
            LayoutCommand::ShowHere => {
                if let Some(film) = self.selected {
                    self.show(self.layout.active, film);
                }
            }
            LayoutCommand::Exchange(a, b) => self.exchange(a, b),
            LayoutCommand::Clear => self.replace(self.layout.active, Cell::default()),
            LayoutCommand::Role(cell, role) => self.give_role(cell, role),
            LayoutCommand::ToggleLink(link) => self.toggle_link(link),
            LayoutCommand::Maximise => self.layout.maximised = !self.layout.maximised(),
            LayoutCommand::Hang => self.hang(),
            LayoutCommand::TogglePriors => self.layout.priors_hidden = !self.layout.priors_hidden,
            LayoutCommand::Room(fit, pixels_per_point) => {
                self.layout.measured((fit, pixels_per_point));
                let waiting = self.layout.unlinking.take();
                if waiting.is_some_and(|cell| cell == self.layout.active) {
                    self.toggle_link(Link::Look);
                }
            }
            LayoutCommand::Align => {
                let begun = self.layout.aligning.take().is_some();
                self.layout.aligning = (!begun).then(Aligning::default);
            }
            LayoutCommand::Landmark(cell, point) => self.set_landmark(cell, point),
            LayoutCommand::ShiftOnly => self.align(),
            LayoutCommand::ResetAlignment => {
                if let Some(film) = self.layout.active_film() {
                    self.layout.alignments.retain(|known| !known.is_of(film));
                }
            }
        }
    }

    /// Chooses a film of the list: the automatic arrangement is about it from now on; a grid shows
    /// it in its active viewport.
    pub(in crate::session) fn choose(&mut self, film: usize) {
        match self.layout.arrangement {
            Arrangement::Automatic => {
                self.layout.anchor = Some(film);
                self.layout.shared = None;
                self.layout.cells.clear();
                self.layout.active = 0;
            }
            Arrangement::Grid(_) => self.show(self.layout.active, film),
        }
        self.selected = Some(film);
    }

    fn arrange(&mut self, arrangement: Arrangement) {
        self.exchange_own();
        self.layout.maximised = false;
        self.layout.arrangement = arrangement;
        self.layout.seen = None;
        self.layout.shared = None;
        let before = std::mem::take(&mut self.layout.cells);
        let active = std::mem::take(&mut self.layout.active);
        match arrangement {
            Arrangement::Automatic => {
                let hung = before.first().and_then(|cell| cell.film);
                self.layout.anchor = hung.filter(|_| !self.layout.touched).or(self.selected);
                self.layout.touched = false;
            }
            Arrangement::Grid(grid) => {
                (self.layout.cells, self.layout.active) = match self.selected {
                    Some(film) if !self.layout.touched => {
                        self.hung_about((film, &before), active, grid)
                    }
                    // What the user put into viewports stays in them as far as there is room, and
                    // what is looked at in any case.
                    _ => (resized(before, (active, grid.count())), 0),
                };
                if let Some(film) = self.layout.active_film() {
                    self.selected = Some(film);
                }
                self.exchange_own();
            }
        }
    }

    /// Hangs a grid about the film that the viewports were about, also while another one of them, a
    /// prior say, is looked at, which stays active; where there is no room for both, about that one.
    fn hung_about(
        &self,
        (selected, before): (usize, &[Cell]),
        active: usize,
        grid: Grid,
    ) -> (Vec<Cell>, usize) {
        let about = before.first().and_then(|cell| cell.film);
        let role = before.get(active).map(|cell| &cell.role);
        let cells = self.hung(about.unwrap_or(selected), grid);
        let of_film = |cell: &Cell| cell.film == Some(selected);
        let same = |cell: &Cell| of_film(cell) && Some(&cell.role) == role;
        let place = cells.iter().position(same);
        match place.or_else(|| cells.iter().position(of_film)) {
            Some(place) => (cells, place),
            None => (self.hung(selected, grid), 0),
        }
    }

    fn hang(&mut self) {
        let Some(film) = self.selected else {
            return;
        };
        if let Arrangement::Grid(grid) = self.layout.arrangement {
            self.exchange_own();
            self.layout.touched = false;
            self.layout.cells = self.hung(self.newest_of(film), grid);
            self.layout.active = 0;
            self.layout.seen = None;
            self.layout.shared = None;
            self.selected = self.layout.active_film();
        }
    }

    pub(in crate::session) fn activate(&mut self, cell: usize) {
        if cell >= self.layout.cells.len() || cell == self.layout.active {
            return;
        }
        self.exchange_own();
        self.layout.active = cell;
        self.exchange_own();
        if let Some(film) = self.layout.active_film() {
            self.selected = Some(film);
        }
    }

    fn step_active(&mut self, columns: isize, rows: isize) {
        let count = self.layout.cells.len();
        let across = match self.layout.arrangement {
            Arrangement::Automatic => count,
            Arrangement::Grid(grid) => grid.columns,
        };
        let step = columns + rows * across as isize;
        let next = self.layout.active.checked_add_signed(step);
        if let Some(next) = next.filter(|next| *next < count) {
            self.activate(next);
        }
    }

    fn show(&mut self, cell: usize, film: usize) {
        if film >= self.readings.len() || cell >= self.layout.cells.len() {
            return;
        }
        self.touch();
        let same = self.layout.cells[cell].film == Some(film);
        if !same {
            self.replace(cell, Cell::of(film, Role::Original));
        }
        self.activate(cell);
        self.selected = Some(film);
    }

    /// Puts something else into a viewport, without a trace of what was there.
    fn replace(&mut self, cell: usize, new: Cell) {
        if cell >= self.layout.cells.len() {
            return;
        }
        self.touch();
        if cell == self.layout.active {
            self.exchange_own();
            self.layout.seen = None;
        }
        self.layout.cells[cell] = new;
        let shared = self.layout.shared.map(|(film, _)| film);
        let used = |film| self.layout.cells.iter().any(|cell| cell.film == film);
        if shared.is_some() && !used(shared) {
            self.layout.shared = None;
        }
    }

    fn exchange(&mut self, a: usize, b: usize) {
        let count = self.layout.cells.len();
        if a == b || a.max(b) >= count {
            return;
        }
        self.touch();
        self.exchange_own();
        self.layout.cells.swap(a, b);
        self.layout.active = b;
        self.layout.seen = None;
        self.exchange_own();
        if let Some(film) = self.layout.active_film() {
            self.selected = Some(film);
        }
    }

    fn give_role(&mut self, cell: usize, role: Role) {
        if cell >= self.layout.cells.len() {
            return;
        }
        let role = match role {
            Role::Mixed(mix) => Role::Mixed(mix.within_limits()),
            other => other,
        };
        if let (Arrangement::Automatic, Role::Mixed(now), Role::Mixed(mix)) = (
            self.layout.arrangement,
            &self.layout.cells[cell].role,
            &role,
        ) && std::mem::discriminant(now) == std::mem::discriminant(mix)
        {
            self.compare = Compare::Mixed(*mix);
            return;
        }
        self.touch();
        // An empty viewport shows the selected film so.
        if self.layout.cells[cell].film.is_none()
            && let Some(film) = self.selected
        {
            self.show(cell, film);
        }
        self.layout.cells[cell].role = role;
    }

    /// Chooses the comparison: of the automatic arrangement, or of a grid's active viewport.
    pub(in crate::session) fn choose_comparison(&mut self, compare: Compare) {
        if self.layout.arrangement == Arrangement::Automatic {
            self.compare = compare.within_limits();
            return;
        }
        let shown = self.reading().and_then(|reading| reading.shown());
        let role = match (compare, shown) {
            (Compare::Mixed(mix), _) => Role::Mixed(mix),
            (Compare::Models(face), Some(model)) => Role::Model(model.clone(), face),
            (Compare::Agreement, _) => Role::Agreement,
            (Compare::SideBySide | Compare::Models(_), _) => Role::Original,
        };
        self.give_role(self.layout.active, role);
    }
}

fn resized(mut cells: Vec<Cell>, (active, count): (usize, usize)) -> Vec<Cell> {
    if active >= count && active < cells.len() && count > 0 {
        cells.swap(0, active);
    }
    cells.resize_with(count, Cell::default);
    cells
}
