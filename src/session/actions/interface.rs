//! The named actions about the interface itself: its language and its size.

use super::{Action, Deed, Keys, Menu, WindowDeed, action, ctrl};
use crate::session::Language;

const fn language(words: [&'static str; 2], language: Option<Language>) -> Action {
    let deed = Deed::Window(WindowDeed::Language(language));
    action(Some(Menu::Help), words, &[], deed)
}

const fn scale(words: [&'static str; 2], keys: &'static [Keys], percent: i16) -> Action {
    let deed = Deed::Window(WindowDeed::Scale(percent));
    action(Some(Menu::View), words, keys, deed)
}

pub(super) const SYSTEM: Action = language(
    [
        "Language of the system",
        "Shows the interface in the language of this system, where it is one of ours.",
    ],
    None,
);

pub(super) const ENGLISH: Action = language(
    ["English", "Shows the interface in English."],
    Some(Language::English),
);

pub(super) const KOREAN: Action = language(
    ["Korean", "Shows the interface in Korean."],
    Some(Language::Korean),
);

pub(super) const JAPANESE: Action = language(
    ["Japanese", "Shows the interface in Japanese."],
    Some(Language::Japanese),
);

pub(super) const CHINESE: Action = language(
    [
        "Chinese (simplified)",
        "Shows the interface in simplified Chinese.",
    ],
    Some(Language::Chinese),
);

pub(super) const LARGER: Action = scale(
    ["Larger interface", "Makes words and buttons larger."],
    &[ctrl("="), ctrl("+")],
    10,
);

pub(super) const SMALLER: Action = scale(
    ["Smaller interface", "Makes words and buttons smaller."],
    &[ctrl("-")],
    -10,
);

pub(super) const OWN_SIZE: Action = scale(
    [
        "Interface at its own size",
        "Gives words and buttons their own size again.",
    ],
    &[ctrl("0")],
    0,
);

pub(super) const TOUR: Action = action(
    Some(Menu::Help),
    [
        "Tour",
        "Shows where everything is, step by step; Escape leaves it.",
    ],
    &[],
    Deed::Window(WindowDeed::Tour),
);
