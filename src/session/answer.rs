//! What one model says about one film, as far as it has been asked.

use std::sync::Arc;

use super::{Cut, Reading, RegionsKey};
use crate::anomaly::{Finding, ModelId, Outcome, Region};
use crate::error::Error;
use crate::inference::{Reply, Request, Worker};
use crate::radiograph::{Derivation, PixelSpacing};
use crate::task::Task;

/// How far the analysis of a film by one model is.
#[derive(Default)]
pub enum Analysis {
    /// Nobody asked for one, or its result has arrived.
    #[default]
    None,
    /// It is queued or running.
    Running(Box<Task<Reply>>),
    /// The user stopped it.
    Cancelled,
    /// The model was not asked: the film is not what it was made for.
    Held(Vec<Finding>),
    /// It failed.
    Failed(Error),
}

/// What one model says about one film.
#[derive(Default)]
pub struct Answer {
    /// The analysis asked for last.
    pub analysis: Analysis,
    /// The last result; a run that fails or is cancelled leaves it standing.
    pub outcome: Option<Arc<Outcome>>,
    /// The regions above this model's present threshold.
    pub regions: Vec<Region>,
    pub(super) regions_key: Option<RegionsKey>,
}

impl Answer {
    /// Returns the running analysis.
    pub fn running(&self) -> Option<&Task<Reply>> {
        match &self.analysis {
            Analysis::Running(task) => Some(task),
            _ => None,
        }
    }

    /// Reports whether there is a result, or one on its way, or one that was kept back.
    pub(super) fn was_asked(&self) -> bool {
        let asked = matches!(self.analysis, Analysis::Running(_) | Analysis::Held(_));
        asked || self.outcome.is_some()
    }

    /// Stops the analysis under way, if there is one.
    pub(super) fn cancel(&mut self) {
        if self.running().is_some() {
            self.analysis = Analysis::Cancelled;
        }
    }

    /// Takes in the result of a finished analysis; returns whether there was one.
    pub(super) fn poll(&mut self) -> bool {
        if self.running().is_none_or(|task| task.ready().is_none()) {
            return false;
        }
        if let Analysis::Running(task) = std::mem::take(&mut self.analysis) {
            match task.take() {
                Ok(Ok(Reply::Outcome(outcome))) => self.outcome = Some(Arc::from(outcome)),
                Ok(Ok(Reply::Held(findings))) => {
                    self.outcome = None;
                    self.analysis = Analysis::Held(findings);
                }
                Ok(Err(error)) if error.is_cancelled() => self.analysis = Analysis::Cancelled,
                Ok(Err(error)) => self.analysis = Analysis::Failed(error),
                Err(task) => self.analysis = Analysis::Running(Box::new(task)),
            }
        }
        true
    }

    /// Computes the regions anew where the cut has changed.
    pub(super) fn follow(&mut self, cut: Option<&Cut>, spacing: Option<&PixelSpacing>) {
        let key = cut.map(Cut::key);
        if key != self.regions_key {
            self.regions = cut.map_or_else(Vec::new, |cut| cut.regions(spacing));
            self.regions_key = key;
        }
    }
}

impl Reading {
    /// Queues an analysis of the film by a model, on the film's terms; nothing while the film is not
    /// open.
    pub(super) fn ask(&mut self, worker: &Worker, model: &ModelId) {
        let Some(film) = self.open_film().map(|open| &open.film) else {
            return;
        };
        let derivation = film.source.derivation.as_ref();
        if let Some(refusal) = derivation.and_then(Derivation::refusal) {
            self.answer_mut(model).analysis = Analysis::Failed(refusal);
            return;
        }
        let task = worker.submit(Request {
            film: film.radiograph.clone(),
            model: model.clone(),
            terms: self.admission.terms(&film.source),
        });
        self.answer_mut(model).analysis = Analysis::Running(Box::new(task));
    }

    /// Stops every analysis of this film.
    pub(super) fn cancel_analyses(&mut self) {
        self.answers.values_mut().for_each(Answer::cancel);
    }

    /// Stops a model's analysis of this film.
    pub(super) fn cancel_analysis(&mut self, model: &ModelId) {
        if let Some(answer) = self.answers.get_mut(model) {
            answer.cancel();
        }
    }
}
