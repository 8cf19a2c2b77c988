//! What models say now beside what was saved of them.

use super::record::ResultRecord;
use crate::session::{Notice, Session};

/// Scores that differ by no more are the same, computed elsewhere.
const SAME_SCORE: f32 = 1e-3;

impl Session {
    /// Compares results that were computed anew with what was saved of them.
    pub(super) fn compare_results(&mut self) -> bool {
        let mut news = false;
        for reading in &mut self.readings {
            let name = reading.name();
            for expected in std::mem::take(&mut reading.expected) {
                let answer = reading.answer(&expected.model);
                if answer.is_some_and(|answer| answer.running().is_some()) {
                    reading.expected.push(expected);
                    continue;
                }
                news = true;
                let outcome = answer.and_then(|answer| answer.outcome.as_ref());
                let differs = outcome.and_then(|outcome| {
                    expected.difference(
                        (&outcome.weights_sha256, &outcome.device),
                        outcome.score.raw,
                    )
                });
                self.notices.extend(differs.map(|why| Notice {
                    message: format!(
                        "On “{name}” {} does not say what was saved: {why}",
                        expected.model
                    ),
                    advice: String::new(),
                    is_error: true,
                }));
            }
        }
        news
    }
}

impl ResultRecord {
    /// Says in what a result differs from this one; `None` where it is the same.
    fn difference(&self, (weights, device): (&str, &str), score: f32) -> Option<String> {
        let short = |hash: &str| hash.get(..8).unwrap_or(hash).to_owned();
        if self.weights_sha256 != weights {
            return Some(format!(
                "its weights are {}… and were {}…, so that the saved threshold may mean nothing",
                short(weights),
                short(&self.weights_sha256)
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
