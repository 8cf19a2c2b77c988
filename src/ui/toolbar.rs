//! The two rows of tools above the viewports. Their height never changes, so that films keep their
//! place while results come and films go.

use egui::{Button, Ui};

use super::icons::{Icon, icon};
use super::language::{tr, tr_with};
use super::row::{Row, button_width};
use super::{Commands, comparison, tools, voi};
use crate::session::{Command, Look, OpenFilm, Reading, Session};

/// Draws the tool bar of the selected film; where that is not open it keeps its place.
pub(crate) fn tools_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    let open = reading.open_film();
    if open.is_none() {
        ui.disable();
    }
    let row = tools::palette(ui, session, reading.marks());
    row.show(ui, tr("More tools"), commands);
    let row = film_tools(ui, session, open);
    row.show(ui, tr("More about the film"), commands);
}

fn film_tools<'a>(ui: &Ui, session: &'a Session, open: Option<&'a OpenFilm>) -> Row<'a> {
    let mut row = Row::default();
    match open {
        Some(open) => voi::items(ui, (session, open), &mut row),
        None => row.add((0, 60.0), |ui, _| {
            ui.add(Button::new(tr_with("VOI {curve}", &[("curve", &"–")])));
        }),
    }
    row.separate();
    let inverted = open.is_some_and(|open| open.presentation.inverted);
    let width = button_width(ui, tr("Invert"), true);
    row.add(
        (if inverted { 0 } else { 2 }, width),
        move |ui, commands| {
            let button = Button::selectable(inverted, (icon(Icon::Invert), tr("Invert")));
            let tooltip = tools::tooltip(&Command::Invert, session);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                commands.push(Command::Invert);
            }
        },
    );
    look_button(ui, (Icon::Fit, tr("Fit"), Look::Fit), session, &mut row);
    look_button(ui, (Icon::Pixels, "1:1", Look::OneToOne), session, &mut row);
    if session.cut().is_some() {
        row.separate();
        comparison::items(ui, session, &mut row);
    }
    row
}

fn look_button<'a>(
    ui: &Ui,
    (drawing, text, look): (Icon, &'a str, Look),
    session: &'a Session,
    row: &mut Row<'a>,
) {
    let width = button_width(ui, text, true);
    row.add(
        (if look == Look::Fit { 1 } else { 2 }, width),
        move |ui, commands| {
            let chosen = session.shows(session.layout().active(), look);
            let button = Button::selectable(chosen, (icon(drawing), text));
            let tooltip = tools::tooltip(&Command::Look(look), session);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                commands.push(Command::Look(look));
            }
        },
    );
}
