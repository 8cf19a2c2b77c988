//! Everything a user can do, as one enum.

use std::path::PathBuf;

use crate::anomaly::{MapKind, ModelId};
use crate::display::{Colormap, Filter};
use crate::radiograph::{AnnotationId, PixelPoint, PixelRect, VoiFunction};

use super::{
    Compare, ExportKind, GateCommand, LayoutCommand, MarkCommand, PaceCommand, Picker, Settings,
    Tool, TrainingCommand, WeightsCommand,
};

/// One thing the user did. The window pushes these; [`super::Session::apply`] carries them out.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Opens files and folders.
    Open(Vec<PathBuf>),
    /// Shows the system's dialog for files or a folder.
    Browse(Picker),
    /// Opens the study that comes with the program.
    OpenDemonstration,
    /// Selects a film of the list.
    Select(usize),
    /// Selects the film so many places further down the list.
    Step(isize),
    /// Selects the next film of the same study: down the list, or up where negative.
    StepInStudy(isize),
    /// Takes the selected film off the list.
    Close,
    /// Opens the selected film once more, after it failed or was cancelled.
    Retry,
    /// Runs the picked models on the selected film: those without a result, else all anew.
    Analyze,
    /// Does something about a film that is not what the models were made for.
    Gate(GateCommand),
    /// Asks the shown model about small changes of the selected film, or lets go of that.
    CheckStability,
    /// Stops what runs for the selected film: its analyses, or its opening.
    Cancel,
    /// Picks a model, so that Analyse runs it and its results are shown, or lets go of it, which
    /// also stops its run.
    PickModel(ModelId, bool),
    /// Shows a model's results before those of the others, and picks it.
    ShowModel(ModelId),
    /// Shows the film through one of its presets, counted from 0.
    Preset(usize),
    /// Changes the window by a drag.
    Window(WindowChange),
    /// Turns the greys over.
    Invert,
    /// Shows the film through a display filter; through none where it is in use already.
    Filter(Option<Filter>),
    /// Shows the image in its viewport otherwise.
    Look(Look),
    /// Chooses the map that the overlay shows of the shown model.
    Map(MapKind),
    /// Cuts the map at a value in its own unit; `None` returns to the default.
    Threshold(Option<f32>),
    /// Moves the cut by a share of the map's scale.
    NudgeThreshold(f32),
    /// Marks the places on which at least so many models agree.
    Agreeing(usize),
    /// Sets the overlay's opacity, from 0 to 1.
    Opacity(f32),
    /// Chooses the overlay's colours.
    Colors(Colormap),
    /// Shows or hides something.
    Toggle(Mark),
    /// Shows something for as long as a key is held; `None` on its release.
    Peek(Option<Peek>),
    /// Chooses how original and counterpart are compared; in a grid, in its active viewport.
    Compare(Compare),
    /// Does something to the viewports.
    Layout(LayoutCommand),
    /// Moves to the region so many places further.
    Region(isize),
    /// Writes what is shown.
    Export(ExportChoice),
    /// Draw what an export of a picture will be, to be looked at before it is written.
    PreviewExport(ExportChoice),
    /// Draws what is shown for the clipboard.
    Copy,
    /// Does something about the marks of the selected film.
    Marks(MarkCommand),
    /// Chooses what dragging with the left button does.
    Tool(Tool),
    /// Sets what is kept from one start to the next.
    Settings(Settings),
    /// Does something about the reader's turn and the models'.
    Pace(PaceCommand),
    /// Saves the reading: what is open, how it is seen, and what was found.
    SaveReading {
        /// Its file; an existing one is never overwritten, the name gets a number.
        path: PathBuf,
        /// Whether the films' files are packed into it.
        films: bool,
    },
    /// Does something about training.
    Train(TrainingCommand),
    /// Chooses whose weights the models have.
    Weights(WeightsCommand),
    /// Takes a notice away.
    Dismiss(usize),
}

/// A change of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowChange {
    /// Wider and brighter by these shares of the present width; negative for narrower and darker.
    Drag {
        /// By how much wider.
        wider: f32,
        /// By how much brighter.
        brighter: f32,
    },
    /// This centre, in modality units.
    Center(f32),
    /// This width, in modality units.
    Width(f32),
    /// This function, with the centre and the width as they are.
    Function(VoiFunction),
}

/// Where the image lies in its viewports.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Look {
    /// The whole image.
    #[default]
    Fit,
    /// One image pixel on one pixel of the screen, around the middle of the image.
    OneToOne,
    /// As dragged and zoomed.
    Free {
        /// The image point at the viewport's centre.
        center_in_image: PixelPoint,
        /// Screen points per image column.
        zoom: f32,
    },
    /// A part of the image, as large as the viewport allows.
    Part(PixelRect),
}

impl Look {
    /// Reports whether an image can lie so.
    pub(super) fn is_sound(self) -> bool {
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        match self {
            Self::Fit | Self::OneToOne => true,
            Self::Free {
                center_in_image: PixelPoint { x, y },
                zoom,
            } => finite(&[x, y, zoom]) && zoom > 0.0,
            Self::Part(part) => {
                let PixelRect {
                    x,
                    y,
                    width,
                    height,
                } = part;
                finite(&[x, y, width, height]) && width > 0.0 && height > 0.0
            }
        }
    }
}

/// Something that can be held up for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peek {
    /// The counterpart in the original's place.
    Counterpart,
    /// The overlay on the original.
    Overlay,
}

/// What can be shown and hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Everything models say about the selected film.
    Results,
    /// The map in colour over the original.
    Overlay,
    /// The boxes of regions, in every viewport that shows the map.
    Boxes,
    /// The words in the corners of viewports, level by level; what must be said stays.
    Words,
    /// The reader's marks, in every viewport and on pictures written from now on.
    Readers,
    /// What the selected film's file draws over it.
    FileOverlays,
    /// What the selected film's file hides of it.
    Shutter,
}

/// What an export contains and where it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportChoice {
    /// What is written.
    pub kind: ExportKind,
    /// Its file; an existing one is never overwritten, the name gets a number.
    pub path: PathBuf,
    /// Whether the patient's identity is drawn into pictures; off unless asked for. DICOM objects
    /// name the patient in any case.
    pub identity: bool,
    /// The width of a picture in pixels; `None` for the film's own resolution.
    pub width: Option<u32>,
    /// The rectangles among the reader's marks that are blacked out on pictures.
    pub blacked_out: Vec<AnnotationId>,
    /// The part of the film that is seen, which a presentation state repeats; `None` for all of it.
    pub part: Option<PixelRect>,
}
