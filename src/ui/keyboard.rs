//! Keys: the table of actions decides what they do.

use egui::{Event, Key, Modifiers, Ui};

use super::{Commands, Shell, export, keymap, palette, saving, tour};
use crate::session::{
    ACTIONS, Action, Command, Deed, Keys, MarkCommand, Session, Settings, WindowDeed,
};

/// A press shorter than this counts as a tap and not as holding, in seconds.
const TAP_SECS: f64 = 0.25;

/// A key held for a peek.
pub(crate) struct Held {
    key: Key,
    since_secs: f64,
    tap: Option<Command>,
}

/// Does what the keys pressed in this frame say.
pub(crate) fn keys(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    release(ui, shell, commands);
    if keymap::take_key(ui, session, shell, commands) {
        return;
    }
    // While somebody types, letters are text; Ctrl combinations still mean what they say, but for
    // copying the text.
    let typing = ui.text_edit_focused();
    let popup = egui::Popup::is_any_open(ui.ctx());
    if !popup && tour::keys(ui, session, shell, commands) {
        return;
    }
    if !typing && escape_closes_something(ui, shell) {
        return;
    }
    // egui ignores a Shift too many, so those that ask for Shift come first.
    for with_shift in [true, false] {
        for action in ACTIONS {
            for keys in session.settings().keymap.keys(action) {
                let of_text = typing && action.deed == Deed::Do(Command::Copy);
                let due = keys.shift == with_shift && (keys.ctrl || !typing) && !of_text;
                let presses = if due { presses(ui, keys, action) } else { 0 };
                for _ in 0..presses {
                    act(ui, (action, keys), session, (&mut *shell, &mut *commands));
                }
            }
        }
    }
}

fn act(
    ui: &Ui,
    (action, keys): (&Action, &Keys),
    session: &Session,
    (shell, commands): (&mut Shell, &mut Commands),
) {
    match &action.deed {
        Deed::Hold { peek, tap } if shell.held.is_none() => {
            if let Some(key) = egui_key(keys) {
                shell.held = Some(Held {
                    key,
                    since_secs: ui.input(|input| input.time),
                    tap: tap.clone(),
                });
                commands.push(Command::Peek(Some(*peek)));
            }
        }
        Deed::Hold { .. } => {}
        deed => perform(ui, deed, session, (shell, commands)),
    }
}

/// Does a deed, from a key, a menu or a button.
pub(crate) fn perform(
    ui: &Ui,
    deed: &Deed,
    session: &Session,
    (shell, commands): (&mut Shell, &mut Commands),
) {
    match deed {
        Deed::Do(command) => commands.push(command.clone()),
        Deed::Hold { tap, .. } => commands.extend(tap.clone()),
        Deed::Window(WindowDeed::Help) => shell.help_open = !shell.help_open,
        Deed::Window(WindowDeed::Train) => shell.train_open = !shell.train_open,
        Deed::Window(WindowDeed::Card) => {
            let shown = session.reading().and_then(|reading| reading.shown());
            let shown = shown.or(session.shelf().shown.as_ref());
            shell.card = shown.filter(|_| shell.card.is_none()).cloned();
        }
        Deed::Window(WindowDeed::Preferences) => {
            shell.preferences_open = !shell.preferences_open;
        }
        Deed::Window(WindowDeed::FrameTimes) => {
            shell.frame_times_visible = !shell.frame_times_visible;
        }
        Deed::Window(WindowDeed::Inspector) => shell.inspector.open = !shell.inspector.open,
        Deed::Window(WindowDeed::SaveReading) => shell.saving = Some(saving::Dialog::default()),
        Deed::Window(WindowDeed::Export) => shell.export = Some(export::Dialog::default()),
        Deed::Window(WindowDeed::FullScreen) => {
            shell.full_screen = !shell.full_screen;
            let command = egui::ViewportCommand::Fullscreen(shell.full_screen);
            ui.send_viewport_cmd(command);
        }
        Deed::Window(WindowDeed::Keys) => shell.keys.open = !shell.keys.open,
        Deed::Window(WindowDeed::Palette) => {
            shell.palette = match shell.palette.take() {
                None => Some(palette::Palette::default()),
                Some(_) => None,
            };
        }
        Deed::Window(WindowDeed::Tour) => {
            shell.tour = match shell.tour.take() {
                None => Some(tour::Tour::default()),
                Some(_) => None,
            };
        }
        Deed::Window(WindowDeed::Language(language)) => {
            commands.push(Command::Settings(Settings {
                language: *language,
                ..session.settings().clone()
            }));
        }
        Deed::Window(WindowDeed::Scale(by)) => commands.push(scaled(session, *by)),
        Deed::Window(WindowDeed::Quit) => ui.send_viewport_cmd(egui::ViewportCommand::Close),
    }
}

/// Makes the interface larger or smaller by so many percent; by none, it has its own size again.
fn scaled(session: &Session, by: i16) -> Command {
    let settings = session.settings().clone();
    let scales = Settings::SCALES;
    let scale_percent = match by {
        0 => 100,
        by => {
            let wanted = settings.scale_percent.saturating_add_signed(by);
            wanted.clamp(*scales.start(), *scales.end())
        }
    };
    Command::Settings(Settings {
        scale_percent,
        ..settings
    })
}

fn release(ui: &Ui, shell: &mut Shell, commands: &mut Commands) {
    let Some(held) = &shell.held else {
        return;
    };
    let (down, now_secs) = ui.input(|input| (input.key_down(held.key), input.time));
    if down {
        return;
    }
    commands.push(Command::Peek(None));
    if now_secs - held.since_secs < TAP_SECS {
        commands.extend(held.tap.clone());
    }
    shell.held = None;
}

fn escape_closes_something(ui: &Ui, shell: &mut Shell) -> bool {
    // An open menu is closed by egui itself, if the key is left to it.
    if egui::Popup::is_any_open(ui.ctx()) && ui.input(|input| input.key_pressed(Key::Escape)) {
        return true;
    }
    let open = shell.palette.is_some()
        || shell.help_open
        || shell.export.is_some()
        || shell.saving.is_some()
        || shell.card.is_some()
        || shell.train_open
        || shell.keys.open
        || shell.preferences_open;
    if open && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        // The palette lies above all; the card is opened from beneath the others.
        if shell.palette.take().is_some() || shell.card.take().is_some() {
            return true;
        }
        shell.help_open = false;
        shell.keys.open = false;
        shell.preferences_open = false;
        shell.export = None;
        shell.saving = None;
        // A run goes on without its panel.
        shell.train_open = false;
        return true;
    }
    false
}

/// Returns how often an action's keys were pressed since the last frame.
fn presses(ui: &Ui, keys: &Keys, action: &Action) -> usize {
    let Some(key) = egui_key(keys) else {
        return 0;
    };
    let mut modifiers = Modifiers::NONE;
    modifiers.shift = keys.shift;
    modifiers.command = keys.ctrl;
    let copy = action.deed == Deed::Do(Command::Copy);
    ui.input_mut(|input| {
        // What the desktop calls copying arrives as such and not as keys.
        if copy && input.events.contains(&Event::Copy) {
            return 1;
        }
        let first = input.events.iter().any(|event| {
            matches!(event, Event::Key { key: pressed, pressed: true, repeat: false, .. }
                if *pressed == key)
        });
        let count = input.count_and_consume_key(modifiers, key);
        if may_repeat(action) {
            count
        } else {
            count.min(usize::from(first))
        }
    })
}

/// A held key repeats some thirty times a second: right for steps, but a flashing picture for
/// whatever turns something over.
fn may_repeat(action: &Action) -> bool {
    matches!(
        action.deed,
        Deed::Do(
            Command::NudgeThreshold(_)
                | Command::Step(_)
                | Command::Region(_)
                | Command::Marks(MarkCommand::Undo | MarkCommand::Redo | MarkCommand::Next(_))
        )
    )
}

fn egui_key(keys: &Keys) -> Option<Key> {
    Key::from_name(keys.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_exists() {
        for keys in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(egui_key(keys).is_some(), "{} is no key", keys.text());
        }
    }
}
