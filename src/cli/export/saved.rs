//! What `silhouette export` takes from a saved reading, or from the marks that are kept of a film.

use std::path::PathBuf;
use std::sync::Arc;

use crate::anomaly::Outcome;
use crate::cli::{loading, report};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::Film;
use crate::session::{Cut, OverlaySettings, SavedMarks, SavedReading, SavedResult, SavedView};
use crate::training::WeightsFolders;

/// Where marks and results come from.
#[derive(clap::Args)]
pub(super) struct Saved {
    /// A saved reading (.silh): its marks, how the film was seen in it, and the models whose results
    /// it holds, which run again.
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "model", "window", "voi", "auto", "invert", "filter", "no_overlays", "no_shutter"
    ])]
    reading: Option<PathBuf>,
    /// The marks that the window keeps of this film on this computer.
    #[arg(long, conflicts_with = "reading")]
    kept_marks: bool,
}

/// What was saved of a film.
#[derive(Default)]
pub(super) struct Found {
    pub(super) marks: SavedMarks,
    pub(super) view: Option<SavedView>,
    pub(super) results: Vec<SavedResult>,
    pub(super) overlay: Option<OverlaySettings>,
}

impl Saved {
    /// Reads what was saved of a film.
    ///
    /// # Errors
    /// When there is nothing of this film, or it cannot be read.
    pub(super) fn of(&self, film: &Film) -> Result<Found> {
        if let Some(path) = &self.reading {
            let reading = SavedReading::read(path)?;
            let (marks, view, results) = reading.film(film)?;
            return Ok(Found {
                marks,
                view: Some(view),
                results,
                overlay: Some(reading.overlay()),
            });
        }
        let mut found = Found::default();
        if self.kept_marks {
            let folder = files::data_folder().ok_or_else(|| {
                Error::new(
                    ErrorKind::Usage,
                    "this system names no folder in which marks could be kept",
                    "Name one with SILHOUETTE_DATA_DIR.",
                )
            })?;
            found.marks = SavedMarks::kept_in(&folder, film)?;
            if found.marks == SavedMarks::default() {
                report::say("No marks are kept of this film.");
            }
        }
        Ok(found)
    }
}

impl Found {
    /// Runs the models whose results were saved, and cuts their maps where they were cut. What
    /// differs from what was saved is said.
    ///
    /// # Errors
    /// When a model is missing, cannot run or makes no such map.
    pub(super) fn results(
        &self,
        film: &Film,
        (weights, device): (&WeightsFolders, &Device),
    ) -> Result<Vec<(Arc<Outcome>, Cut)>> {
        let results = self.results.iter();
        results
            .map(|result| again(result, film, (weights, device)))
            .collect()
    }
}

fn again(
    result: &SavedResult,
    film: &Film,
    (weights, device): (&WeightsFolders, &Device),
) -> Result<(Arc<Outcome>, Cut)> {
    let entry = loading::named(result.model().0.as_str())?;
    let mut model = loading::load(entry, weights, device)?;
    let outcome = loading::analyze(model.as_mut(), film)?;
    if let Some(why) = result.difference(&outcome) {
        let model = &outcome.model;
        report::say(&format!("{model} does not say what was saved: {why}"));
    }
    let outcome = Arc::new(outcome);
    let mut settings = OverlaySettings::default();
    match result.map_withheld() {
        true => settings.set_cut(result.model(), result.map(), result.threshold()),
        false => settings.choose(result.model(), result.map(), result.threshold()),
    }
    let cut = settings
        .cut(&outcome)
        .ok_or_else(|| Error::internal(format!("model {} made no map", outcome.model)))?;
    Ok((outcome, cut))
}
