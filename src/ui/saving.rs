//! Where a reading is saved to.

use std::path::PathBuf;

use egui::{TextEdit, Ui};

use super::{Commands, Shell};
use crate::session::{Command, Session};

/// Draws the dialog while it is open.
pub(crate) fn saving_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let film = session.reading().and_then(|reading| reading.open_film());
    let (Some(path_text), Some(open)) = (&mut shell.saving, film) else {
        shell.saving = None;
        return;
    };
    if path_text.is_empty() {
        let name = open.film.public_name();
        let stem = name
            .rsplit_once('.')
            .map_or(name.as_str(), |(stem, _)| stem);
        let beside = open.film.source.path.with_file_name(format!("{stem}.silh"));
        *path_text = beside.display().to_string();
    }
    let mut stay = true;
    let mut done = false;
    egui::Window::new("Save reading")
        .open(&mut stay)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_width(520.0)
        .show(ui, |ui| {
            ui.label(
                "One file with windows, marks, viewports, thresholds and verdicts, and with the \
                 hashes of films and weights. Opened beside the same films it brings everything \
                 back; results are computed anew and compared.",
            );
            ui.weak("It holds no pixels and nothing of the patient but what marks are called.");
            let label = ui.label("Save to");
            ui.add(TextEdit::singleline(path_text).desired_width(f32::INFINITY))
                .labelled_by(label.id);
            ui.horizontal(|ui| {
                let path = path_text.trim();
                let save = ui.add_enabled(!path.is_empty(), egui::Button::new("Save"));
                if save.clicked() {
                    commands.push(Command::SaveReading(PathBuf::from(path)));
                    done = true;
                }
                done |= ui.button("Do not save").clicked();
            });
        });
    if done || !stay {
        shell.saving = None;
    }
}
