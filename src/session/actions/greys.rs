//! The named actions about how a film's greys are shown.

use super::{Action, Deed, Menu, action, plain, shift};
use crate::session::{Command, Mark};

pub(super) const INVERT: Action = action(
    Some(Menu::View),
    ["Invert", "Turns the greys over."],
    &[plain("I")],
    Deed::Do(Command::Invert),
);

pub(super) const FILE_OVERLAYS: Action = action(
    Some(Menu::View),
    [
        "Overlays of the file",
        "Shows or hides the lines and areas that the file draws over the film.",
    ],
    &[shift("O")],
    Deed::Do(Command::Toggle(Mark::FileOverlays)),
);

pub(super) const SHUTTER: Action = action(
    Some(Menu::View),
    [
        "Shutter of the file",
        "Hides what the file's shutter covers, or shows it.",
    ],
    &[shift("S")],
    Deed::Do(Command::Toggle(Mark::Shutter)),
);
