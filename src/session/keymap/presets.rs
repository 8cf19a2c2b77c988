//! Where other programs' keys differ from ours: the keys that their readers know do here what they
//! do there, as far as we do that, and ours make room for them.

use super::super::actions::{ctrl, ctrl_shift, plain, shift};
use crate::session::Keys;

type Changes = &'static [(&'static str, &'static [Keys])];

/// After OHIF's default hotkeys. R, L, H, V and C turn, flip and play there.
pub(super) const OHIF: Changes = &[
    (
        "Viewport to the right",
        &[plain("ArrowRight"), ctrl("ArrowRight")],
    ),
    (
        "Viewport to the left",
        &[plain("ArrowLeft"), ctrl("ArrowLeft")],
    ),
    ("Next film", &[plain("PageDown"), plain("ArrowDown")]),
    ("Previous film", &[plain("PageUp"), plain("ArrowUp")]),
    ("Results", &[ctrl("R")]),
    ("Blink", &[ctrl("B")]),
    ("Model card", &[ctrl("I")]),
    ("Cardiothoracic ratio", &[ctrl("H")]),
    ("Next region", &[ctrl(".")]),
    ("Previous region", &[ctrl(",")]),
];

/// After Weasis' shortcuts. T, S, R, M, D, A and B choose tools there, I hides words.
pub(super) const WEASIS: Changes = &[
    ("Next film", &[plain("ArrowRight"), plain("ArrowDown")]),
    ("Previous film", &[plain("ArrowLeft"), plain("ArrowUp")]),
    ("Pan tool", &[plain("T")]),
    ("Length", &[plain("D")]),
    ("Angle", &[plain("A")]),
    ("Words", &[plain("I")]),
    ("Invert", &[ctrl("I")]),
    ("Pixel inspector", &[ctrl_shift("I")]),
    ("Fit to viewport", &[ctrl("Enter"), plain("=")]),
    ("Show the selected film here", &[ctrl_shift("Enter")]),
    ("Analyse", &[ctrl("A")]),
    ("Side by side", &[ctrl_shift("D")]),
    ("Swipe", &[ctrl_shift("S")]),
    ("Results", &[ctrl("R")]),
    ("Models", &[ctrl_shift("M")]),
    ("Model card", &[shift("K")]),
    ("Pan tool", &[plain("T")]),
    ("Length", &[plain("D"), shift("D")]),
    ("Angle", &[plain("A"), shift("A")]),
];
