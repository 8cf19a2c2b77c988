//! What a saved reading records. Nothing of the patient, and no path.

use serde::{Deserialize, Serialize};

use super::greys::GreysRecord;
use crate::anomaly::{MapKind, ModelId};
use crate::display::{Colormap, Filter};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Packed;
use crate::session::layout::LayoutRecord;
use crate::session::marks::KeptMarks;
use crate::session::{Admission, Impression, Judged, Look, OverlaySettings, Words};

/// The format written here.
pub(super) const FORMAT: u32 = 2;

/// A reading: its films, how they were seen, and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) format: u32,
    /// The program's name and version.
    pub(super) program: String,
    /// When it was saved, RFC 3339.
    pub(super) saved: String,
    pub(super) films: Vec<FilmRecord>,
    /// The selected film, by its place in `films`.
    pub(super) selected: Option<usize>,
    pub(super) layout: LayoutRecord,
    pub(super) overlay: OverlayRecord,
    /// The models that were picked.
    pub(super) models: Vec<ModelId>,
    /// The one whose results were shown first.
    pub(super) shown: Option<ModelId>,
}

/// The choices about maps and marks that are the same for every film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OverlayRecord {
    pub(super) colormap: Colormap,
    pub(super) opacity: f32,
    /// Whether the map lies on the original.
    pub(super) on_original: bool,
    /// Whether regions are boxed.
    pub(super) boxes: bool,
    /// Whether the reader's marks are drawn.
    pub(super) marks: bool,
    pub(super) words: Words,
    pub(super) agreeing: usize,
}

/// One film of a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FilmRecord {
    /// What its file is called, unless that names the patient.
    pub(super) name: String,
    /// The hash of its samples.
    pub(super) hash: String,
    /// Its file, where that is in the archive.
    pub(super) packed: Option<Packed>,
    pub(super) view: View,
    pub(super) marks: Option<KeptMarks>,
    /// The place of the selected mark among `marks`.
    pub(super) selected_mark: Option<usize>,
    pub(super) results: Vec<ResultRecord>,
    pub(super) results_wanted: bool,
    /// The region that the list was at.
    pub(super) region: Option<usize>,
    /// Whether a map lay over it that had come from a file.
    pub(super) foreign_map: bool,
    /// What was done to the film for the models, and what was let pass.
    #[serde(default)]
    pub(super) admission: Admission,
    /// The impression that was committed to first, and the last one.
    pub(super) impressions: (Option<Impression>, Option<Impression>),
    /// Whether results were seen before the first.
    #[serde(default)]
    pub(super) results_seen_before: bool,
    pub(super) judged: Vec<Judged>,
}

/// How a film was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct View {
    pub(super) greys: GreysRecord,
    pub(super) look: Look,
    pub(super) filter: Option<Filter>,
    /// Whether the file's overlays and its shutter were applied.
    pub(super) file_marks: (bool, bool),
}

/// What a model said, to be compared with what it says again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ResultRecord {
    pub(super) model: ModelId,
    pub(super) weights_sha256: String,
    pub(super) device: String,
    pub(super) score: f32,
    pub(super) map: MapKind,
    /// Whether that map was withheld: not shown, and without regions.
    #[serde(default)]
    pub(super) map_withheld: bool,
    pub(super) threshold: f32,
    /// Whether the threshold was the default one.
    pub(super) default_threshold: bool,
}

impl OverlayRecord {
    pub(super) fn of(settings: &OverlaySettings) -> Self {
        Self {
            colormap: settings.colormap,
            opacity: settings.opacity,
            on_original: settings.on_original,
            boxes: settings.boxes,
            marks: settings.marks,
            words: settings.words,
            agreeing: settings.agreeing,
        }
    }

    pub(super) fn put_into(&self, settings: &mut OverlaySettings) {
        settings.colormap = self.colormap;
        settings.opacity = self.opacity;
        settings.on_original = self.on_original;
        settings.boxes = self.boxes;
        settings.marks = self.marks;
        settings.words = self.words;
        settings.agreeing = self.agreeing;
    }
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is none, of another format, or contradicts itself.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let broken = |why: String| {
            Error::new(
                ErrorKind::Damaged,
                format!("the saved reading cannot be used: {why}"),
                "Save it again, with this version of the program where another one wrote it.",
            )
        };
        /// What every format has.
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head =
            serde_json::from_slice(bytes).map_err(|cause| broken(cause.to_string()))?;
        if head.format != FORMAT {
            return Err(broken(format!(
                "it has format {}, and this program reads format {FORMAT}",
                head.format
            )));
        }
        let mut record: Self =
            serde_json::from_slice(bytes).map_err(|cause| broken(cause.to_string()))?;
        match record.flaw() {
            Some(flaw) => Err(broken(flaw)),
            None => Ok(record),
        }
    }

    /// Says in what it contradicts itself; what only exceeds its limits is brought within them.
    fn flaw(&mut self) -> Option<String> {
        let films = self.films.len();
        if self
            .layout
            .films()
            .chain(self.selected)
            .any(|film| film >= films)
        {
            return Some("it shows a film that it does not hold".to_owned());
        }
        if let Some(flaw) = self.layout.flaw() {
            return Some(flaw.to_owned());
        }
        let opacity = &mut self.overlay.opacity;
        *opacity = opacity.clamp(0.0, 1.0);
        self.overlay.agreeing = self.overlay.agreeing.max(1);
        for film in &mut self.films {
            if !film.view.greys.is_sound() {
                return Some("a window has no width".to_owned());
            }
            if !film.view.look.is_sound() {
                return Some("a film lies where no film can".to_owned());
            }
            match film.marks.take().map(KeptMarks::sound).transpose() {
                Ok(marks) => film.marks = marks,
                Err(why) => return Some(format!("of the marks on “{}” {why}", film.name)),
            }
        }
        None
    }
}
