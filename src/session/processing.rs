//! A display filter on its way: computed beside the window, and let go with its film.

use std::sync::Arc;

use crate::display::{Filter, Processed};
use crate::error::Result;
use crate::radiograph::Radiograph;
use crate::task::{Task, Wake};

use super::Reading;

/// A filter that is being computed.
pub(super) struct Processing {
    /// The filter.
    pub(super) filter: Filter,
    task: Task<Processed>,
}

impl Processing {
    /// Starts computing a film after a filter.
    pub(super) fn start(filter: Filter, film: Arc<Radiograph>, wake: Wake) -> Self {
        let task = Task::spawn("display filter", wake, move |progress| {
            filter.apply(&film, progress)
        });
        Self { filter, task }
    }

    /// Returns the film after the filter once it is there.
    pub(super) fn ready(&self) -> Option<Result<Processed>> {
        self.task.ready().cloned()
    }
}

impl Reading {
    /// Takes in the film after its display filter; returns whether there was one.
    pub(super) fn poll_filter(&mut self) -> bool {
        let Some(done) = self.processing.as_ref().and_then(Processing::ready) else {
            return false;
        };
        self.processing = None;
        match done {
            Ok(processed) => {
                if let Some(open) = self.open_film_mut() {
                    open.processed = Some(processed);
                }
            }
            Err(error) => self.trouble = Some(error),
        }
        true
    }
}
