//! The list of shortcuts, read from the same table as the menus.

use egui::{Grid, Label, RichText, ScrollArea, Ui};

use super::language::{msg, tr, tr_with};
use super::{Shell, theme};
use crate::display::RESEARCH_USE;
use crate::session::{ACTIONS, Keymap, Session};

const MOUSE: [(&str, &str); 10] = [
    (
        msg("Drag"),
        msg("What the tool does; the window tool: right is wider, down is brighter."),
    ),
    (
        msg("Drag a mark"),
        msg("Moves it; by a handle, a part of it."),
    ),
    (msg("Right drag"), msg("Zooms at the point where it began.")),
    (
        msg("Right click"),
        msg("Opens the menu of a mark or of the image."),
    ),
    (
        msg("Middle drag, or Space and drag"),
        msg("Moves the image."),
    ),
    (
        msg("Wheel"),
        msg("Shows the film before or after in this study, never another patient's."),
    ),
    (msg("Ctrl and wheel"), msg("Zooms at the pointer.")),
    (
        msg("Double click"),
        msg(
            "Names a mark; elsewhere it gives the viewport the place of all, or fits the only one.",
        ),
    ),
    (
        msg("Drag a film or a title strip"),
        msg("Shows the film in the viewport it is dropped on."),
    ),
    (
        msg("Drag the line (swipe)"),
        msg("Moves the border between original and counterpart."),
    ),
];

const ARROW_KEYS: &str = msg("Arrows, + and −");

/// What arrows do where a viewport has the focus.
const ARROWS: &str = msg(
    "Move and zoom the image while a viewport has the focus (Tab). With a drawing tool arrows move a \
     crosshair and Enter sets a point; with a mark selected they move it by a pixel, with Shift by \
     ten, and Enter names it.",
);

/// How wide the window is at first, in points: the longest names of gestures and a sentence beside
/// them, in every language.
const WIDTH: f32 = 680.0;

/// Draws the help window while it is open.
pub(crate) fn help_ui(ui: &Ui, session: &Session, shell: &mut Shell) {
    let keymap = &session.settings().keymap;
    let mut open = shell.help_open;
    egui::Window::new(tr("Keyboard and mouse"))
        .open(&mut open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_width(WIDTH)
        .default_height(640.0)
        .show(ui, |ui| {
            ui.label(tr(RESEARCH_USE));
            ScrollArea::vertical().show(ui, |ui| {
                let rows = rows(keymap);
                let grid = Grid::new("shortcuts").striped(true);
                grid.max_col_width(meaning_width(ui, &rows)).show(ui, |ui| {
                    for (gesture, meaning) in MOUSE {
                        ui.strong(tr(gesture));
                        ui.add(Label::new(tr(meaning)).wrap());
                        ui.end_row();
                    }
                    for (keys, tooltip) in rows {
                        ui.label(RichText::new(keys).strong().color(theme::WARNING));
                        ui.add(Label::new(tr(tooltip)).wrap());
                        ui.end_row();
                    }
                    ui.label(RichText::new(tr(ARROW_KEYS)).strong().color(theme::WARNING));
                    ui.add(Label::new(tr(ARROWS)).wrap());
                    ui.end_row();
                });
            });
        });
    shell.help_open = open;
}

/// Returns how wide the column of meanings may get, in points: what the longest name of keys or of a
/// gesture leaves, so that nothing is cut off at the window's edge.
fn meaning_width(ui: &Ui, rows: &[(String, &'static str)]) -> f32 {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let width = |text: &str| {
        let color = ui.visuals().text_color();
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font.clone(), color);
        galley.size().x
    };
    let keys = rows.iter().map(|(keys, _)| width(keys));
    let gestures = MOUSE.iter().map(|(gesture, _)| width(tr(gesture)));
    let longest = keys.chain(gestures).chain([width(tr(ARROW_KEYS))]);
    let longest = longest.fold(0.0, f32::max);
    let between = 2.0 * ui.spacing().item_spacing.x + ui.spacing().scroll.allocated_width();
    (ui.available_width() - longest - between).max(160.0)
}

/// Returns keys and meanings; neighbours that mean the same, such as the presets, share a row.
fn rows(keymap: &Keymap) -> Vec<(String, &'static str)> {
    let mut rows: Vec<(String, Option<String>, &'static str)> = Vec::new();
    for action in ACTIONS
        .iter()
        .filter(|action| !keymap.keys(action).is_empty())
    {
        let keys = keymap.text(action);
        match rows.last_mut() {
            Some((_, last, tooltip)) if *tooltip == action.tooltip => *last = Some(keys),
            _ => rows.push((keys, None, action.tooltip)),
        }
    }
    let range = |(first, last, tooltip): (String, Option<String>, _)| {
        let keys = match last {
            Some(last) => tr_with("{first} to {last}", &[("first", &first), ("last", &last)]),
            None => first,
        };
        (keys, tooltip)
    };
    rows.into_iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_share_a_row() {
        assert!(
            rows(&Keymap::default())
                .iter()
                .any(|(keys, _)| keys == "1 to 9")
        );
    }
}
