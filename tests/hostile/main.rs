//! Hostile files, made here by the hundred, through the program as it is: each ends by itself with
//! a picture or a stated reason, within 5 s of processor time and 1 GiB, and leaves nothing behind.
//!
//! `SILHOUETTE_HOSTILE=200` hurts every sound film 200 times instead of a few.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a failed expectation is a failed test, and its numbers are worth reading"
)]

mod apart;
mod bits;
mod chance;
mod dicom_lies;
mod measure;
#[path = "../phantoms/mod.rs"]
mod phantoms;
mod picture_lies;
mod places;
mod seeds;

use std::path::Path;

use serde_json::Value;

use measure::{Run, inspect};

const MOST_SECONDS: f64 = 5.0;
const MOST_BYTES: u64 = 1 << 30;

/// What the runs used at most, and the faults.
#[derive(Default)]
struct Tally {
    runs: usize,
    pictures: usize,
    seconds: (f64, String),
    memory: (u64, String),
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, run: &Run) {
        self.runs += 1;
        match verdict(run) {
            Ok(picture) => self.pictures += usize::from(picture),
            Err(fault) => self.faults.push(format!("{name}: {fault}")),
        }
        if run.processor_seconds > self.seconds.0 {
            self.seconds = (run.processor_seconds, name.to_owned());
        }
        if run.memory_bytes > self.memory.0 {
            self.memory = (run.memory_bytes, name.to_owned());
        }
    }

    #[track_caller]
    fn finish(self) {
        println!(
            "{} inputs, {} pictures; at most {:.2} s ({}) and {} MiB ({})",
            self.runs,
            self.pictures,
            self.seconds.0,
            self.seconds.1,
            self.memory.0 >> 20,
            self.memory.1
        );
        assert!(self.faults.is_empty(), "\n{}", self.faults.join("\n"));
    }
}

/// Whether a run gave a picture; what was wrong with it otherwise.
fn verdict(run: &Run) -> Result<bool, String> {
    if run.complaints.contains("panicked") {
        return Err(format!("a panic: {}", run.complaints));
    }
    if !run.leftovers.is_empty() {
        return Err(format!("left processes behind: {:?}", run.leftovers));
    }
    if run.processor_seconds > MOST_SECONDS || run.memory_bytes > MOST_BYTES {
        let mib = run.memory_bytes >> 20;
        return Err(format!("took {:.2} s, {mib} MiB", run.processor_seconds));
    }
    let line: Value = serde_json::from_str(&run.output)
        .map_err(|_| format!("{}, and printed {:?}", run.status, run.output))?;
    match run.status.code() {
        Some(0) if line["rows"].as_u64() > Some(0) => Ok(true),
        Some(1) => reason(&line["error"]).map(|()| false),
        _ => Err(format!("{}: {line}", run.status)),
    }
}

/// A reason says what was found and what to do, and blames the file and not the program.
fn reason(error: &Value) -> Result<(), String> {
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    let sound = text("message").len() > 8
        && text("advice").ends_with('.')
        && !text("kind").is_empty()
        && text("kind") != "internal";
    sound.then_some(()).ok_or_else(|| error.to_string())
}

fn run_all(inputs: &[seeds::Input]) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for input in inputs {
        let path = phantoms::save(folder.path(), "hostile", &input.bytes);
        let run = inspect(&path);
        if std::env::var_os("SILHOUETTE_HOSTILE_LIST").is_some() {
            let (seconds, mib) = (run.processor_seconds, run.memory_bytes >> 20);
            let line: String = run.output.chars().take(300).collect();
            println!("{seconds:.2} s {mib} MiB {}: {}", input.name, line.trim());
        }
        tally.add(&input.name, &run);
    }
    tally
}

#[test]
fn sound_films_are_pictures() {
    let inputs = [seeds::dicom(), seeds::pictures()].concat();
    let tally = run_all(&inputs);
    assert_eq!(tally.pictures, inputs.len());
    tally.finish();
}

#[test]
fn dicom_lies_end_with_a_picture_or_a_reason() {
    run_all(&dicom_lies::all()).finish();
}

#[test]
fn picture_lies_end_with_a_picture_or_a_reason() {
    run_all(&picture_lies::all()).finish();
}

#[test]
fn films_hurt_at_random_end_with_a_picture_or_a_reason() {
    let rounds = std::env::var("SILHOUETTE_HOSTILE").ok();
    let rounds = rounds.map_or(5, |rounds| rounds.parse().expect("a number of rounds"));
    run_all(&chance::hurt(rounds)).finish();
}

#[test]
fn places_that_are_no_files_end_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for path in places::all(folder.path()) {
        let run = inspect(&path);
        tally.add(&short(&path), &run);
    }
    assert_eq!(tally.pictures, 0);
    tally.finish();
}

fn short(path: &Path) -> String {
    path.display().to_string().chars().take(120).collect()
}
