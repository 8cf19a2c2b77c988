//! The table of named actions: menus, keyboard and help all read it, and nothing else.

mod analysis;
mod clipboard;
mod compare;
mod greys;
mod interface;
mod layout;
mod marks;
mod pace;
mod panels;
mod table;
mod threshold;
mod tick;

pub use table::ACTIONS;
pub use tick::Tick;

use super::{Command, Language, Peek};

/// The menu that lists an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Files in and out.
    File,
    /// Greys and position.
    View,
    /// Tools, and the marks they draw.
    Marks,
    /// Models, overlay and regions.
    Analysis,
    /// Original against counterpart.
    Compare,
    /// Viewports.
    Layout,
    /// About the window itself.
    Help,
}

impl Menu {
    /// Every menu, from left to right.
    pub const ALL: [Self; 7] = [
        Self::File,
        Self::View,
        Self::Marks,
        Self::Analysis,
        Self::Compare,
        Self::Layout,
        Self::Help,
    ];

    /// Returns the name in the menu bar.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::View => "View",
            Self::Marks => "Marks",
            Self::Analysis => "Analysis",
            Self::Compare => "Compare",
            Self::Layout => "Layout",
            Self::Help => "Help",
        }
    }
}

/// A key, by egui's name for it, with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The key's name, as in “O” or “PageDown”.
    pub key: &'static str,
    /// Whether Ctrl (Command on a Mac) is held.
    pub ctrl: bool,
    /// Whether Shift is held.
    pub shift: bool,
}

/// What pressing an action's keys or clicking its menu entry does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// A command.
    Do(Command),
    /// A command for as long as the keys are held, and one for a short press.
    Hold {
        /// What is shown meanwhile.
        peek: Peek,
        /// What a short press and the menu entry do.
        tap: Option<Command>,
    },
    /// Something of the window itself.
    Window(WindowDeed),
}

/// What concerns the window and no film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowDeed {
    /// Shows or hides the list of shortcuts.
    Help,
    /// Opens or closes the command palette.
    Palette,
    /// Asks where to save the reading to.
    SaveReading,
    /// Asks where to export to.
    Export,
    /// Shows or hides the panel that trains models.
    Train,
    /// Shows or hides the card of the shown model.
    Card,
    /// Shows or hides the inspector of pixels and counts.
    Inspector,
    /// Shows or hides what the user can set about mouse and marks.
    Preferences,
    /// Shows or hides the frame times.
    FrameTimes,
    /// Gives the viewports the whole screen, or leaves it.
    FullScreen,
    /// Shows or hides the panel of keys.
    Keys,
    /// Starts or ends the tour.
    Tour,
    /// Speaks a language from now on, or that of the system.
    Language(Option<Language>),
    /// Changes the size of the interface by so many percent; by none it has its own again.
    Scale(i16),
    /// Closes the window.
    Quit,
}

/// A named action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Where it is listed; `None` for what only has keys.
    pub menu: Option<Menu>,
    /// Its name on buttons and in menus.
    pub text: &'static str,
    /// What it does, as a sentence.
    pub tooltip: &'static str,
    /// The keys that do it.
    pub keys: &'static [Keys],
    /// What it does.
    pub deed: Deed,
}

pub(super) const fn plain(key: &'static str) -> Keys {
    Keys {
        key,
        ctrl: false,
        shift: false,
    }
}

pub(super) const fn ctrl(key: &'static str) -> Keys {
    Keys {
        key,
        ctrl: true,
        shift: false,
    }
}

pub(super) const fn shift(key: &'static str) -> Keys {
    Keys {
        key,
        ctrl: false,
        shift: true,
    }
}

const fn action(
    menu: Option<Menu>,
    words: [&'static str; 2],
    keys: &'static [Keys],
    deed: Deed,
) -> Action {
    Action {
        menu,
        text: words[0],
        tooltip: words[1],
        keys,
        deed,
    }
}

pub(super) const fn ctrl_shift(key: &'static str) -> Keys {
    Keys {
        key,
        ctrl: true,
        shift: true,
    }
}

impl Keys {
    /// Returns the keys as a person reads them, as in “Ctrl+O”.
    pub fn text(&self) -> String {
        let ctrl = if self.ctrl { "Ctrl+" } else { "" };
        let shift = if self.shift { "Shift+" } else { "" };
        format!("{ctrl}{shift}{}", self.key)
    }
}

/// Returns the action that does a deed, for buttons that stand for one.
pub fn action_for(deed: &Deed) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.deed == *deed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_key() {
        let mut seen = std::collections::BTreeSet::new();
        for keys in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(seen.insert(keys.text()), "{} is taken twice", keys.text());
        }
    }

    #[test]
    fn every_action_says_what_it_does() {
        for action in ACTIONS {
            assert!(action.tooltip.ends_with('.'), "{}", action.text);
            assert!(
                action.menu.is_some() || !action.keys.is_empty(),
                "{}",
                action.text
            );
        }
    }
}
