//! Changes of marks that can be taken back and done again, without limit.

use crate::radiograph::{Annotation, AnnotationId, PixelSpacing};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// A mark came, went or became another.
    Mark {
        /// Its place in the list.
        index: usize,
        before: Option<Annotation>,
        after: Option<Annotation>,
    },
    /// The reader's spacing came, went or became another.
    Spacing {
        before: Option<PixelSpacing>,
        after: Option<PixelSpacing>,
    },
    /// The film became a key image, or is none any more.
    KeyImage(bool),
    /// Several at once, in this order.
    Several(Vec<Edit>),
}

impl Edit {
    /// Returns the change that takes this one back.
    pub(super) fn reversed(&self) -> Self {
        match self.clone() {
            Self::Mark {
                index,
                before,
                after,
            } => Self::Mark {
                index,
                before: after,
                after: before,
            },
            Self::Spacing { before, after } => Self::Spacing {
                before: after,
                after: before,
            },
            Self::KeyImage(on) => Self::KeyImage(!on),
            Self::Several(edits) => Self::Several(edits.iter().rev().map(Self::reversed).collect()),
        }
    }
}

/// What was done, and what was taken back.
#[derive(Debug, Default)]
pub(super) struct History {
    done: Vec<Edit>,
    undone: Vec<Edit>,
    /// The mark that the last change nudged: nudging it further is the same change.
    nudged: Option<AnnotationId>,
}

impl History {
    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Notes a change that has been carried out.
    pub(super) fn note(&mut self, edit: Edit) {
        self.nudged = None;
        self.undone.clear();
        self.done.push(edit);
    }

    /// Notes that a mark was nudged, as one change with the nudge just before.
    pub(super) fn note_nudge(&mut self, id: AnnotationId, edit: Edit) {
        let again = self.nudged == Some(id) && self.undone.is_empty();
        if again
            && let Edit::Mark { after, .. } = &edit
            && let Some(Edit::Mark { after: last, .. }) = self.done.last_mut()
        {
            last.clone_from(after);
            return;
        }
        self.note(edit);
        self.nudged = Some(id);
    }

    /// Ends a row of nudges.
    pub(super) fn rest(&mut self) {
        self.nudged = None;
    }

    /// Returns what to carry out to take the last change back.
    pub(super) fn undo(&mut self) -> Option<Edit> {
        self.nudged = None;
        let edit = self.done.pop()?;
        let back = edit.reversed();
        self.undone.push(edit);
        Some(back)
    }

    /// Returns what to carry out to do the change again that was taken back last.
    pub(super) fn redo(&mut self) -> Option<Edit> {
        self.nudged = None;
        let edit = self.undone.pop()?;
        self.done.push(edit.clone());
        Some(edit)
    }
}
