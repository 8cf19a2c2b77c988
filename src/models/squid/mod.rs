//! SQUID: space-aware memory queues for in-painting and detecting anomalies (Xiang et al., CVPR 2023).

use super::Entry;
use crate::error::{Error, ErrorKind};

/// SQUID's line in the registry.
pub const ENTRY: Entry = Entry {
    id: "squid",
    title: "SQUID",
    paper: "Xiang et al., SQUID: Deep Feature In-Painting for Unsupervised Anomaly Detection, CVPR 2023",
    task: "rebuilds the film from memories of normal films and scores how real the result looks",
    load: |_, _| {
        Err(Error::new(
            ErrorKind::MissingWeights,
            "SQUID is not trained yet",
            "Train it with `silhouette train squid`.",
        ))
    },
};
