//! f-AnoGAN's two phases as one run: generator and critic first, then the encoder.

mod phases;

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::chance::latent_vectors;
use super::comparison::separation;
use super::network::{Critic, Encoder, Generator};
use super::recipe::{AUGMENTATION, Recipe};
use crate::compute::{Builder, Device, Mode, Parameters, Source, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::models::beginning::Beginning;
use crate::models::framed::FramedFilms;
use crate::models::trace::Trace;
use crate::training::{
    At, Checkpoint, Grid, Learner, MovingAverage, Optimiser, RunSettings, seed_at,
};

/// Streams of random numbers, one for each use.
const SHUFFLE: u64 = 1;
const AUGMENT: u64 = 2;
const LATENT: u64 = 3;
const NUDGE: u64 = 4;
const SHARES: u64 = 5;
/// The networks' names in checkpoints and snapshots, and their places in the fields below.
const PARTS: [&str; 3] = ["G", "D", "E"];
const GENERATOR: usize = 0;
const CRITIC: usize = 1;
const ENCODER: usize = 2;
/// Films in the sample picture.
const SHOWN: usize = 6;

/// The three networks in training.
pub(super) struct Training {
    recipe: Recipe,
    /// The steps of the whole run.
    total: u64,
    films: FramedFilms,
    /// Films kept apart, to calibrate on.
    pub(super) held_out: FramedFilms,
    /// Unlabelled films to compare epochs on, where there are any.
    mixture: Option<FramedFilms>,
    generator: Generator,
    critic: Critic,
    encoder: Encoder,
    /// Generator and critic with the same weights, held still.
    frozen: (Generator, Critic),
    weights: [Parameters; 3],
    optimisers: [Optimiser; 3],
    average: MovingAverage,
    device: Device,
    /// The step at which the encoder's phase began.
    mapping_since: Option<u64>,
}

impl Training {
    pub(super) fn new(
        settings: &RunSettings,
        (films, held_out): (FramedFilms, FramedFilms),
        mixture: Option<FramedFilms>,
        beginning: &Beginning,
    ) -> Result<Self> {
        let recipe = Recipe::named(&settings.preset)?;
        let config = &recipe.config;
        let builders =
            [(1, "G"), (2, "D"), (3, "E")].map(|(part, name)| beginning.builder(part, Some(name)));
        let generator = Generator::new(&builders[GENERATOR].root(), config)?;
        let critic = Critic::new(&builders[CRITIC].root(), config)?;
        let encoder = Encoder::new(&builders[ENCODER].root(), config)?;
        let weights = builders.map(Builder::finish);
        let held_still = |part: usize| Builder::new(Source::Frozen(weights[part].clone()));
        let frozen = (
            Generator::new(&held_still(GENERATOR).root(), config)?,
            Critic::new(&held_still(CRITIC).root(), config)?,
        );
        Ok(Self {
            total: total_steps(settings, (films.len() / recipe.batch).max(1))?,
            average: MovingAverage::new(&weights[GENERATOR], recipe.averaging)?,
            optimisers: recipe.optimisers(),
            mapping_since: None,
            recipe,
            films,
            held_out,
            mixture,
            generator,
            critic,
            encoder,
            frozen,
            weights,
            device: settings.device.clone(),
        })
    }

    /// Fails unless the encoder has learnt.
    pub(super) fn finished(&self) -> Result<()> {
        self.mapping_since.map(|_| ()).ok_or_else(|| {
            Error::new(
                ErrorKind::Usage,
                "the run ended before the encoder's turn, so there is nothing to use yet",
                "Go on with --resume and more --epochs, --steps or --minutes.",
            )
        })
    }

    /// The step at which generator and critic have learnt enough.
    fn drawn_by(&self) -> u64 {
        (self.recipe.drawing * self.total as f64).round() as u64
    }

    /// This step's films `(N, 1, S, S)` in [−1, 1], moved and toned or as they are.
    fn batch(&self, at: &At, moved: bool) -> Result<Tensor> {
        let Recipe { config, batch, .. } = self.recipe;
        let chosen = at.chosen(SHUFFLE, self.films.len(), batch);
        let mut greys = Vec::with_capacity(batch * config.side * config.side);
        for (index, &film) in chosen.iter().enumerate() {
            greys.extend(if moved {
                let seed = seed_at(at.seed(AUGMENT), 0, index as u64);
                self.films.films.augmented(film, AUGMENTATION, seed)
            } else {
                self.films.films.plain(film)
            });
        }
        Tensor::from_samples(greys, &[batch, 1, config.side, config.side])?
            .on(&self.device)?
            .affine(2.0, -1.0)
    }

    fn latent(&self, at: &At) -> Result<Tensor> {
        latent_vectors(
            at.seed(LATENT),
            (self.recipe.batch, self.recipe.config.latent),
        )?
        .on(&self.device)
    }
}

/// The steps of a run whose length must be known: its two phases share them.
fn total_steps(settings: &RunSettings, steps_per_epoch: usize) -> Result<u64> {
    let budget = &settings.budget;
    let of_epochs = budget.epochs.map(|epochs| epochs * steps_per_epoch as u64);
    let steps = of_epochs.into_iter().chain(budget.steps).min();
    steps.ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "f-AnoGAN learns in two phases, so a run's length in epochs or steps must be known",
            "Give --epochs or --steps; --minutes may end the run earlier.",
        )
    })
}

impl Learner for Training {
    fn losses(&self) -> &'static [&'static str] {
        &[
            "critic",
            "penalty",
            "generator",
            "encoder pixels",
            "encoder features",
        ]
    }

    fn steps_per_epoch(&self) -> usize {
        (self.films.len() / self.recipe.batch).max(1)
    }

    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
        if self.mapping_since.is_none() && at.step >= self.drawn_by() {
            self.begin_mapping(at.step)?;
        }
        let (drawing, mapping) = match self.mapping_since {
            None => (self.draw(at)?, [None; 2]),
            Some(since) => ([None; 3], self.map(at, since)?),
        };
        Ok(drawing.into_iter().chain(mapping).collect())
    }

    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.add_parameters(part, &self.weights[index])?;
            self.optimisers[index].save(&format!("adam{part}"), checkpoint)?;
        }
        checkpoint.add_average("average", &self.average, &self.weights[GENERATOR])?;
        let since = self.mapping_since.map(|step| step as f64);
        checkpoint.add_numbers("mapping", since.as_slice())
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        for (index, part) in PARTS.into_iter().enumerate() {
            checkpoint.restore_parameters(part, &self.weights[index])?;
            self.optimisers[index].restore(&format!("adam{part}"), checkpoint)?;
        }
        checkpoint.restore_average("average", &mut self.average, &self.weights[GENERATOR])?;
        let since = checkpoint.numbers("mapping")?;
        self.mapping_since = since.first().map(|step| *step as u64);
        Ok(())
    }

    /// The three networks under `G.…`, `D.…` and `E.…`.
    fn snapshot(&self) -> Result<HashMap<String, Candle>> {
        let mut all = HashMap::new();
        for (index, part) in PARTS.into_iter().enumerate() {
            let tensors = match (index, self.mapping_since) {
                (GENERATOR, None) => self.average.tensors(&self.weights[index])?,
                _ => self.weights[index].tensors()?,
            };
            let named = tensors.into_iter();
            all.extend(named.map(|(name, tensor)| (format!("{part}.{name}"), tensor)));
        }
        Ok(all)
    }

    fn comparison(&self) -> Option<&'static str> {
        self.mixture.as_ref().map(|_| "AUC against the mixture")
    }

    /// The generator alone tells nothing: its phase compares as 0.
    fn compare(&mut self, between: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
        match (&self.mixture, self.mapping_since) {
            (Some(mixture), Some(_)) => {
                let films = [&self.held_out, &self.films, mixture];
                separation(&self.snapshot()?, &self.recipe, films, between)
            }
            _ => Ok(0.0),
        }
    }

    /// Drawn films; in the encoder's phase rows of a film and its counterpart.
    fn samples(&mut self) -> Result<Option<Grid>> {
        let config = self.recipe.config;
        let side = config.side;
        let mut off = Trace::off();
        let greys = |films: &Tensor| -> Result<Vec<Vec<f32>>> {
            let samples = films.affine(0.5, 0.5)?.to_samples()?;
            Ok(samples.chunks(side * side).map(<[f32]>::to_vec).collect())
        };
        let latent = latent_vectors(0, (SHOWN, config.latent))?.on(&self.device)?;
        let mut rows = vec![greys(&self.frozen.0.forward(
            &latent,
            Mode::Use,
            &mut off,
        )?)?];
        if self.mapping_since.is_some() {
            let count = SHOWN.min(self.held_out.len());
            let films: Vec<f32> = (0..count)
                .flat_map(|film| self.held_out.films.plain(film))
                .collect();
            let films = Tensor::from_samples(films, &[count, 1, side, side])?
                .on(&self.device)?
                .affine(2.0, -1.0)?;
            let latent = self.encoder.forward(&films, Mode::Use, &mut off)?;
            let counterparts = self.frozen.0.forward(&latent, Mode::Use, &mut off)?;
            rows.extend([greys(&films)?, greys(&counterparts)?]);
        }
        Ok(Some(Grid { side, rows }))
    }
}
