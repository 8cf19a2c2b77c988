//! `silhouette bench --frames`: what a frame of the window costs the processor.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::Args;
use crate::cli::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::inference::Registry;
use crate::ui::{FrameTimes, SCREEN_PX, frame_cost};

/// The side of the films, in pixels.
const SIDE_PX: u32 = 3000;
/// How many films, one in each viewport.
const FILMS: usize = 4;
/// How many frames are drawn; so many are remembered.
const FRAMES: usize = 600;

#[derive(Serialize)]
struct Line {
    step: &'static str,
    p50_ms: f32,
    p95_ms: f32,
    p99_ms: f32,
    frames: usize,
    peak_mib: Option<u64>,
}

/// Measures frames in which the window of four linked films is dragged.
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    let folder = std::env::temp_dir().join(format!("silhouette-frames-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|cause| unwritable(&cause))?;
    let measured = films(&folder).and_then(|paths| {
        let models = Registry {
            weights: weights.to_owned(),
        };
        frame_cost(Arc::new(models), paths, FRAMES)
    });
    let peak = peak_mib();
    std::fs::remove_dir_all(&folder).map_err(|cause| unwritable(&cause))?;
    let cost = measured?;
    if !args.json {
        report::line(&format!(
            "{FILMS} linked viewports of {SIDE_PX} × {SIDE_PX} px on {} × {} px, the window \
             dragged in every frame; processor time, without the GPU's part",
            SCREEN_PX[0], SCREEN_PX[1]
        ));
    }
    for (step, times) in [("our own code", &cost.own), ("with egui's", &cost.whole)] {
        print(args, step, (times, peak))?;
    }
    Ok(Done::All)
}

fn print(args: &Args, step: &'static str, (times, peak): (&FrameTimes, Option<u64>)) -> Result<()> {
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
        "{step:14} p50 {:6.2} ms, p95 {:6.2} ms, p99 {:6.2} ms over {} frames{memory}",
        line.p50_ms, line.p95_ms, line.p99_ms, line.frames
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
