//! The picture the user takes away: what is shown, at the film's own resolution.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Local;

use crate::anomaly::{ModelId, Outcome};
use crate::display::{self, AnnotatedPicture, Concord, ExportRequest, FileMarks, Panel, Processed};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Film, NamedVoi, Polarity};
use crate::task::Progress;

use super::{Cut, ExportChoice, OverlaySettings};

/// Everything an export needs, taken when it was asked for: later changes do not reach it.
pub(super) struct ExportJob {
    pub(super) film: Film,
    pub(super) voi: NamedVoi,
    pub(super) polarity: Polarity,
    /// Whether the file's overlays and its shutter are applied.
    pub(super) file_marks: FileMarks,
    /// The film after the display filter in use.
    pub(super) processed: Option<Processed>,
    /// The result shown and the cut through its map; `None` while none is shown.
    pub(super) shown: Option<(Arc<Outcome>, Cut)>,
    /// What several models say together; drawn instead of one model's result.
    pub(super) concord: Option<Concord>,
    pub(super) settings: OverlaySettings,
    pub(super) choice: ExportChoice,
}

/// Returns the file name offered for an export: the film's, the model's when its result is
/// shown, and never anything about the patient.
pub fn proposed_name(film: &Path, model: Option<&ModelId>) -> String {
    let stem = film.file_stem().map_or_else(
        || "film".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    match model {
        Some(model) => format!("{stem}.{model}.png"),
        None => format!("{stem}.film.png"),
    }
}

/// Draws the picture and writes it with its facts beside it; returns where it is.
///
/// # Errors
/// When cancelled, when the picture would be too large, or when a file cannot be written.
pub(super) fn write(job: &ExportJob, progress: &Progress) -> Result<PathBuf> {
    progress.enter("drawing", 0.0)?;
    let picture = display::export(&request(job))?;
    progress.enter("writing", 0.8)?;
    let path = free_path(&job.choice.path)?;
    let text = [
        (
            "Software".to_owned(),
            concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("Warning".to_owned(), display::RESEARCH_USE.to_owned()),
        ("silhouette".to_owned(), picture.facts.to_string()),
    ];
    files::write_png(&path, &rows(&picture), &text)?;
    files::write_json(&path.with_extension("json"), &picture.facts)?;
    Ok(path)
}

fn request(job: &ExportJob) -> ExportRequest {
    let spacing = job.film.radiograph.spacing.as_ref();
    let alone = job.shown.as_ref().filter(|_| job.concord.is_none());
    let analysis = alone.map(|(outcome, cut)| display::Analysis {
        outcome: outcome.clone(),
        map: cut.map.clone(),
        regions: cut.regions(spacing),
        threshold: cut.value,
        opacity: job.settings.opacity,
        colormap: job.settings.colormap,
    });
    let boxes = job.settings.boxes;
    let panels = match analysis {
        None if job.concord.is_some() => {
            vec![
                Panel::FILM,
                Panel {
                    boxes,
                    ..Panel::AGREEMENT
                },
            ]
        }
        Some(_) => vec![
            Panel::FILM,
            Panel::COUNTERPART,
            Panel {
                boxes,
                ..Panel::MAP
            },
        ],
        None => vec![Panel::FILM],
    };
    ExportRequest {
        film: job.film.clone(),
        voi: job.voi.clone(),
        polarity: job.polarity,
        shown: job.file_marks,
        processed: job.processed.clone(),
        panels,
        analysis,
        concord: job.concord.clone(),
        identity: job.choice.identity.then(|| job.film.identity.clone()),
        time: Local::now(),
    }
}

fn rows(picture: &AnnotatedPicture) -> files::RgbaPicture<'_> {
    files::RgbaPicture {
        width: picture.width as u32,
        height: picture.height as u32,
        rgba: &picture.rgba,
    }
}

/// Returns the path itself when neither it nor its JSON exists yet, else the first numbered one.
fn free_path(path: &Path) -> Result<PathBuf> {
    let path = match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("png") => path.to_owned(),
        _ => PathBuf::from(format!("{}.png", path.display())),
    };
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let numbered = (2..1000).map(|number| path.with_file_name(format!("{stem} ({number}).png")));
    std::iter::once(path.clone())
        .chain(numbered)
        .find(|candidate| !candidate.exists() && !candidate.with_extension("json").exists())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Unwritable,
                "the picture was not written: a thousand of this name exist already",
                "Choose another name.",
            )
        })
}
