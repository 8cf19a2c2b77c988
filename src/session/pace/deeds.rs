//! What the commands about the pace do, and what is logged of it.

use std::time::Instant;

use super::log::{Entry, Event};
use super::{Impression, Judged, PaceCommand, Verdict};
use crate::anomaly::Region;
use crate::radiograph::{Annotation, AnnotationId, AnnotationSource, Shape};
use crate::session::{MarkCommand, Notice, Reading, Session};

impl Session {
    pub(in crate::session) fn pace(&mut self, command: PaceCommand) {
        match command {
            PaceCommand::ReadFirst(on) => {
                let mut settings = self.settings().clone();
                settings.read_first = on;
                self.set(settings);
            }
            PaceCommand::Commit(impression) => self.commit(impression),
            PaceCommand::Judge(verdict) => self.judge(verdict),
            PaceCommand::Label(label) => self.label(label),
        }
    }

    fn commit(&mut self, impression: Impression) {
        let Some(reading) = self
            .selected_mut()
            .filter(|reading| reading.open_film().is_some())
        else {
            return;
        };
        let pace = &mut reading.pace;
        let seconds = pace.since.map(|since| since.elapsed().as_secs_f64());
        if pace.last == Some(impression) {
            return;
        }
        pace.last = Some(impression);
        let event = match (pace.first, pace.seen_before) {
            (Some(_), _) => Event::Revised {
                impression,
                seconds,
            },
            (None, false) => Event::Committed {
                impression,
                seconds,
            },
            (None, true) => Event::CommittedAfterResults {
                impression,
                seconds,
            },
        };
        pace.first.get_or_insert(impression);
        pace.unlogged.push(Entry::now(event));
        // What was computed meanwhile is what the reader waits for now.
        reading.results_wanted |= reading.analyzed();
    }

    fn judge(&mut self, verdict: Verdict) {
        let index = self
            .reading()
            .and_then(|reading| reading.region)
            .unwrap_or(0);
        let Some((judged, before, region)) = self.reading().and_then(|reading| {
            let (model, region) = reading.region_at()?;
            let judged = Judged {
                model: model.clone(),
                bounds: region.bounds,
                verdict,
                mark: None,
            };
            Some((
                judged,
                reading.pace.judged(model, region).cloned(),
                region.clone(),
            ))
        }) else {
            self.notices.push(Notice::done(
                "There is no region to judge: show one model’s results first.".to_owned(),
            ));
            return;
        };
        let event = self.judgement(&judged, before.as_ref(), &region);
        // A mark stands for an accepted region: it goes where that is taken back.
        if let Some(before) = &before {
            if let Some(mark) = before.mark {
                self.mark(MarkCommand::Delete(Some(mark)));
            }
            if let Some(reading) = self.selected_mut() {
                reading.pace.judged.retain(|other| other != before);
            }
        }
        let taken_back = before.is_some_and(|before| before.verdict == verdict);
        if !taken_back {
            let mark = (verdict == Verdict::Accepted).then(|| self.marked(&judged, &region));
            if let Some(reading) = self.selected_mut() {
                reading.region = Some(index);
                let mark = mark.flatten();
                reading.pace.judged.push(Judged { mark, ..judged });
            }
        }
        if let Some(reading) = self.selected_mut() {
            reading.pace.unlogged.extend(event.map(Entry::now));
        }
    }

    /// Describes a judgement for the log, with the cut through the map that made the region.
    fn judgement(
        &self,
        judged: &Judged,
        before: Option<&Judged>,
        region: &Region,
    ) -> Option<Event> {
        let cut = self.cut()?;
        let outcome = self.reading()?.shown_outcome()?;
        let taken_back = before.is_some_and(|before| before.verdict == judged.verdict);
        Some(Event::Judged {
            model: judged.model.clone(),
            weights_sha256: outcome.weights_sha256.clone(),
            map: cut.map.kind.name(),
            threshold: cut.value,
            bounds: region.bounds.xywh(),
            verdict: (!taken_back).then_some(judged.verdict),
        })
    }

    /// Makes an accepted region a mark, which is moved, named, exported and kept like any other.
    fn marked(&mut self, judged: &Judged, region: &Region) -> Option<AnnotationId> {
        let title = self.shelf.title(&judged.model);
        self.mark(MarkCommand::Import(vec![Annotation {
            id: AnnotationId(0),
            shape: Shape::Rectangle(judged.bounds),
            label: format!("region {} of {title}", region.id),
            source: AnnotationSource::Reader,
            words_apart: None,
        }]));
        let marks = self.reading()?.marks().list();
        marks.last().map(|mark| mark.annotation.id)
    }

    fn label(&mut self, label: String) {
        let mark = self.reading().and_then(|reading| {
            let (model, region) = reading.region_at()?;
            reading.pace.judged(model, region)?.mark
        });
        if let Some(mark) = mark {
            self.mark(MarkCommand::Rename(mark, label));
        }
    }

    /// Holds results back where the reader reads first. Before anything else follows from what is
    /// shown.
    pub(in crate::session) fn hold_results(&mut self) {
        let read_first = self.settings().read_first;
        for (index, reading) in self.readings.iter_mut().enumerate() {
            let pace = &mut reading.pace;
            pace.locked = read_first && pace.first.is_none();
            if self.selected == Some(index) && reading.open_film().is_some() {
                reading.pace.since.get_or_insert_with(Instant::now);
            }
        }
        if self.reading().is_some_and(|reading| reading.pace.locked) {
            self.peek = None;
        }
    }

    /// Hands over what is to be logged.
    pub(in crate::session) fn log_pace(&mut self) {
        self.readings.iter_mut().for_each(Reading::note_reveal);
        if !self.settings().read_first {
            // Nothing is logged of who did not ask for it.
            self.readings
                .iter_mut()
                .for_each(|reading| reading.pace.unlogged.clear());
            return;
        }
        for reading in &mut self.readings {
            let Some(film) = reading.content_hash().map(str::to_owned) else {
                continue;
            };
            let due = std::mem::take(&mut reading.pace.unlogged);
            if let Some(log) = &self.log {
                due.iter().for_each(|entry| log.write(&film, entry));
            }
        }
    }
}

impl Reading {
    /// Notes that results came into sight: before the reader committed, or for the first time after.
    fn note_reveal(&mut self) {
        if self.pace.first.is_none() {
            // A film that was never in front of the reader showed nothing.
            self.pace.seen_before |=
                self.pace.since.is_some() && self.results_visible() && self.analyzed();
            return;
        }
        if self.pace.revealed {
            return;
        }
        let Some(outcome) = self.shown_outcome() else {
            return;
        };
        let event = Event::Revealed {
            model: outcome.model.clone(),
            weights_sha256: outcome.weights_sha256.clone(),
            score: outcome.score.raw,
            percentile: outcome.score.percentile,
            seconds: self.pace.since.map(|since| since.elapsed().as_secs_f64()),
        };
        self.pace.revealed = true;
        self.pace.unlogged.push(Entry::now(event));
    }
}
