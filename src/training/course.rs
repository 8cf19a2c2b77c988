//! The loop that every model trains in: data check → run → compare → keep.
//!
//! A [`Learner`] knows its networks, batches and losses; a [`Course`] takes it through its epochs,
//! with checkpoints, curves, sample pictures and snapshots, stops when the budget is spent or when it
//! is asked to, and goes on where a checkpoint left it, bit for bit on one device.

mod at;
mod learner;
mod place;
mod shelf;

use std::collections::HashMap;
use std::time::Instant;

use candle_core::Tensor;

pub use at::{At, falling};
pub use learner::Learner;
use place::Place;
use shelf::Shelf;

use super::{Checkpoint, Curves, RunSettings, TrainingEvent, Watch};
use crate::error::{Error, ErrorKind, Result};

/// What the loop adds to the losses and the comparison: the share of the time that went into making
/// batches, and the minutes.
pub const LOOP_COLUMNS: [&str; 2] = ["loading", "minutes"];
/// Minutes between two checkpoints.
const CHECKPOINT_MINUTES: f64 = 3.0;

/// A learner on its way.
pub struct Course<'a, L> {
    settings: &'a RunSettings,
    /// What is being trained.
    pub learner: L,
    place: Place,
    shelf: Shelf,
    /// The minutes at the last epoch's end, to tell an epoch's share of loading.
    since: (f64, f64),
}

impl<'a, L: Learner> Course<'a, L> {
    /// Begins a run of `model` on `films` films, or takes it up where its checkpoint left it.
    ///
    /// # Errors
    /// When the output folder cannot be written or the checkpoint is of another run.
    pub fn new(settings: &'a RunSettings, model: &str, films: usize, learner: L) -> Result<Self> {
        let columns: Vec<&str> = columns(&learner);
        let place = Place {
            model: model.to_owned(),
            preset: settings.preset.clone(),
            seed: settings.seed,
            films,
            epoch: 0,
            batch_in_epoch: 0,
            steps: 0,
            minutes: 0.0,
            loading_minutes: 0.0,
            sums: vec![0.0; learner.losses().len()],
            counts: vec![0; learner.losses().len()],
            curves: Curves::new(&columns),
            choices: Vec::new(),
        };
        let mut course = Self {
            shelf: Shelf::new(&settings.out)?,
            settings,
            learner,
            place,
            since: (0.0, 0.0),
        };
        if settings.resume {
            course.restore()?;
        }
        Ok(course)
    }

    /// Returns the epochs and minutes behind the run.
    pub fn cost(&self) -> (f64, f64) {
        let done = self.place.batch_in_epoch as f64 / self.learner.steps_per_epoch().max(1) as f64;
        (self.place.epoch as f64 + done, self.place.minutes)
    }

    /// Trains until the budget is spent.
    ///
    /// # Errors
    /// When cancelled, after a checkpoint; when a loss is no number; when a file cannot be written.
    pub fn train(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let mut since_step = Instant::now();
        let mut checkpoint_at = self.place.minutes + CHECKPOINT_MINUTES;
        while !self.spent() {
            if let Err(cancelled) = watch.progress.enter("training", self.share()) {
                self.save()?;
                return Err(cancelled);
            }
            self.step()?;
            self.place.minutes += since_step.elapsed().as_secs_f64() / 60.0;
            since_step = Instant::now();
            (watch.report)(TrainingEvent::Step {
                share: self.share(),
                epoch: self.place.epoch,
                step: self.place.steps,
            });
            if self.place.batch_in_epoch >= self.learner.steps_per_epoch() {
                self.end_epoch(watch)?;
            }
            if self.place.minutes >= checkpoint_at {
                self.save()?;
                checkpoint_at = self.place.minutes + CHECKPOINT_MINUTES;
            }
        }
        self.write_curves()?;
        self.save()
    }

    /// Returns the snapshots of an epoch, counted from 1, and of those `back` before it that are
    /// still kept.
    ///
    /// # Errors
    /// When a snapshot cannot be read.
    pub fn snapshots(&self, epoch: u64, back: &[u64]) -> Result<Vec<HashMap<String, Tensor>>> {
        let epochs = back.iter().filter_map(|back| epoch.checked_sub(*back));
        epochs
            .filter_map(|epoch| self.shelf.snapshot(epoch).transpose())
            .collect()
    }

    /// Returns the networks that compared best, an epoch's or the present ones, and words on that
    /// choice. Without a comparison the present ones are the best.
    ///
    /// # Errors
    /// When a snapshot cannot be read or a tensor operation fails.
    pub fn chosen(&mut self) -> Result<(HashMap<String, Tensor>, String)> {
        let last = format!("the last step's, {}", self.place.steps);
        let Some(name) = self.learner.comparison() else {
            return Ok((self.learner.snapshot()?, last));
        };
        let at = self.at();
        let present = self.learner.compare(&at)?;
        match self.best() {
            Some((epoch, best)) if best >= present => {
                if let Some(tensors) = self.shelf.snapshot(epoch)? {
                    return Ok((tensors, format!("epoch {epoch}'s, best {name} {best:.3}")));
                }
                Ok((self.learner.snapshot()?, last))
            }
            _ => Ok((
                self.learner.snapshot()?,
                format!("{last}, best {name} {present:.3}"),
            )),
        }
    }

    /// Returns the number of whole epochs.
    pub fn epochs(&self) -> u64 {
        self.place.epoch
    }

    /// Returns the epoch that compared best and how it compared, where the model can tell.
    pub fn best(&self) -> Option<(u64, f64)> {
        let choices = self.place.choices.iter().copied();
        choices.max_by(|a, b| a.1.total_cmp(&b.1))
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

    fn at(&self) -> At {
        At::new(self.settings, &self.place, self.learner.steps_per_epoch())
    }

    fn step(&mut self) -> Result<()> {
        let at = self.at();
        let losses = self.learner.step(&at)?;
        for (index, loss) in losses.into_iter().enumerate() {
            let Some(loss) = loss else { continue };
            if !loss.is_finite() {
                return Err(not_a_number(self.learner.losses()[index], self.place.steps));
            }
            self.place.sums[index] += loss;
            self.place.counts[index] += 1;
        }
        self.place.loading_minutes += at.loading_minutes();
        self.place.steps += 1;
        self.place.batch_in_epoch += 1;
        Ok(())
    }

    fn end_epoch(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let since_compare = Instant::now();
        self.place.epoch += 1;
        self.place.batch_in_epoch = 0;
        let at = self.at();
        let choice = match self.learner.comparison() {
            Some(_) => Some(self.learner.compare(&at)?),
            None => None,
        };
        self.place.minutes += since_compare.elapsed().as_secs_f64() / 60.0;
        let place = &mut self.place;
        let pairs = place.sums.iter().zip(&place.counts);
        let mut numbers: Vec<f64> = pairs
            .map(|(sum, count)| sum / (*count).max(1) as f64)
            .collect();
        let (minutes, loading) = (
            place.minutes - self.since.0,
            place.loading_minutes - self.since.1,
        );
        self.since = (place.minutes, place.loading_minutes);
        let loading = loading / minutes.max(1e-9);
        numbers.extend(choice);
        numbers.extend([loading, place.minutes]);
        place.sums.fill(0.0);
        place.counts.fill(0);
        place
            .choices
            .extend(choice.map(|choice| (place.epoch, choice)));
        (watch.report)(TrainingEvent::Epoch {
            epoch: place.epoch,
            names: &columns(&self.learner),
            numbers: &numbers,
        });
        place.curves.add(place.epoch, numbers);
        self.write_curves()?;
        self.keep()
    }

    /// Keeps this epoch's networks and pictures, and lets go of older ones.
    fn keep(&mut self) -> Result<()> {
        self.shelf.add(self.place.epoch, self.learner.snapshot()?)?;
        self.shelf.thin(self.best().map(|best| best.0))?;
        match self.learner.samples()? {
            Some(grid) => grid.write(&self.settings.out.join("samples.png")),
            None => Ok(()),
        }
    }

    fn write_curves(&self) -> Result<()> {
        let (out, curves) = (&self.settings.out, &self.place.curves);
        curves.write_csv(&out.join("log.csv"))?;
        if self.place.epoch < 2 {
            return Ok(());
        }
        let title = format!("{}, training losses", self.place.model);
        curves.write_picture(&out.join("curves.png"), &title, self.learner.losses().len())
    }

    fn save(&self) -> Result<()> {
        let mut checkpoint = Checkpoint::default();
        self.learner.save(&mut checkpoint)?;
        checkpoint.write(&self.shelf.checkpoint(), &self.place)
    }

    fn restore(&mut self) -> Result<()> {
        let (checkpoint, place): (_, Place) = Checkpoint::read(&self.shelf.checkpoint())?;
        let key = |place: &Place| {
            format!(
                "{}, preset {}, seed {}, {} films",
                place.model, place.preset, place.seed, place.films
            )
        };
        let (stored, now) = (key(&place), key(&self.place));
        if stored != now {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the checkpoint is of {stored}; this run is of {now}"),
                "Resume with the options the run was started with.",
            ));
        }
        self.learner.restore(&checkpoint)?;
        self.since = (place.minutes, place.loading_minutes);
        self.place = place;
        Ok(())
    }
}

fn columns(learner: &impl Learner) -> Vec<&'static str> {
    let comparison = learner.comparison();
    [learner.losses(), comparison.as_slice(), &LOOP_COLUMNS].concat()
}

fn not_a_number(loss: &str, step: u64) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the {loss} loss is no number at step {step}"),
        "Go on from the last checkpoint with --resume, or start again with another seed.",
    )
}
