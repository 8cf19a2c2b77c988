//! `silhouette export`: what the window would export, without a window.

use std::path::{Path, PathBuf};

use super::render::findings::Findings;
use super::render::greys::Greys;
use super::report::{self, Done};
use crate::compute::Device;
use crate::error::{ErrorKind, Result};
use crate::files;
use crate::session::{
    Cut, ExportChoice, ExportJob, ExportKind, OverlaySettings, card_line, write_export,
};
use crate::task::Progress;

/// The options of `silhouette export`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The film.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// What to write: png, jpeg, pdf, sc, seg, sr, gsps, pmap, kos, csv or json. DICOM objects (sc, seg,
    /// sr, gsps, pmap, kos) name the patient as the film does.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: ExportKind,
    /// The file to write; where it exists, the name gets a number.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The width of pictures in pixels; the film's own resolution when not given.
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(64..=16_384))]
    width: Option<u32>,
    #[command(flatten)]
    greys: Greys,
    #[command(flatten)]
    findings: Findings,
    /// Draws who the film shows into pictures. Without it, no picture names the patient.
    #[arg(long)]
    identity: bool,
    /// Reports as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    let device = args.findings.device()?;
    let written =
        job(args, (weights, &device)).and_then(|job| write_export(&job, &Progress::new()));
    match written {
        Ok(out) if args.json => {
            let kind = args.kind.name();
            report::json_line(&serde_json::json!({"path": args.path, "kind": kind, "out": out}));
            Ok(Done::All)
        }
        Ok(out) => {
            report::line(&out.display().to_string());
            Ok(Done::All)
        }
        Err(error) if error.kind == ErrorKind::Usage => Err(error),
        Err(error) => {
            report::failure(&args.path, &error, args.json);
            Ok(Done::SomeFailed)
        }
    }
}

fn job(args: &Args, model: (&Path, &Device)) -> Result<ExportJob> {
    let film = files::open(&args.path)?;
    let radiograph = film.radiograph.clone();
    let analysis = args.findings.analysis(&film, model)?;
    let mut settings = OverlaySettings::default();
    let shown = analysis.map(|analysis| {
        settings.opacity = analysis.opacity;
        settings.colormap = analysis.colormap;
        let default = &analysis.outcome.threshold;
        let first = analysis.outcome.map(None);
        let default = first
            .is_some_and(|first| std::sync::Arc::ptr_eq(first, &analysis.map))
            .then(|| (default.value, default.source.clone()));
        let cut = Cut {
            map: analysis.map,
            value: analysis.threshold,
            default,
            lung_boxes: analysis.outcome.lung_boxes.clone(),
        };
        (analysis.outcome, cut)
    });
    Ok(ExportJob {
        voi: args.greys.voi(&radiograph)?,
        polarity: args.greys.polarity(radiograph.polarity),
        part: None,
        file_marks: args.greys.shown(),
        processed: args.greys.processed(&radiograph)?,
        shown: shown.into_iter().collect(),
        concord: None,
        marks: Vec::new(),
        key_image: false,
        // Who asks for it names the key image.
        key_films: film.source.origin.iter().cloned().collect(),
        card_lines: card_lines(args, model.0),
        settings,
        choice: ExportChoice {
            kind: args.kind,
            path: args.out.clone(),
            identity: args.identity,
            width: args.width,
            part: None,
        },
        made: chrono::Local::now(),
        film,
    })
}

/// A card that cannot be read costs its line and nothing else.
fn card_lines(args: &Args, weights: &Path) -> Vec<String> {
    let entry = args.findings.model().and_then(crate::models::entry);
    let card = entry.and_then(|entry| entry.card(weights).ok());
    card.iter().map(card_line).collect()
}

fn kind(name: &str) -> std::result::Result<ExportKind, String> {
    let names: Vec<&str> = ExportKind::ALL.iter().map(|kind| kind.name()).collect();
    ExportKind::named(name).ok_or_else(|| format!("use one of: {}", names.join(", ")))
}
