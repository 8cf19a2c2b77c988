//! The window: panels read the session and push commands; nothing else changes it.
//!
//! One file per panel. A panel is a function that ends in `_ui`, takes the session by shared
//! reference and pushes what the user did; the commands are applied after the frame. No model and
//! no file is touched here.

mod agreement;
mod analysis;
mod annotations;
mod badges;
mod block;
mod card;
mod cell;
mod chips;
mod comparison;
mod corners;
mod crosshair;
mod curves;
mod drawn_frames;
mod export;
mod export_preview;
mod export_purposes;
mod films;
mod fonts;
mod frame_cost;
mod frame_times;
mod frames;
mod gate;
mod gestures;
mod help;
mod histogram;
mod icons;
mod inspector;
mod keyboard;
mod keymap;
mod landmarks;
mod language;
mod legend;
mod lens;
mod letters;
mod links;
mod magnifier;
mod mark_list;
mod marks;
mod menu;
mod native;
mod notices;
mod opening_times;
mod overlay;
mod pace;
mod palette;
mod pane;
mod pointer;
mod preferences;
mod preview;
mod regions;
mod reopening;
mod returned_map;
mod row;
mod saving;
mod stability;
mod states;
mod status;
#[cfg(test)]
mod tests;
mod theme;
mod toolbar;
mod tools;
mod tour;
mod train;
mod training;
mod viewer;
mod viewport;
mod voi;
mod window;
mod writing;

pub use drawn_frames::{DrawnFrames, drawn_frames};
pub use frame_cost::{Drag, FrameCost, SCREEN_PX, frame_cost};
pub use frame_times::FrameTimes;
pub use native::{Opening, run};
pub use opening_times::{OpeningTime, opening_times};
pub use reopening::{Interrupted, Lifeline};
pub use window::Window;

use crate::anomaly::ModelId;
use crate::radiograph::PixelRect;
use crate::session::{Command, Language, Session};

/// What the user did in this frame, in order.
pub(crate) type Commands = Vec<Command>;

/// What belongs to the window and to no film.
#[derive(Default)]
pub(crate) struct Shell {
    /// The language of the system.
    pub(crate) system_language: Language,
    /// The languages that no font of this system can write.
    pub(crate) unwritable: Vec<Language>,
    /// Whether the viewports have the whole screen.
    pub(crate) full_screen: bool,
    /// The panel of keys.
    pub(crate) keys: keymap::KeyPanel,
    /// The tour of the first start, while it is shown.
    pub(crate) tour: Option<tour::Tour>,
    /// Whether the list of shortcuts is open.
    pub(crate) help_open: bool,
    /// Whether the frame times are shown.
    pub(crate) frame_times_visible: bool,
    /// The part of the selected film that a viewport shows.
    pub(crate) seen: Option<PixelRect>,
    /// The export dialog, while it is open.
    pub(crate) export: Option<export::Dialog>,
    /// The model whose card is open.
    pub(crate) card: Option<ModelId>,
    /// Whether the panel that trains models is open.
    pub(crate) train_open: bool,
    /// The sample pictures of a training run on the screen.
    pub(crate) samples: training::Samples,
    /// The coarse picture of a film on its way.
    pub(crate) preview: preview::Texture,
    /// Where the reading is to be saved, while that is asked.
    pub(crate) saving: Option<saving::Dialog>,
    /// The command palette, while it is open.
    pub(crate) palette: Option<palette::Palette>,
    /// What stands in the path field.
    pub(crate) path_text: String,
    /// The key held for a peek.
    pub(crate) held: Option<keyboard::Held>,
    /// The inspector of pixels and counts.
    pub(crate) inspector: inspector::Inspector,
    /// How long the window took to draw itself.
    pub(crate) frame_times: FrameTimes,
    /// Whether pictures can be painted at all.
    pub(crate) has_gpu: bool,
    /// Whether what can be set about mouse and marks is open.
    pub(crate) preferences_open: bool,
    /// What the pointer is in the middle of.
    pub(crate) pointer: pointer::Pointer,
    /// Whether the swipe line is being dragged.
    pub(crate) dragging_swipe: bool,
}

impl Shell {
    /// Returns the language that the interface should speak.
    pub(crate) fn language(&self, session: &Session) -> Language {
        session.settings().language.unwrap_or(self.system_language)
    }
}
