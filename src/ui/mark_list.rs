//! The list of marks on a film: what each measures, and everything that can be done about it without
//! a mouse.

use egui::{Button, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::language::{retold, tr, tr_with};
use super::writing::{Writing, takes_length};
use super::{Commands, Shell, fonts, theme, tools};
use crate::radiograph::MeasuredMark;
use crate::session::{Command, MarkCommand, Marks, Reading, Session};

/// The height of the list before it scrolls, in points.
const MOST_HEIGHT: f32 = 260.0;

/// Draws the list.
pub(crate) fn marks_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let Some(open) = reading.open_film() else {
        return;
    };
    let marks = reading.marks();
    // Without marks the room belongs to the analysis.
    if marks.list().is_empty() && marks.reader_spacing().is_none() {
        return;
    }
    ui.label(theme::heading(tr("Marks")));
    ScrollArea::vertical()
        .id_salt("marks")
        .max_height(MOST_HEIGHT)
        .show(ui, |ui| {
            for mark in marks.list() {
                row_ui(ui, (marks, mark), (&mut *shell, &mut *commands));
            }
        });
    if marks.list().len() > 1
        && ui
            .small_button(tr("Delete all marks"))
            .on_hover_text(tools::with_keys(
                tr("Undo brings them back."),
                &Command::Marks(MarkCommand::Undo),
                session,
            ))
            .clicked()
    {
        commands.push(Command::Marks(MarkCommand::DeleteAll));
    }
    if marks.reader_spacing().is_some() {
        let files = match &open.file_spacing {
            Some(spacing) => tr_with(
                "the file states {length} {unit} a pixel",
                &[
                    ("length", &format_args!("{:.3}", spacing.column_mm)),
                    ("unit", &tr(spacing.unit())),
                ],
            ),
            None => tr("the file states no pixel size").to_owned(),
        };
        let words = tr_with(
            "Lengths follow a known length, set by the reader; {files}.",
            &[("files", &files)],
        );
        ui.label(RichText::new(words).color(theme::WARNING));
        if ui.small_button(tr("Forget the known length")).clicked() {
            commands.push(Command::Marks(MarkCommand::ResetSpacing));
        }
    }
    ui.separator();
}

fn row_ui(
    ui: &mut Ui,
    (marks, mark): (&Marks, &MeasuredMark),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let annotation = &mark.annotation;
    let (id, name) = (annotation.id, tools::name_of(annotation));
    let selected = marks
        .selected()
        .is_some_and(|mark| mark.annotation.id == id);
    let written = fonts::legible(ui.ctx(), &name);
    let measured = mark.measurement.lines_in(&retold);
    let chief = mark.measurement.quantities.first();
    let chief = chief
        .map(|quantity| quantity.text_in(&retold))
        .unwrap_or_default();
    let button = Button::selectable(selected, (written, RichText::new(chief).weak()))
        .min_size(egui::vec2(ui.available_width(), 22.0))
        .truncate();
    let response = ui.add(button);
    let words = match measured.join(" · ").as_str() {
        "" => tr_with("Mark {name}", &[("name", &name)]),
        text => tr_with("Mark {name}, {text}", &[("name", &name), ("text", &text)]),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &words));
    let at = response.rect.left_bottom();
    if response.double_clicked() {
        shell.pointer.writing = Some(Writing::name(annotation, at));
    } else if response.clicked() {
        commands.push(Command::Marks(MarkCommand::Show(id)));
    }
    response.on_hover_text(words);
    if let Some(doubt) = mark.measurement.doubt() {
        ui.label(RichText::new(tr(doubt)).color(theme::WARNING));
        if ui.button(tr("Swap the lines")).clicked() {
            commands.push(Command::Marks(MarkCommand::SwapLines(id)));
        }
    }
    if !selected {
        return;
    }
    for line in measured.iter().skip(1) {
        ui.weak(line);
    }
    ui.horizontal(|ui| {
        let mut small = |text: &str| {
            let response = ui.small_button(text);
            let words = tr_with("{text} of {name}", &[("text", &text), ("name", &name)]);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
            response.clicked()
        };
        if small(tr("Name…")) {
            shell.pointer.writing = Some(Writing::name(annotation, at));
        }
        if takes_length(annotation) && small(tr("Known length…")) {
            shell.pointer.writing = Some(Writing::known_length(annotation, at));
        }
        if small(tr("Delete")) {
            commands.push(Command::Marks(MarkCommand::Delete(Some(id))));
        }
    });
}
