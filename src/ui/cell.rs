//! One viewport of the arrangement: its film, or what stands in its place; its links, and what is
//! dropped on it.

use egui::{Align2, Color32, FontId, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, vec2};

use super::language::{retold, tr, tr_with};
use super::{Commands, Shell, frames, landmarks, lens, links, marks, pane, theme, viewport};
use crate::session::{Command, FilmState, LayoutCommand, Reading, Session};

/// What is dragged with the mouse from the film list or from another viewport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dragged {
    /// A film of the list, by its place in it.
    Film(usize),
    /// What a viewport shows.
    Viewport(usize),
}

/// Draws one viewport.
pub(crate) fn cell_ui(
    ui: &mut Ui,
    session: &Session,
    (index, fit): (usize, Vec2),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let layout = session.layout();
    let whole = ui.max_rect();
    let several = layout.cells().len() > 1;
    let before = commands.len();
    let reading = layout.cells()[index]
        .film
        .and_then(|film| session.readings().get(film));
    let time_secs = ui.input(|input| input.time);
    let content = pane::content(session, index, time_secs);
    let view = session.view(index, fit.into(), ui.pixels_per_point());
    let open = reading.and_then(|reading| reading.open_film());
    let response = match (open, content, view) {
        (Some(open), Some(content), Some(view)) => {
            let response = viewport::viewport_ui(
                ui,
                (session, open),
                (&content, view),
                (&mut *shell, &mut *commands),
            );
            let place = viewport::Place {
                rect: viewport::picture_rect(whole),
                view,
            };
            landmarks::points(ui, session, (index, &place));
            landmarks::set_ui(ui, session, (index, &place, &response), commands);
            if several {
                links::links_ui(ui, session, index, commands);
            }
            let changes = commands.len();
            lens::follow(ui, (index, &content), (&place, &response, open), commands);
            activate(
                layout.active(),
                (index, before, changes),
                &response,
                commands,
            );
            response
        }
        _ => {
            let response = vacant_ui(ui, session, (index, reading));
            let changes = commands.len();
            activate(
                layout.active(),
                (index, before, changes),
                &response,
                commands,
            );
            response
        }
    };
    drop_ui(ui, session, (index, &response), commands);
    if several && index == layout.active() && !layout.maximised() {
        let stroke = Stroke::new(2.0, theme::ACTIVE);
        ui.painter()
            .rect_stroke(whole, 0.0, stroke, StrokeKind::Inside);
    }
}

/// What is done to a viewport makes it the active one first.
fn activate(
    active: usize,
    (index, before, changes): (usize, usize, usize),
    response: &Response,
    commands: &mut Commands,
) {
    let touched = response.is_pointer_button_down_on() || response.gained_focus();
    if index != active && (touched || changes > before) {
        let activate = LayoutCommand::Activate(index);
        commands.insert(before, Command::Layout(activate));
    }
}

/// Draws what stands in place of a picture.
fn vacant_ui(
    ui: &mut Ui,
    session: &Session,
    (index, reading): (usize, Option<&Reading>),
) -> Response {
    let whole = ui.max_rect();
    let rect = viewport::picture_rect(whole);
    let response = ui.interact(rect, ui.scope_id().with("image"), Sense::click_and_drag());
    let (title, words, advice) = words_of(session, reading, &session.layout().cells()[index].role);
    let name = tr_with(
        "Viewport {number}, {title}",
        &[("number", &(index + 1)), ("title", &title)],
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    let painter = ui.painter().with_clip_rect(whole);
    painter.rect_filled(whole, 0.0, Color32::BLACK);
    let strip = Rect::from_min_max(whole.min, rect.right_top());
    marks::plain_title(&painter, strip, &title);
    let center = rect.center();
    let lines = [
        (words.as_str(), 14.0, theme::OVER_FILM),
        (advice, 12.0, Color32::from_gray(150)),
    ];
    let galleys = lines.map(|(words, size, color)| {
        let font = FontId::proportional(size);
        painter.layout(words.to_owned(), font, color, rect.width() - 16.0)
    });
    let height: f32 = galleys.iter().map(|galley| galley.size().y).sum();
    let mut top = center - vec2(0.0, (height + 8.0) / 2.0);
    for (galley, (_, _, color)) in galleys.into_iter().zip(lines) {
        let place = Align2::CENTER_TOP.anchor_size(top, galley.size());
        top.y = place.bottom() + 8.0;
        painter.galley(place.min, galley, color);
    }
    if response.has_focus() {
        frames::focus(ui, rect);
    }
    if response.clicked() {
        response.request_focus();
    }
    response
}

/// Returns the title of a viewport without a picture, what is the matter, and what can be done.
fn words_of(
    session: &Session,
    reading: Option<&Reading>,
    role: &crate::session::Role,
) -> (String, String, &'static str) {
    let Some(reading) = reading else {
        let words = tr("No film here").to_owned();
        return (
            tr("empty").to_owned(),
            words,
            tr("Drag one from the list, or choose it there"),
        );
    };
    let title = reading.name();
    match &reading.state {
        FilmState::Failed(error) => (
            title,
            tr_with(
                "Cannot be shown: {message}",
                &[("message", &retold(&error.message))],
            ),
            "",
        ),
        FilmState::Opening(_) | FilmState::Listed => (title, tr("Loading").to_owned(), ""),
        FilmState::Open(_) => {
            let role = pane::name_of(role, session);
            let advice = if reading.analyzed() {
                tr("Results are hidden (R), or not of this model")
            } else {
                tr("Analyse this film first (A)")
            };
            (
                format!("{title}: {role}"),
                tr_with("No {role} to show", &[("role", &role.to_lowercase())]),
                advice,
            )
        }
    }
}

/// Takes in what is dropped on a viewport.
fn drop_ui(
    ui: &Ui,
    session: &Session,
    (index, response): (usize, &Response),
    commands: &mut Commands,
) {
    let own = |dragged: &Dragged| *dragged == Dragged::Viewport(index);
    if let Some(dragged) = response.dnd_hover_payload::<Dragged>()
        && !own(&dragged)
    {
        let rect = ui.max_rect();
        ui.painter()
            .rect_filled(rect, 0.0, Color32::from_black_alpha(215));
        let words = match *dragged {
            Dragged::Film(film) => session.readings().get(film).map(Reading::name),
            Dragged::Viewport(_) => None,
        };
        let words = words.map_or(tr("Exchange").to_owned(), |name| {
            tr_with("Show {name} here", &[("name", &name)])
        });
        let font = FontId::proportional(18.0);
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            words,
            font,
            Color32::WHITE,
        );
    }
    let command = match response.dnd_release_payload::<Dragged>().as_deref() {
        Some(Dragged::Film(film)) => LayoutCommand::Show {
            cell: index,
            film: *film,
        },
        Some(Dragged::Viewport(from)) if *from != index => LayoutCommand::Exchange(*from, index),
        _ => return,
    };
    commands.push(Command::Layout(command));
}
