//! `silhouette import`: public PyTorch checkpoints into weights that `silhouette forward` takes.

use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::report::{Done, failure, json_line, say};
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_bytes;
use crate::models::import::{Checkpoint, Fate, Line, Weights, import};
use crate::models::{self, Network};

/// The options of `silhouette import`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// PyTorch checkpoints (.pth, .pt, .ckpt) or safetensors; one file for each part where a paper
    /// keeps its networks apart.
    #[arg(required = true, value_name = "CHECKPOINT")]
    checkpoints: Vec<PathBuf>,
    /// The network: squid (which SimSID is too), fanogan or healthygan.
    #[arg(long = "as", value_name = "ID")]
    id: String,
    /// Where the weights go.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Takes only what lies below this path, where a file holds a network twice.
    #[arg(long, value_name = "PATH")]
    below: Option<String>,
    /// Prints what became of each tensor as a line of JSON.
    #[arg(long)]
    json: bool,
}

/// A tensor's line of JSON.
#[derive(Serialize)]
struct TensorLine<'a> {
    /// The checkpoint; none for a weight that no checkpoint has.
    path: Option<&'a Path>,
    tensor: &'a str,
    shape: &'a [usize],
    stored: Option<&'static str>,
    fate: &'static str,
    /// The weight's name, where there is one.
    weight: Option<&'a str>,
    /// Why a tensor is ignored.
    reason: Option<&'static str>,
}

/// The last line of JSON.
#[derive(Serialize)]
struct Summary<'a> {
    path: &'a Path,
    model: &'static str,
    mapped: usize,
    ignored: usize,
    missing: usize,
    sha256: String,
    /// Settings for `silhouette forward --config`.
    config: &'a [String],
    notes: &'static [&'static str],
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let network = models::network(&args.id)?;
    refuse_overwriting(args)?;
    let mut checkpoints = Vec::with_capacity(args.checkpoints.len());
    for path in &args.checkpoints {
        match Checkpoint::read(path) {
            Ok(checkpoint) => checkpoints.push(checkpoint),
            Err(error) => failure(path, &error, args.json),
        }
    }
    if checkpoints.len() < args.checkpoints.len() {
        return Ok(Done::SomeFailed);
    }
    match convert(args, network, &checkpoints) {
        Ok(()) => Ok(Done::All),
        Err(error) => {
            // Together the files are one input; the first stands for them.
            let path = args.checkpoints.first().unwrap_or(&args.out);
            failure(path, &error, args.json);
            Ok(Done::SomeFailed)
        }
    }
}

fn convert(args: &Args, network: &'static Network, checkpoints: &[Checkpoint]) -> Result<()> {
    let imported = import(network, checkpoints, args.below.as_deref())?;
    for line in &imported.lines {
        report(args, checkpoints, line);
    }
    let weights = imported.outcome?;
    let sha256 = write(&args.out, &weights)?;
    let count = |wanted: fn(&Fate) -> bool| {
        let lines = imported.lines.iter();
        lines.filter(|line| wanted(&line.fate)).count()
    };
    let summary = Summary {
        path: &args.out,
        model: network.id,
        mapped: weights.tensors.len(),
        ignored: count(|fate| matches!(fate, Fate::Ignored(_))),
        missing: count(|fate| matches!(fate, Fate::Missing)),
        sha256,
        config: &weights.settings,
        notes: weights.notes,
    };
    finish(args, network, checkpoints, &summary);
    Ok(())
}

/// A checkpoint must not be lost under its own import.
fn refuse_overwriting(args: &Args) -> Result<()> {
    let Ok(out) = args.out.canonicalize() else {
        return Ok(());
    };
    let mut checkpoints = args.checkpoints.iter();
    if checkpoints.any(|path| path.canonicalize().is_ok_and(|path| path == out)) {
        return Err(Error::new(
            ErrorKind::Usage,
            "the weights would overwrite a checkpoint",
            "Give --out another name.",
        ));
    }
    Ok(())
}

/// Writes the weights, sorted by name, and returns the file's hash.
fn write(path: &Path, weights: &Weights) -> Result<String> {
    let bytes = safetensors::serialize(&weights.tensors, None)
        .map_err(|cause| Error::internal(format!("the weights: {cause}")))?;
    write_bytes(path, "the weights", &bytes)?;
    Ok(format!("{:x}", Sha256::digest(&bytes)))
}

/// Says what became of a tensor.
fn report(args: &Args, checkpoints: &[Checkpoint], line: &Line) {
    let (fate, weight, reason) = match &line.fate {
        Fate::Mapped(weight) => ("mapped", Some(weight.as_str()), None),
        Fate::Ignored(reason) => ("ignored", None, Some(*reason)),
        Fate::Misshapen(weight, _) => ("misshapen", Some(weight.as_str()), None),
        Fate::Unknown => ("unknown", None, None),
        Fate::Missing => ("missing", Some(line.tensor.as_str()), None),
    };
    if args.json {
        let checkpoint = line.checkpoint.and_then(|index| checkpoints.get(index));
        let path = line
            .checkpoint
            .and_then(|index| args.checkpoints.get(index));
        json_line(&TensorLine {
            path: path.map(PathBuf::as_path),
            tensor: &line.tensor,
            shape: &line.dims,
            stored: checkpoint.and_then(|checkpoint| checkpoint.stored_as(&line.tensor)),
            fate,
            weight,
            reason,
        });
        return;
    }
    let more = match (weight, reason) {
        (Some(weight), _) if weight != line.tensor => format!(" → {weight}"),
        (_, Some(reason)) => format!(" ({reason})"),
        _ => String::new(),
    };
    say(&format!("{fate:9} {} {:?}{more}", line.tensor, line.dims));
}

/// Says what was written and how to use it.
fn finish(args: &Args, network: &Network, checkpoints: &[Checkpoint], summary: &Summary<'_>) {
    if args.json {
        json_line(summary);
    }
    say(&format!(
        "{}: {} weights written, {} tensors ignored",
        network.title, summary.mapped, summary.ignored
    ));
    for (path, checkpoint) in args.checkpoints.iter().zip(checkpoints) {
        if !checkpoint.unread.is_empty() {
            let names: Vec<&str> = checkpoint.unread.iter().map(String::as_str).collect();
            let names = names.join(", ");
            say(&format!("{}: not read, not run: {names}", path.display()));
        }
    }
    for note in summary.notes {
        say(&format!("Note: {note}."));
    }
    let config = match summary.config {
        [] => String::new(),
        settings => format!(" --config {}", settings.join(",")),
    };
    say(&format!(
        "Use: silhouette forward {} --weights {}{config} --input FILE --out FILE",
        network.id,
        args.out.display()
    ));
}
