//! One training run on a thread of its own.

use std::sync::{Arc, Mutex, PoisonError};

use super::{SampleGrid, TrainingDraft, TrainingLog};
use crate::error::{Error, ErrorKind, Result};
use crate::inference::Models;
use crate::session::Notice;
use crate::task::{Progress, Task, Wake};
use crate::training::{TrainingEvent, Watch};

/// How far a run is.
pub enum TrainingState {
    /// It is under way; or it was asked to stop and writes its checkpoint.
    Running(Task<()>),
    /// It was stopped after a checkpoint, and can be resumed.
    Stopped,
    /// Its budget is spent; weights and card are written.
    Done,
    /// It failed.
    Failed(Error),
}

/// A training run, under way or ended.
pub struct TrainingRun {
    /// What it was told.
    pub draft: TrainingDraft,
    /// How far it is.
    pub state: TrainingState,
    log: Arc<Mutex<TrainingLog>>,
}

impl TrainingRun {
    /// Starts a run; everything that can fail fails on its thread.
    pub(super) fn start(
        models: Arc<dyn Models>,
        draft: TrainingDraft,
        resume: bool,
        wake: Wake,
    ) -> Self {
        let log = Arc::new(Mutex::new(TrainingLog::default()));
        let (told, heard) = (draft.clone(), log.clone());
        let waking = wake.clone();
        let task = Task::spawn("training", wake, move |progress| {
            let listener = Listener {
                log: heard,
                wake: waking,
            };
            train(&*models, &told, resume, (progress, &listener))
        });
        Self {
            draft,
            state: TrainingState::Running(task),
            log,
        }
    }

    /// Reports whether the run is under way.
    pub fn running(&self) -> bool {
        matches!(self.state, TrainingState::Running(_))
    }

    /// Returns the progress of a run under way.
    pub fn progress(&self) -> Option<&Progress> {
        match &self.state {
            TrainingState::Running(task) => Some(task.progress()),
            _ => None,
        }
    }

    /// Reports whether a run under way was asked to stop.
    pub fn stopping(&self) -> bool {
        self.progress().is_some_and(Progress::cancelled)
    }

    /// Returns a copy of what the run has told so far.
    pub fn log(&self) -> TrainingLog {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.clone()
    }

    /// Asks the run to stop. It stays until its checkpoint is written.
    pub(super) fn stop(&mut self) {
        if let Some(progress) = self.progress() {
            progress.cancel();
        }
    }

    /// Takes in the run's end; returns whether it has just come.
    pub(super) fn poll(&mut self) -> bool {
        let TrainingState::Running(task) = &self.state else {
            return false;
        };
        let Some(ended) = task.ready().cloned() else {
            return false;
        };
        self.state = match ended {
            Ok(()) => TrainingState::Done,
            Err(error) if error.is_cancelled() => TrainingState::Stopped,
            Err(error) => TrainingState::Failed(error),
        };
        true
    }

    /// Returns what to tell the user of the run's end.
    pub(super) fn notice(&self) -> Option<Notice> {
        match &self.state {
            TrainingState::Running(_) | TrainingState::Stopped => None,
            TrainingState::Done => Some(Notice::done(
                "Training has ended; weights and card are in the output folder.".to_owned(),
            )),
            TrainingState::Failed(error) => Some(Notice::error(error)),
        }
    }
}

/// Who writes down what a run tells.
struct Listener {
    log: Arc<Mutex<TrainingLog>>,
    wake: Wake,
}

impl Listener {
    fn change(&self, change: impl FnOnce(&mut TrainingLog)) {
        change(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn train(
    models: &dyn Models,
    draft: &TrainingDraft,
    resume: bool,
    (progress, listener): (&Progress, &Listener),
) -> Result<()> {
    let model = draft.model.as_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "no model is chosen to be trained",
            "Choose one in the form.",
        )
    })?;
    let settings = draft.settings(draft.device.open_for_training()?, resume)?;
    let out = settings.out.clone();
    let look_at_samples = || {
        let samples = SampleGrid::read(&out).map(Arc::new);
        listener.change(|log| log.samples = samples.or(log.samples.take()));
        (listener.wake)();
    };
    // The pictures of an epoch are written after its event: they are there at the next step.
    let mut written = resume;
    if resume {
        listener.change(|log| *log = TrainingLog::resumed(&out));
    }
    let mut report = |event: TrainingEvent<'_>| {
        listener.change(|log| log.hear(event));
        match event {
            TrainingEvent::Step { .. } if written => {
                written = false;
                look_at_samples();
            }
            TrainingEvent::Step { .. } => {}
            TrainingEvent::Epoch { .. } => written = true,
            TrainingEvent::Films { .. } | TrainingEvent::LeftOut { .. } => (listener.wake)(),
        }
    };
    let ended = models.train(
        model,
        settings,
        &mut Watch {
            progress,
            report: &mut report,
        },
    );
    look_at_samples();
    ended
}
