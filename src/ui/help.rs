//! The list of shortcuts, read from the same table as the menus.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{Shell, theme};
use crate::display::RESEARCH_USE;
use crate::session::ACTIONS;

const MOUSE: [(&str, &str); 6] = [
    ("Drag right or left", "Wider or narrower window."),
    ("Drag down or up", "Brighter or darker."),
    ("Middle drag, or Space and drag", "Moves the image."),
    ("Wheel, with or without Ctrl", "Zooms at the pointer."),
    ("Double click", "Fits the image to its viewport."),
    (
        "Drag the line (swipe)",
        "Moves the border between original and counterpart.",
    ),
];

/// Draws the help window while it is open.
pub(crate) fn help_ui(ui: &Ui, shell: &mut Shell) {
    let mut open = shell.help_open;
    egui::Window::new("Keyboard and mouse")
        .open(&mut open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_width(600.0)
        .default_height(640.0)
        .show(ui, |ui| {
            ui.label(RESEARCH_USE);
            ScrollArea::vertical().show(ui, |ui| {
                Grid::new("shortcuts").striped(true).show(ui, |ui| {
                    for (gesture, meaning) in MOUSE {
                        ui.strong(gesture);
                        ui.label(meaning);
                        ui.end_row();
                    }
                    for (keys, tooltip) in rows() {
                        ui.label(RichText::new(keys).strong().color(theme::WARNING));
                        ui.label(tooltip);
                        ui.end_row();
                    }
                    ui.label(
                        RichText::new("Arrows, + and −")
                            .strong()
                            .color(theme::WARNING),
                    );
                    ui.label("Move and zoom the image while a viewport has the focus (Tab).");
                    ui.end_row();
                });
            });
        });
    shell.help_open = open;
}

/// Returns keys and meanings; neighbours that mean the same, such as the presets, share a row.
fn rows() -> Vec<(String, &'static str)> {
    let mut rows: Vec<(String, &'static str)> = Vec::new();
    for action in ACTIONS.iter().filter(|action| !action.keys.is_empty()) {
        match rows.last_mut() {
            Some((keys, tooltip)) if *tooltip == action.tooltip => {
                let first = keys.split(" to ").next().unwrap_or_default();
                *keys = format!("{first} to {}", action.keys_text());
            }
            _ => rows.push((action.keys_text(), action.tooltip)),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn the_presets_share_a_row() {
        assert!(rows().iter().any(|(keys, _)| keys == "1 to 9"));
    }
}
