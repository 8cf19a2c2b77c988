//! The named actions about viewports.

use super::{Action, Deed, Keys, Menu, action, ctrl, ctrl_shift, shift};
use crate::session::{Arrangement, Command, Grid, LayoutCommand, Link};

const fn layout(words: [&'static str; 2], keys: &'static [Keys], command: LayoutCommand) -> Action {
    let deed = Deed::Do(Command::Layout(command));
    action(Some(Menu::Layout), words, keys, deed)
}

const fn grid(words: [&'static str; 2], keys: &'static [Keys], grid: Grid) -> Action {
    layout(words, keys, LayoutCommand::Arrange(Arrangement::Grid(grid)))
}

pub(super) const AUTOMATIC: Action = layout(
    [
        "Automatic",
        "Arranges the film, its prior and the comparison by themselves.",
    ],
    &[ctrl("D")],
    LayoutCommand::Arrange(Arrangement::Automatic),
);

pub(super) const ONE: Action = grid(["1 × 1", "One viewport."], &[ctrl("1")], Grid::new(1, 1));

pub(super) const TWO_COLUMNS: Action = grid(
    ["1 × 2", "Two viewports beside each other."],
    &[ctrl("2")],
    Grid::new(1, 2),
);

pub(super) const TWO_ROWS: Action = grid(
    ["2 × 1", "Two viewports above each other."],
    &[ctrl("3")],
    Grid::new(2, 1),
);

pub(super) const FOUR: Action = grid(
    ["2 × 2", "Four viewports: two rows of two."],
    &[ctrl("4")],
    Grid::new(2, 2),
);

pub(super) const SIX: Action = grid(
    ["2 × 3", "Six viewports: two rows of three."],
    &[ctrl("6")],
    Grid::new(2, 3),
);

pub(super) const EIGHT: Action = grid(
    ["2 × 4", "Eight viewports: two rows of four."],
    &[ctrl("8")],
    Grid::new(2, 4),
);

pub(super) const HANG: Action = layout(
    [
        "Hang anew",
        "Fills the grid with the patient's newest film, what models say of it, and its priors.",
    ],
    &[shift("H")],
    LayoutCommand::Hang,
);

pub(super) const PRIORS: Action = layout(
    [
        "Prior beside the film",
        "Hangs the patient's last film of the same view beside the present one, or stops doing so.",
    ],
    &[shift("P")],
    LayoutCommand::TogglePriors,
);

pub(super) const SHOW_HERE: Action = layout(
    [
        "Show the selected film here",
        "Shows the selected film in the active viewport.",
    ],
    &[ctrl("Enter")],
    LayoutCommand::ShowHere,
);

pub(super) const CLEAR: Action = layout(
    [
        "Empty viewport",
        "Takes the film out of the active viewport.",
    ],
    &[ctrl("Delete")],
    LayoutCommand::Clear,
);

pub(super) const MAXIMISE: Action = layout(
    [
        "Maximise viewport",
        "Gives the active viewport the place of all, or gives the others theirs back.",
    ],
    &[ctrl("M")],
    LayoutCommand::Maximise,
);

pub(super) const LINK_LOOK: Action = layout(
    [
        "Link pan and zoom",
        "Moves the active viewport with the others, or alone.",
    ],
    &[ctrl("L")],
    LayoutCommand::ToggleLink(Link::Look),
);

pub(super) const LINK_GREYS: Action = layout(
    [
        "Link window",
        "Changes the window of the active viewport with that of the others, or alone.",
    ],
    &[ctrl_shift("L")],
    LayoutCommand::ToggleLink(Link::Greys),
);

pub(super) const ALIGN: Action = layout(
    [
        "Align a prior by points",
        "Lays a prior over its film: set the same two points in both, or one for a shift.",
    ],
    &[ctrl_shift("A")],
    LayoutCommand::Align,
);

pub(super) const RESET_ALIGNMENT: Action = layout(
    [
        "Reset the alignment",
        "Forgets the points by which the active viewport's film was aligned.",
    ],
    &[],
    LayoutCommand::ResetAlignment,
);

pub(super) const LEFT: Action = step(
    ["Viewport to the left", "Goes to the viewport on the left."],
    &[ctrl("ArrowLeft")],
    (-1, 0),
);

pub(super) const RIGHT: Action = step(
    [
        "Viewport to the right",
        "Goes to the viewport on the right.",
    ],
    &[ctrl("ArrowRight")],
    (1, 0),
);

pub(super) const ABOVE: Action = step(
    ["Viewport above", "Goes to the viewport above."],
    &[ctrl("ArrowUp")],
    (0, -1),
);

pub(super) const BELOW: Action = step(
    ["Viewport below", "Goes to the viewport below."],
    &[ctrl("ArrowDown")],
    (0, 1),
);

const fn step(
    words: [&'static str; 2],
    keys: &'static [Keys],
    (columns, rows): (isize, isize),
) -> Action {
    layout(words, keys, LayoutCommand::Step(columns, rows))
}
