//! Several runs in turn, in slices, so that no minute of a borrowed device is lost: a run that is
//! done makes room, a run that fails does not stop the others, and a killed campaign goes on where its
//! runs' checkpoints are.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;

use super::{Place, Run};
use crate::cli::report::{Done, say};
use crate::error::{Error, ErrorKind, Result};
use crate::task::Progress;

/// One line of a campaign's file.
#[derive(Parser)]
#[command(name = "silhouette train", no_binary_name = true)]
struct Line {
    #[command(flatten)]
    run: Run,
}

/// Reads the runs of a campaign's file.
///
/// # Errors
/// When it cannot be read, when a line cannot be understood, naming it, or when there is no run.
pub(super) fn read(file: &Path) -> Result<Vec<Run>> {
    let text = std::fs::read_to_string(file)
        .map_err(|cause| usage(&format!("the file cannot be read: {cause}")))?;
    runs_of(&text)
}

/// Reads the runs of a campaign.
///
/// # Errors
/// When a line cannot be understood, naming it, or when there is no run.
fn runs_of(text: &str) -> Result<Vec<Run>> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with('#'));
    let runs: Vec<Run> = lines
        .map(|(index, line)| {
            let parsed = Line::try_parse_from(line.split_whitespace());
            parsed.map(|line| line.run).map_err(|cause| {
                let cause = cause.to_string();
                let first = cause.lines().next().unwrap_or_default();
                usage(&format!("line {} is no run: {first}", index + 1))
            })
        })
        .collect::<Result<_>>()?;
    if runs.is_empty() {
        return Err(usage("the file names no run"));
    }
    Ok(runs)
}

fn usage(message: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("the campaign cannot start: {message}"),
        "Write one run per line, as in `squid --normal DIR --epochs 100 --out DIR`.",
    )
}

/// Trains every run, a slice at a time.
pub(super) fn run(
    runs: Vec<Run>,
    minutes: f64,
    place: &Place<'_>,
    progress: &Progress,
) -> Result<Done> {
    let mut waiting = runs;
    let mut done = Done::All;
    while !waiting.is_empty() {
        let mut unfinished = Vec::new();
        for mut run in waiting {
            run.resume = run.out.join("checkpoint.safetensors").is_file();
            say(&format!("{}: a slice of {minutes} minutes", run.id));
            match slice(&run, minutes, place, progress) {
                Ok(()) => say(&format!("{}: done", run.id)),
                Err(_) if progress.cancelled() => {
                    say("Stopped; the same command goes on.");
                    return Ok(Done::SomeFailed);
                }
                Err(error) if error.is_cancelled() => unfinished.push(run),
                Err(error) => {
                    say(&format!("{}: {error}", run.id));
                    done = Done::SomeFailed;
                }
            }
        }
        waiting = unfinished;
    }
    Ok(done)
}

/// Trains one run until it is done, the slice is over or the campaign is stopped. The end of a slice is
/// a cancellation, which leaves a checkpoint.
fn slice(run: &Run, minutes: f64, place: &Place<'_>, progress: &Progress) -> Result<()> {
    let own = Progress::new();
    let over = AtomicBool::new(false);
    let until = Instant::now() + Duration::from_secs_f64(60.0 * minutes.max(0.0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if progress.cancelled() || Instant::now() >= until {
                    own.cancel();
                    return;
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let result = run.train(place, &own);
        over.store(true, Ordering::Relaxed);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::WeightsFolders;

    #[test]
    fn a_campaign_lists_runs_as_they_are_typed() {
        let text = "# the first night\n\nsquid --normal a --preset simsid --epochs 1000 --out b\n\
                    lungs --normal a --masks m --steps 9 --out c\n";
        let runs = runs_of(text).unwrap();
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        assert_eq!(ids, ["squid", "lungs"]);
        assert_eq!((runs[0].epochs, runs[1].steps), (Some(1000), Some(9)));
    }

    #[derive(Parser)]
    #[command(no_binary_name = true)]
    struct Typed {
        #[command(flatten)]
        args: super::super::Args,
    }

    #[test]
    fn a_campaign_or_a_run_is_typed_and_never_both() {
        let typed = |line: &str| Typed::try_parse_from(line.split_whitespace());
        let campaign = typed("--campaign f --slice 3").unwrap().args;
        assert!(campaign.campaign.is_some() && campaign.run.is_none() && campaign.slice == 3.0);
        let run = typed("dgm --normal a --abnormal b --epochs 2 --out c").unwrap();
        assert!(run.args.campaign.is_none() && run.args.run.is_some());
        assert!(typed("dgm --campaign f").is_err() && typed("").is_err());
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = |text: &str| {
            runs_of(text)
                .err()
                .map(|error| error.message)
                .unwrap_or_default()
        };
        assert!(error("squid --normal a --out b\nsquid --epochs\n").contains("line 2"));
        assert!(error("# nothing\n").contains("no run"));
    }

    #[test]
    fn a_run_that_cannot_start_does_not_stop_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let line = format!(
            "lungs --normal /nowhere --epochs 1 --out {}\n",
            out.display()
        );
        let place = Place {
            weights: &WeightsFolders::only(folder.path()),
            packing: None,
        };
        let runs = runs_of(&line.repeat(2)).unwrap();
        let done = run(runs, 1.0, &place, &Progress::new()).unwrap();
        assert_eq!(done, Done::SomeFailed);
    }
}
