//! HealthyGAN's training step: what it brings to the shared loop.

use std::collections::HashMap;

use candle_core::Tensor as Candle;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::choice::aucp;
use super::inspector::{Inspector, seen, signed};
use super::losses::{critic_loss, generator_loss};
use super::network::{Critic, Drawing, Generator};
use super::recipe::{ADAM, Recipe};
use crate::compute::{Builder, Device, Parameters, Tensor};
use crate::error::Result;
use crate::models::beginning::Beginning;
use crate::models::framed::FramedFilms;
use crate::models::trace::Trace;
use crate::training::{
    Adam, At, Checkpoint, Grid, Learner, MovingAverage, RunSettings, TrainingFilms, seed_at,
};

/// Streams of random numbers, one for each use.
const SHUFFLE_KNOWN: u64 = 1;
const SHUFFLE_MIXTURE: u64 = 2;
const AUGMENT_KNOWN: u64 = 3;
const AUGMENT_MIXTURE: u64 = 4;
const BETWEEN: u64 = 5;
/// The two networks' names in checkpoints and snapshots.
const PARTS: [&str; 2] = ["G", "D"];
const AVERAGE: &str = "average";
/// Films of each kind that an epoch is compared on.
const COMPARED: usize = 64;
/// Films of each kind in the sample picture.
const SHOWN: usize = 6;

/// The films of a run.
pub(super) struct Films {
    /// Known normals to train on.
    pub(super) known: FramedFilms,
    /// Known normals kept apart to calibrate on.
    pub(super) held_out: FramedFilms,
    /// Normal and abnormal films; nobody tells which is which.
    pub(super) mixture: FramedFilms,
}

/// HealthyGAN in training.
pub(super) struct Training {
    recipe: Recipe,
    pub(super) films: Films,
    generator: Generator,
    critic: Critic,
    weights: [Parameters; 2],
    optimisers: [Adam; 2],
    /// The generator's moving average, which is what a run is for.
    average: MovingAverage,
    device: Device,
}

impl Training {
    pub(super) fn new(settings: &RunSettings, films: Films, beginning: &Beginning) -> Result<Self> {
        let recipe = Recipe::named(&settings.preset)?;
        let builders = [(1, "G"), (2, "D")].map(|(part, name)| beginning.builder(part, Some(name)));
        let generator = Generator::new(&builders[0].root(), &recipe.config)?;
        let critic = Critic::new(&builders[1].root(), &recipe.config)?;
        let weights = builders.map(Builder::finish);
        Ok(Self {
            average: MovingAverage::new(&weights[0], recipe.average)?,
            recipe,
            films,
            generator,
            critic,
            weights,
            optimisers: [Adam::new(ADAM), Adam::new(ADAM)],
            device: settings.device.clone(),
        })
    }

    /// The next films of a list, in [−1, 1].
    fn batch(&self, films: &TrainingFilms, at: &At, streams: (u64, u64)) -> Result<Tensor> {
        let Recipe {
            side,
            batch,
            augmentation,
            ..
        } = self.recipe;
        let chosen = at.chosen(streams.0, films.len(), batch);
        let mut samples = Vec::with_capacity(batch * side * side);
        for (index, &film) in chosen.iter().enumerate() {
            let seed = seed_at(at.seed(streams.1), 0, index as u64);
            let greys = films.augmented(film, augmentation, seed);
            samples.extend(greys.into_iter().map(signed));
        }
        Tensor::from_samples(samples, &[batch, 1, side, side])?.on(&self.device)
    }

    /// Where between known normals and counterparts the penalty looks, `(N, 1, 1, 1)`.
    fn shares(&self, at: &At) -> Result<Tensor> {
        let mut random = ChaCha8Rng::seed_from_u64(at.seed(BETWEEN));
        let shares = (0..self.recipe.batch).map(|_| random.random::<f32>());
        Tensor::from_samples(shares.collect(), &[self.recipe.batch, 1, 1, 1])?.on(&self.device)
    }

    fn draw(&self, films: &Tensor) -> Result<Drawing> {
        self.generator.forward(films, &mut Trace::off())
    }

    /// Moves the generator; `drawing` is what it draws of the mixture. Returns the losses by the
    /// columns' order.
    fn generator_step(
        &mut self,
        (mixture, drawing): (&Tensor, &Drawing),
        known: &Tensor,
        rate: f64,
    ) -> Result<[f64; 6]> {
        let of_known = self.draw(known)?;
        let pair = [(mixture, drawing), (known, &of_known)];
        let loss = generator_loss(&self.critic, pair, self.recipe.reconstruction)?;
        let gradients = loss.total.backward()?;
        self.optimisers[0].step(&self.weights[0], &gradients, rate)?;
        self.average.follow(&self.weights[0])?;
        Ok([
            loss.adversarial + loss.adversarial_known,
            loss.identity,
            loss.reconstruction,
            loss.focus,
            drawing.mask.mean()?.to_number()?,
            of_known.mask.mean()?.to_number()?,
        ])
    }

    /// The films' side in pixels.
    pub(super) fn side(&self) -> usize {
        self.recipe.side
    }

    fn inspector(&self) -> Result<Inspector> {
        Inspector::stored(&self.snapshot()?, self.recipe.side, &Device::Cpu)
    }
}

impl Learner for Training {
    /// The last two are no losses but means of the masks, on the mixture and on known normals: at 0
    /// nothing is changed, at 1 everything is drawn anew.
    fn losses(&self) -> &'static [&'static str] {
        &[
            "critic",
            "gradient penalty",
            "adversarial",
            "identity",
            "reconstruction",
            "focus",
            "mask on the mixture",
            "mask on normals",
        ]
    }

    /// An epoch goes through the longer list once.
    fn steps_per_epoch(&self) -> usize {
        let longest = self.films.known.len().max(self.films.mixture.len());
        (longest / self.recipe.batch).max(1)
    }

    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
        let (known, mixture, shares) = at.load(|| {
            let films = &self.films;
            Ok((
                self.batch(&films.known.films, at, (SHUFFLE_KNOWN, AUGMENT_KNOWN))?,
                self.batch(&films.mixture.films, at, (SHUFFLE_MIXTURE, AUGMENT_MIXTURE))?,
                self.shares(at)?,
            ))
        })?;
        let rate = self.recipe.rate(at);
        let drawing = self.draw(&mixture)?;
        let loss = critic_loss(&self.critic, &known, &drawing.healthy(&mixture)?, &shares)?;
        let gradients = loss.total.backward()?;
        self.optimisers[1].step(&self.weights[1], &gradients, rate)?;
        let mut losses = vec![Some(loss.known + loss.healed), Some(loss.penalty)];
        if !(at.step + 1).is_multiple_of(self.recipe.generator_every) {
            losses.extend([None; 6]);
            return Ok(losses);
        }
        // The generator has not moved since it drew for the critic: one drawing serves both.
        let parts = self.generator_step((&mixture, &drawing), &known, rate)?;
        losses.extend(parts.map(Some));
        Ok(losses)
    }

    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.add_parameters(part, &self.weights[index])?;
            checkpoint.add_adam(&format!("adam{part}"), &self.optimisers[index])?;
        }
        checkpoint.add_average(AVERAGE, &self.average, &self.weights[0])
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.restore_parameters(part, &self.weights[index])?;
            checkpoint.restore_adam(&format!("adam{part}"), &mut self.optimisers[index])?;
        }
        checkpoint.restore_average(AVERAGE, &mut self.average, &self.weights[0])
    }

    /// The averaged generator under `G.…`, the critic under `D.…`.
    fn snapshot(&self) -> Result<HashMap<String, Candle>> {
        let named = [
            self.average.tensors(&self.weights[0])?,
            self.weights[1].tensors()?,
        ];
        let parts = PARTS.into_iter().zip(named);
        Ok(parts
            .flat_map(|(part, tensors)| {
                let tensors = tensors.into_iter();
                tensors.map(move |(name, tensor)| (format!("{part}.{name}"), tensor))
            })
            .collect())
    }

    fn comparison(&self) -> Option<&'static str> {
        Some("AUCp")
    }

    fn compare(&mut self, between: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
        aucp(&mut self.inspector()?, &self.films, COMPARED, between)
    }

    /// Film, counterpart, mask: films kept apart, then films of the mixture.
    fn samples(&mut self) -> Result<Option<Grid>> {
        let inspector = &mut self.inspector()?;
        let mut shown = Vec::new();
        for films in [&self.films.held_out, &self.films.mixture] {
            shown.extend(seen(films, inspector, SHOWN, &mut |_| Ok(()))?);
        }
        let rows = shown.into_iter();
        Ok(Some(Grid {
            side: self.recipe.side,
            rows: rows
                .map(|seen| vec![seen.film, seen.healthy, seen.mask])
                .collect(),
        }))
    }
}
