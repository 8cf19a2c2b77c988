//! `silhouette render`: the annotated picture the window would export.

pub(super) mod findings;
pub(super) mod greys;

use std::path::{Path, PathBuf};

use chrono::Local;

use self::findings::Findings;
use self::greys::Greys;

use super::report::{self, Done};
use crate::compute::Device;
use crate::display::{AnnotatedPicture, ExportRequest, RESEARCH_USE, export};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::radiograph::Film;
use crate::training::WeightsFolders;

/// The options of `silhouette render`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The film.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The PNG to write; the facts printed on it go beside it as JSON.
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
    #[command(flatten)]
    greys: Greys,
    #[command(flatten)]
    findings: Findings,
    /// Prints who the film shows. Without it, nothing that identifies the patient is printed.
    #[arg(long)]
    identity: bool,
    /// Reports as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let device = args.findings.device()?;
    check_out(args)?;
    let rendered = files::open(&args.path).and_then(|film| {
        let request = request(args, film, (weights, &device))?;
        let picture = export(&request)?;
        write_picture(&args.out, &picture)?;
        Ok(picture)
    });
    match rendered {
        Ok(picture) => {
            report_written(args, &picture);
            Ok(Done::All)
        }
        Err(error) if error.kind == ErrorKind::Usage => Err(error),
        Err(error) => {
            report::failure(&args.path, &error, args.json);
            Ok(Done::SomeFailed)
        }
    }
}

fn check_out(args: &Args) -> Result<()> {
    let is_png = |extension: &std::ffi::OsStr| extension.eq_ignore_ascii_case("png");
    if !args.out.extension().is_some_and(is_png) {
        return Err(usage(
            "the output is written as PNG, but its name does not end in .png".to_owned(),
            "Name a .png file with --out.",
        ));
    }
    // Two spellings may name one file.
    let film = args.path.canonicalize().ok();
    let is_film = |path: &Path| film.is_some() && path.canonicalize().ok() == film;
    if is_film(&args.out) || is_film(&facts_path(&args.out)) {
        return Err(usage(
            "the output would overwrite the film".to_owned(),
            "Name another file with --out.",
        ));
    }
    Ok(())
}

fn report_written(args: &Args, picture: &AnnotatedPicture) {
    if args.json {
        report::json_line(&serde_json::json!({
            "path": args.path,
            "out": args.out,
            "facts": facts_path(&args.out),
            "width": picture.width,
            "height": picture.height,
        }));
    } else {
        report::line(&args.out.display().to_string());
    }
}

fn request(args: &Args, film: Film, model: (&WeightsFolders, &Device)) -> Result<ExportRequest> {
    let radiograph = film.radiograph.clone();
    let analysis = args.findings.analysis(&film, model)?;
    let identity = args.identity.then(|| film.identity.clone());
    Ok(ExportRequest {
        film,
        voi: args.greys.voi(&radiograph)?,
        polarity: args.greys.polarity(radiograph.polarity),
        shown: args.greys.shown(),
        processed: args.greys.processed(&radiograph)?,
        panels: args.findings.panels(analysis.as_ref()),
        analysis,
        concord: None,
        identity,
        marks: Vec::new(),
        key_image: false,
        blacked_out: Vec::new(),
        prior: None,
        time: Local::now(),
    })
}

/// Writes the PNG, with the facts in its text chunks, and the facts beside it.
fn write_picture(out: &Path, picture: &AnnotatedPicture) -> Result<()> {
    let facts = serde_json::to_string_pretty(&picture.facts)
        .map_err(|cause| Error::internal(format!("the facts cannot be spelled: {cause}")))?;
    let text = [
        (
            "Software",
            concat!("silhouette ", env!("CARGO_PKG_VERSION")),
        ),
        ("Warning", RESEARCH_USE),
        ("silhouette", facts.as_str()),
    ];
    let text = text.map(|(keyword, text)| (keyword.to_owned(), text.to_owned()));
    let rgba = files::RgbaPicture {
        width: picture.width as u32,
        height: picture.height as u32,
        rgba: &picture.rgba,
    };
    files::write_png(out, &rgba, &text)?;
    files::write_json(&facts_path(out), &picture.facts)
}

fn facts_path(out: &Path) -> PathBuf {
    out.with_extension("json")
}

fn usage(message: String, advice: &str) -> Error {
    Error::new(ErrorKind::Usage, message, advice)
}
