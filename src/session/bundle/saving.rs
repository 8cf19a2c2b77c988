//! From what is open to a record.

use std::path::{Path, PathBuf};

use chrono::{Local, SecondsFormat};

use super::Bundles;
use super::greys::GreysRecord;
use super::record::{FORMAT, FilmRecord, OverlayRecord, Record, ResultRecord, View};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::Raster;
use crate::session::export::free_name;
use crate::session::marks::{KeptMarks, content_hash};
use crate::session::{OpenFilm, Reading, Session};
use crate::task::Progress;

/// A film on its way into a saved reading.
struct Outgoing {
    record: FilmRecord,
    raster: Raster,
    path: PathBuf,
}

impl Session {
    /// Returns the bytes of the files that a saved reading would pack.
    pub fn packable_bytes(&self) -> u64 {
        let places = self.saved_films().into_iter();
        let open = places.filter_map(|film| self.readings[film].open_film());
        open.map(|open| open.file_bytes).sum()
    }

    /// Returns the films that a saved reading is about: every film that is open and was worked on or
    /// is on the screen.
    fn saved_films(&self) -> Vec<usize> {
        let cells = self.layout.cells();
        let belongs = |&index: &usize| {
            let reading = &self.readings[index];
            let worked_on = reading.analyzed()
                || !reading.marks().is_untouched()
                || reading.pace().first().is_some();
            let seen = cells.iter().any(|cell| cell.film == Some(index));
            reading.open_film().is_some() && (worked_on || seen || self.selected == Some(index))
        };
        (0..self.readings.len()).filter(belongs).collect()
    }

    /// Saves the reading in the background, and the files of its films in it where that is wanted.
    pub(in crate::session) fn save_bundle(&mut self, path: &Path, pack: bool) {
        let save = self.saving(path, pack);
        self.errands.save(save, self.wake.clone());
    }

    /// Returns what writes the reading as it is now.
    fn saving(
        &self,
        path: &Path,
        pack: bool,
    ) -> impl FnOnce(&Progress) -> Result<PathBuf> + Send + use<> {
        let places = self.saved_films();
        let outgoing = places.iter().filter_map(|&index| {
            let reading = &self.readings[index];
            let open = reading.open_film()?;
            Some(Outgoing {
                record: self.film_record(reading, open),
                raster: open.film.radiograph.raster.clone(),
                path: reading.path.clone(),
            })
        });
        let films: Vec<Outgoing> = outgoing.collect();
        let place = |film: usize| places.iter().position(|&place| place == film);
        let record = Record {
            format: FORMAT,
            program: concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
            saved: Local::now().to_rfc3339_opts(SecondsFormat::Secs, false),
            films: Vec::new(),
            selected: self.selected.and_then(place),
            layout: self.layout_record(place),
            overlay: OverlayRecord::of(&self.overlay),
            models: self.shelf.picked().cloned().collect(),
            shown: self.shelf.shown.clone(),
        };
        let path = path.to_owned();
        move |progress: &Progress| save(record, films, (&path, pack), progress)
    }

    /// Saves the reading in a folder, where there is one, and lets go of all that must not outlive the
    /// session, for a window that ends without having been closed; returns where the reading is.
    pub fn leave(&mut self, folder: Option<&Path>) -> Option<PathBuf> {
        let saved = folder.filter(|_| !self.saved_films().is_empty());
        let saved = saved.and_then(|folder| match self.set_aside(folder) {
            Ok(path) => Some(path),
            Err(error) => {
                log::warn!("{}", error.message);
                None
            }
        });
        self.finish();
        // Threads write what they hold and end; files that were unpacked go.
        self.keeper = None;
        self.log = None;
        self.bundles = Bundles::default();
        saved
    }

    fn set_aside(&self, folder: &Path) -> Result<PathBuf> {
        files::make_private_folder(folder)?;
        let path = folder.join("interrupted");
        let save = self.saving(&path.with_extension(files::BUNDLE_ENDING), false);
        save(&Progress::new())
    }

    fn film_record(&self, reading: &Reading, open: &OpenFilm) -> FilmRecord {
        let presentation = &open.presentation;
        let results = self.shelf.picked().filter_map(|id| {
            let outcome = reading.outcome(id)?;
            let cut = self.overlay.cut(outcome)?;
            let default = cut.default.as_ref().map(|(value, _)| *value);
            Some(ResultRecord {
                model: id.clone(),
                weights_sha256: outcome.weights_sha256.clone(),
                device: outcome.device.clone(),
                score: outcome.score.raw,
                map: cut.map.kind,
                map_withheld: !cut.shows_map(),
                threshold: cut.value,
                default_threshold: default == Some(cut.value),
            })
        });
        let shown = presentation.shown;
        FilmRecord {
            name: open.film.public_name(),
            hash: String::new(),
            packed: None,
            view: View {
                greys: GreysRecord::of(&presentation.greys()),
                look: presentation.look,
                filter: reading.filter(),
                file_marks: (shown.overlays, shown.shutter),
            },
            marks: KeptMarks::of(reading.marks(), "", &open.film.radiograph.raster),
            selected_mark: reading.marks().selected_at(),
            results: results.collect(),
            results_wanted: reading.results_wanted,
            region: reading.region,
            foreign_map: open.returned_map.is_some(),
            admission: reading.admission(),
            impressions: (reading.pace().first(), reading.pace().last()),
            results_seen_before: reading.pace().seen_before(),
            judged: reading.pace().all_judged().to_vec(),
        }
    }
}

fn save(
    mut record: Record,
    films: Vec<Outgoing>,
    (path, pack): (&Path, bool),
    progress: &Progress,
) -> Result<PathBuf> {
    progress.enter("hashing the films", 0.0)?;
    let mut packed = Vec::new();
    for (place, film) in films.into_iter().enumerate() {
        let mut outgoing = film.record;
        outgoing.hash = content_hash(&film.raster);
        if let Some(marks) = &mut outgoing.marks {
            marks.set_film(&outgoing.hash);
        }
        if pack {
            unchanged(&film.path, &outgoing, progress)?;
            let one = files::Packed::of(&film.path, place)?;
            outgoing.packed = Some(one.clone());
            packed.push((one, film.path));
        }
        record.films.push(outgoing);
    }
    progress.enter("writing", 0.8)?;
    let bytes = serde_json::to_vec_pretty(&record)
        .map_err(|cause| Error::internal(format!("the reading has no JSON form: {cause}")))?;
    let path = free_name(path, files::BUNDLE_ENDING, Path::exists)?;
    files::write_bundle(&path, &bytes, &packed)?;
    Ok(path)
}

/// Refuses to pack a file that holds other pixels than those that were read.
fn unchanged(path: &Path, film: &FilmRecord, progress: &Progress) -> Result<()> {
    let now = files::open_for(progress, path)?;
    if content_hash(&now.radiograph.raster) == film.hash {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unreadable,
        format!(
            "the reading was not saved: the file of “{}” holds other pixels than when it was opened",
            film.name
        ),
        "Save it without the films, or open the film anew.",
    ))
}
