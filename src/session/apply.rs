//! What each command does.

use super::errands::demonstration_study;
use super::layout::GreysChange;
use super::{Command, Cut, FilmState, LayoutCommand, Look, Mark, Reading, Session};
use crate::anomaly::{MapKind, ModelId};
use crate::display::Filter;
use crate::error::Error;

impl Session {
    /// Carries out one command. Never waits: what takes time becomes a task.
    pub fn apply(&mut self, command: Command) {
        // What the user works on is not replaced by a newer film of the patient.
        let size_only = matches!(command, Command::Layout(LayoutCommand::Room(..)));
        if !size_only {
            self.unchosen = None;
            self.bundles.leave_alone();
            self.layout.say_no_more();
        }
        self.previewer.hear(&command);
        match command {
            Command::Open(paths) => self.gather(paths),
            Command::Browse(picker) => self.errands.browse(picker, self.wake.clone()),
            Command::OpenDemonstration => self.gather(vec![demonstration_study()]),
            Command::Select(index) if index < self.readings.len() => self.select(index),
            Command::Select(_) => {}
            Command::Step(by) => self.step(by),
            Command::StepInStudy(by) => self.step_in_study(by),
            Command::Close => self.close(),
            Command::Retry => self.retry(),
            Command::Analyze => self.analyze(),
            Command::Gate(command) => self.pass_gate(command),
            Command::Cancel => self.cancel(),
            Command::CheckStability => self.check_stability(),
            Command::SaveReading { path, films } => self.save_bundle(&path, films),
            Command::PickModel(id, picked) => self.pick(&id, picked),
            Command::ShowModel(id) => self.pick(&id, true),
            Command::Dismiss(index) if index < self.notices.len() => {
                self.notices.remove(index);
            }
            Command::Dismiss(_) => {}
            Command::Export(choice) => self.export(choice),
            Command::PreviewExport(choice) => self.preview_export(&choice),
            Command::Copy => self.copy(),
            Command::Train(command) => {
                let notice = self.trainer.apply(command, &self.wake);
                self.notices.extend(notice);
            }
            Command::Weights(command) => self.choose_weights(command),
            Command::Marks(command) => self.mark(command),
            Command::Pace(command) => self.pace(command),
            Command::Tool(tool) => self.choose_tool(tool),
            Command::Settings(settings) => self.set(settings),
            Command::Layout(command) => self.apply_layout(command),
            Command::Region(by) => self.step_region(by),
            Command::Filter(filter) => self.filter(filter),
            Command::Peek(peek) => self.peek = peek.filter(|_| self.results_shown()),
            shown => self.apply_shown(shown),
        }
        self.settle();
    }

    /// Carries out the commands that change only how things are shown.
    fn apply_shown(&mut self, command: Command) {
        match command {
            Command::Map(kind) => self.choose_map(kind),
            Command::Threshold(value) => self.set_threshold(value),
            Command::NudgeThreshold(share) => self.nudge_threshold(share),
            Command::Agreeing(least) => self.overlay.agreeing = least.max(1),
            Command::Opacity(opacity) => self.overlay.opacity = opacity.clamp(0.0, 1.0),
            Command::Colors(colormap) => self.overlay.colormap = colormap,
            Command::Toggle(mark) => self.toggle(mark),
            Command::Compare(compare) => self.choose_comparison(compare),
            presented => self.apply_presented(&presented),
        }
    }

    /// Carries out the commands that change how the active viewport shows its film.
    fn apply_presented(&mut self, command: &Command) {
        let film = self.layout.active_film();
        let Some(open) = film
            .and_then(|film| self.readings.get_mut(film))
            .and_then(Reading::open_film_mut)
        else {
            return;
        };
        let presentation = &mut open.presentation;
        let before = presentation.window();
        match command {
            Command::Preset(index) => presentation.choose(*index),
            Command::Window(change) => presentation.change(*change),
            Command::Invert => presentation.invert(),
            Command::Look(look) => presentation.look = *look,
            _ => return,
        }
        let change = GreysChange {
            before,
            after: presentation.window(),
            preset: presentation.named_voi(),
            inverted: presentation.inverted,
        };
        if let (Some(film), Command::Look(look)) = (film, command) {
            self.lead(film, *look);
        }
        self.carry_greys(command, &change);
    }

    pub(super) fn selected_mut(&mut self) -> Option<&mut Reading> {
        self.readings.get_mut(self.selected?)
    }

    pub(super) fn select(&mut self, film: usize) {
        self.unchosen = None;
        self.choose(film);
    }

    fn step(&mut self, by: isize) {
        if let Some(selected) = self.selected {
            let last = self.readings.len().saturating_sub(1);
            self.select(selected.saturating_add_signed(by).min(last));
        }
    }

    fn close(&mut self) {
        if let Some(selected) = self.selected {
            self.readings.remove(selected);
            self.layout.forget(selected);
            self.unchosen = None;
            self.selected = None;
            if let Some(last) = self.readings.len().checked_sub(1) {
                self.choose(selected.min(last));
            }
        }
    }

    fn retry(&mut self) {
        if let Some(reading) = self.selected_mut()
            && matches!(reading.state, FilmState::Failed(_))
        {
            reading.state = FilmState::Listed;
            reading.asked = None;
        }
    }

    fn analyze(&mut self) {
        let due = self.due();
        let selected = self.selected.and_then(|index| self.readings.get_mut(index));
        if let Some(reading) = selected {
            due.iter()
                .for_each(|model| reading.ask(&self.worker, model));
        }
    }

    fn cancel(&mut self) {
        if self.cancel_mark() {
            return;
        }
        if let Some(reading) = self.selected_mut() {
            reading.cancel_analyses();
            if matches!(reading.state, FilmState::Opening(_)) {
                reading.state = FilmState::Failed(Error::cancelled());
            }
        }
    }

    fn pick(&mut self, id: &ModelId, picked: bool) {
        self.shelf.pick(id, picked);
        if !picked && let Some(reading) = self.selected_mut() {
            reading.cancel_analysis(id);
        }
    }

    fn choose_map(&mut self, kind: MapKind) {
        if let Some(model) = self.reading().and_then(Reading::shown).cloned() {
            self.overlay.choose_map(&model, kind);
        }
    }

    fn set_threshold(&mut self, value: Option<f32>) {
        let shown = self.reading().and_then(Reading::shown).cloned();
        if let (Some(model), Some(cut)) = (shown, self.cut()) {
            self.overlay.set_cut(&model, cut.map.kind, value);
        } else if let Some(open) = self.selected_mut().and_then(Reading::open_film_mut) {
            open.returned_cut = value.filter(|value| value.is_finite());
        }
    }

    fn nudge_threshold(&mut self, share: f32) {
        let returned = || self.returned_cut(self.reading()?);
        let cut = self.cut().or_else(returned);
        // Of a map that is not shown nobody sees where it is cut.
        if let Some(cut) = cut.filter(Cut::shows_map) {
            let (low, high) = cut.map.scale;
            let value = cut.value + share * (high - low);
            let (least, most) = cut.range();
            self.set_threshold(Some(value.clamp(least, most)));
        }
    }

    fn toggle(&mut self, mark: Mark) {
        let held = self.reading().is_some_and(|reading| reading.pace.locked());
        match mark {
            // Unseen, they would wait for the reader's commitment and surprise.
            Mark::Overlay | Mark::Boxes if held => {}
            Mark::Results => {
                if let Some(reading) = self.selected_mut() {
                    reading.results_wanted = !reading.results_wanted && reading.analyzed();
                }
            }
            Mark::Overlay => self.overlay.on_original = !self.overlay.on_original,
            Mark::Boxes => self.overlay.boxes = !self.overlay.boxes,
            Mark::Words => self.overlay.words = self.overlay.words.next(),
            Mark::Readers => self.overlay.marks = !self.overlay.marks,
            Mark::FileOverlays | Mark::Shutter => {
                if let Some(open) = self.selected_mut().and_then(Reading::open_film_mut) {
                    let shown = &mut open.presentation.shown;
                    let part = match mark {
                        Mark::Shutter => &mut shown.shutter,
                        _ => &mut shown.overlays,
                    };
                    *part = !*part;
                }
            }
        }
    }

    fn filter(&mut self, filter: Option<Filter>) {
        let wake = self.wake.clone();
        if let Some(reading) = self.selected_mut() {
            let again = reading.filter().is_some() && reading.filter() == filter;
            reading.process(filter.filter(|_| !again), wake);
        }
    }

    /// With results hidden there is nothing to peek at.
    fn results_shown(&self) -> bool {
        self.reading()
            .is_some_and(|reading| reading.shown_outcome().is_some())
    }

    fn step_region(&mut self, by: isize) {
        let Some(reading) = self.selected_mut() else {
            return;
        };
        let count = reading.regions().len() as isize;
        if count == 0 || !reading.results_visible() {
            return;
        }
        let index = match reading.region {
            Some(index) => (index as isize + by).rem_euclid(count),
            None if by < 0 => count - 1,
            None => 0,
        } as usize;
        reading.region = Some(index);
        let center_in_image = reading.regions()[index].bounds.center();
        if let Some(open) = reading.open_film_mut()
            && let Look::Free { zoom, .. } = open.presentation.look
        {
            open.presentation.look = Look::Free {
                center_in_image,
                zoom,
            };
        }
    }
}
