//! Where a reading is saved to.

use std::path::PathBuf;

use egui::{RichText, TextEdit, Ui};

use super::language::{tr, tr_with};
use super::{Commands, Shell, theme};
use crate::session::{Command, Reading, Session};

/// The dialog while it is open.
#[derive(Default)]
pub(crate) struct Dialog {
    /// The path as typed; empty until the dialog has proposed one.
    path_text: String,
    /// Whether the films' files are packed.
    films: bool,
}

/// Draws the dialog while it is open.
pub(crate) fn saving_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let open = session
        .reading()
        .filter(|reading| reading.open_film().is_some());
    let (Some(dialog), Some(reading)) = (&mut shell.saving, open) else {
        shell.saving = None;
        return;
    };
    if dialog.path_text.is_empty() {
        dialog.path_text = proposal(reading).display().to_string();
    }
    let bytes = session.packable_bytes();
    let mut stay = true;
    let mut done = false;
    egui::Window::new(tr("Save reading"))
        .open(&mut stay)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_width(520.0)
        .show(ui, |ui| {
            ui.label(tr(
                "One file with windows, marks, viewports, thresholds and verdicts, and with the \
                 hashes of films and weights. Opened beside the same films it brings everything \
                 back; results are computed anew and compared.",
            ));
            contents_ui(ui, dialog, bytes);
            ui.horizontal(|ui| {
                let path = dialog.path_text.trim();
                let save = ui.add_enabled(!path.is_empty(), egui::Button::new(tr("Save")));
                if save.clicked() {
                    commands.push(Command::SaveReading {
                        path: PathBuf::from(path),
                        films: dialog.films,
                    });
                    done = true;
                }
                done |= ui.button(tr("Do not save")).clicked();
            });
        });
    if done || !stay {
        shell.saving = None;
    }
}

fn contents_ui(ui: &mut Ui, dialog: &mut Dialog, bytes: u64) {
    let words = tr_with(
        "Pack the films ({size}; contains patient data)",
        &[("size", &size_words(bytes))],
    );
    ui.checkbox(&mut dialog.films, words).on_hover_text(tr(
        "The films' own files go into it, unchanged, so that it opens on any computer.",
    ));
    if dialog.films {
        let words = tr(
            "It will hold everything that the films' files say of the patient. Give it to \
                     nobody who may not have the films.",
        );
        ui.label(RichText::new(words).color(theme::WARNING));
    } else {
        ui.weak(tr(
            "It holds no pixels and nothing of the patient but what marks are called.",
        ));
    }
    let label = ui.label(tr("Save to"));
    ui.add(TextEdit::singleline(&mut dialog.path_text).desired_width(f32::INFINITY))
        .labelled_by(label.id);
}

/// Beside the film, or beside the saved reading that brought it; called like the film, unless that
/// names the patient.
fn proposal(reading: &Reading) -> PathBuf {
    let name = reading.open_film().map(|open| open.film.public_name());
    let name = name.unwrap_or_else(|| "reading".to_owned());
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    reading.folder().join(format!("{stem}.silh"))
}

fn size_words(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    match megabytes {
        small if small < 0.1 => tr("less than 0.1 MB").to_owned(),
        small if small < 10.0 => format!("{small:.1} MB"),
        large => format!("{large:.0} MB"),
    }
}
