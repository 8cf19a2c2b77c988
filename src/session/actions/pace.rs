//! The named actions about the reader's turn and the models'.

use super::{Action, Command, Deed, Menu, action, plain};
use crate::session::{Impression, PaceCommand, Verdict};

const fn pace(words: [&'static str; 2], keys: &'static [super::Keys], deed: PaceCommand) -> Action {
    action(
        Some(Menu::Analysis),
        words,
        keys,
        Deed::Do(Command::Pace(deed)),
    )
}

pub(super) const NO_FINDING: Action = pace(
    [
        "Commit: no finding",
        "States your impression of this film; with “read first” on, results appear then.",
    ],
    &[plain("F5")],
    PaceCommand::Commit(Impression::NoFinding),
);

pub(super) const FINDING: Action = pace(
    [
        "Commit: finding",
        "States your impression of this film; with “read first” on, results appear then.",
    ],
    &[plain("F6")],
    PaceCommand::Commit(Impression::Finding),
);

pub(super) const UNSURE: Action = pace(
    [
        "Commit: unsure",
        "States your impression of this film; with “read first” on, results appear then.",
    ],
    &[plain("F7")],
    PaceCommand::Commit(Impression::Unsure),
);

pub(super) const ACCEPT: Action = pace(
    [
        "Accept region",
        "Makes the region a mark of yours; again takes it back.",
    ],
    &[plain("Y")],
    PaceCommand::Judge(Verdict::Accepted),
);

pub(super) const REJECT: Action = pace(
    [
        "Reject region",
        "Notes that there is nothing that matters; again takes it back.",
    ],
    &[plain("U")],
    PaceCommand::Judge(Verdict::Rejected),
);
