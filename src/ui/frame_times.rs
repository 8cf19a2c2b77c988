//! How long the window takes to draw itself: wall time of our own code on the window's thread,
//! not of the GPU's raster; and how long a film takes to the screen.

use std::time::{Duration, Instant};

/// How many frames are remembered.
const REMEMBERED: usize = 600;

/// The times of the last frames.
#[derive(Clone, Debug, Default)]
pub struct FrameTimes {
    seconds: Vec<f32>,
    next: usize,
    total: usize,
    whole_frame_seconds: Option<f32>,
    first_pixels: Option<(Instant, Duration)>,
    /// From the program's start to the end of the first frame.
    first_frame: Option<Duration>,
}

impl FrameTimes {
    /// Adds a frame: our own part of it, and the previous frame with all of egui's work.
    pub(crate) fn add(&mut self, own: Duration, whole_frame_seconds: Option<f32>) {
        let seconds = own.as_secs_f32();
        if self.seconds.len() < REMEMBERED {
            self.seconds.push(seconds);
        } else {
            self.seconds[self.next] = seconds;
        }
        self.next = (self.next + 1) % REMEMBERED;
        self.total += 1;
        self.whole_frame_seconds = whole_frame_seconds;
    }

    /// Notes when the program was started, as the first frame ends; only the first time counts.
    pub(crate) fn opened(&mut self, started: Instant) {
        self.first_frame.get_or_insert_with(|| started.elapsed());
    }

    /// Notes that a film asked for at a moment is on the screen; only the first time counts.
    pub(crate) fn shown(&mut self, asked: Instant) {
        if self.first_pixels.is_none_or(|(before, _)| before != asked) {
            self.first_pixels = Some((asked, asked.elapsed()));
        }
    }

    /// Returns how long it took from asking for the last film to the frame that first showed it.
    pub fn first_pixels(&self) -> Option<Duration> {
        self.first_pixels.map(|(_, took)| took)
    }

    /// Forgets all frames so far, so that what follows is measured alone.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            first_frame: self.first_frame,
            ..Self::default()
        };
    }

    /// Returns how many frames were drawn.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Returns the time in milliseconds below which a share of the remembered frames lies.
    pub fn percentile_ms(&self, share: f32) -> Option<f32> {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f32::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let place = (share.clamp(0.0, 1.0) * last as f32).round() as usize;
        Some(sorted[place] * 1000.0)
    }

    /// Returns the percentiles as a sentence.
    pub fn summary(&self) -> String {
        let (Some(half), Some(most)) = (self.percentile_ms(0.5), self.percentile_ms(0.95)) else {
            return "no frame was drawn".to_owned();
        };
        let whole = self
            .whole_frame_seconds
            .map_or_else(String::new, |seconds| {
                format!(
                    "; last frame with egui and submission {:.1} ms",
                    seconds * 1000.0
                )
            });
        let film = self.first_pixels().map_or_else(String::new, |took| {
            format!(
                "; film on the screen after {:.0} ms",
                1e3 * took.as_secs_f32()
            )
        });
        let opened = self.first_frame.map_or_else(String::new, |took| {
            format!("; first frame after {:.0} ms", 1e3 * took.as_secs_f32())
        });
        format!(
            "frame time of our own code: p50 {half:.2} ms, p95 {most:.2} ms over the last {} of {} \
             frames{whole}{film}{opened}",
            self.seconds.len(),
            self.total
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_last_frames_only() {
        let mut times = FrameTimes::default();
        for _ in 0..REMEMBERED {
            times.add(Duration::from_secs(1), None);
        }
        for _ in 0..REMEMBERED {
            times.add(Duration::from_millis(2), None);
        }
        assert_eq!(times.percentile_ms(1.0), Some(2.0));
        assert_eq!(times.total(), 2 * REMEMBERED);
    }

    #[test]
    fn a_film_comes_to_the_screen_once() {
        let mut times = FrameTimes::default();
        let long_ago = Instant::now() - Duration::from_secs(10);
        times.shown(long_ago);
        let first = times.first_pixels();
        times.shown(long_ago);
        assert!(first >= Some(Duration::from_secs(10)) && times.first_pixels() == first);
        times.shown(long_ago + Duration::from_secs(5));
        assert!(times.first_pixels() < first);
    }

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_one() {
        let mut times = FrameTimes::default();
        for ms in [5, 1, 3] {
            times.add(Duration::from_millis(ms), None);
        }
        assert_eq!(times.percentile_ms(0.5), Some(3.0));
    }
}
