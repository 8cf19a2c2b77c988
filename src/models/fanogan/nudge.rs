//! Small changes that the critic never sees a film without: real and drawn films are moved and toned
//! alike, so that it cannot learn a thousand films by heart, and the generator does not learn the
//! changes (Zhao et al., *Differentiable augmentation*, NeurIPS 2020; Karras et al., NeurIPS 2020).

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::compute::Tensor;
use crate::error::Result;

/// The greatest shift, as a share of the side.
const SHIFT: f64 = 1.0 / 16.0;
/// The greatest change of brightness, of greys in [−1, 1].
const BRIGHTNESS: f64 = 0.1;

/// One change of a whole batch.
pub(super) struct Nudge {
    /// The most pixels that come into view at an edge.
    reach: usize,
    /// Where the view begins in a film mirrored `reach` pixels deep at its edges.
    view: (usize, usize),
    brightness: f64,
}

impl Nudge {
    /// Draws a change of films of `side` pixels.
    pub(super) fn drawn(side: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let reach = (SHIFT * side as f64).round() as usize;
        Self {
            reach,
            view: (
                random.random_range(0..=2 * reach),
                random.random_range(0..=2 * reach),
            ),
            brightness: random.random_range(-BRIGHTNESS..=BRIGHTNESS),
        }
    }

    /// Changes films `(N, C, S, S)`; what comes into view mirrors the edge.
    pub(super) fn apply(&self, films: &Tensor) -> Result<Tensor> {
        let side = films.dims()[2];
        films
            .reflect_pad(self.reach)?
            .narrow(2, self.view.0, side)?
            .narrow(3, self.view.1, side)?
            .affine(1.0, self.brightness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nudge_moves_and_tones_every_film_alike() {
        let nudge = Nudge {
            reach: 1,
            view: (1, 0),
            brightness: 0.5,
        };
        let films = (0..18).map(|i| i as f32).collect();
        let films = Tensor::from_samples(films, &[2, 1, 3, 3]).unwrap();
        let moved = nudge.apply(&films).unwrap().to_samples().unwrap();
        assert_eq!(moved[..6], [1.5, 0.5, 1.5, 4.5, 3.5, 4.5]);
        assert_eq!(moved[9], moved[0] + 9.0);
    }

    #[test]
    fn nudges_depend_on_the_seed_and_stay_small() {
        let views: Vec<_> = (0..50).map(|seed| Nudge::drawn(64, seed).view).collect();
        assert!(views.iter().any(|view| view != &views[0]));
        assert!(views.iter().all(|view| view.0 <= 8 && view.1 <= 8));
    }
}
