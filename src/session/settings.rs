//! What the user set once and for all, kept from one start to the next. Nothing about a film or a
//! patient is among it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Keymap, Language, Tool};
use crate::error::{Error, ErrorKind, Result};
use crate::files;

/// What turning the wheel does; with Ctrl it always zooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wheel {
    /// Shows the film before or after in the same study; never one of another patient.
    #[default]
    Films,
    /// Zooms at the pointer.
    Zoom,
}

/// What the user set once and for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether marks are kept in the user's folder and brought back with their film.
    pub keep_marks: bool,
    /// Whether what models say is held back until the reader has committed to an impression; what
    /// was thought before and after is then logged on this computer.
    pub read_first: bool,
    /// What the wheel does.
    pub wheel: Wheel,
    /// What dragging with the right button does: no tool that draws.
    pub right_drag: Tool,
    /// What dragging with the middle button does: no tool that draws.
    pub middle_drag: Tool,
    /// Whether dragging down makes a film darker instead of brighter.
    pub down_is_darker: bool,
    /// Which keys do what.
    pub keymap: Keymap,
    /// The language of the interface; `None` follows the system.
    pub language: Option<Language>,
    /// The size of the interface in percent, within [`Self::SCALES`].
    pub scale_percent: u16,
    /// Whether the tour of the first start has been taken or left.
    pub tour_over: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keep_marks: true,
            read_first: false,
            wheel: Wheel::default(),
            right_drag: Tool::Zoom,
            middle_drag: Tool::Pan,
            down_is_darker: false,
            keymap: Keymap::default(),
            language: None,
            scale_percent: 100,
            tour_over: false,
        }
    }
}

/// Returns the file that keeps the settings.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("settings.json")
}

impl Settings {
    /// The sizes that the interface can have, in percent.
    pub const SCALES: std::ops::RangeInclusive<u16> = 50..=300;

    /// Reads the settings; the first ones where there is no file. One that cannot be used is set
    /// aside under another name.
    ///
    /// # Errors
    /// When there is a file that cannot be read or used.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = path_in(folder);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(cause) => {
                return Err(Error::new(
                    ErrorKind::Unreadable,
                    format!("the settings cannot be read: {cause}"),
                    "The first ones are in use.",
                ));
            }
        };
        serde_json::from_slice(&bytes).map_err(|cause| {
            let aside = files::free_beside(&path, "damaged");
            let moved = std::fs::rename(&path, &aside).is_ok();
            let where_now = if moved { &aside } else { &path };
            Error::new(
                ErrorKind::Damaged,
                format!("the settings cannot be used: {cause}"),
                format!(
                    "The first ones are in use; the file is {}.",
                    where_now.display()
                ),
            )
        })
    }

    /// Returns the bytes of the settings' file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
