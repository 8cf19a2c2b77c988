//! Pictures made of a film: they stand below it in the list, and are never taken for it.

use std::sync::Arc;

use super::{Reading, Session};
use crate::radiograph::{Derivation, Film, Origin};

/// Which object a film is, and what it was made of; kept while the film itself is let go.
#[derive(Clone, Debug, Default)]
pub(super) struct Lineage {
    origin: Option<Arc<Origin>>,
    derivation: Option<Derivation>,
    /// Whether it was put below its film.
    filed: bool,
}

impl Lineage {
    pub(super) fn of(film: &Film) -> Self {
        Self {
            origin: film.source.origin.clone(),
            derivation: film.source.derivation.clone(),
            filed: false,
        }
    }

    /// Reports whether the film was looked at before.
    pub(super) fn is_known(&self) -> bool {
        self.origin.is_some() || self.derivation.is_some()
    }

    fn is_made_of(&self, other: &Self) -> bool {
        let named = self.derivation.as_ref().zip(other.origin.as_ref());
        named.is_some_and(|(derivation, other)| derivation.sources.contains(&other.sop_instance))
    }
}

impl Reading {
    /// Returns the object that it was read from, once it has been open.
    pub(super) fn origin(&self) -> Option<&Arc<Origin>> {
        self.lineage.origin.as_ref()
    }

    /// Reports whether it is a picture made of another film, which may not be on the list.
    pub fn is_derived(&self) -> bool {
        self.lineage.derivation.is_some()
    }
}

impl Session {
    /// Returns the film of the list that another one is a picture of.
    pub fn source_of(&self, film: usize) -> Option<usize> {
        let lineage = &self.readings.get(film)?.lineage;
        let mut others = self.readings.iter();
        others.position(|other| lineage.is_made_of(&other.lineage))
    }

    /// Moves pictures below the films that they were made of; returns whether there was one.
    pub(super) fn file_derived(&mut self) -> bool {
        let unfiled = |reading: &Reading| reading.is_derived() && !reading.lineage.filed;
        let mut news = false;
        for film in 0..self.readings.len() {
            if !unfiled(&self.readings[film]) {
                continue;
            }
            let Some(source) = self.source_of(film).filter(|source| *source != film) else {
                continue;
            };
            self.readings[film].lineage.filed = true;
            let mut place = source + 1;
            while place < film && self.source_of(place) == Some(source) {
                place += 1;
            }
            // The place counts without the film itself.
            self.move_film(film, if film < place { place - 1 } else { place });
            news = true;
        }
        news
    }

    fn move_film(&mut self, from: usize, to: usize) {
        let reading = self.readings.remove(from);
        self.readings.insert(to, reading);
        let moved = |film: usize| {
            let without = if film > from { film - 1 } else { film };
            match film {
                film if film == from => to,
                _ if without >= to => without + 1,
                _ => without,
            }
        };
        self.selected = self.selected.map(moved);
        self.unchosen = self.unchosen.map(moved);
        self.layout.renumber(|film| Some(moved(film)));
    }
}
