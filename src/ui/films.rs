//! The film list.

use std::path::PathBuf;

use egui::{Button, Key, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::cell::Dragged;
use super::icons::{Icon, icon};
use super::language::{tr, tr_with};
use super::tour::{self, Spot};
use super::{Commands, Shell, fonts, theme, tools};
use crate::radiograph::Chart;
use crate::session::{Analysis, Answer, Command, FilmState, Picker, Reading, Session};

/// The height of a row, in points; more than its words need.
const ROW_HEIGHT: f32 = 24.0;

/// Draws the path field and the list.
pub(crate) fn films_ui(ui: &mut Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    ui.add_space(4.0);
    path_ui(ui, session, (&mut *shell, &mut *commands));
    ui.separator();
    let readings = session.readings();
    if readings.is_empty() {
        ui.weak(tr("No film is open."));
        return;
    }
    ui.horizontal(|ui| {
        let place = session.selected().map_or(0, |index| index + 1);
        ui.weak(tr_with(
            "Film {place} of {count}",
            &[("place", &place), ("count", &readings.len())],
        ));
    });
    ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        ROW_HEIGHT,
        readings.len(),
        |ui, rows| {
            for index in rows {
                let selected = session.selected() == Some(index);
                let source = session
                    .source_of(index)
                    .map(|source| readings[source].name());
                row_ui(ui, (index, &readings[index], source), selected, commands);
            }
        },
    );
}

fn path_ui(ui: &mut Ui, session: &Session, (shell, commands): (&mut Shell, &mut Commands)) {
    let tooltip = |picker| tools::tooltip(&Command::Browse(picker), session);
    ui.horizontal(|ui| {
        for (drawing, text, picker) in [
            (Icon::File, tr("Open…"), Picker::Files),
            (Icon::Folder, tr("Folder…"), Picker::Folder),
        ] {
            let button = ui.button((icon(drawing), text));
            tour::note(ui.ctx(), Spot::Open, button.rect);
            if button.on_hover_text(tooltip(picker)).clicked() {
                commands.push(Command::Browse(picker));
            }
        }
    });
    let label = ui.label(tr("Path of a film or folder"));
    let field = ui
        .add(
            TextEdit::singleline(&mut shell.path_text)
                .hint_text(tr("type and press Enter"))
                .desired_width(f32::INFINITY),
        )
        .labelled_by(label.id);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let path = shell.path_text.trim();
    if entered && !path.is_empty() {
        commands.push(Command::Open(vec![PathBuf::from(path)]));
        shell.path_text.clear();
    }
}

fn row_ui(
    ui: &mut Ui,
    (index, reading, source): (usize, &Reading, Option<String>),
    selected: bool,
    commands: &mut Commands,
) {
    let (mark, state) = state_of(reading);
    let key_image = reading.marks().is_key_image().then_some(tr("key image"));
    let indent = if source.is_some() { "      " } else { "" };
    let made_of = match source {
        Some(source) => Some(tr_with("picture of {film}", &[("film", &source)])),
        None if reading.is_derived() => Some(tr("picture of a film that is not open").to_owned()),
        None => None,
    };
    let states = made_of
        .as_deref()
        .into_iter()
        .chain(key_image)
        .chain(Some(state).filter(|state| !state.is_empty()));
    let state = states.collect::<Vec<&str>>().join(", ");
    let failed = matches!(reading.state, FilmState::Failed(_));
    let file = fonts::legible(ui.ctx(), &reading.name());
    let mut name = RichText::new(format!("{indent}{mark}{file}"));
    // Red on the selection's blue cannot be read.
    if failed && !selected {
        name = name.color(theme::ERROR);
    }
    let date = reading.chart().and_then(Chart::date);
    let date = date.map_or_else(String::new, |date| date.format("%Y-%m-%d ").to_string());
    let small = RichText::new(format!("{date}{state}")).weak().small();
    let button = Button::selectable(selected, (name, small))
        .min_size(egui::vec2(ui.available_width(), ROW_HEIGHT))
        .sense(egui::Sense::click_and_drag())
        .truncate();
    let response = ui
        .add(button)
        .on_hover_text(format!("{}\n{date}{state}", reading.path.display()));
    let words = match state.as_str() {
        "" => reading.name(),
        state => format!("{}, {state}", reading.name()),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &words));
    response.dnd_set_drag_payload(Dragged::Film(index));
    if response.clicked() {
        commands.push(Command::Select(index));
    }
    // egui moves the focus to the neighbouring row; the selection goes with it.
    if response.has_focus() {
        let (down, up) = ui.input(|input| {
            (
                input.key_pressed(Key::ArrowDown),
                input.key_pressed(Key::ArrowUp),
            )
        });
        commands.extend(down.then_some(Command::Select(index + 1)));
        commands.extend(index.checked_sub(1).filter(|_| up).map(Command::Select));
    }
}

fn state_of(reading: &Reading) -> (&'static str, &'static str) {
    let failed = |answer: &Answer| matches!(answer.analysis, Analysis::Failed(_));
    match &reading.state {
        FilmState::Failed(error) if error.is_cancelled() => ("", tr("cancelled")),
        FilmState::Failed(_) => ("! ", tr("cannot be opened")),
        _ if reading.analyzing() => ("", tr("analysing")),
        _ if reading.answers().any(failed) => ("! ", tr("analysis failed")),
        FilmState::Opening(_) => ("", tr("opening")),
        _ if reading.analyzed() => ("", tr("analysed")),
        _ => ("", ""),
    }
}
