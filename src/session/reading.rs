//! One entry of the film list: a path, the film once it is open, and what models say about it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::admission::Admission;
use super::bundle::Awaited;
use super::derived::Lineage;
use super::marks::Keeping;
use super::processing::Processing;
use super::study::Study;
use super::{
    Analysis, Answer, Consensus, Marks, OpenFilm, OverlaySettings, Pace, RegionsKey, Shelf,
    Stability,
};
use crate::anomaly::{ModelId, Outcome, Region};
use crate::display::Filter;
use crate::error::Error;
use crate::radiograph::{Chart, Preview};
use crate::task::{Task, Wake};

/// How far the opening of a film is.
pub enum FilmState {
    /// It waits, because nobody looked at it yet or because others needed the memory.
    Listed,
    /// It is being read.
    Opening(Task<super::OpenedFile>),
    /// It can be shown.
    Open(Box<OpenFilm>),
    /// It cannot be opened.
    Failed(Error),
}

/// One entry of the film list.
pub struct Reading {
    /// The file.
    pub path: PathBuf,
    /// The film, as far as it is open.
    pub state: FilmState,
    /// Whether what models say about this film is to be shown; off until asked for.
    pub(super) results_wanted: bool,
    /// The region the user stepped to, as an index into [`Self::regions`].
    pub region: Option<usize>,
    pub(super) answers: BTreeMap<ModelId, Answer>,
    shown: Option<ModelId>,
    consensus: Option<Consensus>,
    pub(super) processing: Option<Processing>,
    /// What the list of regions was computed from when `region` was chosen.
    listed: Option<RegionsKey>,
    /// Whose film it is, once it has been opened.
    pub(super) chart: Option<Chart>,
    /// Whether the file has been opened once with success.
    pub(super) opened_before: bool,
    pub(super) asked: Option<Instant>,
    /// The film's coarse picture, once its decoding has come so far.
    pub(super) preview: Arc<OnceLock<Preview>>,
    /// What the file holds where it is no film; its entry leaves the list then.
    pub(super) returned: Option<Box<crate::files::Returned>>,
    /// What went wrong and nobody has read yet.
    pub(super) trouble: Option<Error>,
    pub(super) marks: Marks,
    pub(super) pace: Pace,
    pub(super) admission: Admission,
    pub(super) stability: Option<Stability>,
    /// What a saved reading says that models said, until they have said it again.
    pub(super) awaited: Option<Box<Awaited>>,
    /// The folder that holds the saved reading out of which the film was unpacked.
    pub(super) unpacked_beside: Option<PathBuf>,
    pub(super) keeping: Keeping,
    /// Which object it is, and what it was made of, once it has been open.
    pub(super) lineage: Lineage,
    /// Whose film it is, once it has been open and where its file says so.
    pub(super) study: Option<Study>,
}

impl Reading {
    /// Makes an entry that nobody has looked at yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: FilmState::Listed,
            results_wanted: false,
            region: None,
            answers: BTreeMap::new(),
            shown: None,
            consensus: None,
            processing: None,
            listed: None,
            chart: None,
            opened_before: false,
            asked: None,
            preview: Arc::default(),
            returned: None,
            trouble: None,
            marks: Marks::default(),
            pace: Pace::default(),
            admission: Admission::default(),
            stability: None,
            awaited: None,
            unpacked_beside: None,
            keeping: Keeping::default(),
            lineage: Lineage::default(),
            study: None,
        }
    }

    /// Returns the file's name, without its folder.
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(
            || self.path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Returns the film when it can be shown.
    pub fn open_film(&self) -> Option<&OpenFilm> {
        match &self.state {
            FilmState::Open(film) => Some(film),
            _ => None,
        }
    }

    /// Returns whose film it is, of what view and of when; `None` until it has been opened once.
    pub fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }

    /// Returns when the reader last came to this film; `None` for one that is not seen.
    pub fn asked(&self) -> Option<Instant> {
        self.asked
    }

    /// Returns the film's coarse picture while the film itself is on its way.
    pub fn preview(&self) -> Option<&Preview> {
        let opening = matches!(self.state, FilmState::Opening(_));
        self.preview.get().filter(|_| opening)
    }

    /// Returns what a model says about this film; `None` while it has not been asked.
    pub fn answer(&self, model: &ModelId) -> Option<&Answer> {
        self.answers.get(model)
    }

    /// Returns every model's answer.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.values()
    }

    /// Returns a model's last result on this film.
    pub fn outcome(&self, model: &ModelId) -> Option<&Arc<Outcome>> {
        self.answer(model)?.outcome.as_ref()
    }

    /// Reports whether any model has a result on this film.
    pub fn analyzed(&self) -> bool {
        self.answers().any(|answer| answer.outcome.is_some())
    }

    /// Reports whether any model is queued or running on this film.
    pub fn analyzing(&self) -> bool {
        self.answers().any(|answer| answer.running().is_some())
    }

    /// Returns the model whose result drives overlay, threshold, regions and legend.
    pub fn shown(&self) -> Option<&ModelId> {
        self.shown.as_ref()
    }

    /// Returns what the picked models say together, while that is shown.
    pub fn consensus(&self) -> Option<&Consensus> {
        self.consensus.as_ref()
    }

    /// Returns the regions that are listed and stepped through: those where models agree while that
    /// is shown, else the shown model's.
    pub fn regions(&self) -> &[Region] {
        if let Some(consensus) = &self.consensus {
            return &consensus.regions;
        }
        let shown = self.shown().and_then(|shown| self.answer(shown));
        shown.map_or(&[], |answer| &answer.regions)
    }

    pub(super) fn answer_mut(&mut self, model: &ModelId) -> &mut Answer {
        self.answers.entry(model.clone()).or_default()
    }

    /// Returns the display filter asked for, computed or not.
    pub fn filter(&self) -> Option<Filter> {
        let asked = self.processing.as_ref().map(|processing| processing.filter);
        let in_use = || self.open_film()?.processed.as_ref();
        asked.or_else(|| in_use().map(|processed| processed.filter))
    }

    /// Reports whether a display filter is being computed.
    pub fn filtering(&self) -> bool {
        self.processing.is_some()
    }

    /// Starts computing the film after a display filter, or goes back to the film itself.
    pub(super) fn process(&mut self, filter: Option<Filter>, wake: Wake) {
        self.processing = None;
        let Some(open) = self.open_film_mut() else {
            return;
        };
        let in_use = open.processed.as_ref().map(|processed| processed.filter);
        if in_use == filter {
            return;
        }
        let Some(filter) = filter else {
            open.processed = None;
            return;
        };
        let film = open.film.radiograph.clone();
        self.processing = Some(Processing::start(filter, film, wake));
    }

    /// Brings what follows from the choices up to date: the shown model, and each model's regions.
    pub(super) fn follow(&mut self, shelf: &Shelf, overlay: &OverlaySettings, together: bool) {
        let has_outcome = |id: &&ModelId| self.outcome(id).is_some();
        let chosen = shelf.shown.as_ref().filter(has_outcome);
        // A film that the chosen model has not seen is shown as another of the picked ones sees it.
        self.shown = chosen.or_else(|| shelf.picked().find(has_outcome)).cloned();
        let spacing = self
            .open_film()
            .and_then(|open| open.film.radiograph.spacing.clone());
        for answer in self.answers.values_mut() {
            let cut = answer
                .outcome
                .as_ref()
                .and_then(|outcome| overlay.cut(outcome));
            answer.follow(cut.as_ref(), spacing.as_ref());
        }
        let before = self.consensus.take();
        if together && self.results_visible() {
            self.consensus = self.agree(before, shelf, overlay);
        }
        let shown = self.shown().and_then(|shown| self.answer(shown));
        let listed = match &self.consensus {
            Some(consensus) => Some(consensus.regions_key()),
            None => shown.and_then(|answer| answer.regions_key),
        };
        if listed != self.listed {
            self.listed = listed;
            self.region = None;
        }
    }

    /// Forgets what some models said, and stops those that are asked.
    pub(super) fn forget_answers_of(&mut self, models: &[ModelId]) {
        self.answers.retain(|id, _| !models.contains(id));
    }

    /// Has areas computed anew, after the film's spacing has changed.
    pub(super) fn forget_areas(&mut self) {
        self.answers
            .values_mut()
            .for_each(|answer| answer.regions_key = None);
        self.consensus = None;
    }

    pub(super) fn open_film_mut(&mut self) -> Option<&mut OpenFilm> {
        match &mut self.state {
            FilmState::Open(film) => Some(film),
            _ => None,
        }
    }

    fn agree(
        &self,
        before: Option<Consensus>,
        shelf: &Shelf,
        overlay: &OverlaySettings,
    ) -> Option<Consensus> {
        let outcomes = shelf.picked().filter_map(|id| self.outcome(id));
        let outcomes: Vec<_> = outcomes.collect();
        let film = &self.open_film()?.film.radiograph;
        Consensus::follow(before, &outcomes, overlay, film)
    }

    /// Takes in whatever its tasks have finished; returns whether there was something.
    pub(super) fn poll(&mut self) -> bool {
        let mut news = self.poll_film() | self.poll_filter() | self.poll_marks();
        for answer in self.answers.values_mut() {
            if answer.poll() {
                news = true;
                self.results_wanted |= matches!(answer.analysis, Analysis::None);
            }
        }
        news
    }
}
