//! Objects about films that were opened: reports, presentation states, segmentations, maps. Each is
//! applied to the films it names as soon as those are open, and says what of it cannot be shown.

mod applied;

use self::applied::Applied;
use super::{FilmState, Notice, Reading, Session};
use crate::files::Returned;
use crate::radiograph::Origin;

/// An object that was opened.
pub(super) struct Waiting {
    /// Its file's name.
    name: String,
    returned: Box<Returned>,
    /// The films it was applied to, by their SOP Instance UIDs.
    applied: Vec<String>,
    /// Whether it was said that none of its films is open.
    missed: bool,
}

impl Session {
    /// Takes objects off the list of films, and applies those whose films are open; returns whether
    /// anything changed.
    pub(super) fn take_returned(&mut self) -> bool {
        let mut news = false;
        for index in (0..self.readings.len()).rev() {
            let Some(returned) = self.readings[index].returned.take() else {
                continue;
            };
            news = true;
            self.returns.push(Waiting {
                name: self.readings[index].name(),
                returned,
                applied: Vec::new(),
                missed: false,
            });
            self.strike(index);
        }
        news | self.apply_returned()
    }

    /// Takes an entry off the list that turned out to be no film.
    fn strike(&mut self, index: usize) {
        let asked_for = self.selected == Some(index);
        self.readings.remove(index);
        self.layout.forget(index);
        let behind = |film: usize| if film > index { film - 1 } else { film };
        self.unchosen = self.unchosen.filter(|film| *film != index).map(behind);
        if !asked_for {
            self.selected = self.selected.map(behind);
            return;
        }
        self.selected = None;
        let about = self.returns.last().and_then(|waiting| {
            self.readings.iter().position(|reading| {
                let open = reading.open_film();
                open.is_some_and(|open| waiting.returned.is_about(&open.film))
            })
        });
        if let Some(last) = self.readings.len().checked_sub(1) {
            self.choose(about.unwrap_or(index.min(last)));
        }
    }

    fn apply_returned(&mut self) -> bool {
        let mut news = false;
        let kept = self.keeps() && self.settings().keep_marks;
        for waiting in &mut self.returns {
            for reading in &mut self.readings {
                if !waiting.is_due(reading, kept) {
                    continue;
                }
                let notice = waiting.apply(reading);
                self.notices.extend(notice);
                self.overlay.on_original |= waiting.returned.map.is_some();
                news = true;
            }
        }
        news
    }

    /// Says of objects whose films are not among those that were opened which to open; returns
    /// whether there was one.
    pub(super) fn miss_returned(&mut self) -> bool {
        let opening = |reading: &Reading| matches!(reading.state, FilmState::Opening(_));
        if self.readings.iter().any(opening) || self.errands.gathering() {
            return false;
        }
        let mut missed = false;
        for waiting in &mut self.returns {
            // A film whose kept marks are still being read is there all the same.
            let about = |reading: &Reading| {
                let open = reading.open_film();
                open.is_some_and(|open| waiting.returned.is_about(&open.film))
            };
            if !self.readings.iter().any(about)
                && let Some(notice) = waiting.miss()
            {
                self.notices.push(notice);
                missed = true;
            }
        }
        missed
    }
}

impl Waiting {
    /// Reports whether a film is open that the object is still to be applied to. Marks that are kept
    /// of it come first: the same mark is not to be there twice.
    fn is_due(&self, reading: &Reading, kept: bool) -> bool {
        let Some(open) = reading.open_film() else {
            return false;
        };
        let origin = open.film.source.origin.as_deref();
        let new = |origin: &Origin| !self.applied.contains(&origin.sop_instance);
        self.returned.is_about(&open.film)
            && origin.is_some_and(new)
            && (!kept || reading.marks_are_known())
    }

    fn apply(&mut self, reading: &mut Reading) -> Option<Notice> {
        let origin = reading.open_film()?.film.source.origin.clone()?;
        self.applied.push(origin.sop_instance.clone());
        let mut applied = Applied::default();
        applied.marks(reading, &origin, &self.returned);
        if let FilmState::Open(open) = &mut reading.state {
            applied.view(open, &origin, &self.returned);
            applied.map(open, &self.returned);
        }
        if self.returned.key_films.contains(&origin.sop_instance) {
            applied.key_image(reading);
        }
        applied
            .ignored
            .extend(self.returned.ignored.iter().cloned());
        Some(applied.notice(self, reading))
    }

    /// Says once that none of the object's films is open.
    fn miss(&mut self) -> Option<Notice> {
        if self.missed || !self.applied.is_empty() {
            return None;
        }
        self.missed = true;
        let kind = self.returned.kind.name();
        let advice = match (self.returned.films.first(), self.returned.study.as_str()) {
            (None, _) => "It names no film, so that there is nothing to show it on.".to_owned(),
            (Some(film), study) => format!(
                "Open the folder that holds the film {film} of the study {study}: it is applied \
                 to it then."
            ),
        };
        Some(Notice {
            message: format!("{}: a {kind} about a film that is not open", self.name),
            advice,
            is_error: false,
        })
    }
}
