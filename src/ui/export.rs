//! Where an export goes and what it contains.

use std::path::PathBuf;

use egui::{RichText, TextEdit, Ui};

use super::{Commands, Shell, theme};
use crate::anomaly::ModelId;
use crate::radiograph::BurnedIn;
use crate::session::{Command, ExportChoice, OpenFilm, Reading, Session, proposed_name};

/// The dialog while it is open.
#[derive(Default)]
pub(crate) struct Dialog {
    /// The path as typed; empty until the dialog has proposed one.
    path_text: String,
    identity: bool,
}

/// Draws the dialog while it is open.
pub(crate) fn export_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let film = session
        .reading()
        .filter(|reading| reading.open_film().is_some());
    let (Some(dialog), Some(reading)) = (&mut shell.export, film) else {
        shell.export = None;
        return;
    };
    if dialog.path_text.is_empty() {
        dialog.path_text = proposal(reading).display().to_string();
    }
    let mut open = true;
    let mut done = false;
    egui::Window::new("Export picture")
        .open(&mut open)
        .collapsible(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .default_width(520.0)
        .show(ui, |ui| done = contents_ui(ui, reading, dialog, commands));
    if done || !open {
        shell.export = None;
    }
}

fn contents_ui(
    ui: &mut Ui,
    reading: &Reading,
    dialog: &mut Dialog,
    commands: &mut Commands,
) -> bool {
    let what = match reading.shown_outcome() {
        Some(_) if reading.consensus().is_some() => {
            "The film beside the places on which models agree, with every model's threshold."
        }
        Some(_) => "The film as shown, with overlay, boxes, legend and threshold.",
        None => "The film as shown. No analysis is shown, so none is drawn.",
    };
    ui.label(what);
    ui.weak("At the film's own resolution; the facts are repeated in a JSON file beside it.");
    let label = ui.label("Save to");
    ui.add(TextEdit::singleline(&mut dialog.path_text).desired_width(f32::INFINITY))
        .labelled_by(label.id);
    ui.checkbox(&mut dialog.identity, "Draw the patient's identity");
    if let Some(open) = reading.open_film() {
        names_ui(ui, open, dialog.identity);
    }
    let mut done = false;
    ui.horizontal(|ui| {
        if ui.button("Save").clicked() {
            commands.push(Command::Export(ExportChoice {
                path: PathBuf::from(dialog.path_text.trim()),
                identity: dialog.identity,
            }));
            done = true;
        }
        if ui.button("Do not save").clicked() {
            done = true;
        }
    });
    done
}

/// Says where a name may stand that leaving the identity out does not remove.
fn names_ui(ui: &mut Ui, open: &OpenFilm, identity: bool) {
    let text = match open.film.source.burned_in {
        BurnedIn::No => None,
        BurnedIn::Yes => Some("The file says that names are drawn into its pixels."),
        BurnedIn::Unknown => Some(
            "The file does not say whether names are drawn into its pixels: look before you pass \
             the picture on.",
        ),
    };
    if let Some(text) = text {
        ui.label(RichText::new(text).color(theme::WARNING));
    }
    if !identity && !open.film.graphics.overlays.is_empty() {
        ui.weak("The file's overlays are left out: they may name the patient.");
    }
}

fn proposal(reading: &Reading) -> PathBuf {
    let together = ModelId::new("agreement");
    let model = match reading.consensus() {
        Some(_) => Some(&together),
        None => reading.shown_outcome().map(|outcome| &outcome.model),
    };
    let open = reading.open_film();
    let film = open.map_or_else(
        || reading.path.clone(),
        |open| PathBuf::from(open.film.public_name()),
    );
    let name = proposed_name(&film, model);
    reading
        .path
        .parent()
        .map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
}
