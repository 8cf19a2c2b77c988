//! The look at a film before a model is asked, once for all models.

use std::sync::{Arc, Weak};

use super::{Models, Request};
use crate::anomaly::{Doubt, Finding};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::gate::Doorkeeper;
use crate::radiograph::{Correction, Radiograph};

/// Who looks, and what was seen last.
#[derive(Default)]
pub(super) struct Door {
    keeper: Keeper,
    last: Option<Last>,
}

#[derive(Default)]
enum Keeper {
    /// Nobody was needed yet.
    #[default]
    Unknown,
    /// Nobody looks at films.
    Nobody,
    Loaded(Box<dyn Doorkeeper>),
    /// Who should look cannot be had.
    Missing(Error),
}

/// A film as a model is to see it, and what there is to doubt of it.
pub(super) struct Seen {
    pub(super) film: Arc<Radiograph>,
    pub(super) found: Vec<Finding>,
}

struct Last {
    of: Weak<Radiograph>,
    correction: Correction,
    /// The film after the correction, where there is one; the film itself is not kept alive.
    corrected: Option<Arc<Radiograph>>,
    found: Vec<Finding>,
}

impl Door {
    /// Looks at a request's film as it will be corrected, or remembers having done so.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn look(
        &mut self,
        models: &dyn Models,
        device: &Device,
        request: &Request,
    ) -> Result<Seen> {
        let correction = request.terms.correction;
        let known = self.last.as_ref().filter(|last| {
            let same = std::ptr::eq(last.of.as_ptr(), Arc::as_ptr(&request.film));
            same && last.correction == correction
        });
        if let Some(last) = known {
            let film = last.corrected.as_ref().unwrap_or(&request.film);
            return Ok(Seen {
                film: film.clone(),
                found: last.found.clone(),
            });
        }
        let corrected = match correction.is_none() {
            true => None,
            false => Some(Arc::new(correction.of(&request.film)?)),
        };
        let film = corrected.as_ref().unwrap_or(&request.film).clone();
        let found = self.found(models, device, &film)?;
        self.last = Some(Last {
            of: Arc::downgrade(&request.film),
            correction,
            corrected,
            found: found.clone(),
        });
        Ok(Seen { film, found })
    }

    fn found(
        &mut self,
        models: &dyn Models,
        device: &Device,
        film: &Radiograph,
    ) -> Result<Vec<Finding>> {
        if matches!(self.keeper, Keeper::Unknown) {
            self.keeper = match models.doorkeeper(device) {
                Ok(Some(keeper)) => Keeper::Loaded(keeper),
                Ok(None) => Keeper::Nobody,
                Err(error) if error.kind == ErrorKind::Device => return Err(error),
                Err(error) => {
                    log::warn!("the input gate cannot be used: {}", error.message);
                    Keeper::Missing(error)
                }
            };
        }
        match &mut self.keeper {
            Keeper::Loaded(keeper) => keeper.look(film),
            Keeper::Missing(error) => Ok(vec![Finding::note(
                Doubt::Unchecked,
                format!(
                    "Nobody looked whether this is an upright frontal chest film: {}.",
                    error.message
                ),
            )]),
            Keeper::Unknown | Keeper::Nobody => Ok(Vec::new()),
        }
    }
}
