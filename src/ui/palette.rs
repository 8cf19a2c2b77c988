//! The command palette: every named action by a few letters of its name.

use egui::{Align2, Key, Modifiers, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::language::tr;
use super::{Commands, Shell, icons, keyboard, menu};
use crate::session::{ACTIONS, Action, Session};

/// What stands in the palette while it is open.
#[derive(Default)]
pub(crate) struct Palette {
    typed: String,
    /// The place in the list that Enter takes.
    chosen: usize,
    /// Whether the field has been given the focus.
    focused: bool,
}

/// Draws the palette while it is open.
pub(crate) fn palette_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let Some(mut palette) = shell.palette.take() else {
        return;
    };
    let (step, enter) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        let down = isize::from(pressed(Key::ArrowDown)) - isize::from(pressed(Key::ArrowUp));
        (down, pressed(Key::Enter))
    });
    let found = found(&palette.typed);
    let last = found.len().saturating_sub(1);
    palette.chosen = palette.chosen.saturating_add_signed(step).min(last);
    let mut taken = enter.then(|| found.get(palette.chosen).copied()).flatten();
    let before = palette.typed.clone();
    egui::Window::new(tr("Commands"))
        .title_bar(false)
        .resizable(false)
        .anchor(Align2::CENTER_TOP, [0.0, 90.0])
        .fixed_size([460.0, 360.0])
        .show(ui, |ui| {
            let field = ui.add(
                TextEdit::singleline(&mut palette.typed)
                    .hint_text(tr("Type what you want to do"))
                    .desired_width(f32::INFINITY),
            );
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, tr("Find a command")));
            if !palette.focused {
                field.request_focus();
                palette.focused = true;
            }
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                for (index, action) in found.iter().enumerate() {
                    let keys = session.settings().keymap.text(action);
                    let tick = menu::tick_of(action, session, shell);
                    let words = (icons::tick(tick), tr(action.text));
                    let button = egui::Button::selectable(index == palette.chosen, words)
                        .shortcut_text(keys)
                        .min_size(egui::vec2(ui.available_width(), 0.0));
                    let row = ui.add(button).on_hover_text(tr(action.tooltip));
                    if index == palette.chosen && step != 0 {
                        row.scroll_to_me(None);
                    }
                    if row.clicked() {
                        taken = Some(action);
                    }
                }
                if found.is_empty() {
                    ui.weak(tr("No command has these letters."));
                }
            });
        });
    if palette.typed != before {
        palette.chosen = 0;
    }
    if let Some(action) = taken {
        keyboard::perform(ui, &action.deed, session, (shell, commands));
    } else {
        // A deed may have opened another palette; nothing else puts one here.
        shell.palette.get_or_insert(palette);
    }
}

/// Returns the actions that hold every word typed, in their names or what is said of them: those
/// whose names begin so first, then those whose names hold it.
fn found(typed: &str) -> Vec<&'static Action> {
    let typed = typed.trim().to_lowercase();
    let words: Vec<&str> = typed.split_whitespace().collect();
    let mut found: Vec<(usize, &Action)> = ACTIONS
        .iter()
        .filter(|action| action.menu.is_some())
        .filter_map(|action| {
            // By the English name as well: keys to learn and manuals have that.
            let [name, told] = [action.text, action.tooltip].map(str::to_lowercase);
            let [own_name, own] = [action.text, action.tooltip].map(|text| tr(text).to_lowercase());
            let in_name = |word: &&str| name.contains(word) || own_name.contains(word);
            let holds = |word: &&str| in_name(word) || told.contains(word) || own.contains(word);
            let rank = if name.starts_with(&typed) || own_name.starts_with(&typed) {
                0
            } else if words.iter().all(in_name) {
                1
            } else {
                2
            };
            words.iter().all(holds).then_some((rank, action))
        })
        .collect();
    // Stable: within a rank the menus' order stays.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, action)| action).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_so_come_first_and_everything_is_listed_at_first() {
        let listed = ACTIONS.iter().filter(|action| action.menu.is_some());
        assert_eq!(found("").len(), listed.count());
        assert_eq!(found("inv")[0].text, "Invert");
        let region = found("region");
        assert!(region.iter().any(|action| action.text == "Accept region"));
        assert!(found("thresh low").iter().all(|action| {
            let told = format!("{} {}", action.text, action.tooltip).to_lowercase();
            told.contains("thresh") && told.contains("low")
        }));
        assert!(found("xyzzy").is_empty());
    }
}
