//! What the reader should be told at once, on a strip over the lower edge of the viewports: films keep
//! their place and size whatever comes and goes.

use egui::{Area, Frame, Id, Order, Rect, RichText, Stroke, Ui, pos2, vec2};

use super::language::{retold, tr, tr_with};
use super::{Commands, landmarks, status, theme};
use crate::session::{Command, Notice, Session};

/// How many notices are shown at once; older ones wait.
const SHOWN: usize = 3;

/// Draws what went wrong, and what an alignment under way asks for, over the lower edge of a place.
pub(crate) fn strip_ui(ui: &Ui, session: &Session, whole: Rect, commands: &mut Commands) {
    let errors = session.notices().iter().enumerate();
    let errors: Vec<(usize, &Notice)> = errors.filter(|(_, notice)| notice.is_error).collect();
    if errors.is_empty() && session.layout().aligning().is_none() {
        return;
    }
    let first = errors.len().saturating_sub(SHOWN);
    let width = whole.width();
    Area::new(Id::unique("notices"))
        .order(Order::Middle)
        .pivot(egui::Align2::LEFT_BOTTOM)
        .fixed_pos(pos2(whole.left(), whole.bottom()))
        .constrain(false)
        .show(ui.ctx(), |ui| {
            let frame = Frame::new()
                .fill(theme::STRIP)
                .stroke(Stroke::new(1.0, theme::WARNING))
                .inner_margin(vec2(8.0, 5.0));
            frame.show(ui, |ui| {
                ui.set_width((width - 18.0).max(60.0));
                landmarks::landmarks_ui(ui, session, commands);
                for (index, notice) in &errors[first..] {
                    notice_ui(ui, (*index, notice), commands);
                }
            });
        });
}

/// Draws a notice in as many lines as it takes.
fn notice_ui(ui: &mut Ui, (index, notice): (usize, &Notice), commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        let text = words(notice);
        ui.label(RichText::new(&text).color(theme::ERROR));
        buttons_ui(ui, (index, text), commands);
    });
}

/// Draws the last thing that went well in one line, at the end of a row.
pub(crate) fn done_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let mut done = session.notices().iter().enumerate().rev();
    if let Some((index, notice)) = done.find(|(_, notice)| !notice.is_error) {
        let text = words(notice);
        let buttons = super::row::button_width(ui, tr("Copy"), false)
            + super::row::button_width(ui, tr("Dismiss"), false)
            + 3.0 * ui.spacing().item_spacing.x;
        let room = (ui.available_width() - buttons).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            let words = RichText::new(&text).color(theme::OVER_FILM);
            ui.add(egui::Label::new(words).truncate());
        });
        buttons_ui(ui, (index, text), commands);
    }
}

fn buttons_ui(ui: &mut Ui, (index, text): (usize, String), commands: &mut Commands) {
    if ui.small_button(tr("Copy")).clicked() {
        ui.copy_text(text);
    }
    if ui.small_button(tr("Dismiss")).clicked() {
        commands.push(Command::Dismiss(index));
    }
}

fn words(notice: &Notice) -> String {
    match notice.advice.as_str() {
        "" => retold(&notice.message),
        advice => {
            let message = status::capitalised(&retold(&notice.message));
            let message = tr_with("{sentence}.", &[("sentence", &message)]);
            format!("{message} {}", retold(advice))
        }
    }
}
