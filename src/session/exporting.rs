//! From what is shown to a job that writes it.

use std::sync::Arc;

use super::{ExportChoice, ExportJob, ExportKind, Reading, Session, card_line};
use crate::radiograph::{Annotation, Film, MeasuredMark, Origin, PixelRect, Shape};

impl Session {
    /// Writes what is shown of the selected film, in the background.
    pub(super) fn export(&mut self, choice: ExportChoice) {
        let drawn = self.drawn_for(&choice);
        if let Some(job) = self.job(choice) {
            let job = ExportJob { drawn, ..job };
            self.errands.export(job, self.wake.clone());
        }
    }

    /// Takes everything that an export of the selected film needs; `None` while it is not open.
    pub(super) fn job(&self, choice: ExportChoice) -> Option<ExportJob> {
        let reading = self.reading()?;
        let open = reading.open_film()?;
        let shown = reading.shown_outcome().cloned().zip(self.cut());
        let others = self.outcomes().into_iter().filter_map(|outcome| {
            let first = shown
                .as_ref()
                .is_some_and(|(shown, _)| Arc::ptr_eq(shown, outcome));
            Some((outcome.clone(), self.overlay.cut(outcome)?)).filter(|_| !first)
        });
        Some(ExportJob {
            film: open.film.clone(),
            voi: open.presentation.named_voi(),
            polarity: open.presentation.polarity(),
            part: choice.part,
            file_marks: open.presentation.shown,
            processed: open.processed.clone(),
            shown: shown.iter().cloned().chain(others).collect(),
            concord: reading
                .consensus()
                .map(|consensus| consensus.concord(&self.overlay)),
            marks: self.marks(reading, &open.film, &choice),
            key_image: reading.marks().is_key_image(),
            key_films: self.key_films(reading),
            blacked_out: blacked_out(reading, &choice),
            prior: self.selected.and_then(|film| self.age_as_prior(film)),
            drawn: None,
            card_lines: self.card_lines(),
            settings: self.overlay.clone(),
            choice,
            made: chrono::Local::now(),
        })
    }

    /// Returns the films of a film's study that are marked as key images, in the list's order.
    pub fn key_films(&self, reading: &Reading) -> Vec<Arc<Origin>> {
        let Some(own) = reading.origin() else {
            return Vec::new();
        };
        let marked = self
            .readings
            .iter()
            .filter(|one| one.marks().is_key_image());
        let origins = marked.filter_map(Reading::origin);
        origins
            .filter(|one| one.study == own.study)
            .cloned()
            .collect()
    }

    /// Says what the cards of the shown models say.
    fn card_lines(&self) -> Vec<String> {
        let cards = self.outcomes().into_iter();
        let cards = cards.filter_map(|outcome| self.shelf.card(&outcome.model)?.ok());
        cards.map(card_line).collect()
    }

    /// Returns the marks as they leave this computer: none on pictures where they are hidden.
    fn marks(&self, reading: &Reading, film: &Film, choice: &ExportChoice) -> Vec<Annotation> {
        let picture = matches!(
            choice.kind,
            ExportKind::Png | ExportKind::Jpeg | ExportKind::Pdf
        );
        if picture && !self.overlay.marks {
            return Vec::new();
        }
        let covers = |mark: &MeasuredMark| {
            choice.kind.shows_picture() && choice.blacked_out.contains(&mark.annotation.id)
        };
        let marks = reading.marks().list().iter();
        marks
            .filter(|mark| !covers(mark))
            .map(|mark| leaving(&mark.annotation, film, choice))
            .collect()
    }
}

/// Returns a mark as it leaves this computer: without a label that names the patient where the
/// identity stays out. A DICOM object names the patient anyway.
pub fn leaving(mark: &Annotation, film: &Film, choice: &ExportChoice) -> Annotation {
    let open = choice.identity || choice.kind.is_dicom();
    let mut mark = mark.clone();
    if !open && film.identity.named_in(&mark.label) {
        mark.label = "(a label that names the patient)".to_owned();
    }
    mark
}

/// Returns the parts of the film that the chosen rectangles cover.
fn blacked_out(reading: &Reading, choice: &ExportChoice) -> Vec<PixelRect> {
    let chosen = |mark: &&MeasuredMark| choice.blacked_out.contains(&mark.annotation.id);
    let marks = reading.marks().list().iter().filter(chosen);
    let parts = marks.filter_map(|mark| match mark.annotation.shape {
        Shape::Rectangle(part) => Some(part),
        _ => None,
    });
    parts.collect()
}
