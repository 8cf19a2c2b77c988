//! Weights before those that the program starts with: of the user's own, those of a training run, say, or
//! the program's own that learnt from adults.
//!
//! They hold until the window closes; no folder is kept beyond the session.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::errands::pick_folder;
use super::{Notice, Reading, Session};
use crate::anomaly::{Doubt, ModelId, Outcome};
use crate::error::Error;
use crate::inference::Models;
use crate::models::stated_age;
use crate::task::{Task, Wake};

/// Something the user did about weights.
#[derive(Clone, Debug, PartialEq)]
pub enum WeightsCommand {
    /// Shows the system's dialog for a folder of weights.
    Browse,
    /// Takes what a folder has before all other weights.
    Use(PathBuf),
    /// Takes the program's weights that learnt from adults before all other weights.
    Adults,
    /// Goes back to the weights that the program started with.
    Bundled,
}

/// Whose weights a model has that are not those of the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The user's.
    Own,
    /// The program's, and they learnt from adults.
    Adults,
}

/// Whose weights the models have.
pub(super) struct Weights {
    /// The models as the program started with them.
    started: Arc<dyn Models>,
    now: Arc<dyn Models>,
    /// The folder of the program's weights that learnt from adults, and the models that it has, with
    /// their weights' hashes.
    adults: Option<(PathBuf, Vec<(ModelId, String)>)>,
    /// The folder that was taken last, where one was.
    folder: Option<PathBuf>,
    /// The models that have other weights than at the start.
    own: BTreeSet<ModelId>,
    dialog: Option<Task<Option<PathBuf>>>,
}

impl Weights {
    pub(super) fn new(models: Arc<dyn Models>) -> Self {
        Self {
            adults: models.for_adults(),
            started: models.clone(),
            now: models,
            folder: None,
            own: BTreeSet::new(),
            dialog: None,
        }
    }

    fn browse(&mut self, wake: &Wake) {
        self.dialog = Some(Task::spawn("dialog", wake.clone(), pick_folder));
    }
}

impl Session {
    /// Returns the folder of weights that was chosen last, the user's own or the program's for adults.
    pub fn chosen_weights(&self) -> Option<&Path> {
        self.weights.folder.as_deref()
    }

    /// Returns whose weights a model has, or is shown films by: the user's where they were chosen, the
    /// program's for adults wherever they are in use, which their hash tells; `None` otherwise.
    pub fn whose_weights(&self, model: &ModelId) -> Option<Whose> {
        // Nobody's yet, until the card is read.
        let card = self.shelf.card(model)?.ok()?;
        let mut adults = self.weights.adults.iter().flat_map(|(_, models)| models);
        match adults.any(|(adults, sha256)| adults == model && *sha256 == card.sha256) {
            true => Some(Whose::Adults),
            false => self.weights.own.contains(model).then_some(Whose::Own),
        }
    }

    /// Returns the models that know adults once the program's weights for them are taken; none where
    /// they have been.
    pub fn would_know_adults(&self) -> Vec<ModelId> {
        let models = self.weights.adults.iter().flat_map(|(_, models)| models);
        let models = models.map(|(model, _)| model);
        let children = models.filter(|model| self.whose_weights(model) != Some(Whose::Adults));
        children.cloned().collect()
    }

    /// Returns a model to ask with the program's weights for adults, where the one that answered may not
    /// know patients of this age and this one is no child.
    pub fn asked_for_adults(&self, reading: &Reading, outcome: &Outcome) -> Option<ModelId> {
        const GROWN_UP_YEARS: f32 = 18.0;
        let age = stated_age(&reading.open_film()?.film.source);
        let doubted = outcome.gate.iter().any(|doubt| doubt.kind == Doubt::Age);
        let grown_up = age.is_none_or(|age| age >= GROWN_UP_YEARS);
        self.would_know_adults()
            .into_iter()
            .next()
            .filter(|_| doubted && grown_up)
    }

    pub(super) fn choose_weights(&mut self, command: WeightsCommand) {
        match command {
            WeightsCommand::Browse => self.weights.browse(&self.wake),
            WeightsCommand::Adults => {
                if let Some((folder, _)) = self.weights.adults.clone() {
                    self.choose_weights(WeightsCommand::Use(folder));
                }
            }
            WeightsCommand::Use(folder) => match self.weights.now.with_weights(&folder) {
                Ok((models, changed)) => {
                    self.weights.own.extend(changed.iter().cloned());
                    self.weights.folder = Some(folder);
                    self.change_models(models, &changed);
                }
                Err(error) => self.notices.push(Notice::error(&error)),
            },
            WeightsCommand::Bundled => {
                if self.weights.folder.take().is_some() {
                    self.weights.own.clear();
                    let all = self.shelf.listings.iter();
                    let all: Vec<ModelId> = all.map(|listing| listing.id.clone()).collect();
                    self.change_models(self.weights.started.clone(), &all);
                }
            }
        }
    }

    /// Has models come from another source. What the changed ones said is forgotten, and so are the
    /// cuts through their maps, whose unit may be another.
    fn change_models(&mut self, models: Arc<dyn Models>, changed: &[ModelId]) {
        for reading in &mut self.readings {
            reading.forget_answers_of(changed);
        }
        for id in changed {
            self.overlay.forget(id);
        }
        self.shelf.read_cards(&models, &self.wake);
        self.worker.change(models.clone());
        self.trainer.change(models.clone());
        self.weights.now = models;
    }

    /// Takes in what the dialog has brought; returns whether there was something.
    pub(super) fn poll_weights(&mut self) -> bool {
        let Some(dialog) = self.weights.dialog.take() else {
            return false;
        };
        match dialog.take() {
            Err(waiting) => {
                self.weights.dialog = Some(waiting);
                return false;
            }
            Ok(Ok(Some(folder))) => self.choose_weights(WeightsCommand::Use(folder)),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => self.notices.push(Notice::error(&Error::new(
                error.kind,
                error.message,
                "Name it as the output folder in the panel that trains models and press “Use its weights”, or start with --weights-dir.",
            ))),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::inference::testing::OWN_SHA256;
    use crate::session::Command;
    use crate::session::tests::{analyzed, poll_until};

    fn choose(session: &mut Session, command: WeightsCommand) {
        session.apply(Command::Weights(command));
        // Cards are read on threads of their own.
        while session.shelf().card(&ModelId::new("stub")).is_none() {
            session.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn hash(session: &Session) -> Option<&str> {
        let outcome = session.reading()?.shown_outcome()?;
        Some(&outcome.weights_sha256)
    }

    #[test]
    fn own_weights_answer_anew_and_the_programs_come_back() {
        let (_folder, mut session) = analyzed();
        let bundled = hash(&session).map(str::to_owned);
        session.apply(Command::Threshold(Some(2.5)));
        choose(&mut session, WeightsCommand::Use("/runs/own".into()));
        assert_eq!(session.chosen_weights(), Some(Path::new("/runs/own")));
        assert_eq!(hash(&session), None, "what other weights said is gone");
        let stub = ModelId::new("stub");
        let owning = |session: &Session| {
            let listings = session.shelf().listings.iter();
            let own =
                listings.filter(|listing| session.whose_weights(&listing.id) == Some(Whose::Own));
            own.map(|listing| listing.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(owning(&session), std::slice::from_ref(&stub));
        let of_card = |session: &Session| {
            let card = session.shelf().card(&stub)?.ok()?;
            Some(card.sha256.clone())
        };
        session.apply(Command::Analyze);
        poll_until(&mut session, |session| {
            hash(session).is_some() && of_card(session).is_some()
        });
        assert_eq!(hash(&session), Some(OWN_SHA256));
        assert_eq!(of_card(&session).as_deref(), Some(OWN_SHA256));
        let cut = session.cut().unwrap();
        assert_eq!(Some(cut.value), cut.default.map(|(value, _)| value));

        choose(&mut session, WeightsCommand::Bundled);
        assert_eq!((session.chosen_weights(), hash(&session)), (None, None));
        assert!(owning(&session).is_empty());
        session.apply(Command::Analyze);
        poll_until(&mut session, |session| hash(session).is_some());
        assert_eq!(hash(&session).map(str::to_owned), bundled);
    }

    #[test]
    fn weights_for_adults_are_told_from_the_users_own() {
        let (_folder, mut session) = analyzed();
        let stub = ModelId::new("stub");
        let whose = |session: &Session| session.whose_weights(&stub);
        let knows = |session: &Session| session.would_know_adults().is_empty();
        assert_eq!((whose(&session), knows(&session)), (None, false));
        choose(&mut session, WeightsCommand::Adults);
        assert_eq!(
            (whose(&session), knows(&session)),
            (Some(Whose::Adults), true)
        );
        assert_eq!(
            hash(&session),
            None,
            "what the weights for children said is gone"
        );
        choose(&mut session, WeightsCommand::Bundled);
        assert_eq!((whose(&session), knows(&session)), (None, false));
        choose(&mut session, WeightsCommand::Use("/runs/own".into()));
        assert_eq!(
            (whose(&session), knows(&session)),
            (Some(Whose::Own), false)
        );
    }

    #[test]
    fn what_other_models_said_stays_and_a_folder_without_weights_is_refused() {
        let (_folder, mut session) = crate::session::tests::analyzed_by("twin");
        choose(&mut session, WeightsCommand::Use("/runs/empty".into()));
        assert!(session.notices()[0].is_error);
        assert_eq!(session.chosen_weights(), None);
        choose(&mut session, WeightsCommand::Use("/runs/own".into()));
        assert!(hash(&session).is_some());
    }
}
