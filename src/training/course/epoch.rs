//! What happens at an epoch's end: comparing, logging, keeping.

use std::time::Instant;

use super::{Course, Learner, columns};
use crate::compute::interruptible;
use crate::error::Result;
use crate::task::Progress;
use crate::training::{TrainingEvent, Watch};

impl<L: Learner> Course<'_, L> {
    pub(super) fn end_epoch(&mut self, watch: &mut Watch<'_>) -> Result<()> {
        let since_compare = Instant::now();
        let choice = match self.compared(watch.progress) {
            Err(error) if error.is_cancelled() => {
                self.save()?;
                return Err(error);
            }
            choice => choice?,
        };
        self.place.epoch += 1;
        self.place.batch_in_epoch = 0;
        self.place.minutes += since_compare.elapsed().as_secs_f64() / 60.0;
        let place = &mut self.place;
        let pairs = place.sums.iter().zip(&place.counts);
        // A loss that no step had, as in another phase of the run, is no number; 0 would be one.
        let mut numbers: Vec<Option<f64>> = pairs
            .map(|(sum, &count)| (count > 0).then(|| sum / count as f64))
            .collect();
        let (minutes, loading) = (
            place.minutes - self.since.0,
            place.loading_minutes - self.since.1,
        );
        self.since = (place.minutes, place.loading_minutes);
        let loading = loading / minutes.max(1e-9);
        numbers.extend(choice.map(Some));
        numbers.extend([loading, place.minutes].map(Some));
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

    fn compared(&mut self, progress: &Progress) -> Result<Option<f64>> {
        if self.learner.comparison().is_none() {
            return Ok(None);
        }
        let share = self.share();
        let between = &mut |_: f32| progress.enter("comparing", share);
        let choice = interruptible(progress, || self.learner.compare(between));
        Ok(Some(choice?))
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

    pub(super) fn write_curves(&self) -> Result<()> {
        let (out, curves) = (&self.settings.out, &self.place.curves);
        curves.write_csv(&out.join("log.csv"))?;
        if self.place.epoch < 2 {
            return Ok(());
        }
        let title = format!("{}, training losses", self.place.model);
        curves.write_picture(&out.join("curves.png"), &title, self.learner.losses().len())
    }
}
