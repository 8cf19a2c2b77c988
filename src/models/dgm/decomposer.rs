//! Trained networks at work, on whatever device there is: from greys to greys.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::generator::{CRITIC, Generator};
use super::network::Critic;
use crate::compute::{Builder, Device, Input, Runner, Source};
use crate::error::Result;
use crate::models::trace::Trace;

/// Encoders, decoders and critic of one weights file.
pub(super) struct Decomposer {
    runner: Runner,
    side: usize,
}

/// A film taken apart: squares of the networks' side, row-major, in shares of the grey range.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The film z, from 0 to 1.
    pub(super) film: Vec<f32>,
    /// The normal film y′, from 0 to 1.
    pub(super) normal: Vec<f32>,
    /// The residue a, from −½ to ½: the film is about y′ + a.
    pub(super) residue: Vec<f32>,
    /// The film drawn again from both latent maps, z″.
    pub(super) again: Vec<f32>,
    /// The critic's judgement of the film itself, the mean over its patches and then its sizes:
    /// about 1 for a normal film, about 0 for another.
    pub(super) judgement: f32,
}

impl Decomposer {
    /// Builds the networks from tensors named `EG.…` to `DJ.…` and `D.…`, for films of `side`².
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        (config, side): (&Config, usize),
        device: &Device,
    ) -> Result<Self> {
        let builder = Builder::new(Source::Stored(tensors.clone())).on(device);
        let root = builder.root();
        let generator = Generator::new(config, |name| root.at(name))?;
        let critic = Critic::new(&root.at(CRITIC), config)?;
        let runner = Runner::new(device, move |films| {
            let parts = generator.decompose(&films[0])?;
            let again = generator.again(&parts, &mut Trace::off())?;
            let mut outputs = vec![parts.normal, parts.residue, again];
            outputs.extend(critic.forward(&films[0])?);
            Ok(outputs)
        });
        Ok(Self { runner, side })
    }

    /// Takes a film of `side`² greys apart; `between` hears the share that is done and may end it.
    pub(super) fn see(
        &mut self,
        film: Vec<f32>,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        let samples = to_network(&film);
        let input = Input {
            samples: &samples,
            dims: &[1, 1, self.side, self.side],
        };
        let outputs = self.runner.run(&[input], between)?;
        let of = |index: usize, offset: f32| -> Vec<f32> {
            let samples = outputs[index].samples.iter();
            samples.map(|sample| 0.5 * sample + offset).collect()
        };
        let judged = &outputs[3..];
        let means = judged.iter().map(|judgement| {
            let patches = &judgement.samples;
            patches.iter().sum::<f32>() / patches.len() as f32
        });
        Ok(Seen {
            judgement: means.sum::<f32>() / judged.len() as f32,
            film,
            normal: of(0, 0.5),
            residue: of(1, 0.0),
            again: of(2, 0.5),
        })
    }
}

/// Greys in [0, 1] as the networks take them, in [−1, 1].
pub(super) fn to_network(greys: &[f32]) -> Vec<f32> {
    greys.iter().map(|grey| 2.0 * grey - 1.0).collect()
}

impl Seen {
    /// |z − (y′ + a)|: what neither normal film nor residue explains.
    pub(super) fn unexplained(&self) -> Vec<f32> {
        let parts = self.normal.iter().zip(&self.residue);
        let sums = self.film.iter().zip(parts);
        sums.map(|(film, (normal, residue))| (film - normal - residue).abs())
            .collect()
    }

    /// The root mean square of z − z″: how foreign the film is to the networks.
    pub(super) fn copy_error(&self) -> f32 {
        let squares = self.film.iter().zip(&self.again);
        let sum: f32 = squares.map(|(a, b)| (a - b) * (a - b)).sum();
        (sum / self.film.len() as f32).sqrt()
    }
}
