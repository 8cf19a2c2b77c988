//! Training in the window: what a run is to be, the run under way, and what it has told so far.
//!
//! A run has a thread of its own and never touches the analysis worker. Its form and its curves
//! outlive the panel that shows them; none of its folders is kept beyond the session.

mod draft;
mod log;
mod run;

pub use draft::{PRESETS, TrainingDraft, TrainingEnd, TrainingFolder};
pub use log::{SampleGrid, TrainingLog};
pub use run::{TrainingRun, TrainingState};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Notice;
use super::errands::pick_folder;
use crate::error::{Error, ErrorKind};
use crate::inference::{Listing, Models};
use crate::task::{Task, Wake};

/// Something the user did about training.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingCommand {
    /// Changes what a run is to be.
    Draft(Box<TrainingDraft>),
    /// Shows the system's dialog for one of its folders.
    Browse(TrainingFolder),
    /// Starts a run as drafted.
    Start,
    /// Takes up the run that the drafted output folder holds.
    Resume,
    /// Stops the run under way, after a checkpoint.
    Stop,
}

/// The training of models.
pub struct Trainer {
    /// What can be trained.
    pub listings: Vec<Listing>,
    /// What the next run is to be.
    pub draft: TrainingDraft,
    /// The run under way, or the last one.
    pub run: Option<TrainingRun>,
    dialog: Option<(TrainingFolder, Task<Option<PathBuf>>)>,
    models: Arc<dyn Models>,
}

impl Trainer {
    pub(super) fn new(models: Arc<dyn Models>) -> Self {
        let listings = models.trainable();
        Self {
            draft: TrainingDraft::new(listings.first().map(|listing| listing.id.clone())),
            listings,
            run: None,
            dialog: None,
            models,
        }
    }

    /// Trains with models from another source from the next run on.
    pub(super) fn change(&mut self, models: Arc<dyn Models>) {
        self.models = models;
    }

    /// Reports whether a run is under way.
    pub fn running(&self) -> bool {
        self.run.as_ref().is_some_and(TrainingRun::running)
    }

    /// Carries out a command; returns what to tell the user at once.
    pub(super) fn apply(&mut self, command: TrainingCommand, wake: &Wake) -> Option<Notice> {
        match command {
            TrainingCommand::Draft(draft) => self.draft = *draft,
            TrainingCommand::Browse(folder) => {
                let task = Task::spawn("dialog", wake.clone(), pick_folder);
                self.dialog = Some((folder, task));
            }
            TrainingCommand::Start | TrainingCommand::Resume if self.running() => {
                return Some(Notice::error(&Error::new(
                    ErrorKind::Usage,
                    "a model is being trained already",
                    "Wait for it to end, or cancel it.",
                )));
            }
            TrainingCommand::Start => self.start(false, wake),
            TrainingCommand::Resume => self.start(true, wake),
            TrainingCommand::Stop => {
                if let Some(run) = &mut self.run {
                    run.stop();
                }
            }
        }
        None
    }

    fn start(&mut self, resume: bool, wake: &Wake) {
        let run = TrainingRun::start(
            self.models.clone(),
            self.draft.clone(),
            resume,
            wake.clone(),
        );
        self.run = Some(run);
    }

    /// Takes in what a dialog or a run has brought; returns whether there was something, and adds
    /// what to tell the user.
    pub(super) fn poll(&mut self, notices: &mut Vec<Notice>) -> bool {
        let mut news = false;
        if let Some((folder, task)) = self.dialog.take() {
            match task.take() {
                Ok(picked) => {
                    news = true;
                    match picked {
                        Ok(Some(path)) => self.draft.set_folder(folder, path.display().to_string()),
                        Ok(None) => {}
                        Err(error) => notices.push(Notice::error(&error)),
                    }
                }
                Err(task) => self.dialog = Some((folder, task)),
            }
        }
        if let Some(run) = &mut self.run
            && run.poll()
        {
            news = true;
            notices.extend(run.notice());
        }
        news
    }

    /// Stops the run under way and waits until its checkpoint is written, but not for ever.
    pub(super) fn finish(&mut self, patience: Duration) {
        let Some(run) = self.run.as_mut().filter(|run| run.running()) else {
            return;
        };
        run.stop();
        let start = Instant::now();
        while run.running() && start.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
            run.poll();
        }
    }
}

#[cfg(test)]
mod tests;
