//! What viewports share: pan and zoom, and the window.

use std::collections::BTreeSet;

use super::{Arrangement, Link};
use crate::radiograph::{NamedVoi, VoiWindow};
use crate::session::{Command, Look, Session, WindowChange};

/// The window before and after a change, to be carried to other films.
pub(in crate::session) struct GreysChange {
    pub(in crate::session) before: VoiWindow,
    pub(in crate::session) after: VoiWindow,
    pub(in crate::session) preset: NamedVoi,
    pub(in crate::session) inverted: bool,
}

/// What a command did to a link of the active viewport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linking {
    /// What is shared, or no longer.
    pub link: Link,
    /// The viewport, by its place.
    pub cell: usize,
    /// Whether it is linked now; `None` where it shows no film and nothing was changed.
    pub linked: Option<bool>,
    /// The other viewports with a film that go along with each other, by their places.
    pub others: Vec<usize>,
}

impl Session {
    /// Brings the viewports up to date with the list and with what is selected.
    pub(in crate::session) fn settle_layout(&mut self) {
        match self.layout.arrangement {
            Arrangement::Automatic => self.settle_automatic(),
            Arrangement::Grid(_) => self.hang_results(),
        }
        let Some(film) = self.layout.active_film() else {
            return;
        };
        let (active, Some(open)) = (self.layout.active, self.open_film(film)) else {
            return;
        };
        let look = open.presentation.look;
        let linked = self.layout.cells[active].linked(Link::Look);
        match self.layout.seen {
            Some((cell, of, before)) if (cell, of) == (active, film) => {
                if before != look && linked {
                    self.layout.shared = Some((film, look));
                }
                self.layout.seen = Some((active, film, look));
            }
            _ => self.enter(film, look, linked),
        }
    }

    fn settle_automatic(&mut self) {
        let current = self.layout.cells.get(self.layout.active);
        let before = current.map(|cell| (cell.film, cell.role.clone()));
        self.layout.cells = self.automatic_cells();
        let cells = &self.layout.cells;
        let same = cells.iter().position(|cell| {
            before
                .as_ref()
                .is_some_and(|(film, role)| cell.film == *film && cell.role == *role)
        });
        let of_film = || {
            let (film, _) = before.as_ref()?;
            cells.iter().position(|cell| cell.film == *film)
        };
        self.layout.active = same.or_else(of_film).unwrap_or(0);
        if let Some(film) = self.layout.active_film() {
            self.selected = Some(film);
        }
    }

    /// Takes in the film of a viewport that has just become active: where it is linked, it lies as
    /// the others do.
    fn enter(&mut self, film: usize, look: Look, linked: bool) {
        let shared = self.shared_look(film).filter(|_| linked);
        let look = shared.unwrap_or(look);
        if let Some(open) = self.readings[film].open_film_mut() {
            open.presentation.look = look;
        }
        if linked && self.layout.shared.is_none() {
            self.layout.shared = Some((film, look));
        }
        self.layout.seen = Some((self.layout.active, film, look));
    }

    pub(super) fn toggle_link(&mut self, link: Link) {
        let active = self.layout.active;
        let linked = self.layout.cells.get(active).map(|cell| cell.linked(link));
        // What is unlinked stays where it is, and after a change of the grid that is not known before
        // the next frame.
        let unknown = self.layout.room.is_some() && self.layout.room().is_none();
        if link == Link::Look && linked == Some(true) && unknown {
            let asked = self.layout.unlinking.take() == Some(active);
            self.layout.unlinking = (!asked).then_some(active);
            return;
        }
        self.switch_link(link);
        let cells = self.layout.cells.iter().enumerate();
        let others = cells
            .filter(|(cell, shown)| *cell != active && shown.film.is_some() && shown.linked(link));
        let others = others.map(|(cell, _)| cell).collect();
        let shown = self.layout.cells.get(active);
        let shown =
            shown.filter(|shown| shown.film.and_then(|film| self.open_film(film)).is_some());
        self.layout.linking = Some(Linking {
            link,
            cell: active,
            linked: shown.map(|shown| shown.linked(link)),
            others,
        });
    }

    fn switch_link(&mut self, link: Link) {
        let active = self.layout.active;
        let view = self.layout.room();
        let view = view.and_then(|(fit, density)| self.view(active, fit, density));
        self.touch();
        let Some(film) = self.layout.active_film() else {
            return;
        };
        let Some(open) = self.readings[film].open_film_mut() else {
            return;
        };
        let (cell, presentation) = (&mut self.layout.cells[active], &mut open.presentation);
        match link {
            Link::Look => {
                cell.own_look = match (cell.own_look, view) {
                    (Some(_), _) | (None, None) => None,
                    (None, Some(view)) => {
                        let linked = presentation.look;
                        presentation.look = Look::Free {
                            center_in_image: view.center_in_image,
                            zoom: view.zoom,
                        };
                        Some(linked)
                    }
                };
                self.layout.seen = None;
            }
            Link::Greys => match cell.own_greys.take() {
                Some(linked) => presentation.put(linked),
                None => cell.own_greys = Some(presentation.greys()),
            },
        }
    }

    /// Exchanges the active viewport's own look and greys with its film's.
    pub(super) fn exchange_own(&mut self) {
        let Some(cell) = self.layout.cells.get_mut(self.layout.active) else {
            return;
        };
        let Some(film) = cell.film else {
            return;
        };
        let reading = self.readings.get_mut(film);
        let Some(open) = reading.and_then(|reading| reading.open_film_mut()) else {
            return;
        };
        let presentation = &mut open.presentation;
        if let Some(own) = &mut cell.own_look {
            std::mem::swap(own, &mut presentation.look);
        }
        if let Some(own) = &mut cell.own_greys {
            let film = presentation.greys();
            presentation.put(std::mem::replace(own, film));
        }
        self.layout.seen = None;
    }

    /// Carries out a command about the window for every other film that is linked.
    pub(in crate::session) fn carry_greys(&mut self, command: &Command, change: &GreysChange) {
        let Some(film) = self.layout.active_film() else {
            return;
        };
        if !self.layout.cells[self.layout.active].linked(Link::Greys) {
            return;
        }
        let cells = &self.layout.cells;
        let linked = cells.iter().filter(|cell| cell.linked(Link::Greys));
        let others = linked.filter_map(|cell| cell.film.filter(|other| *other != film));
        let others: BTreeSet<usize> = others.collect();
        for other in others {
            let reading = self.readings.get_mut(other);
            if let Some(open) = reading.and_then(|reading| reading.open_film_mut()) {
                let presentation = &mut open.presentation;
                match command {
                    Command::Preset(_) => presentation.choose_like(&change.preset),
                    Command::Invert => presentation.set_inverted(change.inverted),
                    Command::Window(drag @ WindowChange::Drag { .. }) => presentation.change(*drag),
                    Command::Window(_) => presentation.change_like(change.before, change.after),
                    _ => {}
                }
            }
        }
    }
}
