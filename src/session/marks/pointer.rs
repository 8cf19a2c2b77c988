//! Drawing and dragging: what the pointer, or arrows in its place, does to marks.

use super::history::Edit;
use super::{Draft, Grab, Hit, Marks, is_slip, kept_on_film, on_film};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Annotation, Film, PixelPoint, Shape, ShapeKind};

impl Marks {
    /// Refuses a point of a cardiothoracic ratio beside the film, where no border is: moved to the
    /// film's edge, it would measure the film's width as the thorax'.
    pub(super) fn refuse_beside(
        &mut self,
        kind: Option<ShapeKind>,
        at: PixelPoint,
        film: &Film,
    ) -> Result<()> {
        let drawn = self.draft.as_ref().map_or(kind, |draft| Some(draft.kind));
        if drawn != Some(ShapeKind::CardiothoracicRatio) || on_film(at, film) == at {
            return Ok(());
        }
        if let Some(draft) = &mut self.draft {
            draft.let_go();
        }
        Err(Error::new(
            ErrorKind::Usage,
            "the point lies beside the film, so it was not set",
            "Set all four on the film: both borders of the heart, then of the thorax.",
        ))
    }

    /// Reports whether letting go here sets a point: the end of a drag.
    pub(super) fn draws_by_drag(&self, at: PixelPoint, reach_px: f32) -> bool {
        let draft = self.draft.as_ref().filter(|_| self.grab.is_none());
        draft.is_some_and(|draft| draft.is_dragged(at, reach_px))
    }

    pub(super) fn place(
        &mut self,
        kind: Option<ShapeKind>,
        (at, reach_px): (PixelPoint, f32),
        film: &Film,
    ) {
        let whole = match (&mut self.draft, kind) {
            (Some(draft), _) => draft.place(at, reach_px),
            (None, Some(ShapeKind::Point)) => Some(Shape::Point(at)),
            (None, Some(kind)) => {
                self.deselect();
                self.draft = Some(Draft::begin(kind, at));
                None
            }
            (None, None) => None,
        };
        self.measure_draft(film);
        self.finish(whole, film);
    }

    pub(super) fn aim(&mut self, path: &[PixelPoint], reach_px: f32, film: &Film) {
        if let (Some(grab), Some(&at)) = (&self.grab, path.last()) {
            let dragged = dragged(grab, (on_film(at, film), reach_px), film);
            self.replace(dragged, film);
            return;
        }
        if let Some(draft) = &mut self.draft {
            for &at in path {
                draft.aim_at(on_film(at, film), reach_px);
            }
            draft.measure(film);
        }
    }

    pub(super) fn release(&mut self, at: PixelPoint, reach_px: f32, film: &Film) {
        if let Some(grab) = self.grab.take() {
            let after = dragged(&grab, (at, reach_px), film);
            if after == grab.before {
                self.replace(grab.before, film);
            } else {
                self.become_other(grab.before, after, film);
            }
            return;
        }
        let whole = self
            .draft
            .as_mut()
            .and_then(|draft| draft.release(at, reach_px));
        self.measure_draft(film);
        self.finish(whole, film);
    }

    fn finish(&mut self, whole: Option<Shape>, film: &Film) {
        if let Some(shape) = whole {
            self.draft = None;
            if !is_slip(&shape) {
                self.add(shape, String::new(), film);
            }
        }
    }

    fn measure_draft(&mut self, film: &Film) {
        if let Some(draft) = &mut self.draft {
            draft.measure(film);
        }
    }

    pub(super) fn take_hold(&mut self, hit: Hit, from: PixelPoint) {
        self.draft = None;
        if let Some(mark) = self.get(hit.id) {
            let before = mark.annotation.clone();
            self.select(Some(hit.id));
            self.grab = Some(Grab { hit, from, before });
        }
    }

    pub(super) fn nudge(&mut self, by: (f32, f32), film: &Film) {
        let Some(before) = self.selected().map(|mark| mark.annotation.clone()) else {
            return;
        };
        let shape = match self.handle.and_then(|handle| {
            let at = *before.shape.handles().get(handle)?;
            let to = PixelPoint {
                x: at.x + by.0,
                y: at.y + by.1,
            };
            Some(before.shape.with_handle(handle, on_film(to, film)))
        }) {
            Some(shape) => shape,
            None => {
                let (right_px, down_px) = kept_on_film(&before.shape.bounds(), by, film);
                before.shape.moved(right_px, down_px)
            }
        };
        let Some(index) = self.index_of(before.id).filter(|_| shape != before.shape) else {
            return;
        };
        let id = before.id;
        let after = Annotation {
            shape,
            ..before.clone()
        };
        let edit = Edit::Mark {
            index,
            before: Some(before),
            after: Some(after),
        };
        self.carry_out(&edit, film);
        self.history.note_nudge(id, edit);
    }
}

/// Returns a held mark where the pointer has brought it.
fn dragged(grab: &Grab, (at, reach_px): (PixelPoint, f32), film: &Film) -> Annotation {
    let before = &grab.before;
    let by = (at.x - grab.from.x, at.y - grab.from.y);
    if let Some(corner) = grab.hit.words {
        // A hand that only clicks moves a little, too.
        if by.0.hypot(by.1) < reach_px {
            return before.clone();
        }
        let anchor = before.shape.label_anchor();
        return Annotation {
            words_apart: Some(PixelPoint {
                x: corner.x + by.0 - anchor.x,
                y: corner.y + by.1 - anchor.y,
            }),
            ..before.clone()
        };
    }
    let held = grab.hit.handle;
    let handle = held.and_then(|handle| Some((handle, *before.shape.handles().get(handle)?)));
    let shape = match handle {
        Some((handle, place)) => {
            let to = PixelPoint {
                x: place.x + by.0,
                y: place.y + by.1,
            };
            before.shape.with_handle(handle, on_film(to, film))
        }
        None => {
            let (right_px, down_px) = kept_on_film(&before.shape.bounds(), by, film);
            before.shape.moved(right_px, down_px)
        }
    };
    Annotation {
        shape,
        ..before.clone()
    }
}
