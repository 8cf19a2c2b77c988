//! What of an object about films is applied to one of them, and what is said of it.

use std::sync::Arc;

use super::Waiting;
use crate::files::{Returned, ReturnedKind};
use crate::radiograph::{Annotation, Origin, PixelPoint, PixelRect};
use crate::session::{Look, MarkCommand, Notice, OpenFilm, Reading, Tool};

/// A mark that lies no farther from another one is the same, in pixels.
const SAME_PX: f32 = 0.5;

/// The most sentences of an object that a notice repeats.
const MOST_SAID: usize = 6;

/// What of an object was applied to one film.
#[derive(Default)]
pub(super) struct Applied {
    pub(super) parts: Vec<String>,
    pub(super) ignored: Vec<String>,
}

impl Applied {
    pub(super) fn marks(&mut self, reading: &mut Reading, origin: &Origin, returned: &Returned) {
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

    pub(super) fn key_image(&mut self, reading: &mut Reading) {
        if reading.marks().is_key_image() {
            self.parts.push("a key image already".to_owned());
        } else {
            self.parts.push("key image".to_owned());
            reading.mark(MarkCommand::KeyImage, Tool::default()).ok();
        }
    }

    pub(super) fn view(&mut self, open: &mut OpenFilm, origin: &Origin, returned: &Returned) {
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

    pub(super) fn map(&mut self, open: &mut OpenFilm, returned: &Returned) {
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

    pub(super) fn notice(self, waiting: &Waiting, reading: &Reading) -> Notice {
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
    let near = |(a, b): (&PixelPoint, &PixelPoint)| (a.x - b.x).hypot(a.y - b.y) <= SAME_PX;
    points.len() == others.len() && points.iter().zip(&others).all(near)
}
