//! `silhouette deidentify`: copies of films without what identifies a patient, in a folder of their own.

mod inputs;
mod key;
mod record;

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::files::deidentification::{
    Dates, Deidentified, Options, Pseudonyms, Rectangle, Report, deidentify,
};
use crate::files::write_bytes;
use crate::task::Progress;
use inputs::Input;
use record::Record;

/// The options of `silhouette deidentify`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Films or folders; they are only read.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write the copies, and a report without identity, into this folder.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The secret that pseudonyms are made with: the same key gives the same ones. Made when the
    /// file does not exist. Without it, a run's pseudonyms are its own.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// What becomes of dates: removed, kept, or moved by a number of days that is the patient's.
    #[arg(long, value_name = "WHAT", default_value = "remove")]
    dates: DatesChoice,
    /// Keep UIDs.
    #[arg(long)]
    retain_uids: bool,
    /// Keep what identifies the machine.
    #[arg(long)]
    retain_device: bool,
    /// Keep what identifies the hospital.
    #[arg(long)]
    retain_institution: bool,
    /// Keep sex, age (up to 89 years), size, weight and the like.
    #[arg(long)]
    retain_patient_characteristics: bool,
    /// Keep private elements that the standard lists as safe.
    #[arg(long)]
    retain_safe_private: bool,
    /// Keep the words of descriptions that belong to the radiographer's trade.
    #[arg(long)]
    clean_descriptors: bool,
    /// Black out this part of every picture, in pixels from the top left; can be given again.
    #[arg(long, value_name = "X,Y,W,H", value_parser = rectangle)]
    redact: Vec<Rectangle>,
    /// You have seen that no picture shows a name, with what is blacked out.
    #[arg(long)]
    pixels_clean: bool,
    /// Print one JSON object a film.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DatesChoice {
    Remove,
    Keep,
    Shift,
}

/// The object of `--json`. The path is what was asked for; everything else identifies nobody.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    out: &'a Path,
    #[serde(flatten)]
    report: &'a Report,
}

/// What a run came to.
#[derive(Default)]
struct Tally {
    written: usize,
    before: usize,
    failed: usize,
    unclaimed: usize,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    inputs::apart(&args.paths, &args.out)?;
    let pseudonyms = key::pseudonyms(args.key.as_deref(), &args.out)?;
    let options = options(args);
    let mut record = Record::open(&args.out, &options, &pseudonyms, args.key.is_some())?;
    let inputs = inputs::inputs(&args.paths, &args.out, &pseudonyms);
    if inputs.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "the folders given hold no files",
            "Name a film, or a folder that holds some.",
        ));
    }
    let progress = Progress::new();
    let on_interrupt = progress.clone();
    // Without a handler Ctrl-C ends the program at once; no copy is ever half written.
    ctrlc::set_handler(move || on_interrupt.cancel()).ok();
    let bar = ProgressBar::new(inputs.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len}  {eta} left") {
        bar.set_style(style);
    }
    let mut tally = Tally::default();
    for input in &inputs {
        if progress.cancelled() {
            break;
        }
        if record.holds(&input.source) {
            tally.before += 1;
        } else {
            one(
                input,
                (&options, &pseudonyms),
                &mut record,
                &mut tally,
                args.json,
            )?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(finish(&tally, inputs.len(), &args.out))
}

fn one(
    input: &Input,
    (options, pseudonyms): (&Options, &Pseudonyms),
    record: &mut Record,
    tally: &mut Tally,
    json: bool,
) -> Result<()> {
    match deidentify(&input.path, options, pseudonyms) {
        Ok(copy) => {
            let out = written(&input.folder, &copy)?;
            record.add(&input.source, &out, &copy.report)?;
            tally.written += 1;
            tally.unclaimed += usize::from(!copy.report.identity_removed);
            if json {
                report::json_line(&Line {
                    path: &input.path,
                    out: &out,
                    report: &copy.report,
                });
            } else {
                for warning in &copy.report.warnings {
                    report::say(&format!("{}: {warning}", out.display()));
                }
            }
        }
        Err(error) => {
            record.add_failure(&error)?;
            tally.failed += 1;
            report::failure(&input.path, &error, json);
        }
    }
    Ok(())
}

/// Writes a copy under its name, or under a name with a number where another file has it already:
/// nothing is ever overwritten.
fn written(folder: &Path, copy: &Deidentified) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::unwritable("a folder", &cause))?;
    let (stem, ending) = copy.name.rsplit_once('.').unwrap_or((&copy.name, ""));
    for number in 1.. {
        let name = match number {
            1 => copy.name.clone(),
            _ => format!("{stem}-{number}.{ending}"),
        };
        let path = folder.join(name);
        match std::fs::read(&path) {
            // An earlier run wrote it, and was stopped before it could say so.
            Ok(there) if there == copy.bytes => return Ok(path),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                write_bytes(&path, "the copy", &copy.bytes)?;
                return Ok(path);
            }
            _ => {}
        }
    }
    Err(Error::internal("no name is left for a copy"))
}

fn finish(tally: &Tally, inputs: usize, out: &Path) -> Done {
    let mut words = vec![format!(
        "{} copies written to {}",
        tally.written,
        out.display()
    )];
    if tally.before > 0 {
        words.push(format!("{} were there from an earlier run", tally.before));
    }
    if tally.failed > 0 {
        words.push(format!("{} files could not be copied", tally.failed));
    }
    if tally.unclaimed > 0 {
        words.push(format!(
            "{} do not claim that nobody can be identified, because nobody has said that their pixels \
             show no name",
            tally.unclaimed
        ));
    }
    let missed = inputs - tally.written - tally.before - tally.failed;
    if missed > 0 {
        words.push(format!(
            "{missed} were not reached: run the same command again, with the same key, to go on"
        ));
    }
    report::say(&words.join("; "));
    if tally.failed + missed > 0 {
        Done::SomeFailed
    } else {
        Done::All
    }
}

fn options(args: &Args) -> Options {
    Options {
        retain_uids: args.retain_uids,
        retain_device: args.retain_device,
        retain_institution: args.retain_institution,
        retain_patient: args.retain_patient_characteristics,
        retain_safe_private: args.retain_safe_private,
        clean_descriptors: args.clean_descriptors,
        dates: match args.dates {
            DatesChoice::Remove => Dates::Removed,
            DatesChoice::Keep => Dates::Kept,
            DatesChoice::Shift => Dates::Moved,
        },
        redact: args.redact.clone(),
        pixels_clean: args.pixels_clean,
    }
}

fn rectangle(text: &str) -> std::result::Result<Rectangle, String> {
    let numbers: Vec<usize> = text
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    match numbers[..] {
        [x, y, width, height] if width * height > 0 && text.split(',').count() == 4 => {
            Ok(Rectangle {
                x,
                y,
                width,
                height,
            })
        }
        _ => Err(format!("“{text}” is no rectangle, as in 20,10,300,40")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_four_numbers() {
        let expected = Rectangle {
            x: 20,
            y: 10,
            width: 300,
            height: 40,
        };
        assert_eq!(rectangle("20,10, 300,40"), Ok(expected));
        for text in ["20,10,300", "1,2,3,4,5", "1,2,0,4", "a,b,c,d", "-1,2,3,4"] {
            assert!(rectangle(text).is_err(), "{text}");
        }
    }
}
