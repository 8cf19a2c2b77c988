//! The session's tools and marks, and what of them outlives the window.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::keeper::Keeper;
use super::pace::ReadingLog;
use super::{MarkCommand, Notice, Reading, Session, Settings, Tool, settings};

/// The longest wait, at the window's end, for films whose content is still being hashed.
const PATIENCE: Duration = Duration::from_secs(3);

impl Session {
    /// Keeps settings and marks in a folder from now on, and takes in the settings that are there.
    /// Without this nothing outlives the session.
    pub fn keep_in(&mut self, folder: PathBuf) {
        match Settings::read(&folder) {
            Ok(settings) => self.settings = settings,
            Err(error) => self.notices.push(Notice::error(&error)),
        }
        self.log = Some(ReadingLog::start(&folder, self.wake.clone()));
        self.keeper = Some(Keeper::start(folder, self.wake.clone()));
        self.tend_marks();
    }

    /// Returns what dragging with the left button does.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// Returns what is kept from one start to the next.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the file of the log of readings; `None` where nothing is kept.
    pub fn reading_log(&self) -> Option<&Path> {
        self.log.as_ref().map(ReadingLog::path)
    }

    /// Reports whether marks and settings are kept anywhere.
    pub fn keeps(&self) -> bool {
        self.keeper.is_some()
    }

    pub(super) fn mark(&mut self, command: MarkCommand) {
        let tool = self.tool;
        // Nobody draws, moves or looks for what cannot be seen.
        let hidden = matches!(
            command,
            MarkCommand::KeyImage | MarkCommand::ResetSpacing | MarkCommand::Select(None)
        );
        self.overlay.marks |= !hidden;
        if let Some(reading) = self.selected_mut()
            && let Err(error) = reading.mark(command, tool)
        {
            let notice = Notice::error(&error);
            // The same click again needs no second strip.
            self.notices.retain(|said| *said != notice);
            self.notices.push(notice);
        }
    }

    pub(super) fn choose_tool(&mut self, tool: Tool) {
        if let Some(reading) = self.selected_mut() {
            reading.cancel_mark();
        }
        self.tool = tool;
    }

    pub(super) fn set(&mut self, settings: Settings) {
        if settings == self.settings {
            return;
        }
        if settings.keep_marks && !self.settings.keep_marks {
            // What was kept before must be known before anything is written over it.
            self.readings.iter_mut().for_each(Reading::look_again);
        }
        if let Some(keeper) = &self.keeper {
            let path = settings::path_in(keeper.folder());
            keeper.keep(path, Some(settings.bytes()));
        }
        self.settings = settings;
    }

    /// Lets go of what is under way with marks: the one being drawn, then the selection, then the
    /// tool. Returns whether there was anything.
    pub(super) fn cancel_mark(&mut self) -> bool {
        let under_way = self
            .selected_mut()
            .is_some_and(|reading| reading.cancel_mark() || reading.marks.deselect());
        under_way || std::mem::take(&mut self.tool) != Tool::default()
    }

    /// Looks for marks that are kept of open films, one at a time and the selected one first, and
    /// hands over for writing those that have changed.
    pub(super) fn tend_marks(&mut self) {
        let selected = self.selected;
        for (index, reading) in self.readings.iter_mut().enumerate() {
            reading.follow_spacing();
            if Some(index) != selected {
                reading.cancel_mark();
            }
        }
        let keep_marks = self.settings.keep_marks;
        // A film's content is known by its hash to the log and to saved readings, too.
        let by_content = self.settings.read_first || self.bundles.looks_for_films();
        let keeper = self.keeper.as_ref();
        let keeping = keeper.filter(|_| keep_marks);
        for index in (0..self.readings.len()).filter(|_| keeping.is_some()) {
            if let Some((path, kept)) = self.readings[index].marks_to_keep() {
                let others = self.readings.iter_mut().enumerate();
                // Copies of one film have the same marks.
                for (_, other) in others.filter(|(other, _)| *other != index) {
                    other.follow_copy(&path, kept.as_ref());
                }
                if let Some(keeper) = keeping {
                    keeper.keep(path, kept.map(|kept| kept.bytes()));
                }
            }
        }
        let wanted = keeping.is_some() || by_content;
        if !wanted || self.readings.iter().any(Reading::looks_for_marks) {
            return;
        }
        let folder = keeper.map_or(Path::new(""), Keeper::folder);
        let (first, bring_back) = (selected.unwrap_or(0), keeping.is_some());
        let in_order = std::iter::once(first).chain(0..self.readings.len());
        for index in in_order {
            let reading = self.readings.get_mut(index);
            if reading
                .is_some_and(|reading| reading.look_for_marks((folder, bring_back), &self.wake))
            {
                return;
            }
        }
    }

    /// Takes in what the keeper has to say; returns whether there was anything.
    pub(super) fn poll_keeper(&mut self) -> bool {
        let trouble = self.keeper.as_ref().and_then(Keeper::trouble);
        let trouble = trouble.or_else(|| self.log.as_ref().and_then(ReadingLog::trouble));
        let news = trouble.is_some();
        self.notices
            .extend(trouble.map(|error| Notice::error(&error)));
        news
    }

    /// Writes whatever is not written yet, and waits for it.
    pub(super) fn keep_all(&mut self) {
        let start = Instant::now();
        while self.keeper.is_some()
            && start.elapsed() < PATIENCE
            && self.readings.iter().any(Reading::marks_wait)
        {
            std::thread::sleep(Duration::from_millis(5));
            self.readings.iter_mut().for_each(|reading| {
                reading.poll_marks();
            });
        }
        self.tend_marks();
        self.log_pace();
        self.keeper = None;
        self.log = None;
    }
}
