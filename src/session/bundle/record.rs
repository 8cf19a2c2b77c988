//! What a saved reading records. Nothing of the patient, and no path.

use serde::{Deserialize, Serialize};

use crate::anomaly::{MapKind, ModelId};
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::VoiWindow;
use crate::session::layout::{Arrangement, Compare, Role};
use crate::session::marks::KeptMarks;
use crate::session::{Impression, Judged, Look};

/// The format written here.
pub(super) const FORMAT: u32 = 1;

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
    pub(super) arrangement: Arrangement,
    /// What the viewports of a grid show: films by their places in `films`.
    pub(super) cells: Vec<(Option<usize>, Role)>,
    pub(super) compare: Compare,
    /// The overlay's opacity, whether it lies on the original, and whether regions are boxed.
    pub(super) overlay: (f32, bool, bool),
}

/// One film of a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FilmRecord {
    /// What its file is called, unless that names the patient.
    pub(super) name: String,
    /// The hash of its samples.
    pub(super) hash: String,
    pub(super) view: View,
    pub(super) marks: Option<KeptMarks>,
    pub(super) results: Vec<ResultRecord>,
    pub(super) results_wanted: bool,
    /// The impression before any model was seen, and the last one.
    pub(super) impressions: (Option<Impression>, Option<Impression>),
    pub(super) judged: Vec<Judged>,
}

/// How a film was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct View {
    /// The preset in use, from 0; `None` where the window was changed.
    pub(super) preset: Option<usize>,
    pub(super) window: VoiWindow,
    pub(super) inverted: bool,
    pub(super) look: Look,
    /// Whether the file's overlays and its shutter were applied.
    pub(super) file_marks: (bool, bool),
}

/// What a model said, to be compared with what it says again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct ResultRecord {
    pub(super) model: ModelId,
    pub(super) weights_sha256: String,
    pub(super) device: String,
    pub(super) score: f32,
    pub(super) map: MapKind,
    pub(super) threshold: f32,
    /// Whether the threshold was the default one.
    pub(super) default_threshold: bool,
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
        let record: Self =
            serde_json::from_slice(bytes).map_err(|cause| broken(cause.to_string()))?;
        if record.format != FORMAT {
            return Err(broken(format!("it has format {}", record.format)));
        }
        let films = record.films.len();
        let beyond = |film: &usize| *film >= films;
        let in_cells = record.cells.iter().filter_map(|(film, _)| *film);
        if in_cells.chain(record.selected).any(|film| beyond(&film)) {
            return Err(broken("it shows a film that it does not hold".to_owned()));
        }
        let usable = |window: &VoiWindow| {
            window.center.is_finite() && window.width.is_finite() && window.width > 0.0
        };
        if !record.films.iter().all(|film| usable(&film.view.window)) {
            return Err(broken("a window has no width".to_owned()));
        }
        Ok(record)
    }
}
