//! `silhouette bench --frames`: what a frame of the window costs the processor.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::Args;
use super::networks::{Trial, check_args};
use crate::cli::report::{self, Done};
use crate::compute::{Device, DeviceKind, Gpu, Runner};
use crate::error::{Error, ErrorKind, Result};
use crate::inference::Registry;
use crate::models::networks;
use crate::training::WeightsFolders;
use crate::ui::{Drag, FrameTimes, SCREEN_PX, drawn_frames, frame_cost};

/// The side of the films, in pixels.
const SIDE_PX: u32 = 3000;
/// How many films, one in each viewport.
const FILMS: usize = 4;
/// How many frames are drawn; so many are remembered.
const FRAMES: usize = 600;

/// Films at a time in the network that computes meanwhile.
const BATCH: usize = 8;

#[derive(Serialize)]
struct Line {
    step: String,
    p50_ms: f32,
    p95_ms: f32,
    p99_ms: f32,
    frames: usize,
    peak_mib: Option<u64>,
}

/// Measures frames in which the window of four linked films is dragged: what they cost the processor
/// or, on wgpu, how long they take to their last pixel.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let folder = std::env::temp_dir().join(format!("silhouette-frames-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|cause| unwritable(&cause))?;
    let models = Arc::new(Registry {
        weights: weights.to_owned(),
    });
    let measured = films(&folder).and_then(|paths| match args.device {
        DeviceKind::Wgpu => drawn(args, models, paths),
        _ => spent(args, models, paths),
    });
    std::fs::remove_dir_all(&folder).map_err(|cause| unwritable(&cause))?;
    measured.map(|()| Done::All)
}

fn heading(args: &Args, what: &str) {
    if !args.json {
        report::line(&format!(
            "{FILMS} linked viewports of {SIDE_PX} × {SIDE_PX} px on {} × {} px, the window \
             dragged in every frame; {what}",
            SCREEN_PX[0], SCREEN_PX[1]
        ));
    }
}

fn spent(args: &Args, models: Arc<Registry>, paths: Vec<PathBuf>) -> Result<()> {
    let cost = frame_cost(models, paths, FRAMES)?;
    let peak = peak_mib();
    heading(args, "processor time, without the GPU's part");
    for (step, times) in [("our own code", &cost.own), ("with egui's", &cost.whole)] {
        print(args, step.to_owned(), (times, peak))?;
    }
    Ok(())
}

fn drawn(args: &Args, models: Arc<Registry>, paths: Vec<PathBuf>) -> Result<()> {
    check_args(args)?;
    let network = networks()
        .iter()
        .find(|network| args.only.first().is_none_or(|id| id == network.id))
        .ok_or_else(|| Error::internal("there are no networks"))?;
    let computing = |gpu: &Gpu, over: &AtomicBool| {
        let device = Device::Wgpu(gpu.clone());
        let bench = (network.bench)(&device)?;
        let trial = Trial::new(bench.film, BATCH);
        let mut runner = Runner::new(&device, bench.network);
        let mut runs = 0;
        while !over.load(Ordering::Relaxed) {
            runner.run(&[trial.input()], &mut |_| Ok(()))?;
            runs += 1;
        }
        Ok(runs)
    };
    let drawn = drawn_frames(models, paths, Drag::of(FRAMES), computing)?;
    heading(
        args,
        &format!(
            "time to the last pixel at 60 frames a second, on {}",
            drawn.gpu
        ),
    );
    let beside = format!("beside {}", network.id);
    for (step, times) in [("alone".to_owned(), &drawn.alone), (beside, &drawn.beside)] {
        print(args, step, (times, None))?;
    }
    if !args.json {
        let (runs, id) = (drawn.runs, network.id);
        report::line(&format!(
            "meanwhile {id} ran {runs} times, {BATCH} films at a time"
        ));
    }
    Ok(())
}

fn print(args: &Args, step: String, (times, peak): (&FrameTimes, Option<u64>)) -> Result<()> {
    let at = |share| {
        let time = times.percentile_ms(share);
        time.ok_or_else(|| Error::internal("no frame was measured"))
    };
    let line = Line {
        step,
        p50_ms: at(0.5)?,
        p95_ms: at(0.95)?,
        p99_ms: at(0.99)?,
        frames: times.total(),
        peak_mib: peak,
    };
    if args.json {
        report::json_line(&line);
        return Ok(());
    }
    let memory = peak.map_or_else(String::new, |mib| format!("; at most {mib} MiB in memory"));
    report::line(&format!(
        "{:17} p50 {:6.2} ms, p95 {:6.2} ms, p99 {:6.2} ms over {} frames{memory}",
        line.step, line.p50_ms, line.p95_ms, line.p99_ms, line.frames
    ));
    Ok(())
}

/// Writes films of noise and slopes: samples that no picture format makes small.
fn films(folder: &Path) -> Result<Vec<PathBuf>> {
    (0..FILMS as u32)
        .map(|film| {
            let path = folder.join(format!("film {film}.png"));
            let greys: Vec<u16> = (0..SIDE_PX * SIDE_PX)
                .map(|index| {
                    let noise = (index + film).wrapping_mul(2_654_435_761) >> 22;
                    (index % SIDE_PX / 2 + index / SIDE_PX / 2 + noise) as u16
                })
                .collect();
            crate::files::write_png_grey16(&path, SIDE_PX, SIDE_PX, &greys)?;
            Ok(path)
        })
        .collect()
}

fn unwritable(cause: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Unwritable,
        format!("the folder for trial films cannot be used: {cause}"),
        "Set TMPDIR to a folder with 100 MB of room.",
    )
}

/// The most memory that this process has had in the machine's, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
