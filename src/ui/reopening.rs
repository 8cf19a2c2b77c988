//! When the GPU that draws the window is lost, nothing can be drawn any more, not even why: the program
//! is started once more with what was open.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use super::Window;
use crate::compute::GpuWatch;
use crate::session::{Command, Session, WeightsCommand};

/// What a window leaves when its GPU is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// What the driver said.
    pub story: String,
    /// The files of the film list, in their order.
    pub files: Vec<PathBuf>,
    /// The reading as it was, where it was saved.
    pub saved: Option<PathBuf>,
    /// The folder of weights that was chosen in the window, where one was.
    pub weights: Option<PathBuf>,
}

/// What would be left if the window ended now.
#[derive(Default)]
struct Left {
    /// The films on the list when its files were looked up.
    films: usize,
    interrupted: Interrupted,
}

/// What a window and who opened it know of each other's end.
pub struct Lifeline {
    /// Where the reading is saved; nowhere without one.
    folder: Option<PathBuf>,
    watch: OnceLock<GpuWatch>,
    left: Mutex<Left>,
    reopen: Box<dyn Fn(Interrupted) + Send + Sync>,
}

impl Lifeline {
    /// Has the reading of a lost window saved in a folder and the window opened again by `reopen`, which
    /// usually ends this process.
    pub fn new(
        folder: Option<PathBuf>,
        reopen: impl Fn(Interrupted) + Send + Sync + 'static,
    ) -> Self {
        Self {
            folder,
            watch: OnceLock::new(),
            left: Mutex::default(),
            reopen: Box::new(reopen),
        }
    }

    pub(super) fn watch(&self, watch: &GpuWatch) {
        self.watch.set(watch.clone()).ok();
    }

    /// Remembers what is open, for an end that leaves no time to look.
    pub(super) fn remember(&self, session: &Session) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        // Thousands of paths are not compared in every frame.
        let films = session.readings().len();
        if left.films != films {
            left.films = films;
            left.interrupted.files = session.files().collect();
        }
        let weights = session.chosen_weights();
        if left.interrupted.weights.as_deref() != weights {
            left.interrupted.weights = weights.map(ToOwned::to_owned);
        }
    }

    /// Saves what can be saved and has the window opened again.
    pub(super) fn reopen(&self, session: &mut Session, story: &str) {
        let (files, weights) = (session.files().collect(), session.chosen_weights());
        (self.reopen)(Interrupted {
            story: story.to_owned(),
            files,
            weights: weights.map(ToOwned::to_owned),
            saved: session.leave(self.folder.as_deref()),
        });
    }

    /// Has the window opened again after drawing panicked, if that was because its GPU was lost;
    /// reports whether it was.
    pub(super) fn caught(&self) -> bool {
        let Some(story) = self.watch.get().and_then(GpuWatch::lost) else {
            return false;
        };
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        (self.reopen)(Interrupted {
            story: story.to_owned(),
            ..left.interrupted.clone()
        });
        true
    }
}

impl Window {
    /// Has the window opened again when the GPU that draws it is lost; without this, it ends there.
    pub fn reopening(mut self, lifeline: Arc<Lifeline>) -> Self {
        if let Some(watch) = &self.watch {
            lifeline.watch(watch);
        }
        self.lifeline = Some(lifeline);
        self
    }

    /// Takes up what a window left that was lost with its GPU, and says so; the films are those that
    /// this one was made with.
    pub fn in_place_of(mut self, lost: Interrupted) -> Self {
        self.session.warn_of_loss(&lost.story);
        if let Some(folder) = lost.weights {
            let weights = WeightsCommand::Use(folder);
            self.session.apply(Command::Weights(weights));
        }
        if let Some(saved) = lost.saved {
            self.session.take_up(saved);
        }
        self
    }

    /// Looks after the GPU that draws.
    pub(super) fn tend_gpu(&mut self) {
        if let Some(refusal) = self.watch.as_ref().and_then(GpuWatch::refusal) {
            self.session.warn_of_refusal(&refusal);
        }
        let Some(lifeline) = &self.lifeline else {
            return;
        };
        lifeline.remember(&self.session);
        let lost = self.watch.as_ref().and_then(GpuWatch::lost);
        if let Some(story) = lost.map(str::to_owned)
            && let Some(lifeline) = self.lifeline.take()
        {
            lifeline.reopen(&mut self.session, &story);
        }
    }
}
