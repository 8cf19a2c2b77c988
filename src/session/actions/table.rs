//! The named actions themselves.

use super::{
    Action, Deed, Keys, Menu, WindowDeed, action, ctrl, ctrl_shift, greys, panels, plain, shift,
};
use crate::session::{Command, Compare, Face, Look, Mark, Peek, Picker};

const fn preset(keys: &'static [Keys], index: usize) -> Action {
    let words = [
        "Window preset",
        "Shows the film through the window of this number.",
    ];
    action(None, words, keys, Deed::Do(Command::Preset(index)))
}

/// Every named action, in the order menus list them.
pub const ACTIONS: &[Action] = &[
    // File
    action(
        Some(Menu::File),
        ["Open…", "Opens films: DICOM, PNG, JPEG, JPEG 2000 or TIFF."],
        &[ctrl("O")],
        Deed::Do(Command::Browse(Picker::Files)),
    ),
    action(
        Some(Menu::File),
        ["Open folder…", "Opens every film in a folder and below."],
        &[ctrl_shift("O")],
        Deed::Do(Command::Browse(Picker::Folder)),
    ),
    action(
        Some(Menu::File),
        [
            "Open the demonstration study",
            "Opens the synthetic films that come with the program.",
        ],
        &[],
        Deed::Do(Command::OpenDemonstration),
    ),
    action(
        Some(Menu::File),
        [
            "Export picture…",
            "Writes the film with overlay, boxes and legend as a PNG file.",
        ],
        &[ctrl("E"), plain("P")],
        Deed::Window(WindowDeed::Export),
    ),
    panels::TRAIN,
    action(
        Some(Menu::File),
        ["Close film", "Takes the selected film off the list."],
        &[ctrl("W")],
        Deed::Do(Command::Close),
    ),
    action(
        Some(Menu::File),
        ["Quit", "Closes the window."],
        &[ctrl("Q")],
        Deed::Window(WindowDeed::Quit),
    ),
    // View
    greys::INVERT,
    action(
        Some(Menu::View),
        ["Fit to viewport", "Shows the whole image."],
        &[plain("=")],
        Deed::Do(Command::Look(Look::Fit)),
    ),
    action(
        Some(Menu::View),
        [
            "Actual pixels (1:1)",
            "Shows one image pixel on one pixel of the screen.",
        ],
        &[plain("0")],
        Deed::Do(Command::Look(Look::OneToOne)),
    ),
    action(
        Some(Menu::View),
        ["Words", "Shows or hides the words in the corners."],
        &[plain("T")],
        Deed::Do(Command::Toggle(Mark::Words)),
    ),
    panels::INSPECTOR,
    greys::FILE_OVERLAYS,
    greys::SHUTTER,
    greys::CLAHE,
    greys::UNSHARP,
    action(
        Some(Menu::View),
        ["Previous film", "Selects the film above in the list."],
        &[plain("PageUp")],
        Deed::Do(Command::Step(-1)),
    ),
    action(
        Some(Menu::View),
        ["Next film", "Selects the film below in the list."],
        &[plain("PageDown")],
        Deed::Do(Command::Step(1)),
    ),
    preset(&[plain("1")], 0),
    preset(&[plain("2")], 1),
    preset(&[plain("3")], 2),
    preset(&[plain("4")], 3),
    preset(&[plain("5")], 4),
    preset(&[plain("6")], 5),
    preset(&[plain("7")], 6),
    preset(&[plain("8")], 7),
    preset(&[plain("9")], 8),
    // Help
    action(
        Some(Menu::Help),
        [
            "Frame times",
            "Shows how long the window takes to draw itself.",
        ],
        &[plain("F12")],
        Deed::Window(WindowDeed::FrameTimes),
    ),
    action(
        Some(Menu::Help),
        ["Keyboard and mouse", "Lists every shortcut."],
        &[plain("F1")],
        Deed::Window(WindowDeed::Help),
    ),
    // Analysis
    action(
        Some(Menu::Analysis),
        ["Analyse", "Runs the picked models on this film."],
        &[plain("A")],
        Deed::Do(Command::Analyze),
    ),
    action(
        Some(Menu::Analysis),
        [
            "Cancel",
            "Stops the analyses, or the opening, of this film.",
        ],
        &[plain("Escape")],
        Deed::Do(Command::Cancel),
    ),
    action(
        Some(Menu::Analysis),
        ["Results", "Shows or hides what models say about this film."],
        &[plain("R")],
        Deed::Do(Command::Toggle(Mark::Results)),
    ),
    panels::CARD,
    action(
        Some(Menu::Analysis),
        [
            "Overlay on the original",
            "Lays the map over the original; hold the key to peek.",
        ],
        &[plain("O")],
        Deed::Hold {
            peek: Peek::Overlay,
            tap: Some(Command::Toggle(Mark::Overlay)),
        },
    ),
    action(
        Some(Menu::Analysis),
        [
            "Boxes",
            "Shows or hides the boxes around regions above the threshold.",
        ],
        &[plain("X")],
        Deed::Do(Command::Toggle(Mark::Boxes)),
    ),
    action(
        Some(Menu::Analysis),
        [
            "Lower threshold",
            "Lowers the threshold by 2 % of the map's scale; with Shift by 0.2 %.",
        ],
        &[plain("[")],
        Deed::Do(Command::NudgeThreshold(-0.02)),
    ),
    action(
        Some(Menu::Analysis),
        [
            "Higher threshold",
            "Raises the threshold by 2 % of the map's scale; with Shift by 0.2 %.",
        ],
        &[plain("]")],
        Deed::Do(Command::NudgeThreshold(0.02)),
    ),
    action(
        None,
        [
            "Lower threshold, fine",
            "Lowers the threshold by 0.2 % of the map's scale.",
        ],
        &[shift("["), shift("{")],
        Deed::Do(Command::NudgeThreshold(-0.002)),
    ),
    action(
        None,
        [
            "Higher threshold, fine",
            "Raises the threshold by 0.2 % of the map's scale.",
        ],
        &[shift("]"), shift("}")],
        Deed::Do(Command::NudgeThreshold(0.002)),
    ),
    action(
        Some(Menu::Analysis),
        [
            "Default threshold",
            "Returns to the threshold that the model's normal films gave.",
        ],
        &[plain("\\")],
        Deed::Do(Command::Threshold(None)),
    ),
    action(
        Some(Menu::Analysis),
        ["Next region", "Moves to the next region."],
        &[plain(".")],
        Deed::Do(Command::Region(1)),
    ),
    action(
        Some(Menu::Analysis),
        ["Previous region", "Moves to the region before."],
        &[plain(",")],
        Deed::Do(Command::Region(-1)),
    ),
    // Compare
    action(
        Some(Menu::Compare),
        [
            "Side by side",
            "Shows original, counterpart and residue beside each other.",
        ],
        &[plain("D")],
        Deed::Do(Command::Compare(Compare::SideBySide)),
    ),
    action(
        Some(Menu::Compare),
        [
            "Fade",
            "Mixes original and counterpart; a slider sets how much of each.",
        ],
        &[plain("F")],
        Deed::Do(Command::Compare(Compare::Fade(0.5))),
    ),
    action(
        Some(Menu::Compare),
        [
            "Swipe",
            "Shows the original left of a line and the counterpart right of it.",
        ],
        &[plain("S")],
        Deed::Do(Command::Compare(Compare::Swipe(0.5))),
    ),
    action(
        Some(Menu::Compare),
        [
            "Blink",
            "Shows original and counterpart in turn, at most 3 times a second.",
        ],
        &[plain("V")],
        Deed::Do(Command::Compare(Compare::Blink(1.0))),
    ),
    action(
        Some(Menu::Compare),
        ["Models", "Shows each picked model's view of the film."],
        &[plain("M")],
        Deed::Do(Command::Compare(Compare::Models(Face::Counterpart))),
    ),
    action(
        Some(Menu::Compare),
        ["Agreement", "Shows where the picked models agree."],
        &[plain("G")],
        Deed::Do(Command::Compare(Compare::Agreement)),
    ),
    action(
        None,
        [
            "Peek at the counterpart",
            "Shows the counterpart in the original's place while held.",
        ],
        &[plain("N")],
        Deed::Hold {
            peek: Peek::Counterpart,
            tap: None,
        },
    ),
];
