//! SQUID's training step: what it brings to the shared loop.

use std::collections::HashMap;

use candle_core::Tensor as Candle;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::config::Config;
use super::losses::{discriminator_loss, generator_loss};
use super::network::{Discriminator, Generator, Norm, Reconstruction, Shortcut, Trace};
use super::recipe::{AUGMENTATION, DISCRIMINATOR_ADAM, GENERATOR_ADAM, Recipe};
use crate::compute::{Builder, Device, Mode, Parameters, Tensor};
use crate::error::Result;
use crate::models::beginning::Beginning;
use crate::training::{Adam, At, Checkpoint, Learner, RunSettings, TrainingFilms, seed_at};

/// Streams of random numbers, one for each use.
const SHUFFLE: u64 = 1;
const AUGMENT: u64 = 2;
const MASKS: u64 = 3;
/// The smallest last batch of an epoch that is still used.
const LEAST_BATCH: usize = 4;
/// The two networks' names in checkpoints and snapshots.
const PARTS: [&str; 2] = ["G", "D"];

/// SQUID in training.
pub(super) struct Training {
    recipe: Recipe,
    epochs: Option<u64>,
    films: TrainingFilms,
    generator: Generator,
    discriminator: Discriminator,
    weights: [Parameters; 2],
    optimisers: [Adam; 2],
    device: Device,
    /// Where the next batch goes in the memory queues.
    queue_slot: usize,
}

impl Training {
    pub(super) fn new(
        settings: &RunSettings,
        films: TrainingFilms,
        beginning: &Beginning,
    ) -> Result<Self> {
        let recipe = Recipe::named(&settings.preset)?;
        let builders = [(1, "G"), (2, "D")].map(|(part, name)| beginning.builder(part, Some(name)));
        let generator = Generator::new(&builders[0].root(), &recipe.config, true)?;
        let discriminator = Discriminator::new(&builders[1].root(), &recipe.config)?;
        Ok(Self {
            optimisers: [Adam::new(GENERATOR_ADAM), Adam::new(DISCRIMINATOR_ADAM)],
            epochs: settings.budget.epochs,
            recipe,
            films,
            generator,
            discriminator,
            weights: builders.map(Builder::finish),
            device: settings.device.clone(),
            queue_slot: 0,
        })
    }

    fn batch(&self, at: &At) -> Result<Tensor> {
        let Recipe { config, batch, .. } = self.recipe;
        let order = at.order(SHUFFLE, self.films.len());
        let first = at.batch * batch;
        let chosen = &order[first..(first + batch).min(order.len())];
        let mut samples = Vec::with_capacity(chosen.len() * config.side * config.side);
        for (index, &film) in chosen.iter().enumerate() {
            let seed = seed_at(at.seed(AUGMENT), 0, index as u64);
            samples.extend(self.films.augmented(film, AUGMENTATION, seed));
        }
        Tensor::from_samples(samples, &[chosen.len(), 1, config.side, config.side])?
            .on(&self.device)
    }

    /// Random masks for one pass over `films` films, the `pass`-th of this step.
    fn shortcut(&self, films: usize, at: &At, pass: u64) -> Result<Shortcut> {
        let mut random = ChaCha8Rng::seed_from_u64(seed_at(at.seed(MASKS), 0, pass));
        let mut masks = Vec::with_capacity(3);
        let Config { levels, .. } = self.recipe.config;
        let patches = films * self.recipe.config.cells();
        for level in [levels, levels - 1, levels - 2] {
            let side = self.recipe.config.patch_side(level);
            let samples = (0..patches * side * side)
                .map(|_| f32::from(random.random::<f32>() < self.recipe.masked))
                .collect();
            let mask = Tensor::from_samples(samples, &[patches, 1, side, side])?;
            masks.push(mask.on(&self.device)?);
        }
        Ok(Shortcut::Masks(masks.into_iter()))
    }

    fn pass(&self, films: &Tensor, at: &At, pass: u64) -> Result<Reconstruction> {
        let mut shortcut = self.shortcut(films.dims()[0], at, pass)?;
        self.generator
            .forward(films, Mode::Train, &mut shortcut, &mut Trace::off())
    }

    fn judge_step(&mut self, films: &Tensor, inpainted: &Tensor, rate: f64) -> Result<f64> {
        let real = self.discriminator.forward(films, Norm::Batch)?;
        let inpainted = self
            .discriminator
            .forward(&inpainted.detach(), Norm::Batch)?;
        let loss = discriminator_loss(&real, &inpainted)?;
        let gradients = loss.backward()?;
        self.optimisers[1].step(&self.weights[1], &gradients, rate)?;
        loss.to_number()
    }

    fn generator_step(
        &mut self,
        films: &Tensor,
        pass: &Reconstruction,
        rate: f64,
    ) -> Result<[f64; 4]> {
        let logits = self.discriminator.forward(&pass.student, Norm::Batch)?;
        let loss = generator_loss(pass, films, &logits)?;
        let gradients = loss.total.backward()?;
        self.optimisers[0].step(&self.weights[0], &gradients, rate)?;
        self.generator.remember(pass, self.queue_slot)?;
        self.queue_slot = (self.queue_slot + films.dims()[0]) % self.recipe.config.queue_slots;
        Ok(loss.parts)
    }
}

impl Learner for Training {
    fn losses(&self) -> &'static [&'static str] {
        &[
            "discriminator",
            "reconstruction",
            "adversarial",
            "teacher",
            "distillation",
        ]
    }

    fn steps_per_epoch(&self) -> usize {
        let batch = self.recipe.batch;
        let (whole, rest) = (self.films.len() / batch, self.films.len() % batch);
        whole + usize::from(rest >= LEAST_BATCH.min(batch))
    }

    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
        let films = at.load(|| self.batch(at))?;
        let rates = self.recipe.rates(at.epoch, self.epochs);
        let pass = self.pass(&films, at, 0)?;
        let mut losses = vec![Some(self.judge_step(&films, &pass.student, rates.1)?)];
        if !at.step.is_multiple_of(self.recipe.generator_every) {
            losses.extend([None; 4]);
            return Ok(losses);
        }
        let pass = if self.recipe.shared_pass {
            pass
        } else {
            self.pass(&films, at, 1)?
        };
        losses.extend(self.generator_step(&films, &pass, rates.0)?.map(Some));
        Ok(losses)
    }

    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.add_parameters(part, &self.weights[index])?;
            checkpoint.add_adam(&format!("adam{part}"), &self.optimisers[index])?;
        }
        checkpoint.add_numbers("queue", &[self.queue_slot as f64])
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.restore_parameters(part, &self.weights[index])?;
            checkpoint.restore_adam(&format!("adam{part}"), &mut self.optimisers[index])?;
        }
        self.queue_slot = checkpoint
            .numbers("queue")?
            .first()
            .map_or(0, |slot| *slot as usize);
        Ok(())
    }

    /// Both networks under `G.…` and `D.…`.
    fn snapshot(&self) -> Result<HashMap<String, Candle>> {
        let mut all = HashMap::new();
        for (part, weights) in PARTS.into_iter().zip(&self.weights) {
            let named = weights.tensors()?.into_iter();
            all.extend(named.map(|(name, tensor)| (format!("{part}.{name}"), tensor)));
        }
        Ok(all)
    }
}
