//! `silhouette evaluate`: scores two folders and reports what the scores are worth.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::loading;
use super::report::{self, Done};
use super::scoring::{Failed, Scored, score};
use crate::compute::{Device, DeviceKind};
use crate::error::{Error, Result};
use crate::evaluation::{
    Cohort, Estimate, Label, Manifest, NamedArea, OperatingPoint, OwnThreshold, Summary, plot,
    scores_of,
};
use crate::models::{Card, Model};

/// The options of `silhouette evaluate`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The model.
    #[arg(long, value_name = "ID")]
    model: String,
    /// Folders or films that are normal.
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    normal: Vec<PathBuf>,
    /// Folders or films that are abnormal.
    #[arg(long, required = true, num_args = 1.., value_name = "DIR")]
    abnormal: Vec<PathBuf>,
    /// A table about the films, found by file name: columns name or image, and any of
    /// subtype, orig_width, orig_height.
    #[arg(long, value_name = "CSV")]
    manifest: Option<PathBuf>,
    /// Where to compute: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// Write the per-film table, curves and the summary here; a killed run is taken up from it.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The object of `--json`.
#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    preset: &'a str,
    weights_sha256: &'a str,
    device: String,
    score_unit: &'a str,
    failed_films: usize,
    resumed_films: usize,
    #[serde(flatten)]
    summary: &'a Summary,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    let manifest = args.manifest.as_deref().map(Manifest::read).transpose()?;
    let device = args.device.open()?;
    let mut model = loading::load(loading::named(&args.model)?, weights, &device)?;
    evaluate(args, &mut *model, &device, manifest.as_ref())
}

fn evaluate(
    args: &Args,
    model: &mut (dyn Model + 'static),
    device: &Device,
    manifest: Option<&Manifest>,
) -> Result<Done> {
    let mut cohort = Cohort::resume(table_file(args)?)?;
    let scored = score(model, &listed(args), &mut cohort)?;
    for Failed { path, error } in &scored.failed {
        report::failure(path, error, args.json);
    }
    let card = model.card();
    let own = OwnThreshold {
        value: f64::from(card.score_threshold.value),
        source: &card.score_threshold.source,
    };
    let summary = Summary::of(&scored.rows, manifest, &own)?;
    let report = Report {
        model: &card.id,
        preset: &card.preset,
        weights_sha256: &card.sha256,
        device: device.to_string(),
        score_unit: &card.score_threshold.unit,
        failed_films: scored.failed.len(),
        resumed_films: scored.resumed,
        summary: &summary,
    };
    if let Some(out) = &args.out {
        write_results(&out.join(&args.model), &report, &scored)?;
    }
    if args.json {
        report::json_line(&report);
    } else {
        say(card, &report);
    }
    Ok(if scored.failed.is_empty() {
        Done::All
    } else {
        Done::SomeFailed
    })
}

/// The place of the per-film table, in a folder that exists.
fn table_file(args: &Args) -> Result<Option<PathBuf>> {
    let Some(out) = &args.out else {
        return Ok(None);
    };
    std::fs::create_dir_all(out).map_err(|cause| Error::unwritable("the folder", &cause))?;
    Ok(Some(out.join(format!("{}.films.csv", args.model))))
}

fn listed(args: &Args) -> Vec<(PathBuf, Label)> {
    let under = |paths: &[PathBuf], label: Label| {
        let films = crate::files::gather(paths).into_iter();
        films.map(move |film| (film, label))
    };
    under(&args.normal, Label::Normal)
        .chain(under(&args.abnormal, Label::Abnormal))
        .collect()
}

/// Writes the summary and the curves, all beginning with `stem`.
fn write_results(stem: &Path, report: &Report<'_>, scored: &Scored) -> Result<()> {
    let file = |suffix: &str| super::pictures::with_suffix(stem, suffix);
    let scores = scores_of(&scored.rows)?;
    let (n, m) = (scores.normal().len(), scores.abnormal().len());
    let title = format!("{}: {n} normal and {m} abnormal films", report.model);
    plot::roc_chart(&file(".roc.png"), &title, &scores)?;
    plot::precision_recall_chart(&file(".pr.png"), &title, &scores)?;
    crate::files::write_json(&file(".summary.json"), report)
}

/// Prints the report for people.
fn say(card: &Card, report: &Report<'_>) {
    let summary = report.summary;
    report::line(&format!(
        "{} ({}) on {} normal and {} abnormal films; {} failed, {} taken from an earlier run",
        card.title,
        card.preset,
        summary.normal_films,
        summary.abnormal_films,
        report.failed_films,
        report.resumed_films,
    ));
    let auc = &summary.auc;
    report::line(&format!(
        "AUC {:.3}, 95 % CI {:.3}–{:.3} (DeLong), {:.3}–{:.3} (bootstrap); average precision {:.3}",
        auc.value,
        auc.delong[0],
        auc.delong[1],
        auc.bootstrap[0],
        auc.bootstrap[1],
        summary.average_precision,
    ));
    say_point("At the model's own threshold", &summary.own_threshold);
    say_point("At the best threshold", &summary.best_threshold);
    say_areas("Without a model", &summary.baselines);
    say_areas("Mean of each map", &summary.maps);
    say_areas("By kind of abnormality", &summary.subtypes);
    report::line(&format!(
        "Median time of one analysis: {:.3} s",
        summary.median_seconds
    ));
}

fn say_point(title: &str, point: &OperatingPoint) {
    let share = |estimate: Option<Estimate>| {
        estimate.map_or_else(
            || "none".to_owned(),
            |share| format!("{:.3} ({:.3}–{:.3})", share.value, share.low, share.high),
        )
    };
    report::line(&format!(
        "{title}, {:.4} ({}): sensitivity {}, specificity {}, accuracy {}, F1 {:.3}",
        point.threshold,
        point.source,
        share(point.sensitivity),
        share(point.specificity),
        share(point.accuracy),
        point.f1,
    ));
}

fn say_areas(title: &str, areas: &[NamedArea]) {
    if areas.is_empty() {
        return;
    }
    let words: Vec<String> = areas
        .iter()
        .map(|area| {
            let NamedArea { name, auc, .. } = area;
            format!("{name} {:.3} ({:.3}–{:.3})", auc.value, auc.low, auc.high)
        })
        .collect();
    report::line(&format!("{title}, AUC: {}", words.join(", ")));
}

#[cfg(test)]
mod tests {
    use super::super::stub::Stub;
    use super::*;

    fn folder_of(parent: &Path, name: &str, greys: &[u8]) -> PathBuf {
        let folder = parent.join(name);
        std::fs::create_dir(&folder).unwrap();
        for grey in greys {
            let film = image::GrayImage::from_pixel(8, 8, image::Luma([*grey]));
            film.save(folder.join(format!("{name}-{grey}.png")))
                .unwrap();
        }
        folder
    }

    fn args(parent: &Path, normal: PathBuf, abnormal: PathBuf) -> Args {
        Args {
            model: "stub".to_owned(),
            normal: vec![normal],
            abnormal: vec![abnormal],
            manifest: None,
            device: DeviceKind::Cpu,
            out: Some(parent.join("out")),
            json: true,
        }
    }

    #[test]
    fn two_folders_become_a_summary_a_table_and_curves() {
        let parent = tempfile::tempdir().unwrap();
        let normal = folder_of(parent.path(), "normal", &[10, 20, 160]);
        let abnormal = folder_of(parent.path(), "abnormal", &[150, 180]);
        std::fs::write(normal.join("broken.png"), b"").unwrap();
        let args = args(parent.path(), normal, abnormal);
        let done = evaluate(&args, &mut Stub::new(), &Device::Cpu, None).unwrap();
        assert_eq!(done, Done::SomeFailed);
        let out = parent.path().join("out");
        let text = std::fs::read_to_string(out.join("stub.summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
        // Of six pairs only (150, 160) is the wrong way round.
        assert!((summary["auc"]["value"].as_f64().unwrap() - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(summary["failed_films"], 1);
        assert_eq!(summary["own_threshold"]["threshold"], 0.5);
        assert_eq!(summary["own_threshold"]["false_positives"], 1);
        let table = std::fs::read_to_string(out.join("stub.films.csv")).unwrap();
        assert_eq!(table.lines().count(), 6);
        for curve in ["stub.roc.png", "stub.pr.png"] {
            assert!(image::open(out.join(curve)).is_ok(), "{curve}");
        }
    }

    #[test]
    fn one_class_ends_with_advice() {
        let parent = tempfile::tempdir().unwrap();
        let normal = folder_of(parent.path(), "normal", &[10]);
        let abnormal = folder_of(parent.path(), "abnormal", &[]);
        let args = args(parent.path(), normal, abnormal);
        let error = evaluate(&args, &mut Stub::new(), &Device::Cpu, None).unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Usage);
    }
}
