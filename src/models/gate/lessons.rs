//! What the gate learns from: chest films put in every pose and polarity, cut off and badly exposed,
//! and pictures that are no chest films.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::decoys;
use super::network::{CROPPED, OTHER, OUTPUTS, SIDE};
use crate::radiograph::{Correction, Pose};
use crate::training::{Augmentation, TrainingFilms};

/// One picture, and what the network should say of it.
pub(super) struct Lesson {
    pub(super) greys: Vec<f32>,
    pub(super) targets: [f32; OUTPUTS],
}

const MOTION: Augmentation = Augmentation {
    shift: 0.08,
    scale: 0.14,
    stretch: 0.2,
    turn: 8.0,
    contrast: 0.35,
    brightness: 0.15,
};
/// Decoys are moved about far more.
const TUMBLE: Augmentation = Augmentation {
    shift: 0.25,
    scale: 0.4,
    stretch: 0.3,
    turn: 180.0,
    contrast: 0.4,
    brightness: 0.2,
};
/// The share of the lessons that are no chest films.
const DECOYS: f64 = 0.3;
/// Among chest films, the share that are cut off.
const CUT: f64 = 0.25;
/// How much of a film's width and height is left of one that is cut off.
const LEFT: std::ops::Range<f32> = 0.42..0.62;

/// The output that stands for a film put before the network in a pose and a polarity.
pub(super) fn output_of(shown: Correction) -> usize {
    2 * shown.pose.index() + usize::from(shown.inverted)
}

/// The poses and polarities in the order of their outputs.
pub(super) fn all_shown() -> [Correction; OTHER] {
    std::array::from_fn(|output| Correction {
        pose: Pose::ALL[output / 2],
        inverted: output % 2 == 1,
    })
}

/// Puts a square picture in a pose and a polarity.
pub(super) fn shown(greys: &[f32], how: Correction) -> Vec<f32> {
    let mut greys = how.pose.samples(greys, (SIDE, SIDE));
    if how.inverted {
        greys.iter_mut().for_each(|grey| *grey = 1.0 - *grey);
    }
    greys
}

/// Makes the lesson about a film, or about something else, that a seed decides.
pub(super) fn lesson(
    films: &TrainingFilms,
    others: Option<&TrainingFilms>,
    film: usize,
    seed: u64,
) -> Lesson {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let decoy = random.random_bool(DECOYS);
    let cut = !decoy && random.random_bool(CUT);
    let mut greys = match (decoy, cut) {
        (true, _) => no_chest(films, others, film, &mut random),
        (_, true) => {
            let left = random.random_range(LEFT);
            let mut start = || random.random_range(0.0..=1.0 - left);
            films.part(film, (start(), start()), (left, left))
        }
        _ => films.augmented(film, MOTION, random.random()),
    };
    spoil(&mut greys, &mut random);
    let how = all_shown()[random.random_range(0..OTHER)];
    let mut targets = [0.0; OUTPUTS];
    targets[if decoy { OTHER } else { output_of(how) }] = 1.0;
    targets[CROPPED] = f32::from(u8::from(cut));
    Lesson {
        greys: shown(&greys, how),
        targets,
    }
}

fn no_chest(
    films: &TrainingFilms,
    others: Option<&TrainingFilms>,
    film: usize,
    random: &mut ChaCha8Rng,
) -> Vec<f32> {
    match (random.random_range(0..10), others) {
        (0..5, Some(others)) => {
            let other = random.random_range(0..others.len());
            others.augmented(other, TUMBLE, random.random())
        }
        (5 | 6, _) => decoys::shuffled(&films.augmented(film, MOTION, random.random()), random),
        _ => decoys::drawn(random),
    }
}

/// Exposes, coarsens or blurs some pictures badly: none of that makes a chest film something else.
fn spoil(greys: &mut Vec<f32>, random: &mut ChaCha8Rng) {
    if random.random_bool(0.3) {
        let gamma = 2.0_f32.powf(random.random_range(-1.0..1.0));
        greys
            .iter_mut()
            .for_each(|grey| *grey = grey.max(0.0).powf(gamma));
    }
    match random.random_range(0..10) {
        0 => {
            let (factor, middle) = (random.random_range(1.5..4.0), random.random_range(0.2..0.8));
            let exposed = |grey: f32| (factor * (grey - middle) + 0.5).clamp(0.0, 1.0);
            greys.iter_mut().for_each(|grey| *grey = exposed(*grey));
        }
        1 => {
            let steps = random.random_range(3..24) as f32;
            greys
                .iter_mut()
                .for_each(|grey| *grey = (*grey * steps).round() / steps);
        }
        2 => *greys = blurred(greys),
        _ => {}
    }
}

/// Means of 2 × 2.
fn blurred(greys: &[f32]) -> Vec<f32> {
    let mean = |index: usize| {
        let (x, y) = ((index % SIDE) & !1, (index / SIDE) & !1);
        let first = y * SIDE + x;
        let four = [first, first + 1, first + SIDE, first + SIDE + 1];
        four.into_iter().map(|index| greys[index]).sum::<f32>() / 4.0
    };
    (0..greys.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_what_is_shown_are_in_one_order() {
        for (output, shown) in all_shown().into_iter().enumerate() {
            assert_eq!(output_of(shown), output);
        }
    }
}
