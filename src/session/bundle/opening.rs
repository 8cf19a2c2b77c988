//! From a record back to what was open.

use std::path::PathBuf;

use super::record::{FilmRecord, Record};
use crate::error::Result;
use crate::files;
use crate::radiograph::{NamedVoi, Voi, VoiOrigin, VoiWindow};
use crate::session::errands::finished;
use crate::session::layout::{Arrangement, LayoutCommand};
use crate::session::{Command, FilmState, Notice, OpenFilm, Reading, Session};
use crate::task::{Task, Wake};

/// Saved readings on their way, and those whose films are not all there.
#[derive(Default)]
pub(in crate::session) struct Bundles {
    loading: Vec<Task<Waiting>>,
    waiting: Vec<Waiting>,
}

/// A saved reading, and the film of the list that each of its films is.
#[derive(Clone)]
struct Waiting {
    /// Its file's name.
    name: String,
    record: Record,
    found: Vec<Option<PathBuf>>,
    /// Whether it was said which films are missing.
    missed: bool,
}

impl Bundles {
    /// Starts to read a saved reading.
    pub(in crate::session) fn load(&mut self, path: PathBuf, wake: Wake) {
        self.loading
            .push(Task::spawn("a saved reading", wake, move |_| {
                let record = Record::read(&files::read_bundle(&path)?)?;
                let name = path.file_name().unwrap_or_default();
                Ok(Waiting {
                    name: name.to_string_lossy().into_owned(),
                    found: vec![None; record.films.len()],
                    record,
                    missed: false,
                })
            }));
    }

    /// Reports whether any film is looked for by its content.
    pub(in crate::session) fn looks_for_films(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn poll(&mut self) -> Vec<Result<()>> {
        let mut news = Vec::new();
        for read in finished(&mut self.loading) {
            news.push(read.map(|waiting| self.waiting.push(waiting)));
        }
        news
    }
}

impl Session {
    /// Takes in saved readings, and gives back to films that are open what they hold of them;
    /// returns whether anything changed.
    pub(in crate::session) fn poll_bundles(&mut self) -> bool {
        let mut news = false;
        for arrived in self.bundles.poll() {
            news = true;
            if let Err(error) = arrived {
                self.notices.push(Notice::error(&error));
            }
        }
        let mut waiting = std::mem::take(&mut self.bundles.waiting);
        for bundle in &mut waiting {
            news |= self.give_back(bundle);
        }
        waiting.retain(|bundle| !bundle.complete());
        self.bundles.waiting = waiting;
        news | self.compare_results()
    }

    fn give_back(&mut self, bundle: &mut Waiting) -> bool {
        let mut news = false;
        for place in 0..bundle.found.len() {
            if bundle.found[place].is_some() {
                continue;
            }
            let wanted = &bundle.record.films[place].hash;
            let known = self.readings.iter().position(|reading| {
                reading.open_film().is_some() && reading.content_hash() == Some(wanted)
            });
            if let Some(index) = known {
                bundle.found[place] = Some(self.readings[index].path.clone());
                self.give_film(index, &bundle.record.films[place]);
                news = true;
            }
        }
        if news && bundle.complete() {
            self.arrange_as_saved(bundle);
            self.notices.push(Notice::done(format!(
                "“{}”, saved {}, is back as it was seen; results are computed anew and compared.",
                bundle.name, bundle.record.saved
            )));
        }
        news | self.miss_films(bundle)
    }

    /// Says once which films are not there.
    fn miss_films(&mut self, bundle: &mut Waiting) -> bool {
        let unsure = |reading: &Reading| {
            matches!(reading.state, FilmState::Opening(_))
                || (reading.open_film().is_some() && reading.content_hash().is_none())
        };
        let busy = self.errands.gathering() || self.readings.iter().any(unsure);
        if bundle.missed || bundle.complete() || busy {
            return false;
        }
        bundle.missed = true;
        let missing = bundle.record.films.iter().zip(&bundle.found);
        let missing = missing.filter(|(_, found)| found.is_none());
        let named = missing.map(|(film, _)| {
            let short = film.hash.get(..8).unwrap_or(&film.hash);
            format!("“{}” (content {short}…)", film.name)
        });
        self.notices.push(Notice {
            message: format!(
                "“{}” is about films that are not open, or whose pixels have changed: {}",
                bundle.name,
                named.collect::<Vec<String>>().join(", ")
            ),
            advice: "Open them: what was saved returns with each.".to_owned(),
            is_error: false,
        });
        true
    }

    fn give_film(&mut self, index: usize, film: &FilmRecord) {
        let Some(reading) = self.readings.get_mut(index) else {
            return;
        };
        reading.take_record(film);
        for result in &film.results {
            self.shelf.pick(&result.model, true);
            self.overlay.choose_map(&result.model, result.map);
            let threshold = (!result.default_threshold).then_some(result.threshold);
            self.overlay.set_cut(&result.model, result.map, threshold);
            if self.shelf.obstacle(&result.model).is_some() || !self.shelf.is_picked(&result.model)
            {
                self.notices.push(Notice::done(format!(
                    "What {} said of “{}” cannot be computed here: the model or its weights are \
                     missing.",
                    result.model, film.name
                )));
                continue;
            }
            let reading = &mut self.readings[index];
            reading.ask(&self.worker, &result.model);
            reading.expected.push(result.clone());
        }
    }

    /// Arranges the viewports as they were.
    fn arrange_as_saved(&mut self, bundle: &Waiting) {
        let record = &bundle.record;
        let place = |film: usize| {
            let path = bundle.found.get(film)?.as_ref()?;
            self.readings
                .iter()
                .position(|reading| reading.path == *path)
        };
        let selected = record.selected.and_then(place);
        let cells: Vec<_> = record
            .cells
            .iter()
            .map(|(film, role)| (film.and_then(place), role.clone()))
            .collect();
        (
            self.overlay.opacity,
            self.overlay.on_original,
            self.overlay.boxes,
        ) = record.overlay;
        self.overlay.opacity = self.overlay.opacity.clamp(0.0, 1.0);
        if let Some(selected) = selected {
            self.choose(selected);
        }
        self.apply(Command::Compare(record.compare));
        self.apply(Command::Layout(LayoutCommand::Arrange(record.arrangement)));
        if record.arrangement == Arrangement::Automatic {
            return;
        }
        for (cell, (film, role)) in cells.into_iter().enumerate() {
            if let Some(film) = film {
                self.apply(Command::Layout(LayoutCommand::Show { cell, film }));
                self.apply(Command::Layout(LayoutCommand::Role(cell, role)));
            }
        }
    }
}

impl Waiting {
    fn complete(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }
}

impl Reading {
    fn take_record(&mut self, film: &FilmRecord) {
        let FilmState::Open(open) = &mut self.state else {
            return;
        };
        take_view(open, film);
        if let Some(marks) = film.marks.clone() {
            self.marks.take_in(marks, &open.film);
        }
        self.results_wanted = film.results_wanted;
        self.pace.take_record(film.impressions, &film.judged);
        self.follow_spacing();
    }
}

fn take_view(open: &mut OpenFilm, film: &FilmRecord) {
    let view = &film.view;
    let presentation = &mut open.presentation;
    match view.preset {
        Some(preset) if preset < presentation.presets.len() => presentation.choose(preset),
        _ => {
            let VoiWindow {
                center,
                width,
                function,
            } = view.window;
            let voi = NamedVoi {
                voi: Voi::Window(VoiWindow::new(center, width, function)),
                explanation: String::new(),
                origin: VoiOrigin::Chosen,
            };
            presentation.show(Some(voi), None);
        }
    }
    presentation.set_inverted(view.inverted);
    presentation.look = view.look;
    (presentation.shown.overlays, presentation.shown.shutter) = view.file_marks;
}
