//! The reader and the models in turn: the reader first where that is wanted, then what the models
//! marked, region by region.
//!
//! Wrong marks pull readers along. With *read first* on, nothing that a model says about a film is
//! shown before the reader has committed to an impression of it; what was thought before and after
//! is logged on this computer, by the hash of the film's content and beside nothing of the patient.

mod deeds;
mod log;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use crate::anomaly::{ModelId, Outcome, Region};
use crate::evaluation::box_iou;
use crate::radiograph::{AnnotationId, PixelRect};

use super::Reading;

use self::log::Entry;
pub(super) use self::log::ReadingLog;

/// What a reader makes of a film as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impression {
    /// Nothing that needs attention.
    NoFinding,
    /// Something that needs attention.
    Finding,
    /// Undecided.
    Unsure,
}

impl Impression {
    /// Every impression, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::NoFinding, Self::Finding, Self::Unsure];

    /// Returns its name on buttons.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoFinding => "No finding",
            Self::Finding => "Finding",
            Self::Unsure => "Unsure",
        }
    }
}

/// What a reader says of a region that a model marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is something.
    Accepted,
    /// There is nothing that matters.
    Rejected,
}

/// Names offered for an accepted region; any other can be given to its mark.
pub const LABELS: [&str; 8] = [
    "opacity",
    "consolidation",
    "nodule or mass",
    "effusion",
    "pneumothorax",
    "atelectasis",
    "device",
    "artefact",
];

/// A region with what the reader said of it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Judged {
    /// The model that marked it.
    pub model: ModelId,
    /// The box when it was judged, in image pixels: regions come and go with the threshold.
    pub bounds: PixelRect,
    /// What was said.
    pub verdict: Verdict,
    /// The mark that an accepted region became.
    pub mark: Option<AnnotationId>,
}

/// Two boxes that share so much of what they cover together are the same region.
const SAME_REGION: f64 = 0.5;

/// What a user can do about the pace.
#[derive(Clone, Debug, PartialEq)]
pub enum PaceCommand {
    /// Has the reader read first, or not.
    ReadFirst(bool),
    /// Commits to an impression of the selected film; after the first, changes it.
    Commit(Impression),
    /// Judges the region that the list is at, or the first; the same verdict again takes it back.
    Judge(Verdict),
    /// Names the accepted region that the list is at.
    Label(String),
}

/// How far the reader is with a film.
#[derive(Debug, Default)]
pub struct Pace {
    /// The impression that the reader committed to first.
    first: Option<Impression>,
    /// Whether results were seen before that.
    seen_before: bool,
    /// The impression now.
    last: Option<Impression>,
    /// Whether what models say is held back.
    locked: bool,
    /// When the film was first in front of the reader.
    since: Option<Instant>,
    /// Whether results were seen since the first impression.
    revealed: bool,
    judged: Vec<Judged>,
    /// What is to be logged once the film's content is known.
    unlogged: Vec<Entry>,
}

impl Pace {
    /// Reports whether what models say is held back until the reader commits.
    pub fn locked(&self) -> bool {
        self.locked
    }

    /// Returns the impression that the reader committed to first: before any model was seen, unless
    /// [`Self::seen_before`] says otherwise.
    pub fn first(&self) -> Option<Impression> {
        self.first
    }

    /// Reports whether results were seen before the reader committed.
    pub fn seen_before(&self) -> bool {
        self.seen_before
    }

    /// Returns the reader's impression as it is now.
    pub fn last(&self) -> Option<Impression> {
        self.last
    }

    /// Returns everything the reader said of regions.
    pub(super) fn all_judged(&self) -> &[Judged] {
        &self.judged
    }

    /// Takes in what was thought and said when the reading was saved.
    pub(super) fn take_record(
        &mut self,
        (first, last): (Option<Impression>, Option<Impression>),
        seen_before: bool,
        judged: &[Judged],
    ) {
        // An impression of this session is its own witness.
        if self.first.is_none() {
            self.seen_before |= seen_before;
        }
        self.first = self.first.or(first);
        self.last = self.last.or(last);
        for judged in judged {
            if !self.judged.contains(judged) {
                self.judged.push(judged.clone());
            }
        }
    }

    /// Returns what the reader said of a region of a model.
    pub fn judged(&self, model: &ModelId, region: &Region) -> Option<&Judged> {
        let same = |judged: &&Judged| {
            judged.model == *model && box_iou(&judged.bounds, &region.bounds) >= SAME_REGION
        };
        self.judged.iter().find(same)
    }
}

impl Reading {
    /// Returns how far the reader is with this film.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Reports whether what models say about this film is shown: asked for, and not held back.
    pub fn results_visible(&self) -> bool {
        self.results_wanted && !self.pace.locked
    }

    /// Returns the shown model's result when results are to be shown.
    pub fn shown_outcome(&self) -> Option<&Arc<Outcome>> {
        self.outcome(self.shown()?)
            .filter(|_| self.results_visible())
    }

    /// Returns the model whose regions are listed and the region that the list is at, or the first;
    /// `None` where results are hidden or regions are those of several models.
    pub fn region_at(&self) -> Option<(&ModelId, &Region)> {
        if !self.results_visible() || self.consensus().is_some() {
            return None;
        }
        let region = self.regions().get(self.region.unwrap_or(0))?;
        Some((self.shown()?, region))
    }
}
