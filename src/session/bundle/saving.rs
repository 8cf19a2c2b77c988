//! From what is open to a record.

use std::path::{Path, PathBuf};

use chrono::Local;

use super::record::{FORMAT, FilmRecord, Record, ResultRecord, View};
use crate::error::{Error, Result};
use crate::files;
use crate::radiograph::Raster;
use crate::session::export::free_name;
use crate::session::layout::Arrangement;
use crate::session::marks::{KeptMarks, content_hash};
use crate::session::{OpenFilm, Reading, Session};
use crate::task::Progress;

impl Session {
    /// Saves the reading in the background: every film that is open and was worked on or is on the
    /// screen.
    pub(in crate::session) fn save_bundle(&mut self, path: &Path) {
        let mut places = Vec::new();
        let mut films = Vec::new();
        for (index, reading) in self.readings.iter().enumerate() {
            let Some(open) = reading.open_film() else {
                continue;
            };
            let worked_on = reading.analyzed()
                || !reading.marks().is_untouched()
                || reading.pace().first().is_some();
            let seen = self
                .layout
                .cells()
                .iter()
                .any(|cell| cell.film == Some(index));
            if worked_on || seen || self.selected == Some(index) {
                places.push(index);
                let raster = open.film.radiograph.raster.clone();
                films.push((self.film_record(reading, open), raster));
            }
        }
        let place = |film: usize| places.iter().position(|&place| place == film);
        let cells = self.layout.cells().iter();
        let in_grid = self.layout.arrangement() != Arrangement::Automatic;
        let record = Record {
            format: FORMAT,
            program: concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
            saved: Local::now().to_rfc3339(),
            films: Vec::new(),
            selected: self.selected.and_then(place),
            arrangement: self.layout.arrangement(),
            cells: cells
                .filter(|_| in_grid)
                .map(|cell| (cell.film.and_then(place), cell.role.clone()))
                .collect(),
            compare: self.compare(),
            overlay: (
                self.overlay.opacity,
                self.overlay.on_original,
                self.overlay.boxes,
            ),
        };
        let path = path.to_owned();
        let save = move |progress: &Progress| save(record, films, &path, progress);
        self.errands.save(save, self.wake.clone());
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
                threshold: cut.value,
                default_threshold: default == Some(cut.value),
            })
        });
        let shown = presentation.shown;
        FilmRecord {
            name: open.film.public_name(),
            hash: String::new(),
            view: View {
                preset: presentation.preset,
                window: presentation.window(),
                inverted: presentation.inverted,
                look: presentation.look,
                file_marks: (shown.overlays, shown.shutter),
            },
            marks: KeptMarks::of(reading.marks(), "", &open.film.radiograph.raster),
            results: results.collect(),
            results_wanted: reading.results_wanted,
            impressions: (reading.pace().first(), reading.pace().last()),
            judged: reading.pace().all_judged().to_vec(),
        }
    }
}

fn save(
    mut record: Record,
    films: Vec<(FilmRecord, Raster)>,
    path: &Path,
    progress: &Progress,
) -> Result<PathBuf> {
    progress.enter("hashing the films", 0.0)?;
    for (mut film, raster) in films {
        film.hash = content_hash(&raster);
        if let Some(marks) = &mut film.marks {
            marks.set_film(&film.hash);
        }
        record.films.push(film);
    }
    progress.enter("writing", 0.8)?;
    let bytes = serde_json::to_vec_pretty(&record)
        .map_err(|cause| Error::internal(format!("the reading has no JSON form: {cause}")))?;
    let path = free_name(path, files::BUNDLE_ENDING, Path::exists)?;
    files::write_bundle(&path, &bytes)?;
    Ok(path)
}
