//! The named actions about how a film's greys are shown.

use super::{Action, Deed, Menu, action, plain, shift};
use crate::display::{Filter, FilterKind, Strength};
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

const fn filter(kind: FilterKind) -> Deed {
    Deed::Do(Command::Filter(Some(Filter {
        kind,
        strength: Strength::Medium,
    })))
}

pub(super) const CLAHE: Action = action(
    Some(Menu::View),
    [
        "Local contrast (CLAHE)",
        "Evens out local contrast, or stops doing so; the film is then marked PROCESSED.",
    ],
    &[shift("C")],
    filter(FilterKind::Clahe),
);

pub(super) const UNSHARP: Action = action(
    Some(Menu::View),
    [
        "Unsharp mask",
        "Sharpens fine lines, or stops doing so; the film is then marked PROCESSED.",
    ],
    &[shift("U")],
    filter(FilterKind::Unsharp),
);

pub(super) const WORDS: Action = action(
    Some(Menu::View),
    [
        "Words",
        "Shows all words in the corners, then only whom the film shows and the scale, then none.",
    ],
    &[plain("T")],
    Deed::Do(Command::Toggle(Mark::Words)),
);
