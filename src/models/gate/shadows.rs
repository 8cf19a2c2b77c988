//! Shadows as disease casts them, laid on chest films at random: what hides the heart's edge must not
//! hide its side from the gate.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::network::SIDE;

/// The share of films that get any.
const SHADED: f64 = 0.5;

/// Lays up to three shadows on some of the upright films: round ones, fluid above a diaphragm, or a
/// veil over one half. Greys of `SIDE`² in [0, 1], bright where dense.
pub(super) fn shade(greys: &mut [f32], random: &mut ChaCha8Rng) {
    if !random.random_bool(SHADED) {
        return;
    }
    for _ in 0..random.random_range(1..=3) {
        let strength = random.random_range(0.15..0.7_f32);
        // No brighter than what is dense on this film, so that polarity stays what it was.
        let dense = greys.iter().copied().fold(0.0, f32::max) * random.random_range(0.6..0.9);
        let cover = shape(random);
        for (index, grey) in greys.iter_mut().enumerate() {
            let place = |step: usize| (step as f32 + 0.5) / SIDE as f32;
            let covered = strength * cover.at(place(index % SIDE), place(index / SIDE));
            *grey += covered * (dense - *grey).max(0.0);
        }
    }
}

/// Where a shadow lies, in shares of the film's width and height.
enum Shape {
    /// About a centre, with the widths of its fall across and down.
    Round {
        centre: (f32, f32),
        fall: (f32, f32),
    },
    /// Below a line that rises to the side of the chest, on the half that `right` says.
    Fluid { right: bool, top: f32 },
    /// Over a half.
    Veil { right: bool },
}

fn shape(random: &mut ChaCha8Rng) -> Shape {
    let right = random.random_bool(0.5);
    match random.random_range(0..4) {
        0 => Shape::Fluid {
            right,
            top: random.random_range(0.45..0.85),
        },
        1 => Shape::Veil { right },
        _ => Shape::Round {
            centre: (
                random.random_range(0.12..0.88),
                random.random_range(0.15..0.85),
            ),
            fall: (
                random.random_range(0.04..0.2),
                random.random_range(0.04..0.2),
            ),
        },
    }
}

impl Shape {
    /// How much of the shadow lies at a place, from 0 to 1.
    fn at(&self, x: f32, y: f32) -> f32 {
        /// Over which share of the film a straight edge fades.
        const EDGE: f32 = 0.06;
        let half = |right: bool| {
            let inside = if right { x - 0.5 } else { 0.5 - x };
            (inside / EDGE).clamp(0.0, 1.0)
        };
        match self {
            Self::Round { centre, fall } => {
                let away = ((x - centre.0) / fall.0).powi(2) + ((y - centre.1) / fall.1).powi(2);
                (-away / 2.0).exp()
            }
            Self::Fluid { right, top } => {
                let outwards = (2.0 * (x - 0.5).abs()).powi(2);
                let line = top + 0.15 * (1.0 - outwards);
                half(*right) * ((y - line) / EDGE).clamp(0.0, 1.0)
            }
            Self::Veil { right } => half(*right),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn shadows_brighten_within_what_the_film_has() {
        let film: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| 0.8 * (i % 7) as f32 / 7.0)
            .collect();
        let brightest = film.iter().copied().fold(0.0, f32::max);
        let mut shaded = 0;
        for seed in 0..40 {
            let mut greys = film.clone();
            shade(&mut greys, &mut ChaCha8Rng::seed_from_u64(seed));
            let pairs = || greys.iter().zip(&film);
            assert!(pairs().all(|(grey, before)| grey >= before && *grey <= brightest));
            shaded += usize::from(pairs().any(|(grey, before)| grey > before));
        }
        assert!((10..=30).contains(&shaded), "{shaded} of 40");
    }
}
