//! How much is submitted at a time.
//!
//! The window draws on the same queue, and Windows resets a GPU that is busy for two seconds, so a
//! network is cut into submissions of a few milliseconds. How much that is, is measured.

use std::time::{Duration, Instant};

/// How long a submission should take.
const AIM: Duration = Duration::from_millis(4);

/// What the first submission of a run takes of that.
const SHARE_OF_FIRST: f64 = 0.125;

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

    /// The effort of one submission. The first of a run is small: the GPU waits for it, while all
    /// others are recorded beside the one before.
    pub(super) fn budget(&self, first: bool) -> f64 {
        let aim = self.speed * AIM.as_secs_f64();
        if first { aim * SHARE_OF_FIRST } else { aim }
    }

    /// How long to sleep before the next look at a submission: till shortly before it should be done,
    /// and from then on a moment.
    pub(super) fn pause(&self, effort: f64, submitted: Instant) -> Duration {
        const SHORTEST: Duration = Duration::from_micros(20);
        const LONGEST: Duration = Duration::from_millis(1);
        let expected = Duration::from_secs_f64((effort / self.speed).min(1.0));
        let left = (expected * 7 / 8).saturating_sub(self.began(submitted).elapsed());
        left.max(expected / 64).clamp(SHORTEST, LONGEST)
    }

    /// When a submission began to run: as it was submitted, or when the one before it was done.
    fn began(&self, submitted: Instant) -> Instant {
        self.last_done.map_or(submitted, |last| last.max(submitted))
    }

    /// Begins a run: time before it does not count.
    pub(super) fn begin(&mut self) {
        self.last_done = None;
    }

    /// Learns that a submission is done, unless it is so small that most of its time may be waiting.
    pub(super) fn done(&mut self, effort: f64, submitted: Instant) {
        let now = Instant::now();
        let began = self.began(submitted);
        self.last_done = Some(now);
        if effort < self.budget(true) / 2.0 {
            return;
        }
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
        let before = pace.budget(false);
        pace.begin();
        let Some(submitted) = Instant::now().checked_sub(10 * AIM) else {
            return;
        };
        pace.done(before, submitted);
        assert!(pace.budget(false) < before);
    }
}
