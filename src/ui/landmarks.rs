//! Aligning a prior: the reader sets the same points in two films.

use egui::{Color32, FontId, Painter, Response, Stroke, Ui, vec2};

use super::language::tr;
use super::viewport::Place;
use super::{Commands, theme};
use crate::session::{Command, LayoutCommand, Session};

/// The colour of the points, told from the inspector's by their number.
const POINT: Color32 = Color32::from_rgb(120, 255, 160);

/// Draws the strip that says what to do next, while films are being aligned.
pub(crate) fn landmarks_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(aligning) = session.layout().aligning() else {
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(
            egui::RichText::new(tr(aligning.next_step()))
                .strong()
                .color(theme::WARNING),
        );
        ui.weak(tr("Enter sets it in the middle of the active viewport"));
        let button = egui::Button::new(tr("Use as a shift"));
        if ui
            .add_enabled(aligning.can_shift(), button)
            .on_hover_text(tr(
                "Moves the prior until the one point matches; size and turn stay.",
            ))
            .clicked()
        {
            commands.push(Command::Layout(LayoutCommand::ShiftOnly));
        }
        if ui.button(tr("Stop aligning")).clicked() {
            commands.push(Command::Layout(LayoutCommand::Align));
        }
    });
}

/// Draws the points that are set on a viewport's film.
pub(crate) fn points(ui: &Ui, session: &Session, (index, place): (usize, &Place)) {
    let layout = session.layout();
    let film = layout.cells()[index].film;
    let (Some(aligning), Some(film)) = (layout.aligning(), film) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(place.rect);
    let cross = |at: egui::Pos2, color: Color32| {
        for (width, color) in [(4.5, Color32::from_black_alpha(190)), (2.5, color)] {
            for arm in [vec2(9.0, 0.0), vec2(0.0, 9.0)] {
                painter.line_segment([at - arm, at + arm], Stroke::new(width, color));
            }
        }
    };
    for (number, point) in aligning.points_on(film) {
        let at = place.screen_from_image(point);
        cross(at, POINT);
        number_beside(&painter, at + vec2(8.0, 4.0), number);
    }
    if index == layout.active() {
        cross(place.rect.center(), Color32::from_gray(150));
    }
}

/// Writes a point's number in a dark casing, read on any grey.
fn number_beside(painter: &Painter, at: egui::Pos2, number: usize) {
    let font = FontId::proportional(17.0);
    let galley = painter.layout_no_wrap(number.to_string(), font, POINT);
    for (x, y) in (-2..=2).flat_map(|x| (-2..=2).map(move |y| (x, y))) {
        let behind = at + vec2(x as f32, y as f32) * 0.75;
        painter.galley_with_override_text_color(behind, galley.clone(), Color32::BLACK);
    }
    painter.galley(at, galley, POINT);
}

/// Sets a point where a viewport is clicked, or in its middle by Enter.
pub(crate) fn set_ui(
    ui: &Ui,
    session: &Session,
    (index, place, response): (usize, &Place, &Response),
    commands: &mut Commands,
) {
    let layout = session.layout();
    if layout.aligning().is_none() {
        return;
    }
    let clicked = response.clicked().then(|| response.interact_pointer_pos());
    let entered = index == layout.active()
        && !ui.text_edit_focused()
        && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let at = clicked.flatten().or(entered.then(|| place.rect.center()));
    if let Some(at) = at {
        let point = place.image_from_screen(at);
        commands.push(Command::Layout(LayoutCommand::Landmark(index, point)));
    }
}
