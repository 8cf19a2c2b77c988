//! What exports are wanted for most often, in the dialog.

use egui::Ui;

use super::language::{tr, tr_with};
use crate::session::{ExportKind, Session};

/// What is put into the patient's record.
pub(crate) const RECORD: ExportKind = ExportKind::SecondaryCapture;

/// The pixels of a slide.
const SLIDE: (f64, f64) = (1920.0, 1080.0);

/// Draws what an export is wanted for most often, each choosing all the rest.
///
/// Returns what was chosen: the kind, and the width of a picture that is not at the film's own
/// resolution. `obstacle` says why there is nothing for the record.
pub(crate) fn purposes_ui(
    ui: &mut Ui,
    session: &Session,
    obstacle: Option<&str>,
) -> Option<(ExportKind, Option<u32>)> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.label(tr("For"));
        // Its shape is known once it has been drawn.
        let drawn = session
            .export_preview()
            .and_then(|drawn| drawn.as_ref().ok());
        let slide = ui
            .add_enabled(drawn.is_some(), egui::Button::new(tr("A slide")))
            .on_hover_text(tr_with(
                "A PNG picture that fills {width} × {height} pixels, without the patient's identity.",
                &[("width", &SLIDE.0), ("height", &SLIDE.1)],
            ));
        if let Some(drawn) = drawn.filter(|_| slide.clicked()) {
            let shape = drawn.picture.width as f64 / drawn.picture.height as f64;
            let width = SLIDE.0.min(SLIDE.1 * shape).round() as u32;
            chosen = Some((ExportKind::Png, Some(width)));
        }
        let record = ui
            .add_enabled(obstacle.is_none(), egui::Button::new(tr("The record")))
            .on_hover_text(tr(
                "A DICOM secondary capture at the film's own resolution, which joins the study.",
            ))
            .on_disabled_hover_text(obstacle.unwrap_or_default());
        if record.clicked() {
            chosen = Some((RECORD, None));
        }
    });
    chosen
}
