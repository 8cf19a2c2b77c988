//! One entry of the film list: a path, the film once it is open, and what models say about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Presentation;
use crate::anomaly::{Outcome, Placed, Region};
use crate::error::{Error, Result};
use crate::files;
use crate::radiograph::{Film, PixelRect};
use crate::task::{Task, Wake};

/// A film that can be shown.
#[derive(Clone, Debug)]
pub struct OpenFilm {
    /// The film.
    pub film: Film,
    /// Its samples as the display takes them: one upload for as long as it lives.
    pub layer: Arc<Placed>,
    /// How it is shown.
    pub presentation: Presentation,
}

impl OpenFilm {
    /// Opens a film and prepares it for the screen. For a task, not for the window's thread.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn read(path: &Path) -> Result<Self> {
        let film = files::open(path)?;
        let raster = film.radiograph.raster.clone();
        let place = PixelRect::of_image(raster.width(), raster.height());
        let presentation = Presentation::new(&film.radiograph);
        Ok(Self {
            film,
            layer: Arc::new(Placed { raster, place }),
            presentation,
        })
    }

    /// Returns the memory its samples take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.layer.raster.samples())
    }
}

/// How far the opening of a film is.
pub enum FilmState {
    /// It waits, because nobody looked at it yet or because others needed the memory.
    Listed,
    /// It is being read.
    Opening(Task<Box<OpenFilm>>),
    /// It can be shown.
    Open(Box<OpenFilm>),
    /// It cannot be opened.
    Failed(Error),
}

/// How far the analysis of a film is.
pub enum Analysis {
    /// Nobody asked for one.
    None,
    /// It is queued or running.
    Running(Box<Task<Outcome>>),
    /// The user stopped it.
    Cancelled,
    /// It failed.
    Failed(Error),
}

/// One entry of the film list.
pub struct Reading {
    /// The file.
    pub path: PathBuf,
    /// The film, as far as it is open.
    pub state: FilmState,
    /// The analysis asked for last.
    pub analysis: Analysis,
    /// The last result; a run that fails or is cancelled leaves it standing.
    pub outcome: Option<Arc<Outcome>>,
    /// Whether what models say about this film is shown; off until asked for.
    pub results_visible: bool,
    /// The regions above the present threshold.
    pub regions: Vec<Region>,
    /// The region the user stepped to, as an index into `regions`.
    pub region: Option<usize>,
    /// Whether the file has been opened once with success.
    pub(super) opened_before: bool,
    pub(super) regions_key: Option<super::RegionsKey>,
}

impl Reading {
    /// Makes an entry that nobody has looked at yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: FilmState::Listed,
            analysis: Analysis::None,
            outcome: None,
            results_visible: false,
            regions: Vec::new(),
            region: None,
            opened_before: false,
            regions_key: None,
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

    /// Returns the result when it is to be shown.
    pub fn shown_outcome(&self) -> Option<&Arc<Outcome>> {
        self.outcome.as_ref().filter(|_| self.results_visible)
    }

    /// Returns the running analysis.
    pub fn running(&self) -> Option<&Task<Outcome>> {
        match &self.analysis {
            Analysis::Running(task) => Some(task),
            _ => None,
        }
    }

    pub(super) fn open_film_mut(&mut self) -> Option<&mut OpenFilm> {
        match &mut self.state {
            FilmState::Open(film) => Some(film),
            _ => None,
        }
    }

    pub(super) fn start_opening(&mut self, wake: Wake) {
        let path = self.path.clone();
        self.state = FilmState::Opening(Task::spawn("opening", wake, move |progress| {
            progress.enter("reading", 0.0)?;
            let film = OpenFilm::read(&path)?;
            progress.at(1.0)?;
            Ok(Box::new(film))
        }));
    }

    /// Takes in whatever its tasks have finished; returns whether there was something.
    pub(super) fn poll(&mut self) -> bool {
        self.poll_film() | self.poll_analysis()
    }

    fn poll_film(&mut self) -> bool {
        let FilmState::Opening(task) = &self.state else {
            return false;
        };
        if task.ready().is_none() {
            return false;
        }
        if let FilmState::Opening(task) = std::mem::replace(&mut self.state, FilmState::Listed) {
            self.state = match task.take() {
                Ok(Ok(film)) => {
                    self.opened_before = true;
                    FilmState::Open(film)
                }
                Ok(Err(error)) => FilmState::Failed(error),
                Err(task) => FilmState::Opening(task),
            };
        }
        true
    }

    fn poll_analysis(&mut self) -> bool {
        let Analysis::Running(task) = &self.analysis else {
            return false;
        };
        if task.ready().is_none() {
            return false;
        }
        if let Analysis::Running(task) = std::mem::replace(&mut self.analysis, Analysis::None) {
            match task.take() {
                Ok(Ok(outcome)) => {
                    self.outcome = Some(Arc::new(outcome));
                    self.results_visible = true;
                }
                Ok(Err(error)) if error.is_cancelled() => self.analysis = Analysis::Cancelled,
                Ok(Err(error)) => self.analysis = Analysis::Failed(error),
                Err(task) => self.analysis = Analysis::Running(Box::new(task)),
            }
        }
        true
    }
}
