//! From what is shown to a job that writes it.

use std::sync::Arc;

use super::{ExportChoice, ExportJob, Session, card_line};

impl Session {
    /// Writes what is shown of the selected film, in the background.
    pub(super) fn export(&mut self, choice: ExportChoice) {
        let Some(reading) = self.reading() else {
            return;
        };
        let Some(open) = reading.open_film() else {
            return;
        };
        let shown = reading.shown_outcome().cloned().zip(self.cut());
        let others = self.outcomes().into_iter().filter_map(|outcome| {
            let first = shown
                .as_ref()
                .is_some_and(|(shown, _)| Arc::ptr_eq(shown, outcome));
            Some((outcome.clone(), self.overlay.cut(outcome)?)).filter(|_| !first)
        });
        let job = ExportJob {
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
            marks: reading
                .marks()
                .list()
                .iter()
                .map(|mark| mark.annotation.clone())
                .collect(),
            card_lines: self.card_lines(),
            settings: self.overlay.clone(),
            choice,
            made: chrono::Local::now(),
        };
        self.errands.export(job, self.wake.clone());
    }

    /// Says what the cards of the shown models say.
    fn card_lines(&self) -> Vec<String> {
        let cards = self.outcomes().into_iter();
        let cards = cards.filter_map(|outcome| self.shelf.card(&outcome.model)?.ok());
        cards.map(card_line).collect()
    }
}
