//! Boxes that a model found against boxes that a reader drew, over all films together.

use serde::Serialize;

use super::intervals::Share;
use super::overlap::{box_iou, holds};
use crate::anomaly::Outcome;
use crate::radiograph::PixelRect;

/// The most regions of one film that are kept, by falling peak: no reader looks at more.
const MOST_REGIONS: usize = 100;

/// The false positives per film at which sensitivity is read (Chakraborty 1989, as in LUNA16).
pub const FROC_RATES: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// A box that a model found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// The box, in image pixels.
    pub bounds: PixelRect,
    /// How sure the model is of it; compared across films.
    pub score: f64,
}

impl Detection {
    /// Returns what the window boxes on a film: the regions of the default map above its threshold,
    /// by falling peak, which is their score.
    pub fn all_of(outcome: &Outcome) -> Vec<Self> {
        let Some(map) = outcome.map(None) else {
            return Vec::new();
        };
        let mut found = outcome.regions(map, outcome.threshold.value, None);
        found.sort_by(|a, b| b.peak.total_cmp(&a.peak));
        let found = found.into_iter().take(MOST_REGIONS);
        found
            .map(|region| Self {
                bounds: region.bounds,
                score: f64::from(region.peak),
            })
            .collect()
    }
}

/// One film with what is there and what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectedFilm {
    /// The boxes that a reader drew; none on a film without lesions.
    pub lesions: Vec<PixelRect>,
    /// The boxes that a model found.
    pub detections: Vec<Detection>,
}

/// The sensitivity that is reached without more false positives than some number per film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrocPoint {
    /// The greatest allowed number of false positives per film.
    pub false_positives_per_film: f64,
    /// The share of lesions that were found.
    pub sensitivity: Share,
}

/// Returns the average precision of detections at an intersection over union of at least `iou`;
/// `None` without lesions.
///
/// By falling score, a detection is right when the lesion it overlaps most reaches `iou` and has
/// not been found before; every other one is wrong. The area is that under the precision's upper
/// envelope at all recalls (Everingham et al. 2015, VOC since 2010).
pub fn detection_average_precision(films: &[DetectedFilm], iou: f64) -> Option<f64> {
    let lesions: usize = films.iter().map(|film| film.lesions.len()).sum();
    if lesions == 0 {
        return None;
    }
    let mut found = unfound(films);
    let mut right = 0;
    // Precision at each right detection, at which recall grows by one lesion.
    let mut precisions: Vec<f64> = Vec::new();
    for (rank, (film, detection)) in by_falling_score(films).into_iter().enumerate() {
        let overlaps = films[film].lesions.iter().enumerate();
        let best = overlaps
            .map(|(lesion, bounds)| (lesion, box_iou(bounds, &detection.bounds)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((lesion, overlap)) = best
            && overlap >= iou
            && !found[film][lesion]
        {
            found[film][lesion] = true;
            right += 1;
            precisions.push(f64::from(right) / (rank + 1) as f64);
        }
    }
    let (mut envelope, mut area) = (0.0_f64, 0.0);
    for precision in precisions.into_iter().rev() {
        envelope = envelope.max(precision);
        area += envelope;
    }
    Some(area / lesions as f64)
}

/// Returns the free-response ROC curve at [`FROC_RATES`].
///
/// A detection hits every lesion whose box holds the detection's centre; one that hits none is a
/// false positive, one that hits only lesions found before is neither. Equal scores are taken
/// together, as one threshold would.
pub fn froc(films: &[DetectedFilm]) -> Vec<FrocPoint> {
    let lesions: usize = films.iter().map(|film| film.lesions.len()).sum();
    let ordered = by_falling_score(films);
    let mut found = unfound(films);
    let (mut hits, mut false_positives) = (0, 0);
    let mut best = [0; FROC_RATES.len()];
    for (index, (film, detection)) in ordered.iter().enumerate() {
        let mut misses = true;
        for (lesion, bounds) in films[*film].lesions.iter().enumerate() {
            if holds(bounds, detection.bounds.center()) {
                misses = false;
                hits += usize::from(!found[*film][lesion]);
                found[*film][lesion] = true;
            }
        }
        false_positives += usize::from(misses);
        let tied = ordered
            .get(index + 1)
            .is_some_and(|(_, next)| next.score == detection.score);
        let rate = f64::from(false_positives as u32) / films.len() as f64;
        for (best, allowed) in best.iter_mut().zip(FROC_RATES) {
            if !tied && rate <= allowed {
                *best = hits;
            }
        }
    }
    let points = FROC_RATES.iter().zip(best);
    points
        .map(|(&rate, hits)| FrocPoint {
            false_positives_per_film: rate,
            sensitivity: Share::of((0..lesions).map(|lesion| lesion < hits)),
        })
        .collect()
}

/// Every detection with its film's index, by falling score; equal ones in the films' order.
fn by_falling_score(films: &[DetectedFilm]) -> Vec<(usize, Detection)> {
    let mut all: Vec<(usize, Detection)> = films
        .iter()
        .enumerate()
        .flat_map(|(film, detected)| detected.detections.iter().map(move |found| (film, *found)))
        .collect();
    all.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    all
}

fn unfound(films: &[DetectedFilm]) -> Vec<Vec<bool>> {
    let flags = films.iter().map(|film| vec![false; film.lesions.len()]);
    flags.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, side: f32) -> PixelRect {
        PixelRect::new(x, 0.0, side, side)
    }

    fn found(score: f64, bounds: PixelRect) -> Detection {
        Detection { bounds, score }
    }

    /// Two lesions, one film without; hits at scores 4 and 1, a false positive at 3, one more
    /// detection of the first lesion at 2.
    fn films() -> Vec<DetectedFilm> {
        vec![
            DetectedFilm {
                lesions: vec![square(0.0, 10.0), square(20.0, 10.0)],
                detections: vec![
                    found(4.0, square(0.0, 10.0)),
                    found(2.0, square(1.0, 8.0)),
                    found(1.0, square(20.0, 10.0)),
                ],
            },
            DetectedFilm {
                lesions: Vec::new(),
                detections: vec![found(3.0, square(0.0, 4.0))],
            },
        ]
    }

    #[test]
    fn finding_a_lesion_twice_costs_precision_only() {
        // Right at ranks 1 and 4: (1 + 2/4) / 2.
        assert_eq!(detection_average_precision(&films(), 0.5), Some(0.75));
        // Without false positives ½ is found; with one on two films, all.
        let sensitivity: Vec<usize> = froc(&films())
            .iter()
            .map(|point| point.sensitivity.hits)
            .collect();
        assert_eq!(sensitivity, [1, 1, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn equal_scores_stand_or_fall_together() {
        let mut films = films();
        films[1].detections[0].score = 4.0;
        assert_eq!(froc(&films)[1].sensitivity.hits, 0);
    }

    #[test]
    fn perfect_boxes_have_average_precision_one() {
        let films = [DetectedFilm {
            lesions: vec![square(0.0, 10.0)],
            detections: vec![found(1.0, square(0.0, 10.0)), found(0.5, square(50.0, 3.0))],
        }];
        assert_eq!(detection_average_precision(&films, 0.5), Some(1.0));
        assert_eq!(detection_average_precision(&[], 0.5), None);
        let missed = DetectedFilm {
            detections: Vec::new(),
            ..films[0].clone()
        };
        let nothing = detection_average_precision(&[missed], 0.5).unwrap();
        assert!(nothing == 0.0 && nothing.is_sign_positive());
    }
}
