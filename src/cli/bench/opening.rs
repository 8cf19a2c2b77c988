//! `silhouette bench --opening`: from a file to pixels on the screen, in a real window.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::Args;
use crate::cli::report::{self, Done};
use crate::cli::window::ask_for_display;
use crate::error::Result;
use crate::evaluation::percentile;
use crate::files;
use crate::inference::Registry;
use crate::training::WeightsFolders;
use crate::ui::{OpeningTime, opening_times};

#[derive(Debug, Serialize)]
struct Line {
    path: PathBuf,
    first_pixels_median_ms: f64,
    first_pixels_slowest_ms: f64,
    film_median_ms: f64,
    film_slowest_ms: f64,
    rounds: usize,
}

/// Opens every file in a window again and again and prints how long each took to the screen.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    ask_for_display()?;
    files::decode_apart(None);
    let found = files::gather(&args.opening);
    let models = Registry {
        weights: weights.to_owned(),
    };
    let times = opening_times(Arc::new(models), found.clone(), args.repeats.max(1))?;
    for (path, time) in found.into_iter().zip(&times) {
        print(args, &Line::new(path, time));
    }
    Ok(Done::All)
}

impl Line {
    fn new(path: PathBuf, time: &OpeningTime) -> Self {
        let at = |times: &[Duration], share| {
            let mut ms: Vec<f64> = times.iter().map(|time| 1e3 * time.as_secs_f64()).collect();
            ms.sort_by(f64::total_cmp);
            percentile(&ms, share).unwrap_or_default()
        };
        Self {
            path,
            first_pixels_median_ms: at(&time.first_pixels, 50.0),
            first_pixels_slowest_ms: at(&time.first_pixels, 100.0),
            film_median_ms: at(&time.film, 50.0),
            film_slowest_ms: at(&time.film, 100.0),
            rounds: time.film.len(),
        }
    }
}

fn print(args: &Args, line: &Line) {
    if args.json {
        report::json_line(line);
        return;
    }
    report::line(&format!(
        "first pixels after {:6.1} ms (slowest {:6.1}), the film after {:6.1} ms (slowest {:6.1}), \
         {} times: {}",
        line.first_pixels_median_ms,
        line.first_pixels_slowest_ms,
        line.film_median_ms,
        line.film_slowest_ms,
        line.rounds,
        line.path.display()
    ));
}
