//! Which films are held open: the selected one first, those in viewports and its neighbours next,
//! then the rest once to find the bad ones and whose they are, and never more than fit in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::derived::Lineage;
use super::study::Study;
use super::{FilmState, OpenFilm, Reading};
use crate::files::{self, Content, Returned};
use crate::radiograph::Chart;
use crate::task::{Task, Wake};

/// The memory that open films may take, in bytes; the selected film, its neighbours and those in
/// viewports may exceed it.
const BUDGET_BYTES: usize = 1 << 30;

/// How many entries beyond the selected one are opened ahead of time to find bad files.
const CHECKED_AHEAD: usize = 100;

/// How long the window waits for a film that the reader has just come to, or for its preview. Most
/// films are there by then: they take the place of the last one at once, with no empty viewport in
/// between.
const SHOWN_AT_ONCE: Duration = Duration::from_millis(60);

/// What a file turned out to hold.
pub enum OpenedFile {
    /// A film.
    Film(Box<OpenFilm>),
    /// Something about films.
    Returned(Box<Returned>),
}

/// Opens what should be open next and lets go of what is too much; waits a little for what the
/// reader has just come to.
pub(super) fn tend(
    readings: &mut [Reading],
    selected: Option<usize>,
    shown: &BTreeSet<usize>,
    wake: &Wake,
) {
    let Some(selected) = selected else {
        return;
    };
    // A film opened ahead of time is asked for when the reader comes to it.
    for (index, reading) in readings.iter_mut().enumerate() {
        let seen = index == selected || shown.contains(&index);
        let asked = *reading.asked.get_or_insert_with(Instant::now);
        reading.asked = seen.then_some(asked);
    }
    for film in [selected].iter().chain(shown) {
        if let Some(reading) = readings.get_mut(*film)
            && matches!(reading.state, FilmState::Listed)
        {
            reading.start_opening(wake.clone());
        }
    }
    let busy = readings
        .iter()
        .any(|reading| matches!(reading.state, FilmState::Opening(_)));
    if !busy && let Some(next) = next_to_open(readings, selected) {
        readings[next].start_opening(wake.clone());
    }
    evict(readings, (selected, shown), BUDGET_BYTES);
    for film in [selected].iter().chain(shown) {
        if let Some(reading) = readings.get(*film) {
            reading.wait_for_film();
        }
    }
}

fn next_to_open(readings: &[Reading], selected: usize) -> Option<usize> {
    let listed = |index: &usize| {
        readings
            .get(*index)
            .is_some_and(|reading| matches!(reading.state, FilmState::Listed))
    };
    let neighbours = [selected.checked_add(1), selected.checked_sub(1)];
    let unseen = readings
        .iter()
        .enumerate()
        .take(selected + CHECKED_AHEAD)
        .filter(|(_, reading)| !reading.opened_before)
        .map(|(index, _)| index);
    neighbours
        .into_iter()
        .flatten()
        .chain(unseen)
        .find(|index| listed(index))
}

fn evict(
    readings: &mut [Reading],
    (selected, shown): (usize, &BTreeSet<usize>),
    budget_bytes: usize,
) {
    let bytes = |reading: &Reading| reading.open_film().map_or(0, OpenFilm::bytes);
    let mut total: usize = readings.iter().map(bytes).sum();
    let mut candidates: Vec<usize> = (0..readings.len())
        .filter(|index| index.abs_diff(selected) > 1 && !shown.contains(index))
        .filter(|index| readings[*index].open_film().is_some())
        .collect();
    candidates.sort_by_key(|index| index.abs_diff(selected));
    while total > budget_bytes
        && let Some(farthest) = candidates.pop()
    {
        total -= bytes(&readings[farthest]);
        readings[farthest].state = FilmState::Listed;
    }
}

impl Reading {
    /// Starts to open the film.
    pub(super) fn start_opening(&mut self, wake: Wake) {
        let path = self.path.clone();
        self.preview = Arc::default();
        let (preview, wake_for_preview) = (self.preview.clone(), wake.clone());
        self.state = FilmState::Opening(Task::spawn("opening", wake, move |progress| {
            progress.enter("reading", 0.0)?;
            let content = files::open_content(progress, &path, &mut |seen| {
                preview.set(seen).ok();
                wake_for_preview();
            })?;
            let opened = match content {
                Content::Film(film) => OpenedFile::Film(Box::new(OpenFilm::of(*film))),
                Content::Returned(returned) => OpenedFile::Returned(returned),
            };
            progress.at(1.0)?;
            Ok(opened)
        }));
    }

    /// Waits for the film as long as the reader has hardly had time to see that it is not there.
    fn wait_for_film(&self) {
        if let (FilmState::Opening(task), Some(asked)) = (&self.state, self.asked) {
            let patience = SHOWN_AT_ONCE.saturating_sub(asked.elapsed());
            task.arrives_within(patience, || self.preview.get().is_some());
        }
    }

    /// Takes in a film that has been opened; returns whether there was one.
    pub(super) fn poll_film(&mut self) -> bool {
        let FilmState::Opening(task) = &self.state else {
            return false;
        };
        if task.ready().is_none() {
            return false;
        }
        if let FilmState::Opening(task) = std::mem::replace(&mut self.state, FilmState::Listed) {
            self.state = match task.take() {
                Ok(Ok(OpenedFile::Returned(returned))) => {
                    self.opened_before = true;
                    self.returned = Some(returned);
                    FilmState::Listed
                }
                Ok(Ok(OpenedFile::Film(film))) => {
                    self.opened_before = true;
                    self.chart = Some(Chart::of(&film.film));
                    self.preview = Arc::default();
                    self.study = Study::of(&film.film);
                    if !self.lineage.is_known() {
                        self.lineage = Lineage::of(&film.film);
                    }
                    FilmState::Open(film)
                }
                Ok(Err(error)) => FilmState::Failed(error),
                Err(task) => FilmState::Opening(task),
            };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::picture;
    use crate::task::Progress;

    fn open_readings(count: usize) -> (tempfile::TempDir, Vec<Reading>) {
        let folder = tempfile::tempdir().unwrap();
        let path = picture(&folder, "film.png");
        let readings = (0..count)
            .map(|_| {
                let mut reading = Reading::new(path.clone());
                reading.state =
                    FilmState::Open(Box::new(OpenFilm::read(&path, &Progress::new()).unwrap()));
                reading.opened_before = true;
                reading
            })
            .collect();
        (folder, readings)
    }

    #[test]
    fn the_farthest_films_are_let_go_first() {
        let (_folder, mut readings) = open_readings(5);
        let one = readings[0].open_film().unwrap().bytes();
        evict(&mut readings, (0, &BTreeSet::new()), 3 * one);
        let open: Vec<bool> = readings.iter().map(|r| r.open_film().is_some()).collect();
        assert_eq!(open, [true, true, true, false, false]);
    }

    #[test]
    fn the_selected_film_and_its_neighbours_always_stay() {
        let (_folder, mut readings) = open_readings(5);
        evict(&mut readings, (2, &BTreeSet::new()), 0);
        let open: Vec<bool> = readings.iter().map(|r| r.open_film().is_some()).collect();
        assert_eq!(open, [false, true, true, true, false]);
    }

    #[test]
    fn films_in_viewports_stay_however_far_they_are() {
        let (_folder, mut readings) = open_readings(6);
        evict(&mut readings, (0, &BTreeSet::from([4])), 0);
        let open: Vec<bool> = readings.iter().map(|r| r.open_film().is_some()).collect();
        assert_eq!(open, [true, true, false, false, true, false]);
    }

    #[test]
    fn a_film_that_was_let_go_is_opened_again_only_near_the_selected_one() {
        let (_folder, mut readings) = open_readings(5);
        evict(&mut readings, (0, &BTreeSet::new()), 0);
        assert_eq!(next_to_open(&readings, 0), None);
        assert_eq!(next_to_open(&readings, 3), Some(4));
    }
}
