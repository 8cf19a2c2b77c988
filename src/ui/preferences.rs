//! What the user sets once and for all about mouse and marks.

use egui::{Button, Ui};

use super::language::tr;
use super::{Commands, Shell};
use crate::session::{Command, Session, Settings, Tool, Wheel};

/// Draws the window while it is open.
pub(crate) fn preferences_ui(
    ui: &Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    let mut settings = session.settings().clone();
    egui::Window::new(tr("Mouse and marks"))
        .open(&mut shell.preferences_open)
        .collapsible(false)
        .resizable(false)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ui.content_rect().center())
        .show(ui, |ui| contents_ui(ui, session, &mut settings));
    if settings != *session.settings() {
        commands.push(Command::Settings(settings));
    }
}

fn contents_ui(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    let wheels = [
        (Wheel::Films, tr("Films of this study")),
        (Wheel::Zoom, tr("Zoom")),
    ];
    choice_ui(ui, tr("The wheel shows"), &mut settings.wheel, &wheels);
    let drags = [
        (Tool::Zoom, tr("Zooms")),
        (Tool::Pan, tr("Moves the image")),
        (Tool::Window, tr("Changes the window")),
    ];
    choice_ui(
        ui,
        tr("Dragging with the right button"),
        &mut settings.right_drag,
        &drags,
    );
    choice_ui(
        ui,
        tr("Dragging with the middle button"),
        &mut settings.middle_drag,
        &drags,
    );
    let directions = [(false, tr("Brighter")), (true, tr("Darker"))];
    choice_ui(
        ui,
        tr("Dragging down makes the film"),
        &mut settings.down_is_darker,
        &directions,
    );
    ui.weak(tr(
        "With Ctrl the wheel always zooms; Space and the left button move the image.",
    ));
    ui.separator();
    ui.checkbox(
        &mut settings.keep_marks,
        tr("Keep marks and bring them back with their film"),
    );
    ui.weak(tr(
        "They are kept on this computer under a hash of the film's pixels: no name, no number, no \
         path.",
    ));
    if !session.keeps() {
        ui.weak(tr(
            "This system names no folder for such things: nothing is kept.",
        ));
    }
}

fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, label: &str, now: &mut T, choices: &[(T, &str)]) {
    ui.horizontal(|ui| {
        ui.label(label);
        for (choice, text) in choices {
            let button = Button::selectable(now == choice, *text);
            if ui.add(button).clicked() {
                *now = *choice;
            }
        }
    });
}
