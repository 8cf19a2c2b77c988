//! What stands in place of a film: nothing open, opening, or an error.

use std::path::PathBuf;

use egui::{Align2, Color32, FontId, RichText, Ui};

use super::language::{retold, tr, tr_with};
use super::{Commands, Shell, preview, status, theme};
use crate::error::Error;
use crate::session::{Command, FilmState, Picker, Reading};

/// Draws the empty window: how to open something.
pub(crate) fn empty_ui(ui: &mut Ui, commands: &mut Commands) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.25);
        ui.label(RichText::new(tr("Drop films or folders here")).size(22.0));
        ui.weak(tr(
            "DICOM, PNG, JPEG, JPEG 2000 or TIFF; the content decides, not the name.",
        ));
        ui.add_space(14.0);
        for (text, command) in [
            (tr("Open files…"), Command::Browse(Picker::Files)),
            (tr("Open a folder…"), Command::Browse(Picker::Folder)),
            (
                tr("Open the demonstration study"),
                Command::OpenDemonstration,
            ),
        ] {
            let button = egui::Button::new(text).min_size(egui::vec2(260.0, 30.0));
            if ui.add(button).clicked() {
                commands.push(command);
            }
        }
        ui.add_space(14.0);
        ui.weak(tr(
            "No data leaves this computer. No model is needed to view films.",
        ));
    });
}

/// Draws what stands in place of a film that is not open.
pub(crate) fn waiting_ui(
    ui: &mut Ui,
    reading: &Reading,
    (shell, commands): (&mut Shell, &mut Commands),
) {
    match &reading.state {
        FilmState::Failed(error) => failed_ui(ui, reading, error, commands),
        FilmState::Opening(task) => {
            let seconds = task.progress().elapsed().as_secs_f32();
            if preview::preview_ui(ui, reading, &mut shell.preview, seconds) {
                return;
            }
            ui.vertical_centered(|ui| {
                ui.add_space(ui.available_height() * 0.4);
                ui.label(RichText::new(reading.name()).size(18.0));
                // A spinner that flashes up for a fast file only distracts.
                if seconds > 0.2 {
                    ui.add(egui::Spinner::new().size(26.0));
                    ui.label(tr_with(
                        "Loading · {seconds} s",
                        &[("seconds", &format_args!("{seconds:.1}"))],
                    ));
                    if ui.button(tr("Cancel")).clicked() {
                        commands.push(Command::Cancel);
                    }
                }
            });
        }
        FilmState::Listed | FilmState::Open(_) => {}
    }
}

fn failed_ui(ui: &mut Ui, reading: &Reading, error: &Error, commands: &mut Commands) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.3);
        let title = if error.is_cancelled() {
            tr("Opening was cancelled")
        } else {
            tr("This film cannot be shown")
        };
        ui.label(RichText::new(title).size(20.0));
        ui.set_max_width(560.0);
        error_text_ui(ui, error);
        ui.weak(reading.path.display().to_string());
        ui.add_space(8.0);
        if ui.button(tr("Try again")).clicked() {
            commands.push(Command::Retry);
        }
        ui.weak(tr("Other films stay usable: choose one in the list."));
    });
}

/// Draws an error's message and advice, with a way to copy both.
pub(crate) fn error_text_ui(ui: &mut Ui, error: &Error) {
    let message = status::capitalised(&retold(&error.message));
    let message = tr_with("{sentence}.", &[("sentence", &message)]);
    ui.label(RichText::new(&message).color(theme::ERROR));
    let advice = retold(&error.advice);
    ui.label(&advice);
    if ui.small_button(tr("Copy message")).clicked() {
        ui.copy_text(format!("{message} {advice} ({:?})", error.kind));
    }
}

/// Draws a hint over the whole window while files hover above it.
pub(crate) fn drop_hint_ui(ui: &Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint"));
    let painter = ui.ctx().layer_painter(layer);
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(170));
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        tr("Drop to open"),
        FontId::proportional(30.0),
        Color32::WHITE,
    );
}

/// Opens the files that were dropped on the window.
pub(crate) fn take_dropped(ui: &Ui, commands: &mut Commands) {
    let paths: Vec<PathBuf> = ui.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        dropped.map(|file| file.path().to_owned()).collect()
    });
    if !paths.is_empty() {
        commands.push(Command::Open(paths));
    }
}
