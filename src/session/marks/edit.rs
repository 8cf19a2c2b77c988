//! What each command does to the marks of a film.

use super::history::Edit;
use super::{MarkCommand, Marks, on_film};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{
    Annotation, AnnotationId, Film, PixelSpacing, Shape, ShapeKind, scale_of_known_length,
};

/// Lengths that a reader can know on a film of the chest, in millimetres.
const KNOWN_MM: std::ops::RangeInclusive<f32> = 0.1..=2000.0;

impl Marks {
    /// Carries out a command on the marks of a film; `kind` is what the tool in use draws.
    ///
    /// # Errors
    /// When a known length makes no spacing.
    pub(crate) fn apply(
        &mut self,
        command: MarkCommand,
        kind: Option<ShapeKind>,
        film: &Film,
    ) -> Result<()> {
        if !matches!(command, MarkCommand::Nudge { .. }) {
            self.history.rest();
        }
        match command {
            MarkCommand::Place { at, reach_px } => {
                self.refuse_beside(kind, at, film)?;
                self.place(kind, (on_film(at, film), reach_px), film);
            }
            MarkCommand::Aim { path, reach_px } => self.aim(&path, reach_px, film),
            MarkCommand::Release { at, reach_px } => {
                if self.draws_by_drag(at, reach_px) {
                    self.refuse_beside(kind, at, film)?;
                }
                self.release(on_film(at, film), reach_px, film);
            }
            MarkCommand::Write(words) => self.write(&words, film),
            MarkCommand::Import(marks) => self.import(marks, film),
            MarkCommand::Grab(hit, at) => self.take_hold(hit, on_film(at, film)),
            MarkCommand::Select(id) => self.select(id.filter(|id| self.get(*id).is_some())),
            MarkCommand::Next(by) => self.select_next(by),
            MarkCommand::Show(id) => self.select(self.get(id).map(|mark| mark.annotation.id)),
            MarkCommand::NextHandle => self.next_handle(),
            MarkCommand::Nudge { right_px, down_px } => self.nudge((right_px, down_px), film),
            MarkCommand::Rename(id, label) => self.rename(id, &label, film),
            MarkCommand::WordsBeside(id) => self.words_beside(id, film),
            MarkCommand::SwapLines(id) => self.swap_lines(id, film),
            MarkCommand::Delete(id) => self.delete(id.or(self.selected), film),
            MarkCommand::DeleteAll => self.delete_all(film),
            MarkCommand::Calibrate(id, length_mm) => return self.calibrate(id, length_mm, film),
            MarkCommand::ResetSpacing => self.set_spacing(None, film),
            MarkCommand::KeyImage => self.change(Edit::KeyImage(!self.key_image), film),
            MarkCommand::Undo => self.undo(film),
            MarkCommand::Redo => self.redo(film),
        }
        Ok(())
    }

    fn write(&mut self, words: &str, film: &Film) {
        let waiting = self.draft.take_if(|draft| draft.awaits_words());
        let at = waiting.and_then(|draft| draft.points.first().copied());
        if let Some(at) = at
            && !words.trim().is_empty()
        {
            self.add(Shape::Text(at), words.trim().to_owned(), film);
        }
    }

    fn import(&mut self, marks: Vec<Annotation>, film: &Film) {
        let first = self.marks.len();
        let sound = marks.into_iter().filter(|mark| mark.is_sound());
        let edits: Vec<Edit> = sound
            .enumerate()
            .map(|(index, mark)| Edit::Mark {
                index: first + index,
                before: None,
                after: Some(Annotation {
                    id: self.next_id(),
                    ..mark
                }),
            })
            .collect();
        if !edits.is_empty() {
            self.change(Edit::Several(edits), film);
        }
    }

    pub(super) fn select(&mut self, id: Option<AnnotationId>) {
        if self.selected != id {
            self.handle = None;
        }
        self.selected = id;
    }

    fn select_next(&mut self, by: isize) {
        let count = self.marks.len() as isize;
        if count == 0 {
            return;
        }
        let now = self.selected.and_then(|id| self.index_of(id));
        let index = match now {
            Some(index) => (index as isize + by).rem_euclid(count),
            None if by < 0 => count - 1,
            None => 0,
        };
        self.select(Some(self.marks[index as usize].annotation.id));
    }

    fn next_handle(&mut self) {
        let count = self
            .selected()
            .map_or(0, |mark| mark.annotation.shape.handles().len());
        let next = self.handle.map_or(0, |handle| handle + 1);
        self.handle = Some(next).filter(|next| *next < count);
    }

    fn rename(&mut self, id: AnnotationId, label: &str, film: &Film) {
        let Some(before) = self.get(id).map(|mark| mark.annotation.clone()) else {
            return;
        };
        let label = label.trim().to_owned();
        // A text mark says nothing but its words.
        let emptied = matches!(before.shape, Shape::Text(_)) && label.is_empty();
        if before.label != label && !emptied {
            let after = Annotation {
                label,
                ..before.clone()
            };
            self.become_other(before, after, film);
        }
    }

    fn words_beside(&mut self, id: AnnotationId, film: &Film) {
        let before = self.get(id).map(|mark| mark.annotation.clone());
        if let Some(before) = before.filter(|before| before.words_apart.is_some()) {
            let after = Annotation {
                words_apart: None,
                ..before.clone()
            };
            self.become_other(before, after, film);
        }
    }

    fn swap_lines(&mut self, id: AnnotationId, film: &Film) {
        let before = self.get(id).map(|mark| mark.annotation.clone());
        if let Some(before) = before
            && let Some(shape) = before.shape.with_lines_swapped()
        {
            let after = Annotation {
                shape,
                ..before.clone()
            };
            self.become_other(before, after, film);
        }
    }

    pub(super) fn become_other(&mut self, before: Annotation, after: Annotation, film: &Film) {
        if let Some(index) = self.index_of(before.id) {
            let edit = Edit::Mark {
                index,
                before: Some(before),
                after: Some(after),
            };
            self.change(edit, film);
        }
    }

    fn delete(&mut self, id: Option<AnnotationId>, film: &Film) {
        self.grab = None;
        if let Some(index) = id.and_then(|id| self.index_of(id)) {
            let before = Some(self.marks[index].annotation.clone());
            let edit = Edit::Mark {
                index,
                before,
                after: None,
            };
            self.change(edit, film);
        }
    }

    fn delete_all(&mut self, film: &Film) {
        self.grab = None;
        let edits = self.marks.iter().enumerate().rev();
        let edits: Vec<Edit> = edits
            .map(|(index, mark)| Edit::Mark {
                index,
                before: Some(mark.annotation.clone()),
                after: None,
            })
            .collect();
        if !edits.is_empty() {
            self.change(Edit::Several(edits), film);
        }
    }

    fn calibrate(&mut self, id: AnnotationId, length_mm: f32, film: &Film) -> Result<()> {
        let Some(Shape::Length(ends)) = self.get(id).map(|mark| &mark.annotation.shape) else {
            return Ok(());
        };
        let spacing = Some(length_mm)
            .filter(|length_mm| KNOWN_MM.contains(length_mm))
            .and_then(|length_mm| scale_of_known_length(&film.radiograph, *ends, length_mm));
        let Some(spacing) = spacing else {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("a known length of {length_mm} mm on this line makes no pixel spacing"),
                "Draw the line from end to end of the object and give its length, from 0.1 to \
                 2000 mm.",
            ));
        };
        self.set_spacing(Some(spacing), film);
        Ok(())
    }

    fn set_spacing(&mut self, after: Option<PixelSpacing>, film: &Film) {
        let before = self.spacing.clone();
        if before != after {
            self.change(Edit::Spacing { before, after }, film);
        }
    }

    fn undo(&mut self, film: &Film) {
        // What is not finished goes first.
        if !self.cancel(film)
            && let Some(back) = self.history.undo()
        {
            self.carry_out(&back, film);
        }
    }

    fn redo(&mut self, film: &Film) {
        if self.draft.is_none()
            && self.grab.is_none()
            && let Some(again) = self.history.redo()
        {
            self.carry_out(&again, film);
        }
    }
}
