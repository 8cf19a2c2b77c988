//! What the user takes away: pictures, DICOM objects and tables of what is shown.
//!
//! A job holds everything it needs, taken when it was asked for: later changes do not reach it.
//! Every file is written whole or not at all, under a name that is still free.

mod findings;
mod kind;
mod masks;
mod objects;
mod page;
mod picture;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Local};

pub use self::kind::ExportKind;
pub use self::page::card_line;
use super::{Cut, ExportChoice, OverlaySettings};
use crate::anomaly::{ModelId, Outcome};
use crate::display::{self, AnnotatedPicture, Concord, FileMarks, Processed};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::{Annotation, Film, NamedVoi, Origin, PixelRect, Polarity};
use crate::task::Progress;

/// Everything an export needs.
#[derive(Clone)]
pub struct ExportJob {
    /// The film.
    pub film: Film,
    /// The curve shown.
    pub voi: NamedVoi,
    /// The polarity shown.
    pub polarity: Polarity,
    /// The part of the film that is seen; `None` for all of it.
    pub part: Option<PixelRect>,
    /// Whether the file's overlays and its shutter are applied.
    pub file_marks: FileMarks,
    /// The film after the display filter in use.
    pub processed: Option<Processed>,
    /// The results shown, each with the cut through its map; the one whose map is drawn first.
    pub shown: Vec<(Arc<Outcome>, Cut)>,
    /// What several models say together; drawn instead of one model's result.
    pub concord: Option<Concord>,
    /// The reader's marks.
    pub marks: Vec<Annotation>,
    /// Whether the reader marked the film as a key image.
    pub key_image: bool,
    /// The films of the study that the reader marked as key images.
    pub key_films: Vec<Arc<Origin>>,
    /// The parts of the film that are blacked out on pictures.
    pub blacked_out: Vec<PixelRect>,
    /// By how much the film is older than the newest open one of its patient.
    pub prior: Option<String>,
    /// The picture, where it was drawn already to be looked at: what is written is what was seen.
    pub drawn: Option<Arc<AnnotatedPicture>>,
    /// What the cards of the shown models say, a line each.
    pub card_lines: Vec<String>,
    /// How maps are drawn.
    pub settings: OverlaySettings,
    /// What was asked for.
    pub choice: ExportChoice,
    /// When it was asked for.
    pub made: DateTime<Local>,
}

/// Returns the file name offered for an export: the film's, the model's when its result is
/// shown, and never anything about the patient.
pub fn proposed_name(film: &Path, model: Option<&ModelId>, kind: ExportKind) -> String {
    let stem = film.file_stem().map_or_else(
        || "film".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let middle = match model {
        Some(model) => model.to_string(),
        None => "film".to_owned(),
    };
    let extension = kind.extension();
    if kind.is_dicom() {
        return format!("{stem}.{middle}.{}.{extension}", kind.name());
    }
    format!("{stem}.{middle}.{extension}")
}

/// Writes what was asked for; returns where it is.
///
/// # Errors
/// When cancelled, when there is nothing of the kind to write, when the film's file names no study
/// that a DICOM object could join, or when a file cannot be written.
pub fn write_export(job: &ExportJob, progress: &Progress) -> Result<PathBuf> {
    let kind = job.choice.kind;
    progress.enter("drawing", 0.0)?;
    let made = match kind {
        ExportKind::Png | ExportKind::Jpeg => return write_picture(job, progress),
        ExportKind::Pdf => page::pdf(job)?,
        ExportKind::SecondaryCapture => objects::capture(job)?,
        ExportKind::Segmentation => objects::segmentation(job)?,
        ExportKind::Report => objects::report(job)?,
        ExportKind::Presentation => objects::presentation(job)?,
        ExportKind::ParametricMap => objects::parametric_map(job)?,
        ExportKind::KeyObjects => objects::key_objects(job)?,
        ExportKind::Csv => table::csv(job).into_bytes(),
        ExportKind::Json => table::json(job)?,
    };
    progress.enter("writing", 0.8)?;
    let path = free_path(&job.choice.path, kind)?;
    files::write_bytes(&path, &format!("the {}", kind.title()), &made)?;
    Ok(path)
}

/// The widest picture that goes to the clipboard: other programs choke on more.
const WIDEST_COPY: u32 = 4000;

/// Draws the picture for the clipboard, without the patient's identity.
///
/// # Errors
/// When cancelled, or when the picture would be too large.
pub fn copy_picture(job: &ExportJob, progress: &Progress) -> Result<AnnotatedPicture> {
    progress.enter("drawing", 0.0)?;
    let picture = picture::drawn(job)?;
    let picture = Arc::unwrap_or_clone(picture);
    if picture.width as u32 > WIDEST_COPY {
        return picture.at_width(WIDEST_COPY);
    }
    Ok(picture)
}

/// Draws the picture of an export, and once more small enough for a box of `room` pixels.
///
/// # Errors
/// When cancelled, or when the picture would be too large.
pub(in crate::session) fn preview(
    job: &ExportJob,
    room: (u32, u32),
    progress: &Progress,
) -> Result<(Arc<AnnotatedPicture>, AnnotatedPicture)> {
    progress.enter("drawing", 0.0)?;
    let picture = picture::drawn(job)?;
    let across = f64::from(room.0) / picture.width as f64;
    let down = f64::from(room.1) / picture.height as f64;
    let width = (picture.width as f64 * across.min(down).min(1.0)).round();
    progress.enter("shrinking", 0.8)?;
    let small = (*picture).clone().at_width((width as u32).max(1))?;
    Ok((picture, small))
}

/// Writes the picture with its facts beside it.
fn write_picture(job: &ExportJob, progress: &Progress) -> Result<PathBuf> {
    let picture = picture::drawn(job)?;
    progress.enter("writing", 0.8)?;
    let path = free_path(&job.choice.path, job.choice.kind)?;
    if job.choice.kind == ExportKind::Jpeg {
        files::write_jpeg(&path, &rows(&picture))?;
    } else {
        let text = [
            (
                "Software".to_owned(),
                concat!("silhouette ", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
            ("Warning".to_owned(), display::RESEARCH_USE.to_owned()),
            ("silhouette".to_owned(), picture.facts.to_string()),
        ];
        files::write_png(&path, &rows(&picture), &text)?;
    }
    files::write_json(&path.with_extension("json"), &picture.facts)?;
    Ok(path)
}

fn rows(picture: &AnnotatedPicture) -> files::RgbaPicture<'_> {
    files::RgbaPicture {
        width: picture.width as u32,
        height: picture.height as u32,
        rgba: &picture.rgba,
    }
}

/// Returns the path itself when neither it nor the facts that go beside it exist yet, else the first
/// numbered one.
fn free_path(path: &Path, kind: ExportKind) -> Result<PathBuf> {
    let facts = matches!(kind, ExportKind::Png | ExportKind::Jpeg);
    free_name(path, kind.extension(), |candidate| {
        candidate.exists() || (facts && candidate.with_extension("json").exists())
    })
}

/// Returns the path itself, with the ending it should have, unless that is taken, else the first
/// numbered one that is not.
pub(in crate::session) fn free_name(
    path: &Path,
    ending: &str,
    taken: impl Fn(&Path) -> bool,
) -> Result<PathBuf> {
    let path = match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case(ending) => path.to_owned(),
        _ => PathBuf::from(format!("{}.{ending}", path.display())),
    };
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let numbered =
        (2..1000).map(|number| path.with_file_name(format!("{stem} ({number}).{ending}")));
    std::iter::once(path.clone())
        .chain(numbered)
        .find(|candidate| !taken(candidate))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Unwritable,
                "the export was not written: a thousand of this name exist already",
                "Choose another name.",
            )
        })
}
