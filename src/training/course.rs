//! The loop that every model trains in: data check → run → compare → keep.
//!
//! A [`Learner`] knows its networks, batches and losses; a [`Course`] takes it through its epochs,
//! with checkpoints, curves, sample pictures and snapshots, stops when the budget is spent or when it
//! is asked to, and goes on where a checkpoint left it, bit for bit on one device.

mod at;
mod epoch;
mod learner;
mod place;
mod shelf;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use candle_core::Tensor;

pub use at::{At, falling};
pub use learner::Learner;
use place::Place;
use shelf::Shelf;

use super::{Behind, Checkpoint, Curves, Lineage, RunSettings, TrainingEvent, Watch};
use crate::compute::interruptible;
use crate::error::{Error, ErrorKind, Result};
use crate::task::Progress;

/// What the loop adds to the losses and the comparison: the share of the time that went into making
/// batches, and the minutes.
pub const LOOP_COLUMNS: [&str; 2] = ["loading", "minutes"];
/// Minutes between two checkpoints.
const CHECKPOINT_MINUTES: f64 = 3.0;
/// A step that takes no longer is waited for when the run is cancelled.
const LONGEST_UNBROKEN: Duration = Duration::from_secs(1);

/// A learner on its way.
pub struct Course<'a, L> {
    settings: &'a RunSettings,
    /// What is being trained.
    pub learner: L,
    place: Place,
    shelf: Shelf,
    /// The minutes at the last epoch's end, to tell an epoch's share of loading.
    since: (f64, f64),
    /// Whether steps take so long that one cannot be waited for; the first may.
    long_steps: bool,
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
            lineage: None,
        };
        let mut course = Self {
            shelf: Shelf::new(&settings.out)?,
            settings,
            learner,
            place,
            since: (0.0, 0.0),
            long_steps: true,
        };
        if settings.resume {
            course.restore()?;
        }
        Ok(course)
    }

    /// Notes what the learner has learnt before. What a run that goes on began with is in its
    /// checkpoint.
    pub fn begun_with(&mut self, lineage: Option<&Lineage>) {
        if !self.settings.resume {
            self.place.lineage = lineage.cloned();
        }
    }

    /// Returns what lies behind the run.
    pub fn behind(&self) -> Behind {
        Behind {
            epochs: self.passes(),
            minutes: self.place.minutes,
            lineage: self.place.lineage.clone(),
        }
    }

    /// Passes over the films, with the part of this one.
    fn passes(&self) -> f64 {
        let done = self.place.batch_in_epoch as f64 / self.learner.steps_per_epoch().max(1) as f64;
        self.place.epoch as f64 + done
    }

    /// Trains until the budget is spent.
    ///
    /// # Errors
    /// When cancelled, after a checkpoint; when a loss is no number; when a file cannot be written.
    pub fn train(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let mut checkpoint_at = self.place.minutes + CHECKPOINT_MINUTES;
        loop {
            if self.place.batch_in_epoch >= self.learner.steps_per_epoch() {
                self.end_epoch(watch)?;
            }
            if self.spent() {
                break;
            }
            if let Err(cancelled) = watch.progress.enter("training", self.share()) {
                self.save()?;
                return Err(cancelled);
            }
            self.timed_step(watch.progress)?;
            (watch.report)(TrainingEvent::Step {
                share: self.share(),
                epoch: self.place.epoch,
                step: self.place.steps,
            });
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
        let present = self.learner.compare(&mut |_| Ok(()))?;
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
        let (place, budget) = (&self.place, &self.settings.budget);
        budget.share(self.passes(), place.steps, place.minutes) as f32
    }

    fn at(&self) -> At {
        At::new(self.settings, &self.place, self.learner.steps_per_epoch())
    }

    /// Takes a step. One that takes long is broken off when it is cancelled, and the run is then
    /// left on disk as it was before it.
    fn timed_step(&mut self, progress: &Progress) -> Result<()> {
        let start = Instant::now();
        let before = match self.long_steps {
            true => Some(self.checkpoint()?),
            false => None,
        };
        match before {
            None => self.step()?,
            Some(before) => {
                let place = self.place.clone();
                if let Err(error) = interruptible(progress, || self.step()) {
                    if error.is_cancelled() {
                        before.write(&self.shelf.checkpoint(), &place)?;
                    }
                    return Err(error);
                }
            }
        }
        let taken = start.elapsed();
        self.long_steps = taken > LONGEST_UNBROKEN;
        self.place.minutes += taken.as_secs_f64() / 60.0;
        Ok(())
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

    fn checkpoint(&self) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint::default();
        self.learner.save(&mut checkpoint)?;
        Ok(checkpoint)
    }

    fn save(&self) -> Result<()> {
        let checkpoint = self.checkpoint()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Device, Stepping, Tensor as Any};
    use crate::training::{Budget, WeightsFolders};

    /// Counts its steps. A step that is told to is cancelled after it has counted and before its
    /// convolution.
    struct Counting {
        steps: f64,
        cancelled_in: Option<(u64, Progress)>,
    }

    impl Learner for Counting {
        fn losses(&self) -> &'static [&'static str] {
            &["none"]
        }

        fn steps_per_epoch(&self) -> usize {
            2
        }

        fn step(&mut self, at: &At) -> Result<Vec<Option<f64>>> {
            self.steps += 1.0;
            if let Some((step, progress)) = &self.cancelled_in
                && *step == at.step
            {
                progress.cancel();
            }
            let of = |shape: &[usize]| Any::from_samples(vec![0.5; shape.iter().product()], shape);
            let stepping = Stepping {
                stride: 1,
                padding: 1,
            };
            of(&[1, 1, 8, 8])?.convolve(&of(&[1, 1, 3, 3])?, None, stepping)?;
            Ok(vec![Some(0.0)])
        }

        fn save(&self, checkpoint: &mut Checkpoint) -> Result<()> {
            checkpoint.add_numbers("steps", &[self.steps])
        }

        fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
            self.steps = checkpoint.numbers("steps")?[0];
            Ok(())
        }

        fn snapshot(&self) -> Result<HashMap<String, Tensor>> {
            Ok(HashMap::new())
        }
    }

    fn settings(out: &std::path::Path, resume: bool) -> RunSettings {
        RunSettings {
            normal: out.to_owned(),
            abnormal: None,
            mixture: None,
            masks: None,
            from: None,
            packing: None,
            preset: "tiny".to_owned(),
            device: Device::Cpu,
            budget: Budget {
                steps: Some(4),
                ..Budget::default()
            },
            seed: 1,
            resume,
            out: out.to_owned(),
            command: "a test".to_owned(),
            weights: WeightsFolders::only(out),
        }
    }

    fn train(settings: &RunSettings, learner: Counting) -> (Result<()>, f64, u64) {
        let cancelled_in = learner.cancelled_in.as_ref();
        let progress = cancelled_in.map_or_else(Progress::new, |(_, progress)| progress.clone());
        let mut course = Course::new(settings, "counting", 1, learner).unwrap();
        course.long_steps = true;
        let result = course.train(&mut Watch {
            progress: &progress,
            report: &mut |_| {},
        });
        (result, course.learner.steps, course.place.steps)
    }

    #[test]
    fn a_step_that_is_broken_off_never_happened() {
        let folder = tempfile::tempdir().unwrap();
        let cancelled = Counting {
            steps: 0.0,
            cancelled_in: Some((0, Progress::new())),
        };
        let (result, counted, place) = train(&settings(folder.path(), false), cancelled);
        assert!(result.is_err_and(|error| error.is_cancelled()));
        assert_eq!((counted, place), (1.0, 0));
        let resumed = Counting {
            steps: 9.0,
            cancelled_in: None,
        };
        let (result, counted, place) = train(&settings(folder.path(), true), resumed);
        assert_eq!((result, counted, place), (Ok(()), 4.0, 4));
    }
}
