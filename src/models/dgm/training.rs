//! DGM's training step: what it brings to the shared loop.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::decomposer::{Decomposer, Seen, to_network};
use super::evidence::doubt;
use super::generator::{CRITIC, Generator};
use super::losses::{Judged, Pass, Weights, critic_loss, generator_loss};
use super::network::Critic;
use super::recipe::{ADAM, AUGMENTATION, Recipe};
use super::samples::grid;
use crate::compute::{Builder, Device, Parameters, Tensor};
use crate::error::Result;
use crate::evaluation::LabelledScores;
use crate::models::beginning::Beginning;
use crate::models::framed::FramedFilms;
use crate::models::trace::Trace;
use crate::training::{Adam, At, Checkpoint, Grid, Learner, MovingAverage, RunSettings, seed_at};

/// Streams of random numbers, one for each use: abnormal and normal films of the batch, and of those
/// for the critic alone.
const SHUFFLE: [u64; 2] = [1, 2];
const CRITIC_SHUFFLE: [u64; 2] = [4, 5];
const AUGMENT: u64 = 3;
/// The two sides' names in checkpoints.
const SIDES: [&str; 2] = ["generator", "critic"];
/// Films of each kind that an epoch is compared on.
const COMPARED: usize = 64;
/// Films of each kind in the sample picture.
const SHOWN: usize = 4;

/// Films by their labels.
pub(super) struct Labelled {
    pub(super) normal: FramedFilms,
    pub(super) abnormal: FramedFilms,
}

impl Labelled {
    /// Splits off the films that are kept out of training.
    pub(super) fn split(self) -> (Self, Self) {
        let (normal, held_normal) = self.normal.split();
        let (abnormal, held_abnormal) = self.abnormal.split();
        let pair = |normal, abnormal| Self { normal, abnormal };
        (pair(normal, abnormal), pair(held_normal, held_abnormal))
    }

    /// Returns the number of films.
    pub(super) fn len(&self) -> usize {
        self.normal.len() + self.abnormal.len()
    }
}

/// DGM in training.
pub(super) struct Training {
    recipe: Recipe,
    films: Labelled,
    /// What epochs are compared on.
    held_out: Labelled,
    generator: Generator,
    critic: Critic,
    /// The weights of both sides.
    weights: [Parameters; 2],
    optimisers: [Adam; 2],
    average: MovingAverage,
    /// Steps by which the schedule is ahead: networks that have learnt need no warming up.
    head_start: u64,
    device: Device,
}

impl Training {
    pub(super) fn new(
        settings: &RunSettings,
        films: Labelled,
        held_out: Labelled,
        beginning: &Beginning,
    ) -> Result<Self> {
        let recipe = Recipe::named(&settings.preset)?;
        let builders =
            [(1, None), (2, Some("D"))].map(|(side, name)| beginning.builder(side, name));
        let generator = Generator::new(&recipe.config, |name| builders[0].root().at(name))?;
        let critic = Critic::new(&builders[1].root(), &recipe.config)?;
        let weights = builders.map(Builder::finish);
        let learnt = beginning.lineage().is_some();
        for weights in weights.iter().filter(|_| !learnt) {
            enlarge(weights)?;
        }
        Ok(Self {
            average: MovingAverage::new(&weights[0], recipe.kept)?,
            head_start: if learnt { recipe.grown_by() } else { 0 },
            optimisers: [Adam::new(ADAM), Adam::new(ADAM)],
            recipe,
            films,
            held_out,
            generator,
            critic,
            weights,
            device: settings.device.clone(),
        })
    }

    /// Returns the films kept out of training.
    pub(super) fn held_out(&self) -> &Labelled {
        &self.held_out
    }

    /// As many abnormal films as normal ones, these last.
    fn batch(&self, at: &At, streams: [u64; 2], of_each: usize) -> Result<Tensor> {
        let side = self.recipe.side;
        let mut samples = Vec::with_capacity(2 * of_each * side * side);
        let kinds = [&self.films.abnormal.films, &self.films.normal.films];
        for (stream, films) in streams.into_iter().zip(kinds) {
            for (index, film) in at
                .chosen(stream, films.len(), of_each)
                .into_iter()
                .enumerate()
            {
                let seed = seed_at(at.seed(AUGMENT), stream, index as u64);
                samples.extend(to_network(&films.augmented(film, AUGMENTATION, seed)));
            }
        }
        Tensor::from_samples(samples, &[2 * of_each, 1, side, side])?.on(&self.device)
    }

    fn pass(&self, films: Tensor) -> Result<Pass> {
        let parts = self.generator.decompose(&films)?;
        let again = self.generator.again(&parts, &mut Trace::off())?;
        let count = self.recipe.of_each;
        Ok(Pass {
            films,
            normals: count..2 * count,
            parts,
            again,
        })
    }

    /// Moves the critic on films of the labels it is shown and on the normal films drawn in a pass.
    fn critic_step(&mut self, pass: &Pass, at: &At, rate: f64) -> Result<f64> {
        let judge = |films: &Tensor| self.critic.forward(films);
        let count = self.recipe.shown_to_critic;
        let drawn = judge(&pass.parts.normal.detach())?;
        let judged = if count == 0 {
            let normals = pass.normals.clone();
            Judged {
                normal: judge(&pass.films.narrow(0, normals.start, normals.len())?)?,
                drawn,
                abnormal: None,
            }
        } else {
            let shown = at.load(|| self.batch(at, CRITIC_SHUFFLE, count))?;
            Judged {
                normal: judge(&shown.narrow(0, count, count)?)?,
                drawn,
                abnormal: Some(judge(&shown.narrow(0, 0, count)?)?),
            }
        };
        let loss = critic_loss(&judged)?;
        let gradients = loss.backward()?;
        self.optimisers[1].step(&self.weights[1], &gradients, rate)?;
        loss.to_number()
    }

    fn generator_step(
        &mut self,
        pass: &Pass,
        weights: &Weights,
        rate: f64,
    ) -> Result<[Option<f64>; 5]> {
        let judged = match weights.adversarial > 0.0 {
            true => Some(self.critic.forward(&pass.parts.normal)?),
            false => None,
        };
        let loss = generator_loss(pass, judged.as_deref(), weights)?;
        let gradients = loss.total.backward()?;
        self.optimisers[0].step(&self.weights[0], &gradients, rate)?;
        self.average.follow(&self.weights[0])?;
        Ok(loss.parts)
    }

    /// What the networks, as they would be used now, make of held-out films: abnormal ones, then
    /// normal ones.
    fn held_out_seen(
        &self,
        count: usize,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<[Vec<Seen>; 2]> {
        let tensors = self.snapshot()?;
        let sizes = (&self.recipe.config, self.recipe.side);
        let mut decomposer = Decomposer::stored(&tensors, sizes, &Device::Cpu)?;
        let mut see = |films: &FramedFilms| {
            let see = |film, _: &_| decomposer.see(film, &mut |_| Ok(()));
            films.seen(count, between, see)
        };
        Ok([see(&self.held_out.abnormal)?, see(&self.held_out.normal)?])
    }
}

/// Widens PyTorch's start of convolutions to Kaiming's, as in MUNIT: without norms the signal would
/// fade. The decoders' output layers keep the smaller start: a residue begins near zero.
fn enlarge(weights: &Parameters) -> Result<()> {
    for (name, variable) in weights.trained() {
        let convolution = variable.rank() == 4 && !name.contains(".out.");
        if convolution {
            variable.set(&variable.affine(6.0_f64.sqrt(), 0.0)?)?;
        }
    }
    Ok(())
}

impl Learner for Training {
    fn losses(&self) -> &'static [&'static str] {
        &[
            "critic",
            "adversarial",
            "decomposition",
            "joint",
            "residue of normals",
            "variation",
        ]
    }

    fn steps_per_epoch(&self) -> usize {
        (self.films.normal.len() / self.recipe.of_each).max(1)
    }

    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
        let films = at.load(|| self.batch(at, SHUFFLE, self.recipe.of_each))?;
        let scheduled = at.step + self.head_start;
        let weights = self.recipe.weights_at(scheduled);
        let falling = at.falling_rate();
        let (generator_rate, critic_rate) = self.recipe.rates;
        let pass = self.pass(films)?;
        let critic = match scheduled >= self.recipe.warm_up {
            true => Some(self.critic_step(&pass, at, critic_rate * falling)?),
            false => None,
        };
        let mut losses = vec![critic];
        losses.extend(self.generator_step(&pass, &weights, generator_rate * falling)?);
        Ok(losses)
    }

    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
        for (index, side) in SIDES.into_iter().enumerate() {
            checkpoint.add_parameters(side, &self.weights[index])?;
            checkpoint.add_adam(&format!("adam {side}"), &self.optimisers[index])?;
        }
        checkpoint.add_numbers("head start", &[self.head_start as f64])?;
        checkpoint.add_average("average", &self.average, &self.weights[0])
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        for (index, side) in SIDES.into_iter().enumerate() {
            checkpoint.restore_parameters(side, &self.weights[index])?;
            checkpoint.restore_adam(&format!("adam {side}"), &mut self.optimisers[index])?;
        }
        // Checkpoints of before have none.
        let head_start = checkpoint.numbers("head start").unwrap_or_default();
        self.head_start = head_start.first().map_or(0, |steps| *steps as u64);
        checkpoint.restore_average("average", &mut self.average, &self.weights[0])
    }

    /// The moving averages of encoders and decoders, and the critic as it is, under `D.…`.
    fn snapshot(&self) -> Result<HashMap<String, Candle>> {
        let mut all = self.average.tensors(&self.weights[0])?;
        let critic = self.weights[1].tensors()?.into_iter();
        all.extend(critic.map(|(name, tensor)| (format!("{CRITIC}.{name}"), tensor)));
        Ok(all)
    }

    fn comparison(&self) -> Option<&'static str> {
        Some("held-out AUC")
    }

    /// How well the score tells held-out films apart by their labels; ½ without a kind.
    fn compare(&mut self, between: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
        let [abnormal, normal] = self.held_out_seen(COMPARED, between)?;
        let score = |seen: &[Seen]| seen.iter().map(|seen| f64::from(doubt(seen))).collect();
        if abnormal.is_empty() || normal.is_empty() {
            return Ok(0.5);
        }
        Ok(LabelledScores::new(score(&normal), score(&abnormal))?.auc())
    }

    fn samples(&mut self) -> Result<Option<Grid>> {
        let shown = self.held_out_seen(SHOWN, &mut |_| Ok(()))?;
        Ok(Some(grid(shown.iter().flatten(), self.recipe.side)))
    }
}
