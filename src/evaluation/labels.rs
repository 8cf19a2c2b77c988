//! What a film is known to be.

use serde::{Deserialize, Serialize};

/// A film's label in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// From the folder of normal films.
    Normal,
    /// From the folder of abnormal films.
    Abnormal,
}

impl Label {
    /// Returns the label's name, as files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Abnormal => "abnormal",
        }
    }

    /// Returns the label of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Normal, Self::Abnormal]
            .into_iter()
            .find(|label| label.name() == name)
    }
}
