//! The panel of keys: a preset, every action with its keys, and new ones at a press.

use egui::{Grid, Key, Modifiers, RichText, ScrollArea, Ui};

use super::language::{tr, tr_with};
use super::{Commands, Shell, theme};
use crate::session::{
    ACTIONS, Action, Command, KEY_NAMES, KeyPreset, Keymap, Keys, Session, Settings,
};

/// What the panel of keys is doing.
#[derive(Default)]
pub(crate) struct KeyPanel {
    /// Whether it is open.
    pub(crate) open: bool,
    /// The name of the action that gets the next key pressed.
    pub(crate) waiting: Option<&'static str>,
    sought: String,
}

/// Draws the panel while it is open.
pub(crate) fn keymap_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let mut open = shell.keys.open;
    let mut keymap = session.settings().keymap.clone();
    egui::Window::new(tr("Keys"))
        .open(&mut open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_size([640.0, 560.0])
        .show(ui, |ui| panel_ui(ui, &mut shell.keys, &mut keymap));
    if !open {
        shell.keys.waiting = None;
    }
    shell.keys.open = open;
    change(session, keymap, commands);
}

/// Takes in the key that an action waits for; returns whether one was pressed. Escape gives up.
pub(crate) fn take_key(
    ui: &Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) -> bool {
    let waiting = shell.keys.waiting.filter(|_| shell.keys.open);
    let Some(action) = waiting.and_then(|name| ACTIONS.iter().find(|known| known.text == name))
    else {
        return false;
    };
    let pressed = ui.input_mut(|input| {
        let place = input.events.iter().position(
            |event| matches!(event, egui::Event::Key { key, pressed: true, .. } if spelled(*key).is_some()),
        )?;
        match input.events.remove(place) {
            egui::Event::Key { key, modifiers, .. } => Some((key, modifiers)),
            _ => None,
        }
    });
    let Some((key, modifiers)) = pressed else {
        return false;
    };
    shell.keys.waiting = None;
    if key == Key::Escape {
        return true;
    }
    if let Some(keys) = keys_of(key, modifiers) {
        let mut keymap = session.settings().keymap.clone();
        keymap.add(action, keys);
        change(session, keymap, commands);
    }
    true
}

fn change(session: &Session, keymap: Keymap, commands: &mut Commands) {
    if keymap != session.settings().keymap {
        commands.push(Command::Settings(Settings {
            keymap,
            ..session.settings().clone()
        }));
    }
}

fn keys_of(key: Key, modifiers: Modifiers) -> Option<Keys> {
    Some(Keys {
        key: spelled(key)?,
        ctrl: modifiers.command,
        shift: modifiers.shift,
    })
}

/// Returns this program's name for a key.
fn spelled(key: Key) -> Option<&'static str> {
    let names = KEY_NAMES.iter().copied();
    names
        .into_iter()
        .find(|name| Key::from_name(name) == Some(key))
}

fn panel_ui(ui: &mut Ui, panel: &mut KeyPanel, keymap: &mut Keymap) {
    ui.horizontal(|ui| {
        ui.label(tr("Keys as in"));
        for preset in KeyPreset::ALL {
            let chosen = keymap.preset() == preset;
            if ui.selectable_label(chosen, tr(preset.name())).clicked() && !chosen {
                *keymap = Keymap::of(preset);
            }
        }
        let label = ui.label(tr("Search"));
        ui.add(egui::TextEdit::singleline(&mut panel.sought).desired_width(160.0))
            .labelled_by(label.id);
    });
    ui.weak(tr("Choosing a preset takes your own changes back."));
    ui.separator();
    let sought = panel.sought.to_lowercase();
    let matching = |action: &&Action| {
        let keys = keymap.text(action).to_lowercase();
        let named = |name: &str| name.to_lowercase().contains(&sought);
        named(action.text) || named(tr(action.text)) || keys.contains(&sought)
    };
    let actions: Vec<&'static Action> = ACTIONS.iter().filter(matching).collect();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Grid::new("keys")
            .striped(true)
            .num_columns(3)
            .show(ui, |ui| {
                for action in actions {
                    ui.label(tr(action.text)).on_hover_text(tr(action.tooltip));
                    keys_ui(ui, action, keymap);
                    assign_ui(ui, action, (panel, keymap));
                    ui.end_row();
                }
            });
    });
}

/// Draws an action's keys; a click takes one away.
fn keys_ui(ui: &mut Ui, action: &Action, keymap: &mut Keymap) {
    ui.horizontal(|ui| {
        for keys in keymap.keys(action).to_vec() {
            let clashes = keymap.clashes(action, keys);
            let mut words = RichText::new(keys.text()).strong();
            if !clashes.is_empty() {
                words = words.color(theme::ERROR);
            }
            let response = ui
                .button(words)
                .on_hover_text(tr("A click takes this key away."));
            let name = tr_with(
                "Remove {keys} from {action}",
                &[("keys", &keys.text()), ("action", &tr(action.text))],
            );
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if response.clicked() {
                keymap.remove(action, keys);
            }
            for other in clashes {
                let words = tr_with("also “{action}”", &[("action", &tr(other.text))]);
                ui.label(RichText::new(words).color(theme::ERROR).small());
            }
        }
    });
}

fn assign_ui(ui: &mut Ui, action: &'static Action, (panel, keymap): (&mut KeyPanel, &mut Keymap)) {
    ui.horizontal(|ui| {
        let waiting = panel.waiting == Some(action.text);
        let words = if waiting {
            tr("Press a key…")
        } else {
            tr("Add")
        };
        let response = ui.selectable_label(waiting, words).on_hover_text(tr(
            "Then press the key, with Ctrl or Shift where wanted; Escape gives up.",
        ));
        let name = tr_with("Add a key for {action}", &[("action", &tr(action.text))]);
        response
            .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, waiting, &name));
        if response.clicked() {
            panel.waiting = (!waiting).then_some(action.text);
        }
        if keymap.is_changed(action) && ui.button(tr("Reset")).clicked() {
            keymap.reset(action);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_key_is_a_key_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for name in KEY_NAMES {
            let key = Key::from_name(name);
            assert!(key.is_some_and(|key| seen.insert(key)), "{name}");
        }
    }
}
