//! What an export of a picture will be, drawn before it is written.

use std::path::PathBuf;
use std::sync::Arc;

use super::export::preview;
use super::{Command, ExportChoice, Session};
use crate::display::AnnotatedPicture;
use crate::error::Result;
use crate::task::Task;

/// The box, in pixels, that the small picture fits into.
const ROOM: (u32, u32) = (1040, 600);

/// A picture that would be written, and the same small enough for a dialog.
#[derive(Clone, Debug)]
pub struct ExportPreview {
    /// The picture.
    pub picture: Arc<AnnotatedPicture>,
    /// The same, smaller.
    pub small: Arc<AnnotatedPicture>,
}

/// The preview that was asked for last.
#[derive(Default)]
pub(super) struct Previewer {
    /// Counts what changes the picture: a preview is of one such state.
    state: u64,
    asked: Option<(ExportChoice, u64)>,
    task: Option<Task<ExportPreview>>,
    drawn: Option<Result<ExportPreview>>,
}

impl Previewer {
    /// Takes note of a command that may change what is shown.
    pub(super) fn hear(&mut self, command: &Command) {
        let bystander = matches!(
            command,
            Command::PreviewExport(_) | Command::Export(_) | Command::Dismiss(_)
        );
        self.state += u64::from(!bystander);
    }

    /// Takes note of news that may change what is shown.
    pub(super) fn outdate(&mut self) {
        self.state += 1;
    }

    /// Takes over a picture that was drawn; reports whether there is one.
    pub(super) fn poll(&mut self) -> bool {
        let Some(task) = self.task.take() else {
            return false;
        };
        match task.take() {
            Ok(drawn) => self.drawn = Some(drawn),
            Err(task) => self.task = Some(task),
        }
        self.task.is_none()
    }

    fn is_of(&self, choice: &ExportChoice) -> bool {
        let asked = self.asked.as_ref();
        asked.is_some_and(|(asked, state)| asked == choice && *state == self.state)
    }
}

/// A picture is the same wherever it goes.
fn pathless(choice: &ExportChoice) -> ExportChoice {
    ExportChoice {
        path: PathBuf::new(),
        ..choice.clone()
    }
}

impl Session {
    /// Reports whether [`Command::PreviewExport`] would draw something else than it did last.
    pub fn preview_is_due(&self, choice: &ExportChoice) -> bool {
        !self.previewer.is_of(&pathless(choice))
    }

    /// Reports whether the preview drawn last is of just this choice and of what is shown now.
    pub fn preview_is_current(&self, choice: &ExportChoice) -> bool {
        self.previewer.task.is_none() && self.previewer.is_of(&pathless(choice))
    }

    /// Returns the preview drawn last, or why there is none; `None` while the first is drawn.
    pub fn export_preview(&self) -> Option<&Result<ExportPreview>> {
        self.previewer.drawn.as_ref()
    }

    pub(super) fn preview_export(&mut self, choice: &ExportChoice) {
        let choice = pathless(choice);
        // What is drawn of this choice is finished first: news may come faster than pictures.
        let drawing = self.previewer.task.is_some();
        let alike = |(asked, _): &(ExportChoice, u64)| *asked == choice;
        if drawing && self.previewer.asked.as_ref().is_some_and(alike) {
            return;
        }
        if self.previewer.is_of(&choice) {
            return;
        }
        let Some(job) = self.job(choice.clone()) else {
            return;
        };
        self.previewer.asked = Some((choice, self.previewer.state));
        self.previewer.task = Some(Task::spawn(
            "drawing a preview",
            self.wake.clone(),
            move |progress| {
                let (picture, small) = preview(&job, ROOM, progress)?;
                let small = Arc::new(small);
                Ok(ExportPreview { picture, small })
            },
        ));
    }

    /// Returns the picture of an export, where it was drawn of just this.
    pub(super) fn drawn_for(&self, choice: &ExportChoice) -> Option<Arc<AnnotatedPicture>> {
        let current = self.preview_is_current(choice);
        let drawn = self.previewer.drawn.as_ref().filter(|_| current)?;
        drawn.as_ref().ok().map(|preview| preview.picture.clone())
    }
}
