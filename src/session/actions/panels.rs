//! The named actions that show and hide panels.

use super::{Action, Deed, Menu, WindowDeed, action, ctrl, plain};

pub(super) const TRAIN: Action = action(
    Some(Menu::File),
    [
        "Train a model…",
        "Trains a model on films of this computer.",
    ],
    &[ctrl("T")],
    Deed::Window(WindowDeed::Train),
);

pub(super) const SAVE: Action = action(
    Some(Menu::File),
    [
        "Save reading…",
        "Saves how films are seen, marks, thresholds and verdicts as one file, to be opened again.",
    ],
    &[ctrl("S")],
    Deed::Window(WindowDeed::SaveReading),
);

pub(super) const PALETTE: Action = action(
    Some(Menu::Help),
    [
        "Find a command…",
        "Lists every command; a few letters of its name are enough.",
    ],
    &[ctrl("K")],
    Deed::Window(WindowDeed::Palette),
);

pub(super) const INSPECTOR: Action = action(
    Some(Menu::View),
    [
        "Pixel inspector",
        "Follows the pixel under the pointer from its stored sample to its grey.",
    ],
    &[plain("Q")],
    Deed::Window(WindowDeed::Inspector),
);

pub(super) const CARD: Action = action(
    Some(Menu::Analysis),
    ["Model card", "Shows what the shown model is worth."],
    &[plain("C")],
    Deed::Window(WindowDeed::Card),
);

pub(super) const FULL_SCREEN: Action = action(
    Some(Menu::View),
    [
        "Full screen",
        "Gives the viewports the whole screen, or leaves it.",
    ],
    &[plain("F11")],
    Deed::Window(WindowDeed::FullScreen),
);

pub(super) const KEYS: Action = action(
    Some(Menu::Help),
    ["Keys…", "Shows which key does what, and changes it."],
    &[ctrl("F1")],
    Deed::Window(WindowDeed::Keys),
);
