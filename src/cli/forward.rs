//! `silhouette forward`: a bare network on tensors, to compare it with its paper's public code.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::report::{Done, say};
use crate::compute::{Device, DeviceKind};
use crate::error::{Error, Result};
use crate::models;

/// The options of `silhouette forward`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The network: squid, dgm, fanogan or healthygan.
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
    device: DeviceKind,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let network = models::network(&args.id)?;
    let inputs = models::Inputs::new(tensors(&args.input)?)?;
    let source = match (&args.formula, &args.weights) {
        (Some(name), _) => models::BareWeights::Formula(name.clone()),
        (None, Some(path)) => models::BareWeights::Stored(models::Stored::new(tensors(path)?)),
        (None, None) => return Err(Error::internal("neither weights nor a formula")),
    };
    let device = match args.device.open()? {
        // Its weights are placed anew in each run, which a network that is captured may not.
        Device::Cuda(_) => Device::Cpu,
        other => other,
    };
    let outputs = network.run(source, args.config.clone(), &inputs, &device)?;
    let outputs: HashMap<String, candle_core::Tensor> = outputs
        .into_iter()
        .map(|(name, tensor)| Ok((name, tensor.candle()?.contiguous()?)))
        .collect::<Result<_>>()?;
    candle_core::safetensors::save(&outputs, &args.out)?;
    say(&format!(
        "{} on {}: {} tensors written",
        network.title,
        device.description(),
        outputs.len()
    ));
    Ok(Done::All)
}

fn tensors(path: &Path) -> Result<HashMap<String, candle_core::Tensor>> {
    models::WeightsFile::read(path)?.tensors()
}
