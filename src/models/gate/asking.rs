//! Asking a model about a film, with the gate before it.

use super::look::Gate;
use crate::anomaly::{Finding, Outcome, unfit};
use crate::error::Result;
use crate::models::Model;
use crate::radiograph::{Correction, Radiograph};
use crate::task::Progress;

/// Whoever looks at a film before a model does.
pub trait Doorkeeper: Send {
    /// Looks at a film and returns reasons to doubt that models can judge it.
    ///
    /// # Errors
    /// When the device fails.
    fn look(&mut self, film: &Radiograph) -> Result<Vec<Finding>>;
}

impl Doorkeeper for Gate {
    fn look(&mut self, film: &Radiograph) -> Result<Vec<Finding>> {
        Ok(self.measure(film)?.findings)
    }
}

/// On what terms a model is asked about a film.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// What is done to the film before anybody looks at it.
    pub correction: Correction,
    /// Whether the model is asked even about a film that it was not made for.
    pub anyway: bool,
    /// What is known of the film from elsewhere, as its file's own words.
    pub known: Vec<Finding>,
    /// The patient's age, where the file tells it.
    pub age_years: Option<f32>,
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// What the model says, with everything there is to doubt.
    Outcome(Box<Outcome>),
    /// The model was not asked, for these reasons.
    Held(Vec<Finding>),
}

impl Terms {
    /// Terms under which a model answers whatever the film: it is laid as before.
    pub fn again(correction: Correction) -> Self {
        Self {
            correction,
            anyway: true,
            known: Vec::new(),
            age_years: None,
        }
    }

    /// Asks a model about a film that is corrected already, whatever was found; `size` is that of the
    /// film as it is stored.
    ///
    /// # Errors
    /// When cancelled, when the film is unusable, or when the device fails.
    pub fn ask(
        &self,
        model: &mut dyn Model,
        (corrected, size): (&Radiograph, (usize, usize)),
        found: Vec<Finding>,
        progress: &Progress,
    ) -> Result<Outcome> {
        let mut outcome = model.analyze(corrected, progress)?;
        for doubt in std::mem::take(&mut outcome.gate) {
            // What the gate has said already need not be said in other words.
            if found.iter().all(|finding| finding.kind != doubt.kind) {
                outcome.gate.push(doubt);
            }
        }
        outcome.gate.splice(0..0, found);
        outcome.gate.extend(model.card().age_doubt(self.age_years));
        outcome.laid_back(self.correction, size)
    }

    /// Returns everything there is to doubt of a film, and whether no model is asked because of it.
    pub fn weigh(&self, mut found: Vec<Finding>) -> (Vec<Finding>, bool) {
        found.splice(0..0, self.known.iter().cloned());
        let held = !self.anyway && unfit(&found);
        (found, held)
    }
}
