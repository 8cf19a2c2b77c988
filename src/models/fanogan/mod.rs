//! f-AnoGAN: fast unsupervised anomaly detection with generative adversarial networks (Schlegl et
//! al., Medical Image Analysis 54, 2019). Networks only; not trained yet.

pub mod config;
mod import;
pub mod network;
pub mod parity;

use super::bare::no_settings;
use super::{BareWeights, Bench, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;
use parity::Networks;

/// f-AnoGAN as bare networks.
pub const NETWORK: Network = Network {
    id: "fanogan",
    title: "f-AnoGAN",
    forward,
    bench,
    import: Some(import::IMPORT),
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "fanogan-d64-64",
        film: [1, 64, 64],
        network: Box::new(move |films| {
            let found = networks.inspect(&films[0], &mut Trace::off())?;
            let features = found.features.minus(&found.counterpart_features)?;
            Ok(vec![found.counterpart, features])
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
    networks.forward(&inputs.films("in.x")?, inputs.find("in.z").as_ref())
}
