//! The named actions about the threshold.

use super::{Action, Deed, Menu, action, plain, shift};
use crate::session::Command;

pub(super) const LOWER: Action = action(
    Some(Menu::Analysis),
    [
        "Lower threshold",
        "Lowers the threshold by 2 % of the map's scale; with Shift by 0.2 %.",
    ],
    &[plain("[")],
    Deed::Do(Command::NudgeThreshold(-0.02)),
);

pub(super) const HIGHER: Action = action(
    Some(Menu::Analysis),
    [
        "Higher threshold",
        "Raises the threshold by 2 % of the map's scale; with Shift by 0.2 %.",
    ],
    &[plain("]")],
    Deed::Do(Command::NudgeThreshold(0.02)),
);

pub(super) const LOWER_FINE: Action = action(
    None,
    [
        "Lower threshold, fine",
        "Lowers the threshold by 0.2 % of the map's scale.",
    ],
    &[shift("["), shift("{")],
    Deed::Do(Command::NudgeThreshold(-0.002)),
);

pub(super) const HIGHER_FINE: Action = action(
    None,
    [
        "Higher threshold, fine",
        "Raises the threshold by 0.2 % of the map's scale.",
    ],
    &[shift("]"), shift("}")],
    Deed::Do(Command::NudgeThreshold(0.002)),
);

pub(super) const DEFAULT: Action = action(
    Some(Menu::Analysis),
    [
        "Default threshold",
        "Returns to the threshold that the model's normal films gave.",
    ],
    &[plain("\\")],
    Deed::Do(Command::Threshold(None)),
);
