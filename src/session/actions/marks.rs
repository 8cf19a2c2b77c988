//! The named actions about tools and marks.

use super::{Action, Deed, Keys, Menu, WindowDeed, action, ctrl, ctrl_shift, plain, shift};
use crate::radiograph::ShapeKind;
use crate::session::{Command, Mark, MarkCommand, Tool};

const fn tool(words: [&'static str; 2], keys: &'static [Keys], tool: Tool) -> Action {
    action(
        Some(Menu::Marks),
        words,
        keys,
        Deed::Do(Command::Tool(tool)),
    )
}

const fn drawing(words: [&'static str; 2], keys: &'static [Keys], kind: ShapeKind) -> Action {
    tool(words, keys, Tool::Draw(kind))
}

const fn doing(words: [&'static str; 2], keys: &'static [Keys], command: MarkCommand) -> Action {
    action(
        Some(Menu::Marks),
        words,
        keys,
        Deed::Do(Command::Marks(command)),
    )
}

pub(super) const WINDOW: Action = tool(
    [
        "Window tool",
        "Dragging changes the window: right is wider.",
    ],
    &[plain("W")],
    Tool::Window,
);

pub(super) const PAN: Action = tool(
    ["Pan tool", "Dragging moves the image."],
    &[shift("T")],
    Tool::Pan,
);

pub(super) const ZOOM: Action = tool(
    [
        "Zoom tool",
        "Dragging up zooms in and down out, at the point where it began.",
    ],
    &[plain("Z")],
    Tool::Zoom,
);

pub(super) const MAGNIFIER: Action = tool(
    [
        "Magnifier",
        "Shows the image enlarged under the pointer; the wheel sets how much, from 2 to 4 times.",
    ],
    &[shift("M")],
    Tool::Magnifier,
);

pub(super) const LENGTH: Action = drawing(
    [
        "Length",
        "Measures a distance: drag from end to end, or click at both.",
    ],
    &[shift("D")],
    ShapeKind::Length,
);

pub(super) const ANGLE: Action = drawing(
    [
        "Angle",
        "Measures an angle: one end, the vertex, the other end.",
    ],
    &[shift("A")],
    ShapeKind::Angle,
);

pub(super) const COBB: Action = drawing(
    [
        "Cobb angle",
        "Measures the angle between two lines: drag one along each end plate.",
    ],
    &[shift("B")],
    ShapeKind::CobbAngle,
);

pub(super) const RATIO: Action = drawing(
    [
        "Cardiothoracic ratio",
        "Drag across the heart from border to border, then across the thorax where it is widest.",
    ],
    &[plain("H")],
    ShapeKind::CardiothoracicRatio,
);

pub(super) const RECTANGLE: Action = drawing(
    [
        "Rectangle",
        "Measures area, mean, deviation, minimum and maximum in a rectangle.",
    ],
    &[shift("R")],
    ShapeKind::Rectangle,
);

pub(super) const ELLIPSE: Action = drawing(
    [
        "Ellipse",
        "Measures area, mean, deviation, minimum and maximum in an ellipse.",
    ],
    &[shift("E")],
    ShapeKind::Ellipse,
);

pub(super) const FREEHAND: Action = drawing(
    [
        "Freehand region",
        "Measures inside a line drawn by hand: drag around it, or click from point to point and on \
         the first one last.",
    ],
    &[shift("F")],
    ShapeKind::Freehand,
);

pub(super) const POINT: Action = drawing(
    [
        "Pixel value",
        "Keeps the value of the pixel that is clicked.",
    ],
    &[shift("Q")],
    ShapeKind::Point,
);

pub(super) const ARROW: Action = drawing(
    [
        "Arrow",
        "Draws an arrow: press at its tip, let go at its tail.",
    ],
    &[shift("X")],
    ShapeKind::Arrow,
);

pub(super) const TEXT: Action = drawing(
    [
        "Text",
        "Writes words on the film: click, type, press Enter.",
    ],
    &[plain("B")],
    ShapeKind::Text,
);

pub(super) const VISIBLE: Action = action(
    Some(Menu::Marks),
    [
        "Show marks",
        "Shows or hides the marks; drawing shows them again.",
    ],
    &[shift("G")],
    Deed::Do(Command::Toggle(Mark::Readers)),
);

pub(super) const KEY_IMAGE: Action = doing(
    [
        "Key image",
        "Marks the film as a key image, or takes the mark away.",
    ],
    &[plain("K")],
    MarkCommand::KeyImage,
);

pub(super) const UNDO: Action = doing(
    ["Undo", "Takes back the last change of marks on this film."],
    &[ctrl("Z")],
    MarkCommand::Undo,
);

pub(super) const REDO: Action = doing(
    ["Redo", "Does again what was taken back last."],
    &[ctrl("Y"), ctrl_shift("Z")],
    MarkCommand::Redo,
);

pub(super) const NEXT: Action = doing(
    ["Next mark", "Selects the next mark; arrows then move it."],
    &[plain("J")],
    MarkCommand::Next(1),
);

pub(super) const PREVIOUS: Action = doing(
    ["Previous mark", "Selects the mark before."],
    &[shift("J")],
    MarkCommand::Next(-1),
);

pub(super) const HANDLE: Action = doing(
    [
        "Next handle",
        "Chooses the next handle of the selected mark for the arrows, after the last the whole mark.",
    ],
    &[shift("N")],
    MarkCommand::NextHandle,
);

pub(super) const DELETE: Action = doing(
    ["Delete mark", "Deletes the selected mark."],
    &[plain("Delete"), plain("Backspace")],
    MarkCommand::Delete(None),
);

pub(super) const DELETE_ALL: Action = doing(
    ["Delete all marks", "Deletes every mark on this film."],
    &[],
    MarkCommand::DeleteAll,
);

pub(super) const RESET_SPACING: Action = doing(
    [
        "Forget the known length",
        "Measures by the pixel spacing of the file again, or in pixels where it states none.",
    ],
    &[],
    MarkCommand::ResetSpacing,
);

pub(super) const PREFERENCES: Action = action(
    Some(Menu::Marks),
    [
        "Mouse and marks…",
        "Sets what wheel and buttons do, and whether marks are kept.",
    ],
    &[],
    Deed::Window(WindowDeed::Preferences),
);
