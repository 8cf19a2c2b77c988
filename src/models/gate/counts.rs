//! What plain counting tells of a film: how much of it is blown out, how many grey levels it has, and
//! how fine its detail is.

use serde::Serialize;

use super::detail::{Detail, THUMBNAIL};
use crate::anomaly::{Doubt, Finding};
use crate::error::Result;

/// At most so many pixels are counted.
const MOST_COUNTED: usize = 1 << 19;
/// Steps between a film's darkest and brightest grey.
const STEPS: usize = 1024;
/// A grey level that fewer pixels than this share have does not count.
const LEAST_SHARE: f32 = 2e-4;
/// The share of a film's width and height in whose middle blown-out greys are counted: borders are
/// black on many films.
const MIDDLE: f32 = 0.7;
/// Films of fewer pixels have few grey levels for no other reason.
const LEAST_PIXELS: usize = 4096;

/// The counts of one film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Counts {
    /// From the darkest to the brightest grey, in shares of the grey range.
    pub contrast: f32,
    /// The share of the middle that is as dark as the film gets.
    pub darkest: f32,
    /// The share of the middle that is as bright as the film gets.
    pub brightest: f32,
    /// How many of 1024 grey levels occur; `None` for a film of few pixels.
    pub levels: Option<usize>,
    /// How fine its detail is; `None` for a film of few pixels.
    pub detail: Option<Detail>,
}

/// A film of which more is blown out is called so: of the frontal films measured at most 0.017 is.
const MOST_BLOWN_OUT: f32 = 0.04;
/// Fewer grey levels are few: the frontal films measured have at least 76.
const LEAST_LEVELS: usize = 24;
/// Less is no contrast: one step of an 8-bit film.
const LEAST_CONTRAST: f32 = 1.5 / 255.0;

impl Counts {
    /// Counts a film's greys, row-major, in [0, 1].
    ///
    /// # Errors
    /// When the film is empty.
    pub(super) fn of(greys: &[f32], (width, height): (usize, usize)) -> Result<Self> {
        let step = (width * height).div_ceil(MOST_COUNTED);
        // Rows and columns are skipped alike, so that no stripe is seen for the film.
        let step = (step as f32).sqrt().ceil() as usize;
        let edge = |side: usize| (side as f32 * (1.0 - MIDDLE) / 2.0) as usize;
        let (across, down) = (edge(width), edge(height));
        let (low, high) = extremes(greys);
        let span = (high - low).max(f32::MIN_POSITIVE);
        let (mut counted, mut in_middle) = (0_usize, 0_usize);
        let mut histogram = vec![0_usize; STEPS];
        let mut ends = [0_usize; 2];
        for y in (0..height).step_by(step) {
            for x in (0..width).step_by(step) {
                let level = (greys[y * width + x] - low) / span * (STEPS - 1) as f32;
                let level = (level.round() as usize).min(STEPS - 1);
                histogram[level] += 1;
                counted += 1;
                if (across..width - across).contains(&x) && (down..height - down).contains(&y) {
                    in_middle += 1;
                    ends[0] += usize::from(level <= 1);
                    ends[1] += usize::from(level >= STEPS - 2);
                }
            }
        }
        let least = (LEAST_SHARE * counted as f32).max(1.0) as usize;
        let levels = histogram.iter().filter(|&&count| count >= least).count();
        let share = |count: usize| count as f32 / in_middle.max(1) as f32;
        let enough = width * height >= LEAST_PIXELS;
        Ok(Self {
            contrast: high - low,
            darkest: share(ends[0]),
            brightest: share(ends[1]),
            levels: enough.then_some(levels),
            detail: match enough {
                true => Some(Detail::of(greys, (width, height))?),
                false => None,
            },
        })
    }

    /// Reports whether there is nothing to see.
    pub(super) fn blank(&self) -> bool {
        self.contrast < LEAST_CONTRAST
    }

    /// What to say of a film with these counts.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut warn = |kind, reason: String| findings.push(Finding::warning(kind, reason));
        if self.darkest + self.brightest > MOST_BLOWN_OUT {
            let [black, white] = [self.darkest, self.brightest].map(|share| 100.0 * share);
            warn(
                Doubt::Saturated,
                format!(
                    "{black:.0} % of the film's middle is blown out to black and {white:.0} % to white: what lay there is lost."
                ),
            );
        }
        if let Some(levels) = self.levels.filter(|&levels| levels < LEAST_LEVELS) {
            warn(
                Doubt::FewGreys,
                format!(
                    "The film has only {levels} grey levels: faint shadows are lost between them."
                ),
            );
        }
        if self.detail.is_some_and(|detail| detail.of_thumbnail()) {
            warn(
                Doubt::TooSmall,
                format!(
                    "The film shows no more detail than {THUMBNAIL} × {THUMBNAIL} pixels would: it may be an enlarged thumbnail."
                ),
            );
        }
        findings
    }
}

fn extremes(greys: &[f32]) -> (f32, f32) {
    let none = (f32::INFINITY, f32::NEG_INFINITY);
    let wider = |(low, high): (f32, f32), &grey: &f32| (low.min(grey), high.max(grey));
    greys.iter().fold(none, wider)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(greys: &[f32]) -> Vec<Doubt> {
        let counts = Counts::of(greys, (100, 100)).unwrap();
        let findings = counts.findings();
        findings.into_iter().map(|finding| finding.kind).collect()
    }

    /// Greys that differ from pixel to pixel.
    fn lively() -> Vec<f32> {
        let grey = |index: usize| ((index * 7919) % 10_007) as f32 / 10_007.0;
        (0..10_000).map(grey).collect()
    }

    #[test]
    fn blown_out_and_poor_greys_are_told() {
        assert_eq!(kinds(&lively()), []);
        let blown: Vec<f32> = lively().iter().map(|grey| (2.0 * grey).min(1.0)).collect();
        assert_eq!(kinds(&blown), [Doubt::Saturated]);
        let poor: Vec<f32> = lively()
            .iter()
            .map(|grey| (15.0 * grey).round() / 15.0)
            .collect();
        assert!(kinds(&poor).contains(&Doubt::FewGreys));
    }

    #[test]
    fn black_borders_are_not_blown_out() {
        let mut greys = lively();
        for (index, grey) in greys.iter_mut().enumerate() {
            if index % 100 < 14 {
                *grey = 0.0;
            }
        }
        assert_eq!(kinds(&greys), []);
    }

    #[test]
    fn an_even_picture_is_blank() {
        assert!(Counts::of(&[0.3; 10_000], (100, 100)).unwrap().blank());
    }
}
