//! What maps and scores make of pasted opacities.

use serde::Serialize;

use super::detection::Detection;
use super::intervals::{Mean, Share};
use super::map_numbers::{MapNumbers, cells};
use super::overlap::{MaskOverlap, holds, pixel_scores};
use super::{Estimate, LabelledScores, PastedOpacity};
use crate::anomaly::{AnomalyMap, Outcome};
use crate::radiograph::PixelPoint;

/// One opacity in one film, seen by a model with and without it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastedTrial {
    amplitude: f32,
    lungs_known: bool,
    scores: Both<f64>,
    region_hits: Both<bool>,
    dice: f64,
    maps: Vec<MapTrial>,
}

/// A number with the opacity and without it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Both<T> {
    pasted: T,
    untouched: T,
}

/// One map of a trial.
#[derive(Clone, Debug, PartialEq)]
struct MapTrial {
    kind: String,
    peak_hits: Both<bool>,
    pixel_auc: Option<Both<f64>>,
    pixel_precision: Option<f64>,
}

/// What a model makes of opacities of one amplitude.
///
/// `untouched` numbers are those of the same places on the films without opacity: what the model
/// gives anyway, and so what chance is here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastedLevel {
    /// The share of the grey range added at the middle.
    pub amplitude: f32,
    /// The number of films.
    pub films: usize,
    /// On how many of them the model found the lungs.
    pub films_with_lung_boxes: usize,
    /// Films on which the centre of the top region of the default map, above the model's own
    /// threshold, lies in the box around the opacity.
    pub top_region_hits: Share,
    /// The same without the opacity.
    pub top_region_hits_untouched: Share,
    /// Dice's coefficient of the default map above that threshold with the opacity, inside the lungs.
    pub dice: Mean,
    /// Films whose score rises by the opacity.
    pub score_rises: Share,
    /// The AUC of the score for films with against films without. The films are the same, so that
    /// the interval is wider than it need be.
    pub score_auc: Option<Estimate>,
    /// Each map.
    pub maps: Vec<PastedMap>,
}

/// What one map makes of opacities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastedMap {
    /// Which map.
    pub name: String,
    /// Films on which the map's greatest value lies in the box around the opacity.
    pub peak_hits: Share,
    /// The same without the opacity.
    pub peak_hits_untouched: Share,
    /// The AUC of the map's cells in the opacity against the others in the lungs, mean over films.
    pub pixel_auc: Mean,
    /// The same without the opacity.
    pub pixel_auc_untouched: Mean,
    /// The average precision of those cells, mean over films.
    pub pixel_average_precision: Mean,
}

impl PastedTrial {
    /// Compares the outcomes of a film with an opacity and without.
    pub fn of(
        opacity: &PastedOpacity,
        amplitude: f32,
        pasted: &Outcome,
        untouched: &Outcome,
    ) -> Self {
        let region_hits = |outcome: &Outcome| {
            let top = Detection::all_of(outcome).into_iter().next();
            top.is_some_and(|region| opacity.hit_by(region.bounds.center()))
        };
        let maps = pasted.maps.iter().filter_map(|map| {
            let before = untouched.map(Some(map.kind))?;
            MapTrial::of(opacity, untouched, [map, before])
        });
        Self {
            amplitude,
            lungs_known: !untouched.lung_boxes.is_empty(),
            scores: Both {
                pasted: f64::from(pasted.score.raw),
                untouched: f64::from(untouched.score.raw),
            },
            region_hits: Both {
                pasted: region_hits(pasted),
                untouched: region_hits(untouched),
            },
            dice: dice(opacity, untouched, pasted),
            maps: maps.collect(),
        }
    }
}

impl MapTrial {
    fn of(
        opacity: &PastedOpacity,
        untouched: &Outcome,
        [after, before]: [&AnomalyMap; 2],
    ) -> Option<Self> {
        let peak_hit = |map: &AnomalyMap| Some(opacity.hit_by(MapNumbers::of(map, &[])?.peak));
        let scores = |map: &AnomalyMap| {
            let pixels =
                in_lungs(map, untouched).map(|(value, point)| (value, opacity.covers(point)));
            pixel_scores(pixels).ok()
        };
        let (scores_after, scores_before) = (scores(after), scores(before));
        let area = |scores: &Option<LabelledScores>| scores.as_ref().map(LabelledScores::auc);
        Some(Self {
            kind: after.kind.name().to_owned(),
            peak_hits: Both {
                pasted: peak_hit(after)?,
                untouched: peak_hit(before)?,
            },
            pixel_auc: area(&scores_after)
                .zip(area(&scores_before))
                .map(|(pasted, untouched)| Both { pasted, untouched }),
            pixel_precision: scores_after.map(|scores| scores.average_precision()),
        })
    }
}

/// The finite values of a map inside the lungs that were found on the untouched film, with their
/// places; all of them when none were found.
fn in_lungs<'a>(
    map: &'a AnomalyMap,
    untouched: &'a Outcome,
) -> impl Iterator<Item = (f32, PixelPoint)> + 'a {
    let lungs = &untouched.lung_boxes;
    cells(&map.placed)
        .filter(|(point, value)| {
            let inside = lungs.is_empty() || lungs.iter().any(|lung| holds(lung, *point));
            inside && value.is_finite()
        })
        .map(|(point, value)| (value, point))
}

fn dice(opacity: &PastedOpacity, untouched: &Outcome, pasted: &Outcome) -> f64 {
    let Some(map) = pasted.map(None) else {
        return 0.0;
    };
    let threshold = pasted.threshold.value;
    let pixels = in_lungs(map, untouched);
    MaskOverlap::count(pixels.map(|(value, point)| (value >= threshold, opacity.covers(point))))
        .dice()
}

/// Gathers trials by amplitude, weakest first. Amplitudes are not pooled: they are seen on the same
/// films, so that an interval over all of them would be too narrow.
pub fn pasted_levels(trials: &[PastedTrial]) -> Vec<PastedLevel> {
    let mut amplitudes: Vec<f32> = trials.iter().map(|trial| trial.amplitude).collect();
    amplitudes.sort_by(f32::total_cmp);
    amplitudes.dedup();
    let levels = amplitudes.into_iter().map(|amplitude| {
        let of_level = trials.iter().filter(|trial| trial.amplitude == amplitude);
        level(amplitude, &of_level.collect::<Vec<_>>())
    });
    levels.collect()
}

fn level(amplitude: f32, trials: &[&PastedTrial]) -> PastedLevel {
    let scores = |which: fn(&Both<f64>) -> f64| {
        let scores = trials.iter().map(|trial| which(&trial.scores));
        scores.collect()
    };
    let scores = LabelledScores::new(scores(|both| both.untouched), scores(|both| both.pasted));
    let rises = trials
        .iter()
        .map(|trial| trial.scores.pasted > trial.scores.untouched);
    let first = trials.first().map_or(&[][..], |trial| &trial.maps);
    PastedLevel {
        amplitude,
        films: trials.len(),
        films_with_lung_boxes: trials.iter().filter(|trial| trial.lungs_known).count(),
        top_region_hits: Share::of(trials.iter().map(|trial| trial.region_hits.pasted)),
        top_region_hits_untouched: Share::of(
            trials.iter().map(|trial| trial.region_hits.untouched),
        ),
        dice: mean(trials.iter().map(|trial| trial.dice)),
        score_rises: Share::of(rises),
        score_auc: scores.ok().map(|scores| scores.auc_delong()),
        maps: first
            .iter()
            .map(|map| pasted_map(&map.kind, trials))
            .collect(),
    }
}

fn pasted_map(kind: &str, trials: &[&PastedTrial]) -> PastedMap {
    let of_kind = |trial: &&PastedTrial| trial.maps.iter().find(|map| map.kind == kind).cloned();
    let maps: Vec<MapTrial> = trials.iter().filter_map(of_kind).collect();
    let areas: Vec<Both<f64>> = maps.iter().filter_map(|map| map.pixel_auc).collect();
    PastedMap {
        name: kind.to_owned(),
        peak_hits: Share::of(maps.iter().map(|map| map.peak_hits.pasted)),
        peak_hits_untouched: Share::of(maps.iter().map(|map| map.peak_hits.untouched)),
        pixel_auc: mean(areas.iter().map(|both| both.pasted)),
        pixel_auc_untouched: mean(areas.iter().map(|both| both.untouched)),
        pixel_average_precision: mean(maps.iter().filter_map(|map| map.pixel_precision)),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Mean {
    Mean::of(&values.collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::anomaly::{MapKind, ModelId, Placed, Score, Seconds, Threshold};
    use crate::radiograph::{PixelRect, Raster};

    const SIDE: usize = 20;

    /// An outcome whose map is 1 in a square of 4 × 4 cells and rises slowly to the lower right.
    fn outcome(score: f32, square: (usize, usize)) -> Outcome {
        let cell = |index: usize| {
            let (x, y) = (index % SIDE, index / SIDE);
            let inside =
                (square.0..square.0 + 4).contains(&x) && (square.1..square.1 + 4).contains(&y);
            f32::from(u8::from(inside)) + index as f32 * 1e-4
        };
        let placed = Placed {
            raster: Raster::new(SIDE, SIDE, (0..SIDE * SIDE).map(cell).collect::<Vec<f32>>())
                .unwrap(),
            place: PixelRect::of_image(10 * SIDE, 10 * SIDE),
        };
        let threshold = Threshold {
            value: 0.5,
            unit: "grey".to_owned(),
            source: "by hand".to_owned(),
        };
        Outcome {
            model: ModelId::new("stub"),
            weights_sha256: String::new(),
            device: "cpu".to_owned(),
            input_size: (SIDE, SIDE),
            input_region: placed.place,
            score: Score::among(score, &[]),
            counterpart: Arc::new(placed.clone()),
            reconstruction: None,
            maps: vec![Arc::new(AnomalyMap {
                kind: MapKind::Residue,
                placed,
                scale: (0.0, 1.0),
                unit: "grey".to_owned(),
            })],
            threshold,
            lung_boxes: vec![PixelRect::new(0.0, 0.0, 150.0, 200.0)],
            variants: Vec::new(),
            gate: Vec::new(),
            withheld: None,
            seen_as: crate::radiograph::Correction::NONE,
            seconds: Seconds::default(),
        }
    }

    fn opacity() -> PastedOpacity {
        PastedOpacity {
            center: PixelPoint { x: 60.0, y: 60.0 },
            semi_axes_px: [26.0, 26.0],
            angle: 0.0,
        }
    }

    #[test]
    fn a_map_that_answers_is_told_from_one_that_does_not() {
        let (here, elsewhere) = (outcome(2.0, (4, 4)), outcome(1.0, (14, 14)));
        let trials = [
            PastedTrial::of(&opacity(), 0.2, &here, &elsewhere),
            PastedTrial::of(&opacity(), 0.1, &elsewhere, &elsewhere),
        ];
        let levels = pasted_levels(&trials);
        let hits = |level: &PastedLevel| (level.top_region_hits.hits, level.score_rises.hits);
        assert_eq!(
            levels.iter().map(hits).collect::<Vec<_>>(),
            [(0, 0), (1, 1)]
        );
        assert_eq!((levels[0].amplitude, levels[1].amplitude), (0.1, 0.2));
        let strong = &levels[1].maps[0];
        assert_eq!(
            (strong.peak_hits.hits, strong.peak_hits_untouched.hits),
            (1, 0)
        );
        // All 16 cells within the edge's radius of 19.5 px, but for the corners, and no other.
        assert!(strong.pixel_auc.value.unwrap() > 0.99);
        assert!(strong.pixel_auc_untouched.value.unwrap() < 0.5);
        assert!(levels[1].dice.value.unwrap() > 0.8);
    }

    #[test]
    fn a_score_that_stays_does_not_rise() {
        let same = outcome(1.0, (4, 4));
        let trials = [PastedTrial::of(&opacity(), 0.2, &same, &same)];
        let level = &pasted_levels(&trials)[0];
        assert_eq!(
            (level.score_rises.hits, level.score_auc.unwrap().value),
            (0, 0.5)
        );
        let map = &level.maps[0];
        assert_eq!(map.pixel_auc.value, map.pixel_auc_untouched.value);
    }
}
