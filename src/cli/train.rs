//! `silhouette train`: trains a model on a folder of normal films, or several models in turn.

mod campaign;
mod packing;

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::loading;
use super::report::{Done, failure, say};
use crate::compute::{Device, DeviceKind};
use crate::error::{Error, ErrorKind, Result};
use crate::models;
use crate::task::Progress;
use crate::training::{Budget, Packing, RunSettings, TrainingEvent, Watch, WeightsFolders};

/// The options of `silhouette train`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Trains the runs of a file in turn, each in short slices that continue its last: one run per
    /// line, spelled as after `silhouette train`; lines that begin with # say nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "normal", "out"])]
    campaign: Option<PathBuf>,
    /// The minutes of a campaign's slices.
    #[arg(long, value_name = "M", default_value_t = 10.0, requires = "campaign")]
    slice: f64,
    /// Keeps the films in one file, as the networks see them: made where there is none, of all runs'
    /// films, and from then on read in the folders' place. It holds films; keep it like them.
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Makes the pack and trains nothing.
    #[arg(long, requires = "pack")]
    only_pack: bool,
    #[command(flatten)]
    run: Option<Run>,
}

/// The options of one run.
#[derive(Clone, clap::Args)]
pub(super) struct Run {
    /// The model, as in `squid`.
    id: String,
    /// The folder of normal films.
    #[arg(long, value_name = "DIR")]
    normal: PathBuf,
    /// A folder of abnormal films, for models that learn from labels (dgm).
    #[arg(long, value_name = "DIR")]
    abnormal: Option<PathBuf>,
    /// A folder of unlabelled films, normal and abnormal: healthygan learns from it, others compare
    /// their epochs on it.
    #[arg(long, value_name = "DIR")]
    mixture: Option<PathBuf>,
    /// A folder of lung masks (PNG, under the films' names): the saliency map is kept to where
    /// lungs usually lie.
    #[arg(long, value_name = "DIR")]
    masks: Option<PathBuf>,
    /// A folder with weights of the same model and preset to begin with instead of noise, as the
    /// program's own: for few films.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// The configuration: paper, small or tiny.
    #[arg(long, default_value = "small")]
    preset: String,
    /// The device: cuda, cpu, or auto, which takes CUDA where there is one. (wgpu runs networks but
    /// does not train them.)
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// On CUDA, lets matrix products round their factors to TF32; weights, sums and all else stay in
    /// single precision.
    #[arg(long)]
    tf32: bool,
    /// Stops after so many passes over the films.
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// Stops after so many steps.
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Stops after so many minutes in all.
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Goes on from the checkpoint in the output folder.
    #[arg(long)]
    resume: bool,
    /// Where checkpoints, curves, weights and card go.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command; the lung segmenter is in the folder of weights.
pub(super) fn run(args: &Args, weights: &WeightsFolders) -> Result<Done> {
    let progress = Progress::new();
    let on_interrupt = progress.clone();
    // Without a handler an interrupt ends the run at once; the last checkpoint remains.
    ctrlc::set_handler(move || on_interrupt.cancel()).ok();
    let runs = match (&args.campaign, &args.run) {
        (Some(file), _) => campaign::read(file)?,
        (None, Some(run)) => vec![run.clone()],
        (None, None) => {
            return Err(Error::new(
                ErrorKind::Usage,
                "nothing to train was named",
                "Name a model with --normal and --out, or a campaign.",
            ));
        }
    };
    let place = Place {
        weights,
        packing: match &args.pack {
            Some(pack) => Some(packing::opened(pack, &runs, weights, &progress)?),
            None => None,
        },
    };
    match (args.only_pack, &args.campaign) {
        (true, _) => Ok(Done::All),
        (_, Some(_)) => campaign::run(runs, args.slice, &place, &progress),
        (_, None) => alone(&runs, &place, &progress),
    }
}

/// Where runs find what they need beside their folders.
struct Place<'a> {
    /// The folder of trained weights, where the lung segmenter is.
    weights: &'a WeightsFolders,
    packing: Option<Packing>,
}

fn alone(runs: &[Run], place: &Place<'_>, progress: &Progress) -> Result<Done> {
    for run in runs {
        match run.train(place, progress) {
            Err(error) if error.is_cancelled() => {
                say("Stopped; go on with the same command and --resume.");
            }
            other => other?,
        }
    }
    Ok(Done::All)
}

impl Run {
    fn settings(&self, place: &Place<'_>, device: Device) -> Result<RunSettings> {
        let budget = Budget {
            epochs: self.epochs,
            steps: self.steps,
            minutes: self.minutes,
        };
        if budget == Budget::default() {
            return Err(Error::new(
                ErrorKind::Usage,
                "training has no end",
                "Give --epochs, --steps or --minutes.",
            ));
        }
        Ok(RunSettings {
            normal: self.normal.clone(),
            abnormal: self.abnormal.clone(),
            mixture: self.mixture.clone(),
            masks: self.masks.clone(),
            from: self.from.clone(),
            packing: place.packing.clone(),
            preset: self.preset.clone(),
            device,
            budget,
            seed: self.seed,
            resume: self.resume,
            out: self.out.clone(),
            command: command_line(self),
            weights: place.weights.to_owned(),
        })
    }

    /// Trains until the budget is spent or `progress` is cancelled.
    fn train(&self, place: &Place<'_>, progress: &Progress) -> Result<()> {
        let train = models::trainer(&self.id)?;
        let device = self.device.open_for_training()?;
        if self.tf32 {
            loading::round_factors(&device)?;
        }
        let settings = self.settings(place, device)?;
        with_bar(progress, |watch| train(&settings, watch))
    }
}

/// Works under a bar that shows how far the work is.
fn with_bar(progress: &Progress, work: impl FnOnce(&mut Watch<'_>) -> Result<()>) -> Result<()> {
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent} %  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    let report = &mut |event: TrainingEvent<'_>| show(&bar, event);
    let result = work(&mut Watch { progress, report });
    bar.finish_and_clear();
    result
}

/// The command without the folders, which are nobody's business.
fn command_line(args: &Run) -> String {
    let mut words = vec![format!("silhouette train {}", args.id)];
    words.push("--normal DIR".to_owned());
    words.extend(args.abnormal.iter().map(|_| "--abnormal DIR".to_owned()));
    words.extend(args.mixture.iter().map(|_| "--mixture DIR".to_owned()));
    words.extend(args.masks.iter().map(|_| "--masks DIR".to_owned()));
    words.extend(args.from.iter().map(|_| "--from DIR".to_owned()));
    words.push(format!("--preset {}", args.preset));
    words.extend(args.tf32.then(|| "--tf32".to_owned()));
    words.extend(args.epochs.map(|epochs| format!("--epochs {epochs}")));
    words.extend(args.steps.map(|steps| format!("--steps {steps}")));
    words.extend(args.minutes.map(|minutes| format!("--minutes {minutes}")));
    words.push(format!("--seed {}", args.seed));
    words.push("--out DIR".to_owned());
    words.join(" ")
}

fn show(bar: &ProgressBar, event: TrainingEvent<'_>) {
    match event {
        TrainingEvent::Films { training, held_out } => say(&format!(
            "{training} films to train on, {held_out} kept apart to calibrate on"
        )),
        TrainingEvent::LeftOut { path, error } => failure(path, error, false),
        TrainingEvent::Step { share, epoch, step } => {
            bar.set_position((share * 1000.0) as u64);
            bar.set_message(format!("epoch {}, step {step}", epoch + 1));
        }
        TrainingEvent::Epoch {
            epoch,
            names,
            numbers,
        } => {
            let numbers: Vec<String> = names
                .iter()
                .zip(numbers)
                .filter_map(|(name, number)| Some(format!("{name} {:.5}", (*number)?)))
                .collect();
            say(&format!("epoch {epoch}: {}", numbers.join(", ")));
        }
    }
}
