//! A moment of a run, as a learner sees it.

use std::cell::Cell;
use std::time::Instant;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::Place;
use crate::error::Result;
use crate::training::{RunSettings, seed_at};

/// Where in a run a step is taken.
#[derive(Debug)]
pub struct At {
    seed: u64,
    /// Whole epochs done.
    pub epoch: u64,
    /// Steps done in this epoch.
    pub batch: usize,
    /// Steps done in all.
    pub step: u64,
    /// The share of the run that is done, where its length is known in epochs or steps. A run that
    /// ends by time has none: the same seed must give the same weights.
    done: Option<f64>,
    loading_secs: Cell<f64>,
}

/// Returns the share of the full rate to use when a share of a run, or of a part of it, is done: 1,
/// falling linearly to a twentieth over the last third.
pub fn falling(done: f64) -> f64 {
    (3.0 * (1.0 - done)).clamp(0.05, 1.0)
}

impl At {
    pub(super) fn new(settings: &RunSettings, place: &Place, steps_per_epoch: usize) -> Self {
        let budget = &settings.budget;
        let epochs =
            place.epoch as f64 + place.batch_in_epoch as f64 / steps_per_epoch.max(1) as f64;
        let by_epochs = budget.epochs.map(|most| epochs / most.max(1) as f64);
        let by_steps = budget
            .steps
            .map(|most| place.steps as f64 / most.max(1) as f64);
        Self {
            seed: place.seed,
            epoch: place.epoch,
            batch: place.batch_in_epoch,
            step: place.steps,
            done: by_epochs.into_iter().chain(by_steps).reduce(f64::max),
            loading_secs: Cell::new(0.0),
        }
    }

    /// Returns the seed of one use of random numbers at this step: different for every step and
    /// for every `stream`, and the same when a run is taken up again.
    pub fn seed(&self, stream: u64) -> u64 {
        seed_at(self.seed, stream, self.step)
    }

    /// Returns `count` indices in an order that depends on seed, stream and epoch alone.
    pub fn order(&self, stream: u64, count: usize) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(seed_at(self.seed, stream, self.epoch));
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, random.random_range(0..=last));
        }
        order
    }

    /// Returns the indices of this step's batch: the next `size` of [`At::order`]. Lists that are
    /// shorter than an epoch are gone through again.
    pub fn chosen(&self, stream: u64, count: usize, size: usize) -> Vec<usize> {
        let order = self.order(stream, count);
        let first = self.batch * size;
        (first..first + size)
            .map(|place| order[place % count.max(1)])
            .collect()
    }

    /// Returns the share of the full rate to use: 1, falling linearly to a twentieth over the last
    /// third of a run whose length is known.
    pub fn falling_rate(&self) -> f64 {
        falling(self.done.unwrap_or(0.0))
    }

    /// Makes a batch, and counts the time that takes.
    ///
    /// # Errors
    /// Whatever the making fails with.
    pub fn load<T>(&self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let made = make();
        let secs = start.elapsed().as_secs_f64();
        self.loading_secs.set(self.loading_secs.get() + secs);
        made
    }

    pub(super) fn loading_minutes(&self) -> f64 {
        self.loading_secs.get() / 60.0
    }
}
