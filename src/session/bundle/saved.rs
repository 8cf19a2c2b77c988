//! A saved reading without a window: what it holds of a film.

use std::path::Path;

use super::record::{FilmRecord, Record, ResultRecord};
use crate::anomaly::{MapKind, ModelId, Outcome};
use crate::display::{FileMarks, Filter};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Annotation, Film, NamedVoi, PixelSpacing, Polarity};
use crate::session::marks::{KeptMarks, content_hash, kept_path};
use crate::session::{OverlaySettings, Presentation};

/// A saved reading.
pub struct SavedReading(Record);

/// What is kept of a film's marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedMarks {
    /// The marks.
    pub marks: Vec<Annotation>,
    /// The spacing that the reader set.
    pub spacing: Option<PixelSpacing>,
    /// Whether the film is a key image.
    pub key_image: bool,
}

/// How a film was seen.
#[derive(Clone, Debug)]
pub struct SavedView {
    /// The curve.
    pub voi: NamedVoi,
    /// The polarity.
    pub polarity: Polarity,
    /// What of the film's file was drawn over it.
    pub file_marks: FileMarks,
    /// The display filter.
    pub filter: Option<Filter>,
}

/// What a model said of a film.
#[derive(Clone, Debug)]
pub struct SavedResult(ResultRecord);

impl SavedReading {
    /// Reads a saved reading.
    ///
    /// # Errors
    /// When the file is none, or cannot be used.
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self(Record::read(&files::read_bundle(path)?)?))
    }

    /// Returns how maps and marks were drawn.
    pub fn overlay(&self) -> OverlaySettings {
        let mut settings = OverlaySettings::default();
        self.0.overlay.put_into(&mut settings);
        settings
    }

    /// Returns what it holds of a film: its marks, how it was seen, and what models said.
    ///
    /// # Errors
    /// When the reading is not about this film.
    pub fn film(&self, film: &Film) -> Result<(SavedMarks, SavedView, Vec<SavedResult>)> {
        let hash = content_hash(&film.radiograph.raster);
        let known = self.0.films.iter().find(|known| known.hash == hash);
        let known = known.ok_or_else(|| {
            let names = self.0.films.iter().map(|film| format!("“{}”", film.name));
            Error::new(
                ErrorKind::Usage,
                "the reading is not about this film, or the film's pixels have changed",
                format!("It is about {}.", names.collect::<Vec<String>>().join(", ")),
            )
        })?;
        let results = known.results.iter().cloned().map(SavedResult);
        Ok((
            SavedMarks::of(known.marks.clone()),
            known.view_of(film),
            results.collect(),
        ))
    }
}

impl FilmRecord {
    fn view_of(&self, film: &Film) -> SavedView {
        let mut presentation = Presentation::new(&film.radiograph);
        let greys = self.view.greys.on(&presentation);
        presentation.put(greys);
        let (overlays, shutter) = self.view.file_marks;
        SavedView {
            voi: presentation.named_voi(),
            polarity: presentation.polarity(),
            file_marks: FileMarks { overlays, shutter },
            filter: self.view.filter,
        }
    }
}

impl SavedMarks {
    /// Reads the marks that are kept of a film in the program's folder; none where there are none.
    ///
    /// # Errors
    /// When there is a file that cannot be read or used.
    pub fn kept_in(folder: &Path, film: &Film) -> Result<Self> {
        let raster = &film.radiograph.raster;
        let hash = content_hash(raster);
        let kept = KeptMarks::read(&kept_path(folder, &hash), &hash, raster)?;
        Ok(Self::of(kept))
    }

    fn of(kept: Option<KeptMarks>) -> Self {
        kept.map_or_else(Self::default, KeptMarks::into_saved)
    }
}

impl SavedResult {
    /// Returns the model.
    pub fn model(&self) -> &ModelId {
        &self.0.model
    }

    /// Returns the map that was shown.
    pub fn map(&self) -> MapKind {
        self.0.map
    }

    /// Reports whether that map was withheld: not shown, and without regions.
    pub fn map_withheld(&self) -> bool {
        self.0.map_withheld
    }

    /// Returns where it was cut by hand; `None` where that was the model's default.
    pub fn threshold(&self) -> Option<f32> {
        (!self.0.default_threshold).then_some(self.0.threshold)
    }

    /// Says in what an outcome is not the saved one; `None` where it is.
    pub fn difference(&self, outcome: &Outcome) -> Option<String> {
        self.0.difference(
            (&outcome.weights_sha256, &outcome.device),
            outcome.score.raw,
        )
    }
}
