//! `silhouette forward`: a bare network on tensors, to compare it with its paper's public code.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::report::{Done, say};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models;

/// The options of `silhouette forward`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The network, as in `squid`.
    id: String,
    /// Weights with the public code's names.
    #[arg(long, value_name = "FILE", required_unless_present = "formula")]
    weights: Option<PathBuf>,
    /// Weights computed by formula, as in `squid_full`.
    #[arg(long, value_name = "REFERENCE", conflicts_with = "weights")]
    formula: Option<String>,
    /// A safetensors file with a tensor named `input`.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where the named outputs go.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Sizes that differ from the published configuration, as in `side=64,root=16`.
    #[arg(long, value_name = "K=V,…", value_delimiter = ',')]
    config: Vec<String>,
    /// The device: auto, cpu, wgpu or cuda.
    #[arg(long, default_value = "auto")]
    device: Device,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let entry = models::known(&args.id)?;
    args.device.cpu_for("a bare network")?;
    let input = tensors(&args.input)?;
    let input = input.get("input").ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            "the input file has no tensor named “input”",
            "Store the films under that name.",
        )
    })?;
    let source = match (&args.formula, &args.weights) {
        (Some(name), _) => models::BareWeights::Formula(name.clone()),
        (None, Some(path)) => models::BareWeights::Stored(tensors(path)?),
        (None, None) => return Err(Error::internal("neither weights nor a formula")),
    };
    let outputs = (entry.forward)(&source, &args.config, input)?;
    let outputs: HashMap<String, candle_core::Tensor> = outputs
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.candle().contiguous()?)))
        .collect::<Result<_>>()?;
    candle_core::safetensors::save(&outputs, &args.out)?;
    say(&format!(
        "{} on {}: {} tensors written",
        entry.title,
        args.device,
        outputs.len()
    ));
    Ok(Done::All)
}

fn tensors(path: &Path) -> Result<HashMap<String, candle_core::Tensor>> {
    models::WeightsFile::read(path)?.tensors()
}
