//! The named actions that ask models, also about films that they were not made for.

use super::{Action, Command, Deed, Menu, action, ctrl, ctrl_shift, plain};
use crate::session::{GateCommand, WeightsCommand};

const fn asking(words: [&'static str; 2], keys: &'static [super::Keys], deed: Command) -> Action {
    action(Some(Menu::Analysis), words, keys, Deed::Do(deed))
}

pub(super) const ANALYSE: Action = asking(
    ["Analyse", "Runs the picked models on this film."],
    &[plain("A")],
    Command::Analyze,
);

pub(super) const CANCEL: Action = asking(
    [
        "Cancel",
        "Stops the analyses, or the opening, of this film.",
    ],
    &[plain("Escape")],
    Command::Cancel,
);

pub(super) const MEND: Action = asking(
    [
        "Analyse as it should lie",
        "Turns or inverts the film as the warning offers, for the models only; what they find is laid on the film as it is shown.",
    ],
    &[ctrl("G")],
    Command::Gate(GateCommand::Mend),
);

pub(super) const ANYWAY: Action = asking(
    [
        "Run anyway (flagged)",
        "Has the models asked although the film is not what they were made for; the score keeps a flag.",
    ],
    &[ctrl_shift("G")],
    Command::Gate(GateCommand::Anyway),
);

pub(super) const AS_STORED: Action = asking(
    [
        "Analyse as stored",
        "Takes back what was done to the film for the models, and what was let pass.",
    ],
    &[],
    Command::Gate(GateCommand::AsStored),
);

pub(super) const WEIGHTS: Action = asking(
    [
        "Weights of a folder…",
        "Takes models from a folder, such as a training run's, before the program's own, until the window closes.",
    ],
    &[],
    Command::Weights(WeightsCommand::Browse),
);

pub(super) const ADULTS_WEIGHTS: Action = asking(
    [
        "Weights for adults",
        "Takes the program's weights that learnt from adults, for the models that have such; the others know children only.",
    ],
    &[],
    Command::Weights(WeightsCommand::Adults),
);

pub(super) const BUNDLED_WEIGHTS: Action = asking(
    [
        "The program's own weights",
        "Goes back to the weights that the program started with.",
    ],
    &[],
    Command::Weights(WeightsCommand::Bundled),
);
