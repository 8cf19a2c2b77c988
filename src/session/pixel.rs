//! The film as it is shown just now, pixel by pixel and in its counts.

use std::sync::Arc;

use super::{OpenFilm, Reading};
use crate::radiograph::{Histogram, PipelineStage, PointSample, Shown, VoiOrigin};
use crate::task::{Task, Wake};

/// The counting of a film's samples.
#[derive(Default)]
pub(super) enum Counting {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// It runs.
    Running(Task<Arc<Histogram>>),
    /// It is done.
    Done(Arc<Histogram>),
}

impl OpenFilm {
    /// Returns the curve and the polarity in use.
    pub fn shown(&self) -> Shown<'_> {
        let presentation = &self.presentation;
        let preset = presentation.preset;
        let preset = preset.and_then(|index| presentation.presets.get(index));
        Shown {
            voi: &presentation.voi,
            origin: preset.map_or(VoiOrigin::Chosen, |preset| preset.origin),
            polarity: presentation.polarity(),
            inverted: presentation.inverted,
        }
    }

    /// Names the stages from stored sample to grey as the film is shown.
    pub fn stages(&self) -> Vec<PipelineStage> {
        self.film.pipeline.stages(&self.shown())
    }

    /// Follows the pixel at a column and a row through the stages as the film is shown.
    pub fn follow(&self, at: (usize, usize)) -> PointSample {
        self.film.follow(&self.shown(), at)
    }
}

impl Reading {
    /// Returns how often each value occurs; `None` while nobody asked or the counting runs.
    pub fn histogram(&self) -> Option<&Histogram> {
        match &self.counting {
            Counting::Done(histogram) => Some(histogram),
            Counting::NotAsked | Counting::Running(_) => None,
        }
    }

    /// Reports whether the film's samples are still to be counted and nobody asked for it.
    pub fn uncounted(&self) -> bool {
        self.open_film().is_some() && matches!(self.counting, Counting::NotAsked)
    }

    /// Counts the film's samples on a thread of its own, once.
    pub(super) fn count(&mut self, wake: Wake) {
        if let Some(open) = self.open_film().filter(|_| self.uncounted()) {
            let film = open.film.radiograph.clone();
            let count = move |_: &_| Ok(Arc::new(Histogram::of(&film)));
            self.counting = Counting::Running(Task::spawn("counting", wake, count));
        }
    }

    pub(super) fn poll_counting(&mut self) -> bool {
        let (counting, news) = match std::mem::take(&mut self.counting) {
            Counting::Running(task) => match task.take() {
                Ok(Ok(histogram)) => (Counting::Done(histogram), true),
                // Asked for again when somebody looks.
                Ok(Err(_)) => (Counting::NotAsked, true),
                Err(task) => (Counting::Running(task), false),
            },
            still => (still, false),
        };
        self.counting = counting;
        news
    }
}
