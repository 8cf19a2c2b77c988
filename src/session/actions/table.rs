//! The named actions themselves.

use super::{
    Action, Deed, Keys, Menu, WindowDeed, action, clipboard, compare, ctrl, ctrl_shift, greys,
    layout, marks, pace, panels, plain, shift,
};
use crate::session::{Command, Look, Mark, Peek, Picker};

const fn preset(name: &'static str, keys: &'static [Keys], index: usize) -> Action {
    let words = [name, "Shows the film through the window of this number."];
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
    panels::SAVE,
    action(
        Some(Menu::File),
        [
            "Export…",
            "Writes what is shown as a picture, a page, a table or a DICOM object.",
        ],
        &[ctrl("E"), plain("P")],
        Deed::Window(WindowDeed::Export),
    ),
    clipboard::COPY,
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
    greys::WORDS,
    panels::FULL_SCREEN,
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
    preset("Window preset 1", &[plain("1")], 0),
    preset("Window preset 2", &[plain("2")], 1),
    preset("Window preset 3", &[plain("3")], 2),
    preset("Window preset 4", &[plain("4")], 3),
    preset("Window preset 5", &[plain("5")], 4),
    preset("Window preset 6", &[plain("6")], 5),
    preset("Window preset 7", &[plain("7")], 6),
    preset("Window preset 8", &[plain("8")], 7),
    preset("Window preset 9", &[plain("9")], 8),
    // Marks
    marks::WINDOW,
    marks::PAN,
    marks::ZOOM,
    marks::MAGNIFIER,
    marks::LENGTH,
    marks::ANGLE,
    marks::COBB,
    marks::RATIO,
    marks::RECTANGLE,
    marks::ELLIPSE,
    marks::FREEHAND,
    marks::POINT,
    marks::ARROW,
    marks::TEXT,
    marks::VISIBLE,
    marks::KEY_IMAGE,
    marks::UNDO,
    marks::REDO,
    marks::NEXT,
    marks::PREVIOUS,
    marks::HANDLE,
    marks::DELETE,
    marks::DELETE_ALL,
    marks::RESET_SPACING,
    marks::PREFERENCES,
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
    panels::PALETTE,
    action(
        Some(Menu::Help),
        ["Keyboard and mouse", "Lists every shortcut."],
        &[plain("F1")],
        Deed::Window(WindowDeed::Help),
    ),
    panels::KEYS,
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
    pace::ACCEPT,
    pace::REJECT,
    pace::NO_FINDING,
    pace::FINDING,
    pace::UNSURE,
    // Compare
    compare::SIDE_BY_SIDE,
    compare::FADE,
    compare::SWIPE,
    compare::BLINK,
    compare::LENS,
    compare::DIFFERENCE,
    compare::MODELS,
    compare::AGREEMENT,
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
    // Layout
    layout::AUTOMATIC,
    layout::ONE,
    layout::TWO_COLUMNS,
    layout::TWO_ROWS,
    layout::FOUR,
    layout::SIX,
    layout::EIGHT,
    layout::HANG,
    layout::PRIORS,
    layout::SHOW_HERE,
    layout::CLEAR,
    layout::MAXIMISE,
    layout::LINK_LOOK,
    layout::LINK_GREYS,
    layout::ALIGN,
    layout::RESET_ALIGNMENT,
    layout::LEFT,
    layout::RIGHT,
    layout::ABOVE,
    layout::BELOW,
];
