//! From a record back to what was open.

pub(in crate::session) use super::finding::Bundles;

use super::comparing::Awaited;
use super::finding::{Looked, Unpacked, Waiting};
use super::record::FilmRecord;
use crate::display::FileMarks;
use crate::session::{FilmState, Notice, Reading, Session};

impl Session {
    /// Takes in saved readings, and gives back to films that are open what they hold of them;
    /// returns whether anything changed.
    pub(in crate::session) fn poll_bundles(&mut self) -> bool {
        let (mut news, arrived) = self.bundles.poll();
        for arrived in arrived {
            match arrived {
                Ok(unpacked) => self.list_unpacked(unpacked),
                Err(error) => self.notices.push(Notice::error(&error)),
            }
        }
        let mut waiting = std::mem::take(&mut self.bundles.waiting);
        for bundle in &mut waiting {
            news |= self.give_back(bundle);
        }
        waiting.retain(|bundle| {
            let complete = bundle.complete();
            if complete {
                self.bundles.remove_interim(&bundle.path);
            }
            !complete
        });
        self.bundles.waiting.extend(waiting);
        let compared = self.compare_results();
        if compared && !self.awaits_results() {
            self.settle();
            self.put_regions();
            // Viewports of results are there only now.
            if let Some(bundle) = self.bundles.unsettled.take() {
                self.put_viewports(&bundle);
            }
        }
        news | compared
    }

    fn list_unpacked(&mut self, unpacked: Unpacked) {
        let Unpacked { films, beside } = unpacked;
        self.bundles.brought.extend(films.iter().cloned());
        self.list(films.clone());
        let new = self.readings.iter_mut();
        for reading in new.filter(|reading| films.contains(&reading.path)) {
            reading.unpacked_beside = Some(beside.clone());
        }
    }

    fn give_back(&mut self, bundle: &mut Waiting) -> bool {
        let mut news = false;
        for place in 0..bundle.found.len() {
            if bundle.found[place].is_some() {
                continue;
            }
            let wanted = &bundle.record.films[place].hash;
            let known = self.readings.iter().position(|reading| {
                reading.open_film().is_some()
                    && reading.content_hash() == Some(wanted)
                    // Two copies of one film are two films.
                    && !bundle.found.contains(&Some(reading.path.clone()))
            });
            if let Some(index) = known {
                bundle.found[place] = Some(self.readings[index].path.clone());
                self.give_film(index, &bundle.record.films[place]);
                if bundle.looked == Looked::Missed {
                    self.fill_cells(&bundle.record.layout, (place, index));
                }
                news = true;
            }
        }
        if news && bundle.complete() {
            if bundle.looked != Looked::Missed {
                self.arrange_as_saved(bundle);
            }
            self.notices.push(Notice::done(format!(
                "“{}”, saved {}, is back as it was seen; results are computed anew and compared.",
                bundle.name(),
                bundle.record.saved
            )));
        }
        let looked = self.look_for_films(bundle);
        if looked && bundle.looked == Looked::Missed && bundle.found.iter().any(Option::is_some) {
            self.arrange_as_saved(bundle);
        }
        news | looked
    }

    fn give_film(&mut self, index: usize, film: &FilmRecord) {
        let wake = self.wake.clone();
        let reading = &mut self.readings[index];
        reading.take_record(film);
        reading.process(film.view.filter, wake);
        let more = reading.marks.list().len();
        let more = more.saturating_sub(film.marks.as_ref().map_or(0, |marks| marks.count()));
        if more > 0 {
            self.notices.push(Notice::done(format!(
                "“{}” has {more} more marks than when it was saved: those kept since.",
                film.name
            )));
        }
        if film.foreign_map {
            self.notices.push(Notice::done(format!(
                "A map lay over “{}” that had come from a file: open that file again to see it.",
                film.name
            )));
        }
        let mut awaited = Vec::new();
        for result in &film.results {
            self.shelf.pick(&result.model, true);
            let threshold = (!result.default_threshold).then_some(result.threshold);
            match result.map_withheld {
                true => self.overlay.set_cut(&result.model, result.map, threshold),
                false => self.overlay.choose(&result.model, result.map, threshold),
            }
            if self.shelf.obstacle(&result.model).is_some() || !self.shelf.is_picked(&result.model)
            {
                self.notices.push(Notice::done(format!(
                    "What {} said of “{}” cannot be computed here: the model or its weights are \
                     missing.",
                    result.model, film.name
                )));
                continue;
            }
            self.readings[index].ask(&self.worker, &result.model);
            awaited.push(result.clone());
        }
        if !awaited.is_empty() {
            self.readings[index].awaited = Some(Box::new(Awaited::new(film, awaited)));
        }
    }

    /// Puts everything as it was: the choices, how each film was seen, and the viewports.
    fn arrange_as_saved(&mut self, bundle: &Waiting) {
        let record = &bundle.record;
        record.overlay.put_into(&mut self.overlay);
        self.shelf.pick_only(&record.models, record.shown.as_ref());
        self.put_viewports(bundle);
        if self.awaits_results() {
            self.bundles.unsettled = Some(bundle.clone());
        }
    }

    fn put_viewports(&mut self, bundle: &Waiting) {
        let places = bundle.found.iter().map(|path| {
            let path = path.as_ref()?;
            self.readings
                .iter()
                .position(|reading| reading.path == *path)
        });
        let places: Vec<Option<usize>> = places.collect();
        let film = |film: usize| places.get(film).copied().flatten();
        for (record, place) in bundle.record.films.iter().zip(&places) {
            let reading = place.and_then(|place| self.readings.get_mut(place));
            if let Some(reading) = reading {
                reading.take_view(record);
            }
        }
        self.unchosen = None;
        self.selected = bundle.record.selected.and_then(film).or(self.selected);
        self.put_layout(&bundle.record.layout, film);
    }
}

impl Reading {
    fn take_record(&mut self, film: &FilmRecord) {
        let FilmState::Open(open) = &mut self.state else {
            return;
        };
        if let Some(marks) = film.marks.clone() {
            self.marks.take_in(marks, &open.film);
        }
        self.marks.select_at(film.selected_mark);
        self.results_wanted = film.results_wanted;
        self.admission = film.admission;
        self.pace
            .take_record(film.impressions, film.results_seen_before, &film.judged);
        self.follow_spacing();
        self.take_view(film);
    }

    fn take_view(&mut self, film: &FilmRecord) {
        if let Some(open) = self.open_film_mut() {
            let view = &film.view;
            let presentation = &mut open.presentation;
            let greys = view.greys.on(presentation);
            presentation.put(greys);
            presentation.look = view.look;
            let (overlays, shutter) = view.file_marks;
            presentation.shown = FileMarks { overlays, shutter };
        }
    }
}
