//! The command line: everything the window computes, without a window.
//!
//! Results go to stdout, words for people to stderr. Exit code 0: all inputs done; 1: some failed;
//! 2: wrong usage, or nothing could start.

mod analyze;
mod bench;
mod deidentify;
mod digits;
mod evaluate;
mod export;
mod forward;
mod gated;
mod import;
mod inspect;
mod loading;
mod models;
mod names;
mod pictures;
mod render;
mod report;
mod scoring;
#[cfg(test)]
mod stub;
mod train;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::compute::DeviceKind;
use crate::files;
use report::Done;

/// Shows a chest X-ray beside its healthy counterpart. Research use – not for diagnosis.
#[derive(Parser)]
#[command(name = "silhouette", version, subcommand_precedence_over_arg = true)]
struct Cli {
    /// A folder of weights and model cards; what it lacks is taken from the program's own.
    #[arg(long, global = true, value_name = "DIR")]
    weights_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
    /// Where the window's models compute: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: DeviceKind,
    /// Takes up what a window left that was lost with its GPU, from standard input.
    #[arg(long, hide = true)]
    in_place_of_lost: bool,
    /// Films or folders to open in the window; the bundled study when none is given.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Decodes films and reports the display pipeline, stage by stage.
    Inspect(inspect::Args),
    /// Writes the annotated picture the window would export.
    Render(render::Args),
    /// Writes what the window would export: DICOM objects, pages, tables and pictures.
    Export(export::Args),
    /// Runs models on films.
    Analyze(analyze::Args),
    /// Lists the models and their cards.
    Models(models::Args),
    /// Scores two folders and reports metrics.
    Evaluate(evaluate::Args),
    /// Trains a model.
    Train(train::Args),
    /// Runs a bare network on tensors.
    Forward(forward::Args),
    /// Converts public PyTorch checkpoints into weights for a bare network.
    Import(import::Args),
    /// Measures this machine.
    Bench(bench::Args),
    /// Writes de-identified copies of films.
    Deidentify(deidentify::Args),
    /// Draws DigitAnatomy, a set of pictures to debug an in-painting model on.
    Digits(digits::Args),
    /// Decodes films for another of this program's processes.
    #[command(name = files::DECODER_COMMAND, hide = true)]
    Decoder,
}

/// Runs the program with the process's arguments and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Some(Command::Decoder)) {
        return files::serve_films();
    }
    // The benchmark measures without first.
    if !matches!(cli.command, Some(Command::Bench(_))) {
        files::decode_apart(None);
    }
    let code = run(&cli);
    files::end_decoders();
    code
}

fn run(cli: &Cli) -> ExitCode {
    let weights = crate::models::weights_folders(cli.weights_dir.as_deref());
    let done = match &cli.command {
        None => window::run(cli, &weights),
        Some(Command::Inspect(args)) => inspect::run(args),
        Some(Command::Render(args)) => render::run(args, &weights),
        Some(Command::Export(args)) => export::run(args, &weights),
        Some(Command::Analyze(args)) => analyze::run(args, &weights),
        Some(Command::Models(args)) => models::run(args, &weights),
        Some(Command::Evaluate(args)) => evaluate::run(args, &weights),
        Some(Command::Train(args)) => train::run(args, &weights),
        Some(Command::Forward(args)) => forward::run(args),
        Some(Command::Import(args)) => import::run(args),
        Some(Command::Bench(args)) => bench::run(args, &weights),
        Some(Command::Deidentify(args)) => deidentify::run(args),
        Some(Command::Digits(args)) => digits::run(args),
        // It does its work before anything of the others is needed.
        Some(Command::Decoder) => Ok(Done::All),
    };
    match done {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::SomeFailed) => ExitCode::from(1),
        Err(error) => {
            report::say(&error.to_string());
            ExitCode::from(2)
        }
    }
}
