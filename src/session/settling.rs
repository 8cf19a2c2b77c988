//! What follows from what the user opened and chose.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::files;

use super::{Arrangement, Compare, Reading, Session, opening};

impl Session {
    /// Brings what follows from the choices up to date.
    pub(super) fn settle(&mut self) {
        self.prefer_newest();
        self.hold_results();
        if let Some(selected) = self.selected {
            self.follow(selected);
        }
        self.settle_layout();
        let shown: BTreeSet<usize> = self.layout.needed().collect();
        for &film in &shown {
            self.follow(film);
        }
        opening::tend(&mut self.readings, self.selected, &shown, &self.wake);
        self.tend_marks();
        self.log_pace();
    }

    fn follow(&mut self, film: usize) {
        let together = self.layout.shows_agreement(film)
            || (self.layout.arrangement() == Arrangement::Automatic
                && self.compare == Compare::Agreement);
        if let Some(reading) = self.readings.get_mut(film) {
            reading.follow(&self.shelf, &self.overlay, together);
        }
    }

    /// Of several films of a patient that were opened together, the newest is the current one.
    fn prefer_newest(&mut self) {
        if let Some(film) = self.unchosen {
            let newest = self.newest_of(film);
            if newest != film {
                self.choose(newest);
                self.unchosen = Some(newest);
            }
        }
    }

    /// Puts files on the list that are not there yet, and selects the first of them.
    pub(super) fn list(&mut self, paths: Vec<PathBuf>) {
        let mut first = None;
        for path in paths {
            if files::is_bundle(&path) {
                self.bundles.load(path, self.wake.clone());
                continue;
            }
            let known = self.readings.iter().position(|known| known.path == path);
            let place = known.unwrap_or_else(|| {
                self.readings.push(Reading::new(path));
                self.readings.len() - 1
            });
            first = first.or(Some(place));
        }
        if let Some(first) = first {
            self.choose(first);
            self.unchosen = Some(first);
        }
    }
}
