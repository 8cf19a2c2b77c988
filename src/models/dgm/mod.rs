//! DGM: a disentangled generative model for disease decomposition in chest X-rays (Tang et al.,
//! Medical Image Analysis 67, 2021). Networks only; not trained yet.

pub mod config;
pub mod network;
pub mod parity;

use super::bare::{check_channels, no_settings};
use super::{BareWeights, Bench, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::Result;
use parity::Networks;

/// DGM as bare networks.
pub const NETWORK: Network = Network {
    id: "dgm",
    title: "DGM",
    forward,
    bench,
    // Its authors published neither code nor weights.
    import: None,
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "dgm-d32-128",
        film: [1, 128, 128],
        network: Box::new(move |films| {
            let parts = networks.decompose(&films[0])?;
            Ok(vec![parts.normal, parts.residue])
        }),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    no_settings(settings)?;
    let networks = Networks::stored(weights.stored()?)?;
    let films = inputs.films("in.z")?;
    check_channels(&films, 1)?;
    networks.forward(&films, inputs.find("in.y_real").as_ref())
}
