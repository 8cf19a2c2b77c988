//! What the gate learns from: chest films as they should be and otherwise, cut off and badly exposed,
//! and pictures that are no chest films.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::network::SIDE;
use super::{decoys, shadows};
use crate::radiograph::{Correction, Pose};
use crate::training::{Augmentation, TrainingFilms};

/// The ways a film is shown: in eight poses and two polarities.
pub(super) const WAYS: usize = 16;
/// The looks at one film in a lesson: as it should be, mirrored, and any other way.
pub(super) const LOOKS: usize = 3;

/// One chest film, and whether it is cut off.
pub(super) struct Lesson {
    /// The looks, one after the other.
    pub(super) greys: Vec<f32>,
    pub(super) cut: bool,
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
/// The share of the chest films that are cut off.
const CUT: f64 = 0.25;
/// The share of the pictures of something else that are put together from two.
const MIXED: f64 = 0.4;
/// How much of a film's width and height is left of one that is cut off.
const LEFT: std::ops::Range<f32> = 0.42..0.62;

/// The place of a way to show a film among [`all_shown`].
pub(super) fn place_of(shown: Correction) -> usize {
    2 * shown.pose.index() + usize::from(shown.inverted)
}

/// The ways to show a film, the first of which is as it is.
pub(super) fn all_shown() -> [Correction; WAYS] {
    std::array::from_fn(|place| Correction {
        pose: Pose::ALL[place / 2],
        inverted: place % 2 == 1,
    })
}

/// The same film with left and right in each other's place.
pub(super) fn mirrored(mut shown: Correction) -> Correction {
    shown.pose.mirrored = !shown.pose.mirrored;
    shown
}

/// Puts a square picture in a pose and a polarity.
pub(super) fn shown(greys: &[f32], how: Correction) -> Vec<f32> {
    let mut greys = how.pose.samples(greys, (SIDE, SIDE));
    if how.inverted {
        greys.iter_mut().for_each(|grey| *grey = 1.0 - *grey);
    }
    greys
}

/// Makes the lesson about a film that a seed decides.
pub(super) fn lesson(films: &TrainingFilms, film: usize, seed: u64) -> Lesson {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let cut = random.random_bool(CUT);
    let mut upright = match cut {
        true => {
            let left = random.random_range(LEFT);
            let mut start = || random.random_range(0.0..=1.0 - left);
            films.part(film, (start(), start()), (left, left))
        }
        false => films.augmented(film, MOTION, random.random()),
    };
    shadows::shade(&mut upright, &mut random);
    spoil(&mut upright, &mut random);
    let ways = all_shown();
    let mirror = mirrored(Correction::NONE);
    let others: Vec<Correction> = ways
        .into_iter()
        .filter(|&way| !way.is_none() && way != mirror)
        .collect();
    let other = others[random.random_range(0..others.len())];
    let looks: [Correction; LOOKS] = [Correction::NONE, mirror, other];
    let greys = looks.into_iter().flat_map(|way| shown(&upright, way));
    Lesson {
        greys: greys.collect(),
        cut,
    }
}

/// Makes the picture of something else that a seed decides; some are pieces of a film, out of order.
pub(super) fn decoy(
    films: &TrainingFilms,
    others: Option<&TrainingFilms>,
    film: usize,
    seed: u64,
) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut greys = thing(films, others, film, &mut random);
    if random.random_bool(MIXED) {
        let other = thing(films, others, film, &mut random);
        decoys::join(&mut greys, &other, &mut random);
    }
    spoil(&mut greys, &mut random);
    shown(&greys, all_shown()[random.random_range(0..WAYS)])
}

fn thing(
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
        (5 | 6, _) => {
            let whole = films.augmented(film, MOTION, random.random());
            decoys::shuffled(&whole, random)
        }
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
    fn ways_to_show_a_film_are_in_one_order() {
        for (place, shown) in all_shown().into_iter().enumerate() {
            assert_eq!(place_of(shown), place);
            assert_eq!(mirrored(mirrored(shown)), shown);
        }
        assert!(all_shown()[0].is_none());
    }
}
