//! The films of a saved reading: those that are open, those inside it, and those that lie beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{FilmRecord, Record};
use crate::anomaly::short_hash;
use crate::error::Result;
use crate::files::{self, PrivateFolder};
use crate::session::errands::finished;
use crate::session::{Command, FilmState, Notice, Reading, Session};
use crate::task::{Task, Wake};

/// Saved readings on their way, and those whose films are not all there.
#[derive(Default)]
pub(in crate::session) struct Bundles {
    loading: Vec<Task<Waiting>>,
    unpacking: Vec<Task<Unpacked>>,
    pub(super) waiting: Vec<Waiting>,
    /// The reading that is back but for its results, until the user does anything.
    pub(super) unsettled: Option<Waiting>,
    /// The saved readings that films came out of.
    packed: BTreeSet<PathBuf>,
    /// A saved reading that nobody asked for, which goes once all of it is given back.
    pub(super) interim: Option<PathBuf>,
    /// Films out of saved readings, for as long as the session lives.
    unpacked: Option<Arc<PrivateFolder>>,
    /// The films that were put on the list because a saved reading is about them.
    pub(super) brought: BTreeSet<PathBuf>,
}

/// Where the films of a saved reading were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Looked {
    /// Among those that are open.
    Open,
    /// In the archive as well.
    Inside,
    /// And beside it.
    Beside,
    /// And it was said which are missing.
    Missed,
}

/// Films out of a saved reading.
#[derive(Clone)]
pub(super) struct Unpacked {
    pub(super) films: Vec<PathBuf>,
    /// The folder of the saved reading.
    pub(super) beside: PathBuf,
}

/// A saved reading, and the film of the list that each of its films is.
#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) path: PathBuf,
    pub(super) record: Record,
    pub(super) found: Vec<Option<PathBuf>>,
    pub(super) looked: Looked,
}

impl Bundles {
    /// Starts to read a saved reading.
    pub(in crate::session) fn load(&mut self, path: PathBuf, wake: Wake) {
        self.loading
            .push(Task::spawn("a saved reading", wake, move |_| {
                let record = Record::read(&files::read_bundle(&path)?)?;
                Ok(Waiting {
                    path,
                    found: vec![None; record.films.len()],
                    record,
                    looked: Looked::Open,
                })
            }));
    }

    /// Removes the saved reading that nobody asked for, if it is this one.
    pub(super) fn remove_interim(&mut self, path: &Path) {
        if self.interim.as_deref() == Some(path) {
            std::fs::remove_file(path).ok();
            self.interim = None;
        }
    }

    /// Reports whether any film is looked for by its content.
    pub(in crate::session) fn looks_for_films(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Leaves the viewports as they are from now on: the user does something with them.
    pub(in crate::session) fn leave_alone(&mut self) {
        self.unsettled = None;
    }

    /// Takes in what was read; returns whether anything was, what was unpacked, and what went wrong.
    pub(super) fn poll(&mut self) -> (bool, Vec<Result<Unpacked>>) {
        let mut arrived = finished(&mut self.unpacking);
        let read = finished(&mut self.loading);
        let news = !(arrived.is_empty() && read.is_empty());
        for read in read {
            match read {
                Ok(waiting) => self.waiting.push(waiting),
                Err(error) => arrived.push(Err(error)),
            }
        }
        (news, arrived)
    }

    fn folder(&mut self) -> Result<Arc<PrivateFolder>> {
        match &self.unpacked {
            Some(folder) => Ok(folder.clone()),
            None => {
                let folder = Arc::new(PrivateFolder::new()?);
                self.unpacked = Some(folder.clone());
                Ok(folder)
            }
        }
    }

    /// Starts to unpack the files of films that are not open.
    fn unpack(&mut self, bundle: &Waiting, wake: Wake) -> Result<()> {
        let missing: Vec<FilmRecord> = bundle.missing().cloned().collect();
        if missing.iter().all(|film| film.packed.is_none()) {
            return Ok(());
        }
        let (folder, path) = (self.folder()?, bundle.path.clone());
        self.packed.insert(path.clone());
        self.unpacking
            .push(Task::spawn("unpacking films", wake, move |progress| {
                let mut films = Vec::new();
                for (place, film) in missing.iter().enumerate() {
                    progress.enter("unpacking", place as f32 / missing.len() as f32)?;
                    if let Some(packed) = &film.packed {
                        let to = folder.free(&film.name)?;
                        files::unpack_film(&path, packed, &to)?;
                        films.push(to);
                    }
                }
                let beside = path.parent().unwrap_or(Path::new("")).to_owned();
                Ok(Unpacked { films, beside })
            }));
        Ok(())
    }
}

impl Waiting {
    pub(super) fn complete(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }

    /// Returns its file's name.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn missing(&self) -> impl Iterator<Item = &FilmRecord> {
        let films = self.record.films.iter().zip(&self.found);
        films
            .filter(|(_, found)| found.is_none())
            .map(|(film, _)| film)
    }

    /// Returns files beside it that are called like the films that are missing.
    fn beside(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let names = self.missing().map(|film| Path::new(&film.name));
        // A name leads nowhere else.
        let names = names.filter(|name| name.file_name() == Some(name.as_os_str()));
        let paths = names.map(|name| folder.join(name));
        paths.filter(|path| path.is_file()).collect()
    }

    fn miss(&self) -> Notice {
        let named = self.missing().map(|film| {
            let short = short_hash(&film.hash);
            format!("“{}” (content {short}…)", film.name)
        });
        Notice {
            message: format!(
                "“{}” is about films that are not open, or whose pixels have changed: {}",
                self.name(),
                named.collect::<Vec<String>>().join(", ")
            ),
            advice: "Open them: what was saved returns with each.".to_owned(),
            is_error: false,
        }
    }
}

impl Reading {
    /// Returns the folder in which what is made of the film is proposed to be saved: that of its
    /// file, or of the saved reading that brought it.
    pub fn folder(&self) -> PathBuf {
        let own = || Some(self.path.parent()?.to_owned());
        self.unpacked_beside
            .clone()
            .or_else(own)
            .unwrap_or_default()
    }
}

impl Session {
    /// Returns the files that have the film list open again: films, and saved readings that films came
    /// out of.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let films = self.readings.iter();
        let films = films.filter(|reading| reading.unpacked_beside.is_none());
        let films = films.map(|reading| reading.path.clone());
        films.chain(self.bundles.packed.iter().cloned())
    }

    /// Opens the reading of a window that was lost; its file goes once all of it is given back.
    pub fn take_up(&mut self, saved: PathBuf) {
        self.bundles.interim = Some(saved.clone());
        self.apply(Command::Open(vec![saved]));
    }

    /// Looks for films of a saved reading that are not open: inside it, then beside it; returns
    /// whether there was anything new, at last which are missing.
    pub(super) fn look_for_films(&mut self, bundle: &mut Waiting) -> bool {
        let unsure = |reading: &Reading| {
            matches!(reading.state, FilmState::Opening(_))
                || (reading.open_film().is_some() && reading.content_hash().is_none())
                || (matches!(reading.state, FilmState::Listed)
                    && !reading.opened_before
                    && self.bundles.brought.contains(&reading.path))
        };
        let busy = self.errands.gathering()
            || !self.bundles.unpacking.is_empty()
            || self.readings.iter().any(unsure);
        if bundle.looked == Looked::Missed || bundle.complete() || busy {
            return false;
        }
        match bundle.looked {
            Looked::Open => {
                bundle.looked = Looked::Inside;
                if let Err(error) = self.bundles.unpack(bundle, self.wake.clone()) {
                    self.notices.push(Notice::error(&error));
                }
            }
            Looked::Inside => {
                bundle.looked = Looked::Beside;
                let beside = bundle.beside();
                self.bundles.brought.extend(beside.iter().cloned());
                self.list(beside);
            }
            Looked::Beside | Looked::Missed => {
                bundle.looked = Looked::Missed;
                self.notices.push(bundle.miss());
            }
        }
        true
    }
}
