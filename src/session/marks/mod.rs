//! The marks of one film: drawing, selecting, moving and naming them, and taking changes back.
//!
//! Every lasting change passes through one function that notes it, so that nothing can be done that
//! cannot be undone.

mod command;
mod draft;
mod edit;
mod history;
mod kept;
mod pointer;
mod reading;
#[cfg(test)]
mod tests;

pub use command::{Hit, MarkCommand, Tool};
pub use draft::Draft;
pub(super) use kept::{KeptMarks, content_hash, path_of as kept_path};
pub(super) use reading::Keeping;

use self::history::{Edit, History};
use crate::radiograph::{
    Annotation, AnnotationId, AnnotationSource, Film, MeasuredMark, PixelPoint, PixelRect,
    PixelSpacing, Shape, ShapeKind,
};

/// The marks of one film.
#[derive(Debug, Default)]
pub struct Marks {
    marks: Vec<MeasuredMark>,
    selected: Option<AnnotationId>,
    /// The handle of the selected mark that keys move; `None` for the whole mark.
    handle: Option<usize>,
    draft: Option<Draft>,
    grab: Option<Grab>,
    spacing: Option<PixelSpacing>,
    key_image: bool,
    history: History,
    /// The greatest number given so far.
    last_id: u32,
    /// How often anything lasting has changed.
    revision: u64,
}

/// A mark that the pointer holds.
#[derive(Debug)]
struct Grab {
    hit: Hit,
    from: PixelPoint,
    before: Annotation,
}

impl Marks {
    /// Returns the marks, in the order they were made.
    pub fn list(&self) -> &[MeasuredMark] {
        &self.marks
    }

    /// Reports whether there is nothing to keep: no mark, no spacing, no key image.
    pub fn is_untouched(&self) -> bool {
        self.marks.is_empty() && self.spacing.is_none() && !self.key_image
    }

    /// Returns a mark by its number.
    pub fn get(&self, id: AnnotationId) -> Option<&MeasuredMark> {
        self.marks.iter().find(|mark| mark.annotation.id == id)
    }

    /// Returns the selected mark.
    pub fn selected(&self) -> Option<&MeasuredMark> {
        self.get(self.selected?)
    }

    /// Returns the handle of the selected mark that keys move; `None` for the whole mark.
    pub fn chosen_handle(&self) -> Option<usize> {
        self.handle
    }

    /// Returns the mark that is being drawn.
    pub fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    /// Reports whether the pointer holds a mark.
    pub fn grabbed(&self) -> bool {
        self.grab.is_some()
    }

    /// Reports whether the film is marked as a key image.
    pub fn is_key_image(&self) -> bool {
        self.key_image
    }

    /// Returns the spacing that the reader set by a known length.
    pub fn reader_spacing(&self) -> Option<&PixelSpacing> {
        self.spacing.as_ref()
    }

    /// Reports whether there is a change to take back.
    pub fn can_undo(&self) -> bool {
        self.history.can_undo() || self.draft.is_some()
    }

    /// Reports whether there is a change to do again.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Returns what lies within reach of a point: a handle of the selected mark first, else the
    /// nearest mark, the younger of two.
    pub fn hit(&self, at: PixelPoint, reach_px: f32, pixel_aspect: f32) -> Option<Hit> {
        if let Some(hit) = self.hit_selected(at, reach_px, pixel_aspect) {
            return Some(hit);
        }
        let near = self.marks.iter().rev().map(|mark| &mark.annotation);
        near.map(|mark| (mark.id, mark.shape.distance(at, pixel_aspect)))
            .filter(|(_, distance)| *distance <= reach_px)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(id, _)| Hit {
                id,
                handle: None,
                words: None,
            })
    }

    /// Returns what lies within reach of a point of the selected mark alone.
    pub fn hit_selected(&self, at: PixelPoint, reach_px: f32, pixel_aspect: f32) -> Option<Hit> {
        let mark = &self.selected()?.annotation;
        let handle = mark.shape.handle_at(at, reach_px, pixel_aspect);
        let near = handle.is_some() || mark.shape.distance(at, pixel_aspect) <= reach_px;
        near.then_some(Hit {
            id: mark.id,
            handle,
            words: None,
        })
    }

    /// Lets go of what is under way: the mark being drawn, or the one held, which goes back where it
    /// was. Returns whether there was anything.
    pub(super) fn cancel(&mut self, film: &Film) -> bool {
        if self.draft.take().is_some() {
            return true;
        }
        if let Some(grab) = self.grab.take() {
            self.replace(grab.before, film);
            return true;
        }
        false
    }

    /// Selects nothing; returns whether anything was selected.
    pub(super) fn deselect(&mut self) -> bool {
        self.handle = None;
        self.selected.take().is_some()
    }

    /// Measures every mark anew, after the film's spacing has changed.
    fn measure_all(&mut self, film: &Film) {
        for mark in &mut self.marks {
            mark.measurement = mark.annotation.measure(film);
        }
        if let Some(draft) = &mut self.draft {
            draft.measure(film);
        }
    }

    /// Puts another state of a mark in its place, without noting a change.
    fn replace(&mut self, annotation: Annotation, film: &Film) {
        let known = self.marks.iter_mut();
        let mut known = known.filter(|mark| mark.annotation.id == annotation.id);
        if let Some(mark) = known.next() {
            *mark = MeasuredMark::new(annotation, film);
        }
    }

    /// Gives a number that no mark of this film has or had.
    fn next_id(&mut self) -> AnnotationId {
        self.last_id += 1;
        AnnotationId(self.last_id)
    }

    /// Carries a change out, and notes it.
    fn change(&mut self, edit: Edit, film: &Film) {
        self.carry_out(&edit, film);
        self.history.note(edit);
    }

    fn carry_out(&mut self, edit: &Edit, film: &Film) {
        self.revision += 1;
        match edit {
            Edit::Mark {
                after: Some(after),
                before: Some(_),
                ..
            } => self.replace(after.clone(), film),
            Edit::Mark {
                index,
                before: None,
                after: Some(after),
            } => {
                let place = (*index).min(self.marks.len());
                let mark = MeasuredMark::new(after.clone(), film);
                self.marks.insert(place, mark);
            }
            Edit::Mark {
                before,
                after: None,
                ..
            } => {
                let gone = before.as_ref().map(|mark| mark.id);
                self.marks.retain(|mark| Some(mark.annotation.id) != gone);
                if self.selected == gone {
                    self.deselect();
                }
            }
            Edit::Spacing { after, .. } => self.spacing.clone_from(after),
            Edit::KeyImage(on) => self.key_image = *on,
            Edit::Several(edits) => edits.iter().for_each(|edit| self.carry_out(edit, film)),
        }
    }

    fn index_of(&self, id: AnnotationId) -> Option<usize> {
        self.marks.iter().position(|mark| mark.annotation.id == id)
    }

    /// Adds a mark as the last one, selected.
    fn add(&mut self, shape: Shape, label: String, film: &Film) {
        let id = self.next_id();
        let edit = Edit::Mark {
            index: self.marks.len(),
            before: None,
            after: Some(Annotation {
                id,
                shape,
                label,
                source: AnnotationSource::Reader,
                words_apart: None,
            }),
        };
        self.change(edit, film);
        self.selected = Some(id);
        self.handle = None;
    }
}

/// Returns the point of a film nearest to a point.
fn on_film(at: PixelPoint, film: &Film) -> PixelPoint {
    let raster = &film.radiograph.raster;
    let within = |value: f32, side: usize| {
        let side = side as f32;
        if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, side)
        }
    };
    PixelPoint {
        x: within(at.x, raster.width()),
        y: within(at.y, raster.height()),
    }
}

/// Returns a move that leaves bounds on a film, as near to the wanted one as can be.
fn kept_on_film(bounds: &PixelRect, (right_px, down_px): (f32, f32), film: &Film) -> (f32, f32) {
    let raster = &film.radiograph.raster;
    let kept = |wanted: f32, first: f32, last: f32, side: f32| {
        // A mark from elsewhere may be larger than the film.
        let (least, most) = ((-first).min(0.0), (side - last).max(0.0));
        if wanted.is_finite() {
            wanted.clamp(least, most)
        } else {
            0.0
        }
    };
    (
        kept(right_px, bounds.x, bounds.right(), raster.width() as f32),
        kept(down_px, bounds.y, bounds.bottom(), raster.height() as f32),
    )
}

/// Whether a shape is too small to have been meant: a click where a drag was wanted.
fn is_slip(shape: &Shape) -> bool {
    let bounds = shape.bounds();
    let one_point = matches!(shape.kind(), ShapeKind::Text | ShapeKind::Point);
    !one_point && bounds.width.max(bounds.height) < 0.5
}
