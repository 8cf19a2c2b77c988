//! How much is submitted at a time.
//!
//! The window draws on the same queue, and Windows resets a GPU that is busy for two seconds, so a
//! network is cut into submissions of a few milliseconds. How much that is, is measured.

use std::time::{Duration, Instant};

/// How long a submission should take.
const AIM: Duration = Duration::from_millis(4);

/// The measured speed of a GPU.
pub(super) struct Pace {
    /// Effort per second.
    speed: f64,
    last_done: Option<Instant>,
}

impl Pace {
    /// Starts with a guess.
    pub(super) fn new(software: bool) -> Self {
        Self {
            speed: if software { 3e8 } else { 1e11 },
            last_done: None,
        }
    }

    /// The effort of one submission.
    pub(super) fn budget(&self) -> f64 {
        self.speed * AIM.as_secs_f64()
    }

    /// How long to sleep between two looks at a submission.
    pub(super) fn pause(&self, effort: f64) -> Duration {
        const SHORTEST: Duration = Duration::from_micros(20);
        const LONGEST: Duration = Duration::from_millis(1);
        let expected = Duration::from_secs_f64((effort / self.speed).min(1.0));
        (expected / 16).clamp(SHORTEST, LONGEST)
    }

    /// Begins a run: time before it does not count.
    pub(super) fn begin(&mut self) {
        self.last_done = None;
    }

    /// Learns that a submission is done. It ran from its submission on, or from when the one before
    /// it was done.
    pub(super) fn done(&mut self, effort: f64, submitted: Instant) {
        let now = Instant::now();
        let began = self.last_done.map_or(submitted, |last| last.max(submitted));
        self.last_done = Some(now);
        let took = now.duration_since(began).as_secs_f64().max(1e-5);
        let measured = (effort / took).clamp(self.speed / 4.0, self.speed * 4.0);
        self.speed = (0.5 * (self.speed + measured)).clamp(1e6, 1e15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_gpu_gets_smaller_submissions() {
        let mut pace = Pace::new(false);
        let before = pace.budget();
        pace.begin();
        let Some(submitted) = Instant::now().checked_sub(10 * AIM) else {
            return;
        };
        pace.done(before, submitted);
        assert!(pace.budget() < before);
    }
}
