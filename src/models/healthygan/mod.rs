//! HealthyGAN: learning from unannotated medical images to detect anomalies associated with human
//! disease (Rahman Siddiquee et al., 2022). Networks only; not trained yet.

pub mod config;
mod import;
pub mod network;
pub mod parity;

use super::bare::{check_channels, no_settings, unknown_formula};
use super::{BareWeights, Bench, Inputs, Network};
use crate::compute::{Device, Tensor};
use crate::error::Result;
use parity::{Networks, Reference};

/// HealthyGAN as bare networks.
pub const NETWORK: Network = Network {
    id: "healthygan",
    title: "HealthyGAN",
    forward,
    bench,
    import: Some(import::IMPORT),
};

fn bench(device: &Device) -> Result<Bench> {
    let networks = Networks::bench(device)?;
    Ok(Bench {
        name: "healthygan-d32-128",
        film: [3, 128, 128],
        network: Box::new(move |films| {
            let found = networks.inspect(&films[0])?;
            Ok(vec![found.healthy, found.mask, found.difference])
        }),
    })
}

fn forward(
    weights: &BareWeights,
    settings: &[String],
    inputs: &Inputs,
) -> Result<Vec<(String, Tensor)>> {
    no_settings(settings)?;
    let networks = match weights {
        BareWeights::Formula(name) => Reference::named(name)
            .ok_or_else(|| unknown_formula(name, "healthygan_full or healthygan_tiny"))?
            .build()?,
        BareWeights::Stored(stored) => Networks::stored(stored)?,
    };
    let channels = networks.config.channels;
    let mut films = inputs.films("input_1ch")?;
    if films.dims().get(1) == Some(&1) {
        // A grey film has the same samples in every colour.
        films = Tensor::join(&vec![&films; channels], 1)?;
    }
    check_channels(&films, channels)?;
    networks.forward(&films)
}
