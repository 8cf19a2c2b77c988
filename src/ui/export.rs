//! What an export contains and where it goes.

use std::path::PathBuf;

use egui::{ComboBox, DragValue, RichText, TextEdit, Ui};

use super::export_preview::{Preview, preview_ui};
use super::export_purposes::{RECORD, purposes_ui};
use super::language::{tr, tr_with};
use super::{Commands, Shell, theme, tools};
use crate::anomaly::ModelId;
use crate::radiograph::{AnnotationId, BurnedIn, PixelRect, Shape};
use crate::session::{
    Command, ExportChoice, ExportKind, Look, OpenFilm, Reading, Session, proposed_name,
};

/// The width that is offered first where the film's own is not wanted.
const USUAL_WIDTH: u32 = 2000;

/// The dialog while it is open.
#[derive(Default)]
pub(crate) struct Dialog {
    kind: ExportKind,
    /// The rectangles that are blacked out.
    blacked_out: Vec<AnnotationId>,
    preview: Preview,
    /// The path as typed; empty until the dialog has proposed one.
    path_text: String,
    /// What the dialog proposed last: as long as nobody changes it, it follows the kind.
    proposed: String,
    identity: bool,
    width: Option<u32>,
}

/// Draws the dialog while it is open.
pub(crate) fn export_ui(ui: &Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    let film = session
        .reading()
        .filter(|reading| reading.open_film().is_some());
    let seen = shell.seen;
    let (Some(dialog), Some(reading)) = (&mut shell.export, film) else {
        shell.export = None;
        return;
    };
    if dialog.path_text == dialog.proposed {
        dialog.proposed = proposal(reading, dialog.kind).display().to_string();
        dialog.path_text.clone_from(&dialog.proposed);
    }
    let mut open = true;
    let mut done = false;
    egui::Window::new(tr("Export"))
        .open(&mut open)
        .collapsible(false)
        // It grows and shrinks at its lower end: nothing moves under the pointer.
        .pivot(egui::Align2::CENTER_TOP)
        .default_pos(ui.content_rect().center_top() + egui::vec2(0.0, 60.0))
        .default_width(520.0)
        .show(ui, |ui| {
            done = contents_ui(ui, (session, reading, seen), dialog, commands);
        });
    if done || !open {
        shell.export = None;
    }
}

fn contents_ui(
    ui: &mut Ui,
    (session, reading, seen): (&Session, &Reading, Option<PixelRect>),
    dialog: &mut Dialog,
    commands: &mut Commands,
) -> bool {
    if let Some((kind, width)) = purposes_ui(ui, session, obstacle(session, reading, RECORD)) {
        (dialog.kind, dialog.width, dialog.identity) = (kind, width, false);
    }
    kind_ui(ui, &mut dialog.kind);
    let part = seen.filter(|_| !fits(reading));
    let obstacle = obstacle(session, reading, dialog.kind);
    // Above what differs from kind to kind, the buttons have one place.
    let done = target_ui(ui, dialog, (part, obstacle.is_none()), commands);
    if let Some(obstacle) = obstacle {
        ui.label(RichText::new(obstacle).color(theme::WARNING));
    }
    ui.label(tr(dialog.kind.contents()));
    if dialog.kind.shows_picture() {
        let choice = dialog.choice(part);
        preview_ui(ui, (session, choice), &mut dialog.preview, commands);
        ui.weak(shown_words(reading));
        width_ui(ui, &mut dialog.width);
        ui.checkbox(&mut dialog.identity, tr("Draw the patient's identity"));
    }
    if let Some(open) = reading.open_film() {
        identity_ui(ui, (reading, open), dialog);
    }
    done
}

/// Draws where it goes and the buttons; returns whether the dialog is done.
fn target_ui(
    ui: &mut Ui,
    dialog: &mut Dialog,
    (part, possible): (Option<PixelRect>, bool),
    commands: &mut Commands,
) -> bool {
    let label = ui.label(tr("Save to"));
    ui.add(TextEdit::singleline(&mut dialog.path_text).desired_width(f32::INFINITY))
        .labelled_by(label.id);
    let mut done = false;
    ui.horizontal(|ui| {
        let save = ui.add_enabled(possible, egui::Button::new(tr("Save")));
        if save.clicked() {
            commands.push(Command::Export(dialog.choice(part)));
            done = true;
        }
        if ui.button(tr("Do not save")).clicked() {
            done = true;
        }
    });
    done
}

impl Dialog {
    fn choice(&self, part: Option<PixelRect>) -> ExportChoice {
        let picture = self.kind.shows_picture();
        ExportChoice {
            kind: self.kind,
            path: PathBuf::from(self.path_text.trim()),
            identity: self.identity && picture,
            width: self.width.filter(|_| picture),
            blacked_out: if picture {
                self.blacked_out.clone()
            } else {
                Vec::new()
            },
            part,
        }
    }
}

/// Reports whether the whole film is shown: a presentation state says so, whatever the window's size.
fn fits(reading: &Reading) -> bool {
    let open = reading.open_film();
    open.is_none_or(|open| open.presentation.look == Look::Fit)
}

fn kind_ui(ui: &mut Ui, kind: &mut ExportKind) {
    ui.horizontal(|ui| {
        let label = ui.label(tr("Kind"));
        ComboBox::from_id_salt("export kind")
            .selected_text(tr(kind.title()))
            .width(240.0)
            // Every kind at once, without scrolling.
            .height(400.0)
            .show_ui(ui, |ui| {
                for one in ExportKind::ALL {
                    ui.selectable_value(kind, one, tr(one.title()))
                        .on_hover_text(tr(one.contents()));
                }
            })
            .response
            .labelled_by(label.id);
    });
}

fn shown_words(reading: &Reading) -> &'static str {
    match reading.shown_outcome() {
        Some(_) if reading.consensus().is_some() => tr(
            "It shows the film beside the places on which models agree, with every model's threshold.",
        ),
        Some(_) => {
            tr("It shows the film, the counterpart, and the map with boxes, legend and threshold.")
        }
        None => tr("It shows the film. No analysis is shown, so none is drawn."),
    }
}

fn width_ui(ui: &mut Ui, width: &mut Option<u32>) {
    ui.horizontal(|ui| {
        let mut native = width.is_none();
        ui.checkbox(&mut native, tr("At the film's own resolution"));
        if native {
            *width = None;
            return;
        }
        let chosen = width.get_or_insert(USUAL_WIDTH);
        let label = ui.label(tr("Width"));
        ui.add(DragValue::new(chosen).range(64..=16_384).suffix(" px"))
            .labelled_by(label.id);
    });
}

/// Says why a kind cannot be written now.
fn obstacle(session: &Session, reading: &Reading, kind: ExportKind) -> Option<&'static str> {
    let open = reading.open_film()?;
    let origin = open.film.source.origin.as_ref();
    if kind.is_dicom() && origin.is_none_or(|origin| origin.study.is_empty()) {
        return Some(tr(
            "A DICOM object joins its film's study, and this film's file names none. Choose a \
             picture, a page or a table.",
        ));
    }
    let results = reading.shown_outcome().is_some();
    let marks = !reading.marks().list().is_empty();
    match kind {
        ExportKind::ParametricMap if !results => Some(tr("No map is shown.")),
        ExportKind::Segmentation if !results && !marks => Some(tr(
            "There are no regions: no result is shown and nothing is drawn.",
        )),
        ExportKind::Report | ExportKind::Csv if !results && !marks => Some(tr(
            "There is nothing to report: no result is shown and nothing is drawn.",
        )),
        ExportKind::KeyObjects if session.key_films(reading).is_empty() => {
            Some(tr("No film of this study is marked as a key image."))
        }
        _ => None,
    }
}

/// Says where a name may stand.
fn identity_ui(ui: &mut Ui, (reading, open): (&Reading, &OpenFilm), dialog: &mut Dialog) {
    if dialog.kind.is_dicom() {
        let text = tr(
            "The object names the patient and the study, as the film's own file does: it \
                    belongs into the same archive.",
        );
        ui.label(RichText::new(text).color(theme::WARNING));
    }
    if !dialog.kind.shows_picture() {
        return;
    }
    let text = match open.film.source.burned_in {
        BurnedIn::No => None,
        BurnedIn::Yes => Some(tr("The file says that names are drawn into its pixels.")),
        BurnedIn::Unknown => Some(tr(
            "The file does not say whether names are drawn into its pixels: look before you pass \
             the picture on.",
        )),
    };
    if let Some(text) = text {
        ui.label(RichText::new(text).color(theme::WARNING));
    }
    black_out_ui(ui, (reading, text.is_some()), &mut dialog.blacked_out);
    if !dialog.identity && !open.film.graphics.overlays.is_empty() {
        ui.weak(tr(
            "The file's overlays are left out: they may name the patient.",
        ));
    }
}

/// Draws the choice of rectangles to black out; where names may be drawn into the pixels, how to
/// come by some.
fn black_out_ui(
    ui: &mut Ui,
    (reading, doubtful): (&Reading, bool),
    blacked_out: &mut Vec<AnnotationId>,
) {
    let marks = reading.marks().list().iter().map(|mark| &mark.annotation);
    let mut any = false;
    for mark in marks.filter(|mark| matches!(mark.shape, Shape::Rectangle(_))) {
        any = true;
        let mut covered = blacked_out.contains(&mark.id);
        let words = tr_with("Black out “{mark}”", &[("mark", &tools::name_of(mark))]);
        if ui.checkbox(&mut covered, words).changed() {
            blacked_out.retain(|id| *id != mark.id);
            blacked_out.extend(covered.then_some(mark.id));
        }
    }
    if doubtful && !any {
        ui.weak(tr(
            "To black a name out, draw a rectangle over it (Rectangle in the menu Marks) and open \
             this again.",
        ));
    }
}

fn proposal(reading: &Reading, kind: ExportKind) -> PathBuf {
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
    let name = proposed_name(&film, model, kind);
    reading.folder().join(name)
}
