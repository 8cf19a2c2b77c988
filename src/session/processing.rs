//! A display filter on its way: computed beside the window, and let go with its film.

use std::sync::Arc;

use crate::display::{Filter, Processed};
use crate::error::Result;
use crate::radiograph::Radiograph;
use crate::task::{Task, Wake};

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
