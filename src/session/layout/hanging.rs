//! What hangs by itself: the chosen film, its prior, and what models say of it.

use super::{Arrangement, Cell, Grid, Mix, Role};
use crate::radiograph::Chart;
use crate::session::{Compare, Reading, Session};

/// The most models compared beside the film: more viewports would be too small to read.
const MOST_MODELS: usize = 4;

impl Session {
    /// Returns the films of the same patient and view that are older than this one, newest first.
    /// Films that do not say whom they show have none.
    pub fn priors(&self, film: usize) -> Vec<usize> {
        let chart = |index: usize| self.readings.get(index).and_then(Reading::chart);
        let Some(own) = chart(film) else {
            return Vec::new();
        };
        let older = |other: &Chart| own.hangs_beside(other) && other.earlier_than(own).is_some();
        let mut priors: Vec<usize> = (0..self.readings.len())
            .filter(|&index| chart(index).is_some_and(older))
            .collect();
        priors.sort_by_key(|&index| std::cmp::Reverse(chart(index).and_then(Chart::date)));
        priors
    }

    /// Returns the newest film of the same patient and view.
    pub(in crate::session) fn newest_of(&self, film: usize) -> usize {
        let chart = |index: usize| self.readings.get(index).and_then(Reading::chart);
        let Some(own) = chart(film) else {
            return film;
        };
        let beside = (0..self.readings.len())
            .filter(|&index| chart(index).is_some_and(|other| own.hangs_beside(other)));
        let newer = beside
            .filter(|&index| chart(index).is_some_and(|other| own.earlier_than(other).is_some()));
        newer
            .max_by_key(|&index| (chart(index).and_then(Chart::date), std::cmp::Reverse(index)))
            .unwrap_or(film)
    }

    /// Returns the viewports of the automatic arrangement.
    pub(super) fn automatic_cells(&self) -> Vec<Cell> {
        let Some(film) = self
            .layout
            .anchor
            .filter(|film| *film < self.readings.len())
        else {
            return Vec::new();
        };
        let mut cells = vec![Cell::of(film, Role::Original)];
        let priors = self.priors(film).into_iter();
        let prior = priors.take(usize::from(self.layout.hangs_priors()));
        let prior: Vec<Cell> = prior.map(|prior| Cell::of(prior, Role::Original)).collect();
        let reading = &self.readings[film];
        if self.cut_of(reading).is_none() {
            cells.extend(prior);
            return cells;
        }
        match self.compare {
            Compare::SideBySide => {
                cells.push(Cell::of(film, Role::Counterpart));
                cells.extend(prior);
                cells.push(Cell::of(film, Role::Map));
            }
            Compare::Mixed(mix) => {
                cells = vec![Cell::of(film, Role::Mixed(mix))];
                cells.extend(prior);
                cells.push(Cell::of(film, Role::Map));
            }
            Compare::Models(face) => {
                let outcomes = self.outcomes_of(reading).into_iter().take(MOST_MODELS);
                cells.extend(
                    outcomes
                        .map(|outcome| Cell::of(film, Role::Model(outcome.model.clone(), face))),
                );
            }
            Compare::Agreement => cells.push(Cell::of(film, Role::Agreement)),
        }
        cells
    }

    /// Returns how often a second the viewports on the screen blink, in full turns; `None` while
    /// none does.
    pub fn blinking(&self) -> Option<f32> {
        let cells = self.layout.cells[self.layout.visible()].iter();
        let blinking = cells.filter_map(|cell| match cell.role {
            Role::Mixed(Mix::Blink(hz)) => {
                let reading = self.readings.get(cell.film?)?;
                self.cut_of(reading).map(|_| hz)
            }
            _ => None,
        });
        blinking.max_by(f32::total_cmp)
    }

    /// Returns what a grid starts with: the film, its counterpart and map where results are shown,
    /// its priors, newest first; never a film of another patient.
    pub(super) fn hung(&self, film: usize, grid: Grid) -> Vec<Cell> {
        let mut priors = self.priors(film).into_iter();
        let prior = |priors: &mut dyn Iterator<Item = usize>| {
            priors.next().map(|prior| Cell::of(prior, Role::Original))
        };
        let mut cells = vec![Cell::of(film, Role::Original)];
        if self.cut_of(&self.readings[film]).is_some() {
            if grid.count() > 3 || priors.len() == 0 {
                cells.push(Cell::of(film, Role::Counterpart));
            }
            cells.extend(prior(&mut priors));
            cells.push(Cell::of(film, Role::Map));
        }
        while let Some(cell) = prior(&mut priors) {
            cells.push(cell);
        }
        cells.resize_with(grid.count(), Cell::default);
        cells
    }

    /// Hangs counterpart and map in the free viewports of a grid that was chosen before there was a
    /// result, as long as nothing was changed in it by hand.
    pub(super) fn hang_results(&mut self) {
        let cells = &self.layout.cells;
        let waits = !self.layout.touched && !cells.iter().any(|cell| cell.role.needs_result());
        let Some(film) = cells.first().and_then(|cell| cell.film).filter(|_| waits) else {
            return;
        };
        let reading = self.readings.get(film);
        if reading.is_none_or(|reading| self.cut_of(reading).is_none()) {
            return;
        }
        let free = self
            .layout
            .cells
            .iter_mut()
            .filter(|cell| cell.film.is_none());
        for (cell, role) in free.zip([Role::Counterpart, Role::Map]) {
            *cell = Cell::of(film, role);
        }
    }

    /// Turns the automatic arrangement into a grid that shows the same, when the user is about to
    /// change one of its viewports.
    pub(super) fn touch(&mut self) {
        self.layout.touched = true;
        if self.layout.arrangement == Arrangement::Automatic && !self.layout.cells.is_empty() {
            let grid = Grid::holding(self.layout.cells.len());
            self.layout.cells.resize_with(grid.count(), Cell::default);
            self.layout.arrangement = Arrangement::Grid(grid);
        }
    }
}
