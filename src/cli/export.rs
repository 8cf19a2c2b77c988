//! `silhouette export`: what the window would export, without a window.

mod saved;

use std::path::PathBuf;
use std::sync::Arc;

use self::saved::Saved;
use super::render::findings::Findings;
use super::render::greys::Greys;
use super::report::{self, Done};
use crate::anomaly::Outcome;
use crate::display::Analysis;
use crate::error::{ErrorKind, Result};
use crate::files;
use crate::radiograph::Radiograph;
use crate::session::{Cut, ExportChoice, ExportJob, ExportKind, card_line, leaving, write_export};
use crate::task::Progress;
use crate::training::WeightsFolders;

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
    #[command(flatten)]
    saved: Saved,
    /// Draws who the film shows into pictures. Without it, no picture names the patient.
    #[arg(long)]
    identity: bool,
    /// Reports as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let written = job(args, weights).and_then(|job| write_export(&job, &Progress::new()));
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

fn job(args: &Args, weights: &WeightsFolders) -> Result<ExportJob> {
    let mut film = files::open(&args.path)?;
    let found = args.saved.of(&film)?;
    if let Some(spacing) = found.marks.spacing.clone() {
        let radiograph = Radiograph::clone(&film.radiograph);
        film.radiograph = Arc::new(radiograph.with_spacing(Some(spacing)));
    }
    let radiograph = film.radiograph.clone();
    let device = args.findings.device_for(!found.results.is_empty())?;
    let mut shown = found.results(&film, (weights, &device))?;
    let mut settings = found.overlay.clone().unwrap_or_default();
    let analysis = args.findings.analysis(&film, (weights, &device))?;
    shown.extend(analysis.map(|analysis| {
        settings.opacity = analysis.opacity;
        settings.colormap = analysis.colormap;
        let withheld = args.findings.withheld(&analysis.outcome).map(str::to_owned);
        cut(analysis, withheld)
    }));
    let (voi, polarity, file_marks, processed) = match &found.view {
        Some(view) => {
            let filter = view.filter;
            let processed = filter.map(|filter| filter.apply(&radiograph, &Progress::new()));
            let (voi, polarity) = (view.voi.clone(), view.polarity);
            (voi, polarity, view.file_marks, processed.transpose()?)
        }
        None => (
            args.greys.voi(&radiograph)?,
            args.greys.polarity(radiograph.polarity),
            args.greys.shown(),
            args.greys.processed(&radiograph)?,
        ),
    };
    let choice = ExportChoice {
        kind: args.kind,
        path: args.out.clone(),
        identity: args.identity,
        width: args.width,
        part: None,
        blacked_out: Vec::new(),
    };
    let marks = found.marks.marks.iter();
    Ok(ExportJob {
        voi,
        polarity,
        part: None,
        file_marks,
        processed,
        card_lines: card_lines(&shown, weights),
        shown,
        concord: None,
        marks: marks.map(|mark| leaving(mark, &film, &choice)).collect(),
        key_image: found.marks.key_image,
        // Who asks for it names the key image.
        key_films: film.source.origin.iter().cloned().collect(),
        blacked_out: Vec::new(),
        drawn: None,
        prior: None,
        settings,
        choice,
        made: chrono::Local::now(),
        film,
    })
}

/// Returns an analysis with the cut through its map, and the default where there is one.
fn cut(analysis: Analysis, withheld: Option<String>) -> (Arc<Outcome>, Cut) {
    let default = &analysis.outcome.threshold;
    let first = analysis.outcome.map(None);
    let default = first
        .is_some_and(|first| Arc::ptr_eq(first, &analysis.map))
        .then(|| (default.value, default.source.clone()));
    let cut = Cut {
        map: analysis.map,
        value: analysis.threshold,
        default,
        lung_boxes: analysis.outcome.lung_boxes.clone(),
        withheld,
    };
    (analysis.outcome, cut)
}

/// A card that cannot be read costs its line and nothing else.
fn card_lines(shown: &[(Arc<Outcome>, Cut)], weights: &WeightsFolders) -> Vec<String> {
    let entries = shown.iter();
    let entries = entries.filter_map(|(outcome, _)| crate::models::entry(&outcome.model.0));
    let cards = entries.filter_map(|entry| entry.card(weights).ok());
    cards.map(|card| card_line(&card)).collect()
}

fn kind(name: &str) -> std::result::Result<ExportKind, String> {
    let names: Vec<&str> = ExportKind::ALL.iter().map(|kind| kind.name()).collect();
    ExportKind::named(name).ok_or_else(|| format!("use one of: {}", names.join(", ")))
}
