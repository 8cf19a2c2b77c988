//! SQUID's training loop: resumable at any step, bit for bit on one device.

mod keeping;

use std::time::Instant;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::losses::{discriminator_loss, generator_loss};
use super::network::{Discriminator, Generator, Norm, Reconstruction, Shortcut, Trace};
use super::recipe::{AUGMENTATION, DISCRIMINATOR_ADAM, GENERATOR_ADAM, Recipe};
use crate::compute::{Builder, Mode, Parameters, Source, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::task::Progress;
use crate::training::{
    Adam, Curves, MovingAverage, RunSettings, TrainingEvent, TrainingFilms, seed_at,
};

const COLUMNS: [&str; 6] = [
    "discriminator",
    "reconstruction",
    "adversarial",
    "teacher",
    "distillation",
    "minutes",
];
/// Streams of random numbers, one for each use.
const SHUFFLE: u64 = 1;
const AUGMENT: u64 = 2;
const MASKS: u64 = 3;
/// Minutes between two checkpoints.
const CHECKPOINT_MINUTES: f64 = 3.0;
/// The smallest last batch of an epoch that is still used.
const LEAST_BATCH: usize = 4;

/// Where a run is; with the tensors of a checkpoint, all it needs to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    preset: String,
    seed: u64,
    films: usize,
    epoch: u64,
    batch_in_epoch: usize,
    steps: u64,
    generator_steps: u64,
    queue_slot: usize,
    minutes: f64,
    sums: Vec<f64>,
    curves: Curves,
}

/// A run in progress.
pub(super) struct Run<'a> {
    recipe: Recipe,
    settings: &'a RunSettings,
    films: TrainingFilms,
    generator: Generator,
    discriminator: Discriminator,
    weights: [Parameters; 2],
    optimisers: [Adam; 2],
    averages: [MovingAverage; 2],
    place: Place,
}

impl<'a> Run<'a> {
    /// Begins a run, or takes it up again where its checkpoint left it.
    pub(super) fn new(settings: &'a RunSettings, films: TrainingFilms) -> Result<Self> {
        let recipe = Recipe::named(&settings.preset)?;
        let seeded = |part| Source::seeded(seed_at(settings.seed, 0, part));
        let builders = [1, 2].map(|part| Builder::new(seeded(part)).on(&settings.device));
        let generator = Generator::new(&builders[0].root(), &recipe.config, true)?;
        let discriminator = Discriminator::new(&builders[1].root(), &recipe.config)?;
        let weights = builders.map(Builder::finish);
        let mut run = Self {
            averages: [
                MovingAverage::new(&weights[0], recipe.average_kept)?,
                MovingAverage::new(&weights[1], recipe.average_kept)?,
            ],
            place: Place {
                preset: settings.preset.clone(),
                seed: settings.seed,
                films: films.len(),
                epoch: 0,
                batch_in_epoch: 0,
                steps: 0,
                generator_steps: 0,
                queue_slot: 0,
                minutes: 0.0,
                sums: vec![0.0; COLUMNS.len()],
                curves: Curves::new(&COLUMNS),
            },
            optimisers: [Adam::new(GENERATOR_ADAM), Adam::new(DISCRIMINATOR_ADAM)],
            recipe,
            settings,
            films,
            generator,
            discriminator,
            weights,
        };
        if settings.resume {
            run.restore()?;
        }
        Ok(run)
    }

    /// Returns the epochs and minutes behind the run.
    pub(super) fn cost(&self) -> (f64, f64) {
        let done = self.place.batch_in_epoch as f64 / self.batches().max(1) as f64;
        (self.place.epoch as f64 + done, self.place.minutes)
    }

    /// Trains until the budget is spent.
    pub(super) fn train(
        &mut self,
        progress: &Progress,
        report: &mut dyn FnMut(TrainingEvent<'_>),
    ) -> Result<()> {
        let mut since_step = Instant::now();
        let mut checkpoint_at = self.place.minutes + CHECKPOINT_MINUTES;
        while !self.spent() {
            if let Err(cancelled) = progress.enter("training", self.share()) {
                self.save()?;
                return Err(cancelled);
            }
            self.step()?;
            self.place.minutes += since_step.elapsed().as_secs_f64() / 60.0;
            since_step = Instant::now();
            report(TrainingEvent::Step {
                share: self.share(),
                epoch: self.place.epoch,
                step: self.place.steps,
            });
            if self.place.batch_in_epoch >= self.batches() {
                self.end_epoch(report)?;
            }
            if self.place.minutes >= checkpoint_at {
                self.save()?;
                checkpoint_at = self.place.minutes + CHECKPOINT_MINUTES;
            }
        }
        self.write_curves()?;
        self.save()
    }

    fn spent(&self) -> bool {
        let place = &self.place;
        let budget = &self.settings.budget;
        budget.spent(place.epoch, place.steps, place.minutes)
    }

    fn share(&self) -> f32 {
        let (epochs, minutes) = self.cost();
        let budget = &self.settings.budget;
        budget.share(epochs, self.place.steps, minutes) as f32
    }

    fn batches(&self) -> usize {
        let (whole, rest) = (
            self.films.len() / self.recipe.batch,
            self.films.len() % self.recipe.batch,
        );
        whole + usize::from(rest >= LEAST_BATCH.min(self.recipe.batch))
    }

    /// The films of the next batch, in an order that depends on seed and epoch alone.
    fn batch(&self) -> Result<Tensor> {
        let mut random =
            ChaCha8Rng::seed_from_u64(seed_at(self.place.seed, SHUFFLE, self.place.epoch));
        let mut order: Vec<usize> = (0..self.films.len()).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, random.random_range(0..=last));
        }
        let first = self.place.batch_in_epoch * self.recipe.batch;
        let chosen = &order[first..(first + self.recipe.batch).min(order.len())];
        let side = self.recipe.config.side;
        let mut samples = Vec::with_capacity(chosen.len() * side * side);
        for (index, &film) in chosen.iter().enumerate() {
            let draw = self.place.steps * self.recipe.batch as u64 + index as u64;
            let seed = seed_at(self.place.seed, AUGMENT, draw);
            samples.extend(self.films.augmented(film, AUGMENTATION, seed));
        }
        Tensor::from_samples(samples, &[chosen.len(), 1, side, side])?.on(&self.settings.device)
    }

    /// Random masks for one pass over `films` films, the `pass`-th of this step.
    fn shortcut(&self, films: usize, pass: u64) -> Result<Shortcut> {
        let seed = seed_at(self.place.seed, MASKS, 2 * self.place.steps + pass);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut masks = Vec::with_capacity(3);
        for side in [32, 16, 8].map(|times| self.recipe.config.side / times) {
            let samples = (0..films * 4 * side * side)
                .map(|_| f32::from(random.random::<f32>() < self.recipe.masked))
                .collect();
            let mask = Tensor::from_samples(samples, &[films * 4, 1, side, side])?;
            masks.push(mask.on(&self.settings.device)?);
        }
        Ok(Shortcut::Masks(masks.into_iter()))
    }

    fn pass(&self, films: &Tensor, pass: u64) -> Result<Reconstruction> {
        let mut shortcut = self.shortcut(films.dims()[0], pass)?;
        self.generator
            .forward(films, Mode::Train, &mut shortcut, &mut Trace::off())
    }

    fn step(&mut self) -> Result<()> {
        let films = self.batch()?;
        let generator_moves = self.place.steps.is_multiple_of(self.recipe.generator_every);
        let pass = self.pass(&films, 0)?;
        self.judge_step(&films, &pass.student)?;
        if generator_moves {
            let pass = if self.recipe.shared_pass {
                pass
            } else {
                self.pass(&films, 1)?
            };
            self.generator_step(&films, &pass)?;
        }
        self.place.steps += 1;
        self.place.batch_in_epoch += 1;
        if self.place.steps.is_multiple_of(FOLLOW_EVERY) {
            for (average, weights) in self.averages.iter_mut().zip(&self.weights) {
                average.follow(weights)?;
            }
        }
        Ok(())
    }

    fn judge_step(&mut self, films: &Tensor, inpainted: &Tensor) -> Result<()> {
        let real = self.discriminator.forward(films, Norm::Batch)?;
        let inpainted = self
            .discriminator
            .forward(&inpainted.detach(), Norm::Batch)?;
        let loss = discriminator_loss(&real, &inpainted)?;
        self.count(0, loss.to_number()?)?;
        let gradients = loss.backward()?;
        let (_, rate) = self.rates();
        self.optimisers[1].step(&self.weights[1], &gradients, rate)
    }

    fn generator_step(&mut self, films: &Tensor, pass: &Reconstruction) -> Result<()> {
        let logits = self.discriminator.forward(&pass.student, Norm::Batch)?;
        let loss = generator_loss(pass, films, &logits)?;
        for (column, part) in loss.parts.into_iter().enumerate() {
            self.count(column + 1, part)?;
        }
        let gradients = loss.total.backward()?;
        let (rate, _) = self.rates();
        self.optimisers[0].step(&self.weights[0], &gradients, rate)?;
        self.generator.remember(pass, self.place.queue_slot)?;
        let slots = self.recipe.config.queue_slots;
        self.place.queue_slot = (self.place.queue_slot + films.dims()[0]) % slots;
        self.place.generator_steps += 1;
        Ok(())
    }

    fn rates(&self) -> (f64, f64) {
        let epochs = self.settings.budget.epochs;
        self.recipe.rates(self.place.epoch, epochs)
    }

    fn count(&mut self, column: usize, loss: f64) -> Result<()> {
        if !loss.is_finite() {
            return Err(Error::new(
                ErrorKind::Internal,
                format!(
                    "the {} loss is no number at step {}",
                    COLUMNS[column], self.place.steps
                ),
                "Start again from the last checkpoint with another seed.",
            ));
        }
        self.place.sums[column] += loss;
        Ok(())
    }

    fn end_epoch(&mut self, report: &mut dyn FnMut(TrainingEvent<'_>)) -> Result<()> {
        let batches = self.batches() as f64;
        let per_move = batches / self.recipe.generator_every as f64;
        let mut numbers: Vec<f64> = self.place.sums.iter().map(|sum| sum / per_move).collect();
        numbers[0] = self.place.sums[0] / batches;
        numbers[5] = self.place.minutes;
        self.place.epoch += 1;
        self.place.batch_in_epoch = 0;
        self.place.sums.fill(0.0);
        report(TrainingEvent::Epoch {
            epoch: self.place.epoch,
            names: &COLUMNS,
            numbers: &numbers,
        });
        self.place.curves.add(self.place.epoch, numbers);
        self.write_curves()?;
        self.snapshot()
    }
}

/// The moving averages follow at every so many steps; their decay counts such steps.
const FOLLOW_EVERY: u64 = 4;
