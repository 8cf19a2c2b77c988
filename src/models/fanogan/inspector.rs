//! A film through all three networks, as plain numbers.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::network::Critic;
use super::parity::Networks;
use crate::compute::{Device, Input, Mode, Output, Runner, Tensor};
use crate::error::Result;
use crate::models::Stored;
use crate::models::trace::Trace;

/// The trained networks at work.
pub(super) struct Inspector {
    runner: Runner,
    pub(super) side: usize,
}

/// Tensors that a film yields before those of the critic's blocks.
const FIRST: usize = 5;

/// What the networks make of one film.
pub(super) struct Seen {
    /// The film as the networks see it, `side`² greys in [0, 1].
    pub(super) film: Vec<f32>,
    /// The nearest normal film, G(E(x)), likewise.
    pub(super) counterpart: Vec<f32>,
    /// How surely each place lies inside a lung, from 0 to 1.
    pub(super) inside: Vec<f32>,
    /// A_R: the mean squared difference of film and counterpart in [−1, 1].
    pub(super) pixels: f32,
    /// A_D: the mean squared difference of their features.
    pub(super) features: f32,
    /// The mean squared difference of their latent vectors.
    pub(super) latent: f32,
    /// For each of the critic's blocks the mean squared difference over its channels, place by
    /// place: squares of falling sides.
    pub(super) blocks: Vec<Vec<f32>>,
}

impl Inspector {
    /// Builds the networks from tensors named `G.…`, `D.…` and `E.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        config: &Config,
        device: &Device,
    ) -> Result<Self> {
        let stored = Stored::new(tensors.clone());
        let networks = Networks::build(config, |name| stored.part(name).on(device))?;
        Ok(Self {
            runner: Runner::new(device, move |films| inspect(&networks, &films[0])),
            side: config.side,
        })
    }

    /// Shows a film of `side`² greys to the networks; `between` hears the share that is done and may
    /// end it.
    pub(super) fn see(
        &mut self,
        film: Vec<f32>,
        inside: Vec<f32>,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        let samples: Vec<f32> = film.iter().map(|grey| 2.0 * grey - 1.0).collect();
        let input = Input {
            samples: &samples,
            dims: &[1, 1, self.side, self.side],
        };
        let outputs = self.runner.run(&[input], between)?;
        let distance = |a: &[f32], b: &[f32]| {
            let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
            squares.sum::<f32>() / a.len().max(1) as f32
        };
        let (first, blocks) = outputs.split_at(FIRST);
        let (films, counterparts) = blocks.split_at(blocks.len() / 2);
        let pairs = films.iter().zip(counterparts);
        let greys = first[0].samples.iter();
        Ok(Seen {
            pixels: distance(&samples, &first[0].samples),
            features: distance(&first[1].samples, &first[2].samples),
            latent: distance(&first[3].samples, &first[4].samples),
            blocks: pairs.map(|(film, other)| by_place(film, other)).collect(),
            counterpart: greys.map(|sample| 0.5 * (sample + 1.0)).collect(),
            film,
            inside,
        })
    }
}

impl Seen {
    /// The root mean square of film − counterpart, in shares of the grey range.
    pub(super) fn copy_error(&self) -> f32 {
        0.5 * self.pixels.sqrt()
    }
}

/// What all networks make of films `(1, 1, S, S)`: counterpart, both features, both latent vectors,
/// then the critic's maps of the film and those of the counterpart.
fn inspect(networks: &Networks, films: &Tensor) -> Result<Vec<Tensor>> {
    let mut off = Trace::off();
    let latent = networks.encoder.forward(films, Mode::Use, &mut off)?;
    let counterpart = networks.generator.forward(&latent, Mode::Use, &mut off)?;
    let again = networks
        .encoder
        .forward(&counterpart, Mode::Use, &mut off)?;
    let (features, of_film) = judged(&networks.critic, films)?;
    let (other_features, of_counterpart) = judged(&networks.critic, &counterpart)?;
    let mut outputs = vec![counterpart, features, other_features, latent, again];
    outputs.extend(of_film.into_iter().chain(of_counterpart));
    Ok(outputs)
}

/// The critic's features of films, and its maps after each block.
fn judged(critic: &Critic, films: &Tensor) -> Result<(Tensor, Vec<Tensor>)> {
    let mut trace = Trace::on();
    let features = critic.features(films, &mut trace)?;
    let maps = trace.into_tensors().into_iter().map(|(_, maps)| maps);
    Ok((features, maps.collect()))
}

/// The mean squared difference over the channels of `(1, C, H, W)`, place by place.
fn by_place(film: &Output, other: &Output) -> Vec<f32> {
    let channels = film.dims[1].max(1);
    let places = film.samples.len() / channels;
    let mut sums = vec![0.0; places];
    let planes = film.samples.chunks_exact(places);
    for (film, other) in planes.zip(other.samples.chunks_exact(places)) {
        for (sum, (film, other)) in sums.iter_mut().zip(film.iter().zip(other)) {
            *sum += (film - other) * (film - other) / channels as f32;
        }
    }
    sums
}
