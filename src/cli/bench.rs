//! `silhouette bench`: what decoding, drawing and inference cost on this machine.

mod decode;
mod frames;
mod gate;
mod networks;
mod opening;
mod peak;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::loading;
use super::report::{self, Done};
use crate::anomaly::{AnomalyMap, MapKind, Placed};
use crate::compute::{DeviceKind, Precision};
use crate::display::{Colormap, GreyRamp, Layer, Overlay, Picture, ViewTransform, compose};
use crate::error::{Error, Result};
use crate::evaluation::percentile;
use crate::models::registry;
use crate::radiograph::phantom::Phantom;
use crate::radiograph::{Film, PixelRect, Raster};
use crate::training::WeightsFolders;

/// How often a step is repeated unless told otherwise.
const REPEATS: usize = 15;

/// The options of `silhouette bench`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to compute: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// How often each step is repeated after one run that does not count.
    #[arg(long, default_value_t = REPEATS, value_name = "N")]
    repeats: usize,
    /// Measure opening these files and folders instead: to samples, here and in a decoder apart.
    #[arg(long, num_args = 1.., value_name = "PATH", conflicts_with = "networks")]
    decode: Vec<PathBuf>,
    /// Measure frames of the window instead: four linked viewports of large films, the window
    /// dragged. With --device wgpu, how long they take on the GPU, alone and while a network
    /// computes.
    #[arg(long, conflicts_with_all = ["networks", "decode"])]
    frames: bool,
    /// Measure in a real window instead how long these films take from the file to the screen.
    #[arg(long, num_args = 1.., value_name = "PATH", conflicts_with_all = ["networks", "decode", "frames"])]
    opening: Vec<PathBuf>,
    /// Measure the input gate on these frontal chest films instead: what it says of them as they are,
    /// and of each spoilt in ten ways.
    #[arg(long, num_args = 1.., value_name = "PATH", conflicts_with_all = ["networks", "decode", "frames", "opening"])]
    gate: Vec<PathBuf>,
    /// With --gate: pictures that are no frontal chest films.
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "gate")]
    others: Vec<PathBuf>,
    /// With --gate: at most so many films, spread evenly.
    #[arg(long, default_value_t = usize::MAX, value_name = "N", requires = "gate", hide_default_value = true)]
    most: usize,
    /// Measure the networks instead: standard sizes, beside the device's measured peak.
    #[arg(long)]
    networks: bool,
    /// Only these networks: squid, dgm, fanogan, healthygan.
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    only: Vec<String>,
    /// Films at a time.
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1,8")]
    batch: Vec<usize>,
    /// How the GPU stores samples and weights: f32 or f16.
    #[arg(long, default_value = "f32")]
    precision: Precision,
    /// On CUDA, let matrix products round their factors to TF32.
    #[arg(long, requires = "networks")]
    tf32: bool,
    /// Show the longest steps of each network.
    #[arg(long, requires = "networks")]
    layers: bool,
    /// Compare the outputs with the networks computed at once on the processor.
    #[arg(long, requires = "networks")]
    check: bool,
    /// Print one JSON object per step.
    #[arg(long)]
    json: bool,
}

/// What one step costs.
#[derive(Debug, Serialize)]
struct Timing {
    step: String,
    on: String,
    median_secs: f64,
    fastest_secs: f64,
    slowest_secs: f64,
    repeats: usize,
}

/// Runs the command.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    if args.networks {
        networks::check_args(args)?;
        networks::run(args, &args.device.open()?)?;
        return Ok(Done::All);
    }
    if args.frames {
        return frames::run(args, weights);
    }
    if !args.opening.is_empty() {
        return opening::run(args, weights);
    }
    if !args.gate.is_empty() {
        return gate::run(args, weights);
    }
    if !args.decode.is_empty() {
        return decode::run(args);
    }
    crate::files::decode_apart(None);
    let film = decoded(args)?;
    drawing(args, &film)?;
    let mut done = Done::All;
    let device = args.device.open()?;
    for entry in registry().iter().filter(|entry| !entry.slow) {
        match loading::load(entry, weights, &device) {
            Ok(mut model) => {
                let on = format!("{}, {}", device.description(), size(&film));
                let step = format!("analyse with {}", entry.id);
                let timing = measured(args.repeats, (&step, &on), || {
                    loading::analyze(&mut *model, &film).map(|_| ())
                })?;
                print(args, &timing);
            }
            Err(error) => {
                report::failure(Path::new(entry.id), &error, args.json);
                done = Done::SomeFailed;
            }
        }
    }
    Ok(done)
}

/// Measures reading a film from disk, and returns it.
fn decoded(args: &Args) -> Result<Film> {
    let phantom = Phantom::WITH_OPACITY;
    let raster = phantom.draw()?;
    let greys: Vec<u16> = raster
        .values()
        .iter()
        .map(|&sample| sample as u16)
        .collect();
    let (width, height) = (raster.width() as u32, raster.height() as u32);
    let path = std::env::temp_dir().join(format!("silhouette-bench-{}.png", std::process::id()));
    crate::files::write_png_grey16(&path, width, height, &greys)?;
    let on = format!("16-bit PNG, {width} × {height} px");
    let timing = measured(args.repeats, ("decode", &on), || {
        crate::files::open(&path).map(|_| ())
    });
    let film = crate::files::open(&path);
    std::fs::remove_file(&path).map_err(|cause| Error::unwritable("the trial film", &cause))?;
    print(args, &timing?);
    film
}

/// Measures a new window, the film drawn whole, and the film with a map in colour.
fn drawing(args: &Args, film: &Film) -> Result<()> {
    let radiograph = &film.radiograph;
    let (width, height) = (radiograph.raster.width(), radiograph.raster.height());
    let (voi, polarity) = (radiograph.default_voi(), radiograph.polarity);
    let ramp = measured(args.repeats, ("window", "4096-entry ramp"), || {
        black_box(GreyRamp::new(voi, polarity));
        Ok(())
    })?;
    print(args, &ramp);
    let mut picture = Picture {
        base: Layer(Arc::new(Placed {
            raster: radiograph.raster.clone(),
            place: PixelRect::of_image(width, height),
        })),
        over: None,
        ramp: Arc::new(GreyRamp::new(voi, polarity)),
        overlay: None,
        drawn: None,
        view: ViewTransform::native(width, height),
    };
    let draw = |picture: &Picture| {
        black_box(compose(picture, width, height));
        Ok(())
    };
    let on = format!("CPU, {}", size(film));
    print(
        args,
        &measured(args.repeats, ("draw", &on), || draw(&picture))?,
    );
    picture.overlay = Some(trial_overlay(film)?);
    let timing = measured(args.repeats, ("draw with overlay", &on), || draw(&picture))?;
    print(args, &timing);
    Ok(())
}

/// A map of 128 × 128 cells, half of them above the threshold.
fn trial_overlay(film: &Film) -> Result<Overlay> {
    const SIDE: usize = 128;
    let raster = &film.radiograph.raster;
    let values = (0..SIDE * SIDE).map(|cell| (cell % SIDE) as f32 / SIDE as f32);
    Ok(Overlay {
        map: Arc::new(AnomalyMap {
            kind: MapKind::Residue,
            placed: Placed {
                raster: Raster::new(SIDE, SIDE, values.collect::<Vec<f32>>())?,
                place: PixelRect::of_image(raster.width(), raster.height()),
            },
            scale: (0.0, 1.0),
            unit: "trial".to_owned(),
        }),
        colormap: Colormap::default(),
        opacity: 0.5,
        threshold: 0.5,
        discrete: false,
    })
}

fn size(film: &Film) -> String {
    let raster = &film.radiograph.raster;
    format!("{} × {} px", raster.width(), raster.height())
}

/// Runs a step once for nothing and then `repeats` times by the clock.
fn measured(
    repeats: usize,
    (step, on): (&str, &str),
    mut work: impl FnMut() -> Result<()>,
) -> Result<Timing> {
    work()?;
    let mut seconds = Vec::new();
    for _ in 0..repeats.max(1) {
        let started = Instant::now();
        work()?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let at = |percent| percentile(&seconds, percent).unwrap_or_default();
    Ok(Timing {
        step: step.to_owned(),
        on: on.to_owned(),
        median_secs: at(50.0),
        fastest_secs: at(0.0),
        slowest_secs: at(100.0),
        repeats: seconds.len(),
    })
}

fn print(args: &Args, timing: &Timing) {
    if args.json {
        report::json_line(timing);
        return;
    }
    report::line(&format!(
        "{:24} {:9.3} ms  ({:.3} to {:.3} ms, {} repeats; {})",
        timing.step,
        1e3 * timing.median_secs,
        1e3 * timing.fastest_secs,
        1e3 * timing.slowest_secs,
        timing.repeats,
        timing.on,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_does_not_count() {
        let mut runs = 0;
        let timing = measured(3, ("count", "nothing"), || {
            runs += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!((runs, timing.repeats), (4, 3));
        assert!(timing.fastest_secs <= timing.median_secs);
        assert!(timing.median_secs <= timing.slowest_secs);
    }

    #[test]
    fn a_failing_step_ends_the_measurement() {
        let failed = measured(3, ("fail", "nothing"), || Err(Error::internal("broken")));
        assert!(failed.is_err());
    }
}
