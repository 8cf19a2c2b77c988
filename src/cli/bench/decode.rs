//! `silhouette bench --decode`: from a file to samples, in this process and in a decoder apart.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use super::Args;
use crate::cli::report::{self, Done};
use crate::error::Result;
use crate::evaluation::percentile;
use crate::files;
use crate::radiograph::Film;

/// What opening one file costs.
#[derive(Debug, Serialize)]
struct Opening {
    path: PathBuf,
    transfer_syntax: Option<String>,
    width: usize,
    height: usize,
    /// Processor time in this process, where the system counts it.
    processor_secs: Option<f64>,
    /// Time on the clock, decoded in this process.
    here_secs: f64,
    /// Time on the clock, decoded apart, as the window does.
    apart_secs: f64,
    repeats: usize,
}

/// Measures every file in place first: from the first film apart on, all are.
pub(super) fn run(args: &Args) -> Result<Done> {
    let found = files::gather(&args.decode);
    let mut done = Done::All;
    let mut here = Vec::new();
    for path in found {
        match medians(&path, args.repeats) {
            Ok((film, clock, processor)) => here.push((path, film, clock, processor)),
            Err(error) => {
                report::failure(&path, &error, args.json);
                done = Done::SomeFailed;
            }
        }
    }
    files::decode_apart(None);
    for (path, film, here_secs, processor_secs) in here {
        let (_, apart_secs, _) = medians(&path, args.repeats)?;
        let raster = &film.radiograph.raster;
        let opening = Opening {
            transfer_syntax: film.source.transfer_syntax,
            width: raster.width(),
            height: raster.height(),
            processor_secs,
            here_secs,
            apart_secs,
            repeats: args.repeats.max(1),
            path,
        };
        print(args, &opening);
    }
    Ok(done)
}

/// Opens a film once for nothing, and returns it with the medians of the clock and of processor
/// time.
fn medians(path: &Path, repeats: usize) -> Result<(Film, f64, Option<f64>)> {
    let film = files::open(path)?;
    let (mut clock, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..repeats.max(1) {
        let (started, used) = (Instant::now(), processor_secs());
        files::open(path)?;
        clock.push(started.elapsed().as_secs_f64());
        if let (Some(before), Some(after)) = (used, processor_secs()) {
            processor.push(after - before);
        }
    }
    let median = |seconds: &mut Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        percentile(seconds, 50.0)
    };
    let clock = median(&mut clock).unwrap_or_default();
    Ok((film, clock, median(&mut processor)))
}

fn processor_secs() -> Option<f64> {
    #[cfg(unix)]
    {
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Some(used.tv_sec as f64 + used.tv_nsec as f64 / 1e9)
    }
    #[cfg(not(unix))]
    None
}

fn print(args: &Args, opening: &Opening) {
    if args.json {
        report::json_line(opening);
        return;
    }
    let name = opening.path.file_name().unwrap_or_default();
    let processor = opening.processor_secs.map_or_else(
        || "not counted here".to_owned(),
        |seconds| format!("{:8.1} ms", 1e3 * seconds),
    );
    report::line(&format!(
        "{:28} {:4} × {:4} px   processor {processor}   clock {:8.1} ms   apart {:8.1} ms",
        name.to_string_lossy(),
        opening.width,
        opening.height,
        1e3 * opening.here_secs,
        1e3 * opening.apart_secs,
    ));
}
