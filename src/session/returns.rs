//! Objects about films that were opened: reports, presentation states, segmentations, maps. Each is
//! applied to the films it names as soon as those are open, and says what of it cannot be shown.

use std::sync::Arc;

use super::{FilmState, Look, MarkCommand, Notice, OpenFilm, Reading, Session, Tool};
use crate::files::{Returned, ReturnedKind};
use crate::radiograph::{Annotation, Origin, PixelRect};

/// A mark that lies no farther from another one is the same, in pixels.
const SAME_PX: f32 = 0.5;

/// The most sentences of an object that a notice repeats.
const MOST_SAID: usize = 6;

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

/// What of an object was applied to one film.
#[derive(Default)]
struct Applied {
    parts: Vec<String>,
    ignored: Vec<String>,
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

impl Applied {
    fn marks(&mut self, reading: &mut Reading, origin: &Origin, returned: &Returned) {
        let Some(open) = reading.open_film() else {
            return;
        };
        let raster = &open.film.radiograph.raster;
        let size = (raster.width(), raster.height());
        let areas = returned.kind == ReturnedKind::Segmentation;
        if let Some((columns, rows)) = returned.size.filter(|of| areas && *of != size) {
            let words = format!("areas on {columns} × {rows} pixels, which the film does not have");
            self.ignored.push(words);
            return;
        }
        let known = reading.marks().list().iter().map(|mark| &mark.annotation);
        let known: Vec<&Annotation> = known.collect();
        let all: Vec<&Annotation> = returned.marks_on(origin).collect();
        let new = all
            .iter()
            .filter(|mark| !known.iter().any(|one| same(one, mark)));
        let new: Vec<Annotation> = new.map(|mark| (*mark).clone()).collect();
        let again = all.len() - new.len();
        if !new.is_empty() {
            self.parts.push(counted(new.len(), "mark"));
            // Sound marks of an open film are always taken.
            reading.mark(MarkCommand::Import(new), Tool::default()).ok();
        }
        if again > 0 {
            self.parts
                .push(format!("{} there already", counted(again, "mark")));
        }
    }

    fn key_image(&mut self, reading: &mut Reading) {
        if reading.marks().is_key_image() {
            self.parts.push("a key image already".to_owned());
        } else {
            self.parts.push("key image".to_owned());
            reading.mark(MarkCommand::KeyImage, Tool::default()).ok();
        }
    }

    fn view(&mut self, open: &mut OpenFilm, origin: &Origin, returned: &Returned) {
        let of_film = open.film.radiograph.polarity;
        for view in returned.views_of(origin) {
            let greys = view.voi.is_some() || view.polarity.is_some();
            if greys && !view.fits(origin) {
                let words = "its window: it is about other values than the film's, so that only \
                             its graphics are shown";
                self.ignored.push(words.to_owned());
            } else if greys {
                let inverted = view.polarity.map(|polarity| polarity != of_film);
                open.presentation.show(view.voi.clone(), inverted);
                self.parts.push("window".to_owned());
            }
            if let Some(part) = view.part {
                open.presentation.look = look_at(part, open);
                self.parts.push("zoom".to_owned());
            }
        }
    }

    fn map(&mut self, open: &mut OpenFilm, returned: &Returned) {
        let Some(map) = &returned.map else {
            return;
        };
        let raster = &open.film.radiograph.raster;
        let of_map = &map.placed.raster;
        if (of_map.width(), of_map.height()) == (raster.width(), raster.height()) {
            open.returned_map = Some(Arc::new(map.clone()));
            open.returned_cut = None;
            self.parts
                .push(format!("{} in {}", map.kind.name(), map.unit));
        } else {
            let (columns, rows) = (of_map.width(), of_map.height());
            let words = format!("a map of {columns} × {rows} pixels, which the film does not have");
            self.ignored.push(words);
        }
    }

    fn notice(self, waiting: &Waiting, reading: &Reading) -> Notice {
        let kind = waiting.returned.kind.name();
        let shown = if self.parts.is_empty() {
            "nothing".to_owned()
        } else {
            self.parts.join(", ")
        };
        let mut advice: Vec<String> = waiting
            .returned
            .said
            .iter()
            .take(MOST_SAID)
            .cloned()
            .collect();
        if !self.ignored.is_empty() {
            advice.push(format!("Not shown: {}.", self.ignored.join("; ")));
        }
        Notice {
            message: format!("{} ({kind}): {shown} on {}", waiting.name, reading.name()),
            advice: advice.join(". ").replace(".. ", ". "),
            is_error: false,
        }
    }
}

/// A part that holds the whole film fits it; any other is shown as large as its viewport allows.
fn look_at(part: PixelRect, open: &OpenFilm) -> Look {
    let raster = &open.film.radiograph.raster;
    let whole = PixelRect::of_image(raster.width(), raster.height());
    let held = part.within(&whole);
    if (held.width, held.height) == (whole.width, whole.height) {
        Look::Fit
    } else {
        Look::Part(part)
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Whether two marks are one: of a kind, with the same words, each point as good as at the same place.
fn same(one: &Annotation, other: &Annotation) -> bool {
    if one.shape.kind() != other.shape.kind() || one.label != other.label {
        return false;
    }
    let (points, others) = (one.shape.points(), other.shape.points());
    let near = |(a, b): (
        &crate::radiograph::PixelPoint,
        &crate::radiograph::PixelPoint,
    )| { (a.x - b.x).hypot(a.y - b.y) <= SAME_PX };
    points.len() == others.len() && points.iter().zip(&others).all(near)
}
