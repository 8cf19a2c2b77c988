//! What a user can do about marks, and the tools that the pointer can be.

use serde::{Deserialize, Serialize};

use crate::radiograph::{Annotation, AnnotationId, PixelPoint, ShapeKind};

/// What dragging with the left button does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Changes the window.
    #[default]
    Window,
    /// Moves the image.
    Pan,
    /// Zooms at the point where the drag began.
    Zoom,
    /// Shows the image enlarged under the pointer.
    Magnifier,
    /// Draws marks of a kind.
    Draw(ShapeKind),
}

impl Tool {
    /// Returns the kind of marks it draws; `None` where it draws none.
    pub fn drawn(self) -> Option<ShapeKind> {
        match self {
            Self::Draw(kind) => Some(kind),
            _ => None,
        }
    }
}

/// One thing that a user did about the marks of the selected film. Points are in image pixels;
/// `reach_px` is how far from a point still counts as at it.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkCommand {
    /// Presses at a point with a drawing tool: begins a mark or sets its next point.
    Place {
        /// Where.
        at: PixelPoint,
        /// How near counts as at the point.
        reach_px: f32,
    },
    /// Moves along points to the last one: the next point of the mark being drawn, or where a mark is
    /// dragged to.
    Aim {
        /// Where, in order; fast hands pass several points within one frame.
        path: Vec<PixelPoint>,
        /// How near counts as at the point.
        reach_px: f32,
    },
    /// Lets go at a point, after [`Self::Place`] or [`Self::Grab`].
    Release {
        /// Where.
        at: PixelPoint,
        /// How near counts as at the point.
        reach_px: f32,
    },
    /// Gives the words of the text mark that is being placed, which ends it.
    Write(String),
    /// Adds a mark at once; its number and its source are set anew where they are taken.
    Import(Vec<Annotation>),
    /// Takes hold of a mark, or of one of its handles, at a point.
    Grab(Hit, PixelPoint),
    /// Selects a mark, or none.
    Select(Option<AnnotationId>),
    /// Selects the mark so many places further in the list.
    Next(isize),
    /// Selects a mark and brings it to the middle of its viewports.
    Show(AnnotationId),
    /// Chooses the next handle of the selected mark for [`Self::Nudge`], after the last the whole.
    NextHandle,
    /// Moves the selected mark, or its chosen handle, by so many pixels.
    Nudge {
        /// To the right.
        right_px: f32,
        /// Down.
        down_px: f32,
    },
    /// Names a mark, or gives a text mark other words.
    Rename(AnnotationId, String),
    /// Puts the words of a mark beside it again.
    WordsBeside(AnnotationId),
    /// Makes the line of the heart that of the thorax, and the other way round.
    SwapLines(AnnotationId),
    /// Deletes a mark; `None` for the selected one.
    Delete(Option<AnnotationId>),
    /// Deletes every mark.
    DeleteAll,
    /// States the length of a length mark, by which all lengths on the film are measured.
    Calibrate(AnnotationId, f32),
    /// Goes back to the spacing that the file states, or to none.
    ResetSpacing,
    /// Turns the mark of a key image on or off.
    KeyImage,
    /// Takes back the last change.
    Undo,
    /// Does again what was taken back last.
    Redo,
}

/// What a pointer touches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The mark.
    pub id: AnnotationId,
    /// The handle, where it touches one.
    pub handle: Option<usize>,
    /// Where the upper left corner of its words is, in image pixels, where it touches those.
    pub words: Option<PixelPoint>,
}
