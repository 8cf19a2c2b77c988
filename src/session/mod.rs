//! Everything the user has open and chosen, without a window.
//!
//! State changes in two functions only: [`Session::apply`] carries out what the user asked for,
//! [`Session::poll`] takes in what tasks have finished. Neither ever waits.

mod actions;
mod admission;
mod answer;
mod apply;
mod bundle;
mod command;
mod consensus;
mod copying;
mod derived;
mod errands;
mod export;
mod exporting;
mod keeper;
mod keeping;
mod keymap;
mod language;
mod layout;
mod marks;
mod open_film;
mod opening;
mod overlay;
mod pace;
mod pixel;
mod presentation;
mod previewing;
mod processing;
mod reading;
mod returns;
mod settings;
mod settling;
mod shelf;
mod stability;
mod study;
#[cfg(test)]
pub(crate) mod tests;
mod training;
mod weights;

pub use actions::{ACTIONS, Action, Deed, Keys, Menu, Tick, WindowDeed, action_for};
pub use admission::{Admission, GateCommand};
pub use answer::{Analysis, Answer};
pub use bundle::{SavedMarks, SavedReading, SavedResult, SavedView};
pub use command::{Command, ExportChoice, Look, Mark, Peek, WindowChange};
pub use consensus::Consensus;
pub use errands::{Notice, Picker, demonstration_study};
pub use export::{ExportJob, ExportKind, card_line, copy_picture, proposed_name, write_export};
pub use exporting::leaving;
pub use keymap::{KEY_NAMES, KeyPreset, Keymap};
pub use language::Language;
pub use layout::{
    Aligning, Arrangement, Cell, Compare, Face, Grid, Layout, LayoutCommand, Lens, Link, Linking,
    Mix, Relation, Relations, Role,
};
pub use marks::{Draft, Hit, MarkCommand, Marks, Tool};
pub use open_film::OpenFilm;
pub use opening::OpenedFile;
pub use overlay::{Cut, OverlaySettings, RegionsKey, Words};
pub use pace::{Impression, Judged, LABELS, Pace, PaceCommand, Verdict};
pub use presentation::Presentation;
pub use previewing::ExportPreview;
pub use reading::{FilmState, Reading};
pub use settings::{Settings, Wheel};
pub use shelf::Shelf;
pub use stability::{Band, Stability};
pub use training::{
    PRESETS, SampleGrid, Trainer, TrainingCommand, TrainingDraft, TrainingEnd, TrainingFolder,
    TrainingLog, TrainingRun, TrainingState,
};
pub use weights::{WeightsCommand, Whose};

use std::sync::Arc;
use std::time::Duration;

use crate::anomaly::{ModelId, Outcome};
use crate::compute::DeviceRequest;
use crate::inference::{Models, Worker};
use crate::task::Wake;

use bundle::Bundles;
use errands::Errands;
use keeper::Keeper;
use pace::ReadingLog;
use previewing::Previewer;
use weights::Weights;

/// What is open and chosen.
pub struct Session {
    readings: Vec<Reading>,
    selected: Option<usize>,
    overlay: OverlaySettings,
    compare: Compare,
    layout: Layout,
    /// The film that was selected because it was opened, until the user selects one.
    unchosen: Option<usize>,
    /// Objects about films that were opened.
    returns: Vec<returns::Waiting>,
    peek: Option<Peek>,
    shelf: Shelf,
    trainer: Trainer,
    weights: Weights,
    notices: Vec<Notice>,
    errands: Errands,
    worker: Worker,
    tool: Tool,
    settings: Settings,
    /// Writes what outlives the window; none where nothing is to be kept.
    keeper: Option<Keeper>,
    log: Option<ReadingLog>,
    bundles: Bundles,
    previewer: Previewer,
    wake: Wake,
}

impl Session {
    /// Makes a session with nothing open; `wake` is called when a task has news.
    pub fn new(models: Arc<dyn Models>, device: DeviceRequest, wake: Wake) -> Self {
        Self {
            readings: Vec::new(),
            selected: None,
            overlay: OverlaySettings::default(),
            compare: Compare::default(),
            layout: Layout::default(),
            unchosen: None,
            returns: Vec::new(),
            peek: None,
            shelf: Shelf::new(&models, &wake),
            trainer: Trainer::new(models.clone()),
            weights: Weights::new(models.clone()),
            notices: Vec::new(),
            errands: Errands::default(),
            worker: Worker::start(models, device, wake.clone()),
            tool: Tool::default(),
            settings: Settings::default(),
            keeper: None,
            log: None,
            bundles: Bundles::default(),
            previewer: Previewer::default(),
            wake,
        }
    }

    /// Returns the film list.
    pub fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// Returns the selected entry's place in the list.
    pub fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// Returns the selected entry.
    pub fn reading(&self) -> Option<&Reading> {
        self.readings.get(self.selected?)
    }

    /// Returns the choices about maps.
    pub fn overlay(&self) -> &OverlaySettings {
        &self.overlay
    }

    /// Returns how original and counterpart are compared in the automatic arrangement.
    pub fn compare(&self) -> Compare {
        self.compare
    }

    /// Returns the viewports.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns what is held up for a moment.
    pub fn peek(&self) -> Option<Peek> {
        self.peek
    }

    /// Returns the models on offer.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Returns the training of models.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// Ends what must not be cut off: marks are written, and a training run writes its checkpoint
    /// first, if that takes no longer than a few seconds. For the window's end.
    pub fn finish(&mut self) {
        self.keep_all();
        self.trainer.finish(Duration::from_secs(8));
    }

    /// Returns what the user should read, oldest first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Reports whether a picture is being written.
    pub fn exporting(&self) -> bool {
        self.errands.exporting()
    }

    /// Reports whether an analysis of the selected film is queued or running.
    pub fn analyzing(&self) -> bool {
        self.reading().is_some_and(Reading::analyzing)
    }

    /// Returns the models that Analyse would run now: of the picked ones that can and do not run
    /// already those without a result, else all of them.
    pub fn due(&self) -> Vec<ModelId> {
        let Some(reading) = self
            .reading()
            .filter(|reading| reading.open_film().is_some())
        else {
            return Vec::new();
        };
        let idle = |id: &&ModelId| {
            let answer = reading.answer(id);
            self.shelf.obstacle(id).is_none()
                && answer.is_none_or(|answer| answer.running().is_none())
        };
        let idle: Vec<&ModelId> = self.shelf.picked().filter(idle).collect();
        let unanswered = |id: &&&ModelId| reading.outcome(id).is_none();
        let fresh: Vec<ModelId> = idle
            .iter()
            .filter(unanswered)
            .map(|id| (*id).clone())
            .collect();
        if fresh.is_empty() {
            return idle.into_iter().cloned().collect();
        }
        fresh
    }

    /// Returns the results of the picked models on the selected film, when results are shown, in
    /// the order models are offered.
    pub fn outcomes(&self) -> Vec<&Arc<Outcome>> {
        let reading = self.reading();
        reading.map_or_else(Vec::new, |reading| self.outcomes_of(reading))
    }

    /// Returns the results of the picked models on a film, when they are shown.
    pub fn outcomes_of<'a>(&'a self, reading: &'a Reading) -> Vec<&'a Arc<Outcome>> {
        if !reading.results_visible() {
            return Vec::new();
        }
        let of = |id| reading.outcome(id);
        self.shelf.picked().filter_map(of).collect()
    }

    /// Returns what the picked models say together, while that is shown.
    pub fn consensus(&self) -> Option<&Consensus> {
        self.reading()?.consensus()
    }

    /// Returns the chosen map of the shown result and the cut through it.
    pub fn cut(&self) -> Option<Cut> {
        self.cut_of(self.reading()?)
    }

    /// Returns the chosen map of a film's shown result and the cut through it.
    pub fn cut_of(&self, reading: &Reading) -> Option<Cut> {
        self.overlay.cut(reading.shown_outcome()?)
    }

    /// Takes in what tasks have finished; returns whether anything changed.
    pub fn poll(&mut self) -> bool {
        let mut news = self.shelf.poll();
        for reading in &mut self.readings {
            news |= reading.poll();
            news |= reading.poll_stability(&self.worker, &self.wake);
            let trouble = reading.trouble.take();
            self.notices
                .extend(trouble.map(|error| Notice::error(&error)));
        }
        news |= self.trainer.poll(&mut self.notices);
        news |= self.poll_weights();
        news |= self.take_brought();
        if let Some(error) = self.worker.fell_back() {
            self.notices.push(Notice::error(&error));
            news = true;
        }
        news |= self.poll_keeper();
        news |= self.poll_bundles();
        news |= self.take_returned();
        news |= self.file_derived();
        if news {
            self.settle();
            self.previewer.outdate();
        }
        news | self.miss_returned() | self.previewer.poll()
    }
}
