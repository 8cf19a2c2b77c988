//! How long a film takes from its file to the screen, measured in a real window: each film is
//! opened, let go of and opened again, as a reader would, with nothing of it kept in between.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Window, native};
use crate::compute::DeviceKind;
use crate::error::{Error, Result};
use crate::inference::Models;
use crate::session::{Command, FilmState};

/// The pause between two openings, in which the window comes to rest.
const REST: Duration = Duration::from_millis(300);

/// How long a film took in each round, from asking for it to the start of the frame after the one
/// that first drew it: by then that one had been handed to the display.
#[derive(Clone, Debug, Default)]
pub struct OpeningTime {
    /// To the first pixels of it: a preview's, or the film's own.
    pub first_pixels: Vec<Duration>,
    /// To the film itself.
    pub film: Vec<Duration>,
}

/// Opens each of the films so many times in a window and returns how long they took, in order.
///
/// # Errors
/// When no window can be opened, a film cannot, or the window is closed before the end.
pub fn opening_times(
    models: Arc<dyn Models>,
    paths: Vec<PathBuf>,
    rounds: usize,
) -> Result<Vec<OpeningTime>> {
    let measured = Arc::new(Mutex::new(Vec::new()));
    let drill_measured = measured.clone();
    let wanted = paths.len();
    native::run_app(move |creation| {
        Box::new(Drill {
            window: Window::new(creation, models, DeviceKind::Cpu, Vec::new()),
            paths,
            rounds,
            taken: OpeningTime::default(),
            stage: Stage::Resting(Instant::now()),
            measured: drill_measured,
        })
    })?;
    let mut measured = measured.lock().map_err(|_| interrupted())?;
    let times: Result<Vec<OpeningTime>> = measured.drain(..).collect();
    times.and_then(|times| {
        let whole = times.len() == wanted;
        if whole { Ok(times) } else { Err(interrupted()) }
    })
}

fn interrupted() -> Error {
    Error::internal("the window was closed before the last film was measured")
}

/// Where the measurement of a film stands.
enum Stage {
    /// Nothing is open since then.
    Resting(Instant),
    /// Asked for then; the frame before drew this much of it.
    Asked(Instant, Drawn),
}

#[derive(Clone, Copy, PartialEq)]
enum Drawn {
    Nothing,
    Preview,
    Film,
}

/// A window that opens films by itself.
struct Drill {
    window: Window,
    paths: Vec<PathBuf>,
    rounds: usize,
    /// Of the film that is being measured.
    taken: OpeningTime,
    stage: Stage,
    measured: Arc<Mutex<Vec<Result<OpeningTime>>>>,
}

impl Drill {
    /// Notes what the frame before brought onto the screen, and asks for the next film when it is time.
    fn begin_frame(&mut self, context: &egui::Context) {
        match self.stage {
            Stage::Resting(since) if since.elapsed() < REST => {}
            Stage::Resting(_) => self.ask_for_next(context),
            Stage::Asked(asked, drawn) => {
                let first = self.taken.first_pixels.len() == self.taken.film.len();
                if drawn != Drawn::Nothing && first {
                    self.taken.first_pixels.push(asked.elapsed());
                }
                if drawn == Drawn::Film {
                    self.taken.film.push(asked.elapsed());
                    self.window.session.apply(Command::Close);
                    self.stage = Stage::Resting(Instant::now());
                }
            }
        }
    }

    fn ask_for_next(&mut self, context: &egui::Context) {
        let done = self.done();
        if self.taken.film.len() >= self.rounds && done < self.paths.len() {
            let taken = std::mem::take(&mut self.taken);
            self.finish(Ok(taken));
        }
        match self.paths.get(self.done()) {
            Some(path) => {
                self.stage = Stage::Asked(Instant::now(), Drawn::Nothing);
                self.window.session.apply(Command::Open(vec![path.clone()]));
            }
            None => context.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn done(&self) -> usize {
        self.measured.lock().map_or(usize::MAX, |done| done.len())
    }

    fn finish(&self, time: Result<OpeningTime>) {
        if let Ok(mut measured) = self.measured.lock() {
            measured.push(time);
        }
    }

    /// Notes what this frame draws.
    fn end_frame(&mut self, context: &egui::Context) {
        let Stage::Asked(asked, before) = self.stage else {
            context.request_repaint_after(REST);
            return;
        };
        let Some(reading) = self.window.session.reading() else {
            return;
        };
        let drawn = match &reading.state {
            FilmState::Open(_) => Drawn::Film,
            FilmState::Failed(error) => {
                self.finish(Err(error.clone()));
                context.send_viewport_cmd(egui::ViewportCommand::Close);
                return;
            }
            _ if reading.preview().is_some() => Drawn::Preview,
            _ => Drawn::Nothing,
        };
        if drawn != before {
            self.stage = Stage::Asked(asked, drawn);
            context.request_repaint();
        }
    }
}

impl eframe::App for Drill {
    fn logic(&mut self, context: &egui::Context, frame: &mut eframe::Frame) {
        self.begin_frame(context);
        self.window.logic(context, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.window.ui(ui, frame);
        self.end_frame(ui.ctx());
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.window.clear_color(visuals)
    }

    fn on_exit(&mut self) {
        self.window.on_exit();
    }
}
