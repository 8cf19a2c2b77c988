//! How the small networks that serve the models are trained: alike, each one network with one
//! optimiser, compared on films kept out of training, and stored with a card.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::{TrainingFacts, WeightsFile, write_tensors};
use crate::compute::{Builder, Parameters, Scope, Source, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::training::{
    Adam, AdamSettings, At, Checkpoint, Course, Grid, Learner, RunSettings, TrainingEvent,
    TrainingFilms, Watch, held_out, seed_at,
};

const ADAM: AdamSettings = AdamSettings {
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 0.0,
};
const RATE: f64 = 2e-3;

/// What one of these networks learns, and what from.
pub(super) trait Part {
    /// The pictures of a step, and what the network should make of them.
    type Batch;
    /// The names of the losses.
    const LOSSES: &'static [&'static str];
    /// The name of the measure by which epochs are compared; larger is better.
    const COMPARISON: &'static str;

    /// The number of steps in an epoch.
    fn steps_per_epoch(&self) -> usize;

    /// Makes a step's batch. Everything random comes from [`At::seed`].
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn batch(&self, at: &At) -> Result<Self::Batch>;

    /// Computes the losses by name, the sum of which falls.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn losses(&self, batch: &Self::Batch) -> Result<Vec<Tensor>>;

    /// Measures the network on films kept out of training.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn compare(&self) -> Result<f64>;

    /// Rows of pictures that show the state of the run.
    ///
    /// # Errors
    /// When a tensor operation fails.
    fn samples(&self) -> Result<Grid>;
}

/// One of these networks in training.
pub(super) struct PartTraining<P> {
    pub(super) part: P,
    weights: Parameters,
    optimiser: Adam,
}

impl<P: Part> PartTraining<P> {
    /// Builds what is trained, with weights that the run's seed decides.
    pub(super) fn new(
        settings: &RunSettings,
        build: impl FnOnce(&Scope<'_>) -> Result<P>,
    ) -> Result<Self> {
        let seed = seed_at(settings.seed, 0, 1);
        let builder = Builder::new(Source::seeded(seed)).on(&settings.device);
        let part = build(&builder.root())?;
        Ok(Self {
            part,
            weights: builder.finish(),
            optimiser: Adam::new(ADAM),
        })
    }
}

impl<P: Part> Learner for PartTraining<P> {
    fn losses(&self) -> &'static [&'static str] {
        P::LOSSES
    }

    fn steps_per_epoch(&self) -> usize {
        self.part.steps_per_epoch()
    }

    fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
        let batch = at.load(|| self.part.batch(at))?;
        let losses = self.part.losses(&batch)?;
        let mut sum: Option<Tensor> = None;
        for loss in &losses {
            sum = Some(match sum {
                Some(sum) => sum.plus(loss)?,
                None => loss.clone(),
            });
        }
        if let Some(sum) = sum {
            let rate = RATE * at.falling_rate();
            self.optimiser.step(&self.weights, &sum.backward()?, rate)?;
        }
        let numbers = losses.iter().map(|loss| Ok(Some(loss.to_number()?)));
        numbers.collect()
    }

    fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
        checkpoint.add_parameters("network", &self.weights)?;
        checkpoint.add_adam("adam", &self.optimiser)
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        checkpoint.restore_parameters("network", &self.weights)?;
        checkpoint.restore_adam("adam", &mut self.optimiser)
    }

    fn snapshot(&self) -> Result<HashMap<String, Candle>> {
        self.weights.tensors()
    }

    fn comparison(&self) -> Option<&'static str> {
        Some(P::COMPARISON)
    }

    fn compare(&mut self, _between: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
        self.part.compare()
    }

    fn samples(&mut self) -> Result<Option<Grid>> {
        self.part.samples().map(Some)
    }
}

/// Parts films into those to learn from and those kept out of training, and says how many there are.
///
/// # Errors
/// When none are left for either.
pub(super) fn parted(
    films: TrainingFilms,
    watch: &mut Watch<'_>,
) -> Result<(TrainingFilms, TrainingFilms)> {
    let all = films.len();
    let (films, held) = films.split(held_out);
    if films.is_empty() || held.is_empty() {
        let (left, purpose) = match films.is_empty() {
            true => (films.len(), "to learn from"),
            false => (held.len(), "to compare epochs on"),
        };
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "of {all} films {left} are left {purpose}: one in ten, chosen by its name, is kept out of training"
            ),
            "Give more films, a few hundred at least.",
        ));
    }
    (watch.report)(TrainingEvent::Films {
        training: films.len(),
        held_out: held.len(),
    });
    Ok((films, held))
}

/// Refuses a preset that none of these networks has.
pub(super) fn unknown_preset(preset: &str, network: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("“{preset}” is no preset of {network}"),
        "Use small or tiny.",
    )
}

/// Stores the snapshot that compared best as `weights` in the run's folder, and returns the file and
/// what is known of how it was made, from `data`.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn store<P: Part>(
    settings: &RunSettings,
    course: &mut Course<'_, PartTraining<P>>,
    (weights, data, films): (&str, &str, usize),
) -> Result<(WeightsFile, TrainingFacts)> {
    let (tensors, choice) = course.chosen()?;
    let path = settings.out.join(weights);
    write_tensors(&path, tensors)?;
    let behind = course.behind();
    let facts = TrainingFacts {
        data: data.to_owned(),
        films,
        command: settings.command.clone(),
        epochs: behind.epochs,
        minutes: behind.minutes,
        begun_with: None,
        device: settings.device.to_string(),
        choice,
        ..TrainingFacts::default()
    };
    Ok((WeightsFile::read(&path)?, facts))
}
