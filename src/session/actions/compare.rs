//! The named actions that compare original and counterpart.

use super::{Action, Deed, Menu, action, plain, shift};
use crate::session::{Command, Compare, Face, Lens, Mix};

pub(super) const SIDE_BY_SIDE: Action = action(
    Some(Menu::Compare),
    [
        "Side by side",
        "Shows original, counterpart and residue beside each other.",
    ],
    &[plain("D")],
    Deed::Do(Command::Compare(Compare::SideBySide)),
);

pub(super) const FADE: Action = action(
    Some(Menu::Compare),
    [
        "Fade",
        "Mixes original and counterpart; a slider sets how much of each.",
    ],
    &[plain("F")],
    Deed::Do(Command::Compare(Compare::Mixed(Mix::Fade(0.5)))),
);

pub(super) const SWIPE: Action = action(
    Some(Menu::Compare),
    [
        "Swipe",
        "Shows the original left of a line and the counterpart right of it.",
    ],
    &[plain("S")],
    Deed::Do(Command::Compare(Compare::Mixed(Mix::Swipe(0.5)))),
);

pub(super) const BLINK: Action = action(
    Some(Menu::Compare),
    [
        "Blink",
        "Shows original and counterpart in turn, at most 3 times a second.",
    ],
    &[plain("V")],
    Deed::Do(Command::Compare(Compare::Mixed(Mix::Blink(1.0)))),
);

pub(super) const MODELS: Action = action(
    Some(Menu::Compare),
    ["Models", "Shows each picked model's view of the film."],
    &[plain("M")],
    Deed::Do(Command::Compare(Compare::Models(Face::Counterpart))),
);

pub(super) const AGREEMENT: Action = action(
    Some(Menu::Compare),
    ["Agreement", "Shows where the picked models agree."],
    &[plain("G")],
    Deed::Do(Command::Compare(Compare::Agreement)),
);

pub(super) const LENS: Action = action(
    Some(Menu::Compare),
    [
        "Lens",
        "Shows the counterpart in a circle under the pointer; Alt and arrows move it.",
    ],
    &[shift("L")],
    Deed::Do(Command::Compare(Compare::Mixed(Mix::Lens(Lens::FIRST)))),
);

pub(super) const DIFFERENCE: Action = action(
    Some(Menu::Compare),
    [
        "Difference",
        "Shows how much brighter the original is than the counterpart: mid-grey where they are alike.",
    ],
    &[shift("V")],
    Deed::Do(Command::Compare(Compare::Mixed(Mix::Difference(0.5)))),
);
