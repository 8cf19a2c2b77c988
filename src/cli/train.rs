//! `silhouette train`: trains a model on a folder of normal films.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::report::{Done, failure, say};
use crate::compute::DeviceKind;
use crate::error::{Error, ErrorKind, Result};
use crate::models;
use crate::task::Progress;
use crate::training::{Budget, RunSettings, TrainingEvent, Watch};

/// The options of `silhouette train`.
#[derive(clap::Args)]
pub(super) struct Args {
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
    /// The configuration: paper, small or tiny.
    #[arg(long, default_value = "small")]
    preset: String,
    /// The device: cuda, cpu, or auto, which takes CUDA where there is one. (wgpu runs networks but
    /// does not train them.)
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
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
pub(super) fn run(args: &Args, weights: &Path) -> Result<Done> {
    let train = models::trainer(&args.id)?;
    let budget = Budget {
        epochs: args.epochs,
        steps: args.steps,
        minutes: args.minutes,
    };
    if budget == Budget::default() {
        return Err(Error::new(
            ErrorKind::Usage,
            "training has no end",
            "Give --epochs, --steps or --minutes.",
        ));
    }
    let settings = RunSettings {
        normal: args.normal.clone(),
        abnormal: args.abnormal.clone(),
        mixture: args.mixture.clone(),
        masks: args.masks.clone(),
        preset: args.preset.clone(),
        device: args.device.open_for_training()?,
        budget,
        seed: args.seed,
        resume: args.resume,
        out: args.out.clone(),
        command: command_line(args),
        weights: weights.to_owned(),
    };
    let progress = Progress::new();
    let on_interrupt = progress.clone();
    // Without a handler an interrupt ends the run at once; the last checkpoint remains.
    ctrlc::set_handler(move || on_interrupt.cancel()).ok();
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent} %  {msg}  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    let result = train(
        &settings,
        &mut Watch {
            progress: &progress,
            report: &mut |event| show(&bar, event),
        },
    );
    bar.finish_and_clear();
    match result {
        Err(error) if error.is_cancelled() => {
            say("Stopped; go on with the same command and --resume.");
            Ok(Done::All)
        }
        other => other.map(|()| Done::All),
    }
}

/// The command without the folders, which are nobody's business.
fn command_line(args: &Args) -> String {
    let mut words = vec![format!("silhouette train {}", args.id)];
    words.push("--normal DIR".to_owned());
    words.extend(args.abnormal.iter().map(|_| "--abnormal DIR".to_owned()));
    words.extend(args.mixture.iter().map(|_| "--mixture DIR".to_owned()));
    words.extend(args.masks.iter().map(|_| "--masks DIR".to_owned()));
    words.push(format!("--preset {}", args.preset));
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
                .map(|(name, number)| format!("{name} {number:.5}"))
                .collect();
            say(&format!("epoch {epoch}: {}", numbers.join(", ")));
        }
    }
}
