//! What the tour's cards say.

use crate::session::{Command, Compare, Deed, Mark, MarkCommand, Mix, Picker, WindowDeed};
use crate::ui::language::msg;

/// What a step points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// The buttons that open films.
    Open,
    /// The curve and the numbers of the window.
    Window,
    /// The button that asks the models.
    Analyse,
    /// The slider of the threshold.
    Threshold,
    /// The ways to compare with the counterpart.
    Compare,
    /// The tools that draw marks.
    Marks,
    /// The menu that exports.
    File,
    /// The menu that lists keys and commands.
    Help,
}

/// What one card says.
pub(super) struct Step {
    pub(super) spot: Spot,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
    /// The commands and deeds whose keys the words name, in the order `{1}`, `{2}`, ….
    pub(super) deeds: &'static [Deed],
    /// What must come first, where the control is not there yet.
    pub(super) before: &'static str,
}

const FILM_FIRST: &str = msg("It appears as soon as a film is open.");
const RESULT_FIRST: &str = msg("It appears as soon as a film has been analysed.");

/// The cards, in their order.
pub(super) const STEPS: [Step; 8] = [
    Step {
        spot: Spot::Open,
        title: msg("Welcome: open films here"),
        words: msg(
            "Silhouette shows a chest X-ray beside what this patient would look like healthy, and \
             where the difference lies. Open files ({1}) or a folder ({2}), or drop them on the \
             window. No data leaves this computer.",
        ),
        deeds: &[
            Deed::Do(Command::Browse(Picker::Files)),
            Deed::Do(Command::Browse(Picker::Folder)),
        ],
        before: "",
    },
    Step {
        spot: Spot::Window,
        title: msg("Window and level"),
        words: msg(
            "Drag over the film with the window tool: right is wider, down is brighter. Here are \
             the numbers, and every other curve. {1} inverts.",
        ),
        deeds: &[Deed::Do(Command::Invert)],
        before: FILM_FIRST,
    },
    Step {
        spot: Spot::Analyse,
        title: msg("Ask the models when you want to"),
        words: msg(
            "Nothing is analysed until you ask ({1}). {2} hides and shows results. Hold O to peek \
             at the map over the film, hold N to peek at the counterpart.",
        ),
        deeds: &[
            Deed::Do(Command::Analyze),
            Deed::Do(Command::Toggle(Mark::Results)),
        ],
        before: FILM_FIRST,
    },
    Step {
        spot: Spot::Threshold,
        title: msg("Drag the threshold"),
        words: msg(
            "Boxes and regions follow it at once ({1} lower, {2} higher). It says what is unusual \
             and how large it is, never what that is.",
        ),
        deeds: &[
            Deed::Do(Command::NudgeThreshold(-0.02)),
            Deed::Do(Command::NudgeThreshold(0.02)),
        ],
        before: RESULT_FIRST,
    },
    Step {
        spot: Spot::Compare,
        title: msg("Compare with the healthy counterpart"),
        words: msg(
            "Side by side ({1}), fade ({2}), swipe, blink, lens or difference. What is generated \
             has a dashed amber frame and the word SYNTHETIC: it was never acquired.",
        ),
        deeds: &[
            Deed::Do(Command::Compare(Compare::SideBySide)),
            Deed::Do(Command::Compare(Compare::Mixed(Mix::Fade(0.5)))),
        ],
        before: RESULT_FIRST,
    },
    Step {
        spot: Spot::Marks,
        title: msg("Measure and mark"),
        words: msg(
            "Lengths, angles, regions, arrows and words. Every mark can be moved, named and taken \
             back ({1}), and returns with its film.",
        ),
        deeds: &[Deed::Do(Command::Marks(MarkCommand::Undo))],
        before: FILM_FIRST,
    },
    Step {
        spot: Spot::File,
        title: msg("Export and keep"),
        words: msg(
            "Export ({1}) writes pictures, pages, tables and DICOM objects that open here again. \
             Save reading ({2}) keeps all you see in one file.",
        ),
        deeds: &[
            Deed::Window(WindowDeed::Export),
            Deed::Window(WindowDeed::SaveReading),
        ],
        before: "",
    },
    Step {
        spot: Spot::Help,
        title: msg("Every key, every command"),
        words: msg(
            "{1} lists all keys, {2} finds any command by a few letters. This menu has the \
             languages, and this tour again.",
        ),
        deeds: &[
            Deed::Window(WindowDeed::Help),
            Deed::Window(WindowDeed::Palette),
        ],
        before: "",
    },
];
