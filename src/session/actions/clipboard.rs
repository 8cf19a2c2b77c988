//! The named actions about the clipboard.

use super::{Action, Deed, Menu, action, ctrl};
use crate::session::Command;

pub(super) const COPY: Action = action(
    Some(Menu::File),
    [
        "Copy picture",
        "Copies what is shown as a picture, without the patient's identity.",
    ],
    &[ctrl("C")],
    Deed::Do(Command::Copy),
);
