//! Which keys do what: the table of actions, as another program has it, as the user changed it.
//!
//! Actions are known by their names. Kept with the settings: the preset and the changes.

mod presets;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ACTIONS, Action, Keys};

/// The keys to begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPreset {
    /// This program's own.
    #[default]
    Silhouette,
    /// Near to those of the OHIF viewer.
    Ohif,
    /// Near to those of Weasis.
    Weasis,
}

impl KeyPreset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::Silhouette, Self::Ohif, Self::Weasis];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silhouette => "Silhouette",
            Self::Ohif => "OHIF-like",
            Self::Weasis => "Weasis-like",
        }
    }

    fn keys(self, action: &Action) -> &'static [Keys] {
        let changed = match self {
            Self::Silhouette => &[],
            Self::Ohif => presets::OHIF,
            Self::Weasis => presets::WEASIS,
        };
        let own = changed.iter().find(|(name, _)| *name == action.text);
        own.map_or(action.keys, |(_, keys)| keys)
    }
}

/// Which keys do what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Keymap {
    preset: KeyPreset,
    /// The keys of actions that the user changed, by the action's name.
    changed: BTreeMap<String, Vec<Keys>>,
}

/// The keymap in the settings' file: keys are spelled as people read them.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    preset: KeyPreset,
    changed: BTreeMap<String, Vec<String>>,
}

impl From<Kept> for Keymap {
    fn from(kept: Kept) -> Self {
        let read = |keys: Vec<String>| keys.iter().filter_map(|keys| Keys::read(keys)).collect();
        let changed = kept.changed.into_iter();
        Self {
            preset: kept.preset,
            changed: changed.map(|(name, keys)| (name, read(keys))).collect(),
        }
    }
}

impl From<Keymap> for Kept {
    fn from(keymap: Keymap) -> Self {
        let spelled = |keys: Vec<Keys>| keys.iter().map(Keys::text).collect();
        let changed = keymap.changed.into_iter();
        Self {
            preset: keymap.preset,
            changed: changed.map(|(name, keys)| (name, spelled(keys))).collect(),
        }
    }
}

impl Keymap {
    /// Makes the keymap of a preset, without changes.
    pub fn of(preset: KeyPreset) -> Self {
        Self {
            preset,
            changed: BTreeMap::new(),
        }
    }

    /// Returns the preset that changes start from.
    pub fn preset(&self) -> KeyPreset {
        self.preset
    }

    /// Returns the keys of an action.
    pub fn keys(&self, action: &Action) -> &[Keys] {
        match self.changed.get(action.text) {
            Some(keys) => keys,
            None => self.preset.keys(action),
        }
    }

    /// Returns an action's keys as a person reads them, as in “Ctrl+E / P”; empty without any.
    pub fn text(&self, action: &Action) -> String {
        let texts: Vec<String> = self.keys(action).iter().map(Keys::text).collect();
        texts.join(" / ")
    }

    /// Reports whether the user changed an action's keys.
    pub fn is_changed(&self, action: &Action) -> bool {
        self.changed.contains_key(action.text)
    }

    /// Gives an action one more key.
    pub fn add(&mut self, action: &Action, keys: Keys) {
        let mut all = self.keys(action).to_vec();
        if !all.contains(&keys) {
            all.push(keys);
        }
        self.change(action, all);
    }

    /// Takes a key from an action.
    pub fn remove(&mut self, action: &Action, keys: Keys) {
        let left = self.keys(action).iter().filter(|known| **known != keys);
        self.change(action, left.copied().collect());
    }

    /// Gives an action the preset's keys again.
    pub fn reset(&mut self, action: &Action) {
        self.changed.remove(action.text);
    }

    /// Returns the other actions that a key of an action does too: only the first in the table
    /// is done.
    pub fn clashes(&self, action: &Action, keys: Keys) -> Vec<&'static Action> {
        let others = ACTIONS.iter().filter(|other| other.text != action.text);
        others
            .filter(|other| self.keys(other).contains(&keys))
            .collect()
    }

    fn change(&mut self, action: &Action, keys: Vec<Keys>) {
        if keys == self.preset.keys(action) {
            self.changed.remove(action.text);
        } else {
            self.changed.insert(action.text.to_owned(), keys);
        }
    }
}

/// The names of keys that can be chosen, as this program spells them.
pub const KEY_NAMES: &[&str] = &[
    "A",
    "B",
    "C",
    "D",
    "E",
    "F",
    "G",
    "H",
    "I",
    "J",
    "K",
    "L",
    "M",
    "N",
    "O",
    "P",
    "Q",
    "R",
    "S",
    "T",
    "U",
    "V",
    "W",
    "X",
    "Y",
    "Z",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "ArrowDown",
    "PageUp",
    "PageDown",
    "Home",
    "End",
    "Insert",
    "Delete",
    "Backspace",
    "Enter",
    "Escape",
    "Space",
    "=",
    "-",
    "+",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "/",
    ".",
    ",",
    ";",
    "'",
    "`",
    "|",
    "?",
    "!",
    ":",
];

impl Keys {
    /// Reads keys as a person writes them, as in “Ctrl+Shift+O”; `None` for a key that is not known.
    pub fn read(text: &str) -> Option<Self> {
        let (ctrl, rest) = match text.strip_prefix("Ctrl+") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (shift, rest) = match rest.strip_prefix("Shift+") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let key = KEY_NAMES.iter().find(|name| **name == rest)?;
        Some(Self { key, ctrl, shift })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_told_by_their_names() {
        let mut seen = std::collections::BTreeSet::new();
        for action in ACTIONS {
            assert!(
                seen.insert(action.text),
                "two actions are “{}”",
                action.text
            );
        }
    }

    #[test]
    fn no_preset_gives_a_key_to_two_actions_or_changes_none() {
        for preset in KeyPreset::ALL {
            let keymap = Keymap::of(preset);
            for action in ACTIONS {
                for keys in keymap.keys(action) {
                    let others = keymap.clashes(action, *keys);
                    let names: Vec<&str> = others.iter().map(|other| other.text).collect();
                    assert!(
                        names.is_empty(),
                        "{}: {} does “{}” and {names:?}",
                        preset.name(),
                        keys.text(),
                        action.text
                    );
                }
            }
        }
        for (name, keys) in presets::OHIF.iter().chain(presets::WEASIS) {
            let action = ACTIONS.iter().find(|action| action.text == *name);
            let action = action.unwrap_or_else(|| panic!("no action is “{name}”"));
            assert_ne!(action.keys, *keys, "“{name}” is not changed");
        }
    }

    #[test]
    fn every_key_in_use_can_be_written_and_read() {
        for preset in KeyPreset::ALL {
            for keys in ACTIONS.iter().flat_map(|action| preset.keys(action)) {
                assert_eq!(Keys::read(&keys.text()), Some(*keys), "{}", keys.text());
            }
        }
        assert_eq!(Keys::read("Hyper+A"), None);
        assert_eq!(Keys::read(""), None);
    }

    #[test]
    fn changes_outlive_the_window_and_can_be_taken_back() {
        let action = &ACTIONS[0];
        let mut keymap = Keymap::of(KeyPreset::Weasis);
        let keys = Keys::read("Ctrl+Shift+F5").unwrap();
        keymap.add(action, keys);
        assert!(keymap.text(action).ends_with("/ Ctrl+Shift+F5"));
        let kept = serde_json::to_string(&keymap).unwrap();
        assert_eq!(serde_json::from_str::<Keymap>(&kept).unwrap(), keymap);
        keymap.remove(action, keys);
        assert_eq!(keymap, Keymap::of(KeyPreset::Weasis));
        keymap.remove(action, action.keys[0]);
        assert!(keymap.keys(action).is_empty() && keymap.is_changed(action));
        keymap.reset(action);
        assert_eq!(keymap.keys(action), action.keys);
    }

    #[test]
    fn a_key_given_twice_is_said() {
        let (first, second) = (&ACTIONS[0], &ACTIONS[1]);
        let mut keymap = Keymap::default();
        keymap.add(second, first.keys[0]);
        let clashes = keymap.clashes(first, first.keys[0]);
        assert_eq!(clashes.len(), 1);
        assert_eq!(clashes[0].text, second.text);
    }

    #[test]
    fn keys_of_a_later_version_are_left_out() {
        let kept = r#"{"preset": "ohif", "changed": {"Invert": ["Hyper+I", "Ctrl+I"], "New": []}}"#;
        let keymap: Keymap = serde_json::from_str(kept).unwrap();
        let invert = ACTIONS.iter().find(|action| action.text == "Invert");
        assert_eq!(keymap.text(invert.unwrap()), "Ctrl+I");
    }
}
