//! What models say now beside what was saved of them.

use super::record::{FilmRecord, ResultRecord};
use crate::anomaly::short_hash;
use crate::session::{Analysis, Answer, Notice, Session};

/// Scores that differ by no more are the same, computed elsewhere.
const SAME_SCORE: f32 = 1e-3;

/// What a film waits for until it is as it was saved.
pub(in crate::session) struct Awaited {
    results: Vec<ResultRecord>,
    /// Whether results were shown.
    wanted: bool,
    /// The region that the list was at.
    region: Option<usize>,
}

impl Awaited {
    pub(super) fn new(film: &FilmRecord, results: Vec<ResultRecord>) -> Self {
        Self {
            results,
            wanted: film.results_wanted,
            region: film.region,
        }
    }
}

impl Session {
    /// Compares results that were computed anew with what was saved of them; returns whether any
    /// had come.
    pub(super) fn compare_results(&mut self) -> bool {
        let mut news = false;
        for reading in &mut self.readings {
            let Some(mut awaited) = reading.awaited.take() else {
                continue;
            };
            let name = reading.name();
            let (running, come): (Vec<_>, Vec<_>) =
                awaited.results.drain(..).partition(|expected| {
                    let answer = reading.answer(&expected.model);
                    answer.is_some_and(|answer| answer.running().is_some())
                });
            if !come.is_empty() {
                news = true;
                // A result that arrives is shown by itself, which it may not have been.
                reading.results_wanted = awaited.wanted;
            }
            for expected in come {
                let answer = reading.answer(&expected.model);
                self.notices.extend(expected.notice(answer, &name));
            }
            awaited.results = running;
            reading.awaited = Some(awaited);
        }
        news
    }

    /// Reports whether a saved reading's results are still being computed.
    pub(super) fn awaits_results(&self) -> bool {
        let mut awaited = self.readings.iter().filter_map(|it| it.awaited.as_ref());
        awaited.any(|awaited| !awaited.results.is_empty())
    }

    /// Puts the lists of regions where they were, once every result has come.
    pub(super) fn put_regions(&mut self) {
        for reading in &mut self.readings {
            let region = reading.awaited.take().and_then(|awaited| awaited.region);
            let listed = reading.regions().len();
            let region = region.filter(|region| *region < listed);
            reading.region = reading.region.or(region);
        }
    }
}

impl ResultRecord {
    /// Says in what a model's answer is not the saved one; `None` where it is.
    fn notice(&self, answer: Option<&Answer>, film: &str) -> Option<Notice> {
        let outcome = answer.and_then(|answer| answer.outcome.as_ref());
        let why = match (outcome, answer.map(|answer| &answer.analysis)) {
            (Some(outcome), _) => self.difference(
                (&outcome.weights_sha256, &outcome.device),
                outcome.score.raw,
            )?,
            (None, Some(Analysis::Failed(error))) => error.message.clone(),
            (None, _) => "its analysis was cancelled".to_owned(),
        };
        Some(Notice {
            message: format!(
                "On “{film}” {} does not say what was saved: {why}",
                self.model
            ),
            advice: String::new(),
            is_error: true,
        })
    }

    /// Says in what a result differs from this one; `None` where it is the same.
    pub(super) fn difference(&self, (weights, device): (&str, &str), score: f32) -> Option<String> {
        if self.weights_sha256 != weights {
            return Some(format!(
                "its weights are {}… and were {}…, so that the saved threshold may mean nothing",
                short_hash(weights),
                short_hash(&self.weights_sha256)
            ));
        }
        let same = (self.score - score).abs() <= SAME_SCORE * self.score.abs().max(1.0);
        (!same).then(|| {
            format!(
                "its score is {score:.4} on {device} and was {:.4} on {}",
                self.score, self.device
            )
        })
    }
}
