//! Whether and how a film that is not what the models were made for is given to them.

use crate::anomaly::{Finding, ModelId, fix_of};
use crate::inference::Terms;
use crate::models::gate::stated;
use crate::models::stated_age;
use crate::radiograph::{Correction, Source};

use super::{Analysis, Reading, Session};

/// What a reader decided about a film before models see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Admission {
    /// What is done to the film before a model sees it; the film on the screen stays as it is.
    pub correction: Correction,
    /// Whether models are asked whatever there is to doubt.
    pub anyway: bool,
}

/// What a reader can do about a film that is not what the models were made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateCommand {
    /// Has models see the film as it should be.
    Mend,
    /// Has models asked as it is; their results are flagged.
    Anyway,
    /// Takes either back.
    AsStored,
}

impl Admission {
    /// Reports whether the reader decided nothing.
    pub fn is_default(self) -> bool {
        self == Self::default()
    }

    pub(super) fn terms(self, source: &Source) -> Terms {
        Terms {
            correction: self.correction,
            anyway: self.anyway,
            known: stated(source),
            age_years: stated_age(source),
        }
    }
}

impl Reading {
    /// Returns what was decided about this film before models see it.
    pub fn admission(&self) -> Admission {
        self.admission
    }

    /// Returns why models were not asked, where they were not.
    pub fn held(&self) -> Option<&[Finding]> {
        self.answers().find_map(|answer| match &answer.analysis {
            Analysis::Held(findings) => Some(findings.as_slice()),
            _ => None,
        })
    }

    /// Returns what would mend the film, where something is offered.
    pub fn fix(&self) -> Option<Correction> {
        let shown = self.shown_outcome().map(|outcome| outcome.gate.as_slice());
        fix_of(self.held().or(shown)?)
    }

    /// Returns the models that answered, or were kept from it, or are at it.
    fn asked_models(&self) -> impl Iterator<Item = &ModelId> {
        let asked = self.answers.iter().filter(|(_, answer)| answer.was_asked());
        asked.map(|(model, _)| model)
    }
}

impl Session {
    /// Carries out what the reader decided about the selected film, and asks again whoever was asked.
    pub(super) fn pass_gate(&mut self, command: GateCommand) {
        let Some(reading) = self.selected.and_then(|index| self.readings.get_mut(index)) else {
            return;
        };
        let before = reading.admission;
        let decided = match (command, reading.fix()) {
            (GateCommand::Mend, Some(fix)) => Admission {
                correction: before.correction.then(fix),
                anyway: false,
            },
            (GateCommand::Mend, None) => return,
            (GateCommand::Anyway, _) if reading.held().is_some() => Admission {
                anyway: true,
                ..before
            },
            (GateCommand::Anyway, _) => return,
            (GateCommand::AsStored, _) => Admission::default(),
        };
        if decided == before {
            return;
        }
        reading.admission = decided;
        let asked: Vec<ModelId> = reading.asked_models().cloned().collect();
        reading.forget_answers_of(&asked);
        for model in &asked {
            reading.ask(&self.worker, model);
        }
    }
}
