//! `silhouette evaluate`: scores two folders and reports what scores and maps are worth.

mod compare;
mod pasted;
mod several;
mod words;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::loading;
use super::report::{self, Done};
use super::scoring::{Failed, Scored, score};
use crate::compute::{Device, DeviceKind};
use crate::error::{Error, Result};
use crate::evaluation::{
    BoxTable, Cohort, FilmRow, Label, Localisation, Manifest, OwnThreshold, Summary, plot,
    scores_of,
};
use crate::models::{Card, Model};
use crate::training::WeightsFolders;
use pasted::Pasted;

/// The options of `silhouette evaluate`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The models, separated by commas, or all; several are compared and combined.
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        required_unless_present = "compare"
    )]
    model: Vec<String>,
    /// Folders or films that are normal.
    #[arg(long, required_unless_present = "compare", num_args = 1.., value_name = "DIR")]
    normal: Vec<PathBuf>,
    /// Folders or films that are abnormal.
    #[arg(long, required_unless_present = "compare", num_args = 1.., value_name = "DIR")]
    abnormal: Vec<PathBuf>,
    /// A table about the films, found by file name: columns name or image, and any of
    /// subtype, orig_width, orig_height.
    #[arg(long, value_name = "CSV")]
    manifest: Option<PathBuf>,
    /// A reader's boxes in image pixels, one a line: columns file,x,y,w,h, or the list of
    /// NIH ChestX-ray14.
    #[arg(long, value_name = "CSV")]
    boxes: Option<PathBuf>,
    /// Paste synthetic opacities into this many of the normal films and look whether the model
    /// answers.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pasted: Option<u32>,
    /// Decides which films take an opacity, and where.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Compare the scores of two per-film tables on the films they share; no model runs.
    #[arg(long, num_args = 2, value_names = ["CSV", "CSV"],
          conflicts_with_all = ["model", "normal", "abnormal", "manifest", "boxes", "pasted", "out"])]
    compare: Vec<PathBuf>,
    /// Show the models whole films squeezed into a square, not framed by their lungs: the difference
    /// is what the frame is worth.
    #[arg(long)]
    whole_films: bool,
    /// Show the models the box around the lungs with its aspect ratio kept and black beside it, not
    /// stretched to a square: the difference is what the stretch is worth.
    #[arg(long, conflicts_with = "whole_films")]
    letterboxed: bool,
    /// Also score every film moved a little in each direction, and report the mean's worth.
    #[arg(long)]
    shifts: bool,
    /// Where to compute: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// Write the per-film tables, curves and summaries here; a killed run is taken up from them.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object per model, and one for the ensemble of several.
    #[arg(long)]
    json: bool,
}

/// What is known about the films beside their pixels.
#[derive(Default)]
struct Tables {
    manifest: Option<Manifest>,
    boxes: Option<BoxTable>,
}

/// The object of `--json`.
#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    preset: &'a str,
    weights_sha256: &'a str,
    device: String,
    whole_films: bool,
    letterboxed: bool,
    score_unit: &'a str,
    failed_films: usize,
    resumed_films: usize,
    #[serde(flatten)]
    summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    localisation: Option<Localisation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pasted: Option<Pasted>,
}

/// A model that has no result, as a line of `--json`.
#[derive(Serialize)]
struct Absent<'a> {
    model: &'a str,
    error: &'a Error,
}

/// A model with the films it scored.
struct Evaluated {
    card: Card,
    rows: Vec<FilmRow>,
    done: Done,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    if let [first, second] = &args.compare[..] {
        return compare::run(first, second, args.json);
    }
    let tables = Tables::read(args)?;
    let mut entries = loading::entries(&args.model)?;
    let mut seen = std::collections::HashSet::new();
    entries.retain(|entry| seen.insert(entry.id));
    let device = args.device.open()?;
    let mut evaluated = Vec::new();
    let mut done = Done::All;
    for entry in &entries {
        match loading::load(entry, weights, &device) {
            Ok(mut model) => {
                if args.whole_films {
                    model.look_at_whole_films();
                }
                if args.letterboxed {
                    model.keep_the_aspect();
                }
                evaluated.push(evaluate(args, &mut *model, &device, &tables)?);
            }
            // One model without weights must not cost the others their evaluation.
            Err(error) if entries.len() > 1 => {
                say_absent(entry.id, &error, args.json);
                done = Done::SomeFailed;
            }
            Err(error) => return Err(error),
        }
    }
    if evaluated.len() > 1
        && let Err(error) = several::conclude(args, &evaluated)
    {
        say_absent(several::ENSEMBLE, &error, args.json);
        done = Done::SomeFailed;
    }
    if evaluated.iter().any(|model| model.done == Done::SomeFailed) {
        done = Done::SomeFailed;
    }
    Ok(done)
}

impl Tables {
    /// Reads the tables that were named; a table of boxes about other films is refused before
    /// anything is computed.
    fn read(args: &Args) -> Result<Self> {
        let manifest = args.manifest.as_deref().map(Manifest::read).transpose()?;
        let boxes = args.boxes.as_deref().map(BoxTable::read).transpose()?;
        if let Some(boxes) = &boxes {
            boxes.expect_one_of(listed(args).iter().map(|(path, _)| path.as_path()))?;
        }
        Ok(Self { manifest, boxes })
    }
}

/// Evaluates one model and reports it.
fn evaluate(
    args: &Args,
    model: &mut (dyn Model + 'static),
    device: &Device,
    tables: &Tables,
) -> Result<Evaluated> {
    let card = model.card().clone();
    let mut cohort = Cohort::resume(table_file(args, &card)?)?;
    let scored = score(model, &listed(args), &mut cohort, args.shifts)?;
    for Failed { path, error } in &scored.failed {
        report::failure(path, error, args.json);
    }
    let own = OwnThreshold {
        value: f64::from(card.score_threshold.value),
        source: &card.score_threshold.source,
    };
    let summary = Summary::of(&scored.rows, tables.manifest.as_ref(), &own)?;
    let boxes = tables.boxes.as_ref();
    let report = Report {
        model: &card.id,
        preset: &card.preset,
        weights_sha256: &card.sha256,
        device: device.to_string(),
        whole_films: args.whole_films,
        letterboxed: args.letterboxed,
        score_unit: &card.score_threshold.unit,
        failed_films: scored.failed.len(),
        resumed_films: scored.resumed,
        summary: &summary,
        localisation: boxes
            .map(|boxes| Localisation::of(&scored.rows, boxes))
            .transpose()?,
        pasted: args
            .pasted
            .map(|films| pasted::measure(model, &args.normal, films, args.seed))
            .transpose()?,
    };
    publish(args, &card, &report, &scored)?;
    Ok(Evaluated {
        done: match scored.failed[..] {
            [] => Done::All,
            _ => Done::SomeFailed,
        },
        rows: scored.rows,
        card,
    })
}

/// Writes a model's results where `--out` says, and prints them.
fn publish(args: &Args, card: &Card, report: &Report<'_>, scored: &Scored) -> Result<()> {
    if let Some(out) = &args.out {
        write_results(&out.join(stem(args, card)), report, scored)?;
    }
    if args.json {
        report::json_line(report);
    } else {
        words::say(card, report);
    }
    Ok(())
}

fn say_absent(model: &str, error: &Error, json: bool) {
    if json {
        report::json_line(&Absent { model, error });
    } else {
        report::say(&format!("{model}: {error}"));
    }
}

/// The place of the per-film table, in a folder that exists.
fn table_file(args: &Args, card: &Card) -> Result<Option<PathBuf>> {
    let Some(out) = &args.out else {
        return Ok(None);
    };
    std::fs::create_dir_all(out).map_err(|cause| Error::unwritable("the folder", &cause))?;
    Ok(Some(out.join(format!("{}.films.csv", stem(args, card)))))
}

/// What the names of a model's files begin with: films seen in another way have tables of their own.
fn stem(args: &Args, card: &Card) -> String {
    let shifts = if args.shifts { "-shifts" } else { "" };
    let view = match (args.whole_films, args.letterboxed) {
        (true, _) => "-whole",
        (_, true) => "-letterboxed",
        _ => "",
    };
    format!("{}{view}{shifts}", card.id)
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
            model: vec!["stub".to_owned()],
            normal: vec![normal],
            abnormal: vec![abnormal],
            manifest: None,
            boxes: None,
            pasted: None,
            seed: 1,
            whole_films: false,
            letterboxed: false,
            shifts: false,
            compare: Vec::new(),
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
        let evaluated =
            evaluate(&args, &mut Stub::new(), &Device::Cpu, &Tables::default()).unwrap();
        assert_eq!(evaluated.done, Done::SomeFailed);
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
        let error = evaluate(&args, &mut Stub::new(), &Device::Cpu, &Tables::default())
            .err()
            .unwrap();
        assert_eq!(error.kind, crate::ErrorKind::Usage);
    }

    #[test]
    fn several_models_are_resumed_compared_and_combined() {
        let parent = tempfile::tempdir().unwrap();
        let normal = folder_of(parent.path(), "normal", &[10, 20, 160]);
        let abnormal = folder_of(parent.path(), "abnormal", &[150, 180]);
        let args = args(parent.path(), normal, abnormal);
        let mut models = [Stub::new(), Stub::new()];
        models[1].card.id = "other".to_owned();
        models[1].card.normal_scores = vec![0.0, 0.5];
        let mut run = || -> Vec<Evaluated> {
            let each = models.iter_mut();
            each.map(|model| evaluate(&args, model, &Device::Cpu, &Tables::default()).unwrap())
                .collect()
        };
        run();
        let evaluated = run();
        several::conclude(&args, &evaluated).unwrap();
        assert_eq!(models.map(|model| model.films_seen), [5, 5]);
        let out = parent.path().join("out");
        let text = std::fs::read_to_string(out.join("ensemble.summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
        // Both rank films alike, so their mean does too.
        assert!((summary["auc"]["value"].as_f64().unwrap() - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(summary["members"][1]["name"], "other");
        assert_eq!(summary["comparisons"].as_array().unwrap().len(), 3);
        assert_eq!(summary["left_out_films"], 0);
        let scores = crate::evaluation::read_scores(&out.join("ensemble.films.csv")).unwrap();
        assert_eq!(scores.len(), 5);
    }

    #[test]
    fn boxes_are_measured_even_on_a_resumed_run() {
        let parent = tempfile::tempdir().unwrap();
        let normal = folder_of(parent.path(), "normal", &[10, 20]);
        let abnormal = folder_of(parent.path(), "abnormal", &[150, 180]);
        let args = args(parent.path(), normal, abnormal);
        let boxes = parent.path().join("boxes.csv");
        // The stub's one region is the whole film of 8 × 8 pixels.
        std::fs::write(
            &boxes,
            "file,x,y,w,h\nabnormal-150.png,0,0,8,4\nabnormal-180.png,3,3,2,2\n",
        )
        .unwrap();
        let tables = Tables {
            boxes: Some(BoxTable::read(&boxes).unwrap()),
            ..Tables::default()
        };
        let mut model = Stub::new();
        for _ in 0..2 {
            evaluate(&args, &mut model, &Device::Cpu, &tables).unwrap();
            let text =
                std::fs::read_to_string(parent.path().join("out/stub.summary.json")).unwrap();
            let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
            let found = &summary["localisation"];
            assert_eq!(found["top_region_hits"]["hits"], 1);
            assert_eq!(found["top_region_iou"]["value"], (0.5 + 4.0 / 64.0) / 2.0);
            assert_eq!(found["regions"], 2);
        }
        assert_eq!(model.films_seen, 4);
    }
}
