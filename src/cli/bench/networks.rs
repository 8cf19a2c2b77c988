//! `silhouette bench --networks`: every network at a size that is the same everywhere, beside what
//! the device can do at all.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::{loading, report};
use super::Args;
use super::peak::{Peak, peak};
use crate::compute::{Device, Input, Precision, Runner, StepTime, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::percentile;
use crate::models::{Bench, Network, networks};

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    network: &'a str,
    device: String,
    batch: usize,
    precision: &'static str,
    median_ms: f64,
    p95_ms: f64,
    films_per_s: f64,
    /// Of arena and weights on the processor, of all buffers on wgpu; null on CUDA.
    memory_mib: Option<f64>,
    /// Billions of multiplications and additions a second, by the network's definition.
    gmac_per_s: f64,
    /// Of the device's measured peak; more than 1 where fewer multiplications do.
    share_of_peak: f64,
    repeats: usize,
    /// The largest difference from the network computed at once in f32 on the processor, as a
    /// share of an output's largest sample; only with `--check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_difference: Option<f64>,
}

/// Measures every network on one device.
pub(super) fn run(args: &Args, device: &Device) -> Result<()> {
    let device = &device.storing(args.precision);
    if args.tf32 {
        loading::round_factors(device)?;
    }
    let peak = peak(args.precision, device)?;
    if !args.json {
        report::line(&format!(
            "{}: products of {1} × {1} matrices run at {2:.1} GMAC/s, copies at {3:.1} GB/s",
            device.description(),
            peak.side,
            peak.gmac_per_s,
            peak.gb_per_s,
        ));
        report::line(HEADER);
    }
    for network in networks() {
        if !args.only.is_empty() && !args.only.iter().any(|id| id == network.id) {
            continue;
        }
        // The same weights for the network that is laid out and for the one that checks it.
        let bench = (network.bench)(device)?;
        let (name, film) = (bench.name, bench.film);
        let cost = cost_of_one(network, film)?;
        let mut runner = Runner::new(device, bench.network).storing(args.precision);
        for &batch in &args.batch {
            let trial = Trial::new(film, batch);
            // A smaller batch's buffers are not this one's.
            runner.forget();
            match measure(args, device, &mut runner, &trial) {
                Ok(seconds) => {
                    let trial_of = (name, batch, cost * batch as u64);
                    let mut line = line(args, device, &peak, trial_of, (&seconds, &runner));
                    if args.check {
                        let bench = (network.bench)(&Device::Cpu)?;
                        line.worst_difference = Some(check(&bench, &mut runner, &trial)?);
                    }
                    print(args, &line);
                    if args.layers {
                        layers(&runner.profile(&[trial.input()])?);
                    }
                }
                // A batch too large for the device says so and costs the others nothing.
                Err(error) if error.kind == ErrorKind::Device => {
                    report::say(&format!("{name}, batch {batch}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

const HEADER: &str =
    "network              batch   median ms     p95 ms   films/s       MiB    GMAC/s  of peak";

/// Films of nothing in particular.
pub(super) struct Trial {
    samples: Vec<f32>,
    dims: [usize; 4],
}

impl Trial {
    pub(super) fn new([channels, height, width]: [usize; 3], batch: usize) -> Self {
        let dims = [batch, channels, height, width];
        let grey = |at: usize| ((at * 7919) % 997) as f32 / 997.0;
        Self {
            samples: (0..dims.iter().product()).map(grey).collect(),
            dims,
        }
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input {
            samples: &self.samples,
            dims: &self.dims,
        }
    }
}

/// A GPU that was idle runs at a fraction of its clock, and takes this long to be at full speed.
const WARM_UP: Duration = Duration::from_millis(400);

/// The sorted seconds of the runs that count.
fn measure(args: &Args, device: &Device, runner: &mut Runner, trial: &Trial) -> Result<Vec<f64>> {
    // The first run lays the network out, the second warms up what the first has made.
    for _ in 0..2 {
        runner.run(&[trial.input()], &mut |_| Ok(()))?;
    }
    let begun = Instant::now();
    while !device.is_cpu() && begun.elapsed() < WARM_UP {
        runner.run(&[trial.input()], &mut |_| Ok(()))?;
    }
    let mut seconds = Vec::with_capacity(args.repeats);
    for _ in 0..args.repeats.max(1) {
        let start = Instant::now();
        runner.run(&[trial.input()], &mut |_| Ok(()))?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds)
}

fn line<'a>(
    args: &Args,
    device: &Device,
    peak: &Peak,
    (network, batch, cost): (&'a str, usize, u64),
    (seconds, runner): (&[f64], &Runner),
) -> Line<'a> {
    let at = |percent| percentile(seconds, percent).unwrap_or_default();
    let median = at(50.0);
    let rate = cost as f64 / median / 1e9;
    Line {
        network,
        device: device.description(),
        batch,
        precision: match (args.precision, args.tf32) {
            (Precision::Single, true) => "f32 (TF32)",
            (precision, _) => precision.name(),
        },
        median_ms: 1e3 * median,
        p95_ms: 1e3 * at(95.0),
        films_per_s: batch as f64 / median,
        memory_mib: runner
            .bytes()
            .map(|bytes| bytes as f64 / f64::from(1 << 20)),
        gmac_per_s: rate,
        share_of_peak: rate / peak.gmac_per_s,
        repeats: seconds.len(),
        worst_difference: None,
    }
}

/// Multiplications and additions for one film. A batch takes as many for each of its films.
fn cost_of_one(network: &Network, film: [usize; 3]) -> Result<u64> {
    let bench = (network.bench)(&Device::Cpu)?;
    Runner::new(&Device::Cpu, bench.network).cost(&[Trial::new(film, 1).input()])
}

/// The greatest difference from the network computed at once on the processor.
fn check(bench: &Bench, runner: &mut Runner, trial: &Trial) -> Result<f64> {
    let films = Tensor::from_samples(trial.samples.clone(), &trial.dims)?;
    let wanted = (bench.network)(&[films])?;
    let found = runner.run(&[trial.input()], &mut |_| Ok(()))?;
    let mut worst = 0.0_f32;
    for (found, wanted) in found.iter().zip(&wanted) {
        let wanted = wanted.to_samples()?;
        let most = wanted.iter().fold(1e-6_f32, |most, x| most.max(x.abs()));
        for (found, wanted) in found.samples.iter().zip(&wanted) {
            let difference = (found - wanted).abs() / most;
            // What is no number is as far off as can be.
            worst = if difference.is_nan() {
                f32::INFINITY
            } else {
                worst.max(difference)
            };
        }
    }
    Ok(f64::from(worst))
}

fn print(args: &Args, line: &Line<'_>) {
    if args.json {
        report::json_line(line);
        return;
    }
    let memory = line.memory_mib;
    let memory = memory.map_or_else(|| "–".to_owned(), |mib| format!("{mib:.0}"));
    let mut text = format!(
        "{:20} {:5} {:11.2} {:10.2} {:9.1} {:>9} {:9.1} {:8.2}",
        line.network,
        line.batch,
        line.median_ms,
        line.p95_ms,
        line.films_per_s,
        memory,
        line.gmac_per_s,
        line.share_of_peak,
    );
    if let Some(worst) = line.worst_difference {
        text.push_str(&format!("   off by {worst:.1e} of the largest sample"));
    }
    report::line(&text);
}

/// Where the time goes, the longest steps first.
fn layers(steps: &[StepTime]) {
    let all: f64 = steps.iter().map(|step| step.seconds).sum();
    report::line(&format!(
        "    {:9.3} ms in {} steps",
        1e3 * all,
        steps.len()
    ));
    let mut steps: Vec<&StepTime> = steps.iter().collect();
    steps.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    for step in steps.iter().take(24) {
        report::line(&format!(
            "    {:9.3} ms  {:8.1} GMAC/s  {}",
            1e3 * step.seconds,
            step.cost as f64 / step.seconds.max(1e-9) / 1e9,
            step.name,
        ));
    }
}

/// Refuses what cannot be measured.
pub(super) fn check_args(args: &Args) -> Result<()> {
    let unknown = args
        .only
        .iter()
        .find(|id| networks().iter().all(|network| network.id != id.as_str()));
    match unknown {
        None => Ok(()),
        Some(id) => Err(Error::new(
            ErrorKind::Usage,
            format!("“{id}” is no network of this program"),
            "Use squid, dgm, fanogan or healthygan.",
        )),
    }
}
