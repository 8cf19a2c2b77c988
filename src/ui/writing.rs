//! The field in which the words of a mark, its name, or a known length are typed.

use egui::{Key, Order, Pos2, TextEdit, Ui, vec2};

use super::language::tr;
use super::{Commands, Shell};
use crate::radiograph::{Annotation, AnnotationId, Shape};
use crate::session::{Command, MarkCommand, Session};

/// What is being typed.
pub(crate) struct Writing {
    what: What,
    text: String,
    at: Pos2,
    fresh: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// The words of the text mark that is being placed.
    Words,
    /// The name of a mark, or other words of a text mark.
    Name(AnnotationId),
    /// The known length of a length mark, in millimetres.
    KnownLength(AnnotationId),
}

impl Writing {
    fn new(what: What, text: String, at: Pos2) -> Self {
        Self {
            what,
            text,
            at,
            fresh: true,
        }
    }

    /// Types the name of a mark, beside a position.
    pub(crate) fn name(mark: &Annotation, at: Pos2) -> Self {
        Self::new(What::Name(mark.id), mark.label.clone(), at)
    }

    /// Types the known length of a length mark, beside a position.
    pub(crate) fn known_length(mark: &Annotation, at: Pos2) -> Self {
        Self::new(What::KnownLength(mark.id), String::new(), at)
    }
}

/// Draws the field while something is typed.
pub(crate) fn writing_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let marks = session.reading().map(|reading| reading.marks());
    let awaited = marks
        .and_then(|marks| marks.draft())
        .is_some_and(|draft| draft.awaits_words());
    let pointer = &mut shell.pointer;
    match &pointer.writing {
        None if awaited => {
            pointer.writing = Some(Writing::new(What::Words, String::new(), pointer.pressed));
        }
        Some(writing) if !still_there(writing.what, session, awaited) => pointer.writing = None,
        _ => {}
    }
    let Some(writing) = &mut pointer.writing else {
        return;
    };
    let (label, hint) = match writing.what {
        What::Words => (tr("Words of the mark"), tr("type and press Enter")),
        What::Name(_) => (tr("Name of the mark"), tr("type and press Enter")),
        What::KnownLength(_) => (tr("Known length in mm"), "e.g. 50"),
    };
    let bounds = ui.content_rect().shrink(8.0);
    let at = (writing.at + vec2(10.0, 8.0)).min(bounds.max - vec2(260.0, 60.0));
    let response = egui::Area::new(egui::Id::unique("writing"))
        .order(Order::Foreground)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style())
                .show(ui, |ui| {
                    let label = ui.label(label);
                    ui.add(
                        TextEdit::singleline(&mut writing.text)
                            .hint_text(hint)
                            .desired_width(240.0),
                    )
                    .labelled_by(label.id)
                })
                .inner
        })
        .inner;
    if std::mem::take(&mut writing.fresh) {
        response.request_focus();
        return;
    }
    if response.has_focus() {
        return;
    }
    let given_up = ui.input(|input| input.key_pressed(Key::Escape));
    commands.extend(command(writing, given_up).map(Command::Marks));
    pointer.writing = None;
}

/// Whether what is typed still belongs to something.
fn still_there(what: What, session: &Session, awaited: bool) -> bool {
    let marks = session.reading().map(|reading| reading.marks());
    match what {
        What::Words => awaited,
        What::Name(id) | What::KnownLength(id) => {
            marks.is_some_and(|marks| marks.get(id).is_some())
        }
    }
}

/// Returns what ends the typing.
fn command(writing: &Writing, given_up: bool) -> Option<MarkCommand> {
    match writing.what {
        // Words that were given up end the mark as well.
        What::Words if given_up => Some(MarkCommand::Write(String::new())),
        What::Words => Some(MarkCommand::Write(writing.text.clone())),
        _ if given_up => None,
        What::Name(id) => Some(MarkCommand::Rename(id, writing.text.clone())),
        What::KnownLength(id) => {
            let text = writing.text.trim().trim_end_matches("mm").trim();
            // What is no number is refused by the session, with advice.
            let length_mm = text.replace(',', ".").parse().unwrap_or(f32::NAN);
            (!text.is_empty()).then_some(MarkCommand::Calibrate(id, length_mm))
        }
    }
}

/// Reports whether a mark's length can be stated.
pub(crate) fn takes_length(mark: &Annotation) -> bool {
    matches!(mark.shape, Shape::Length(_))
}
