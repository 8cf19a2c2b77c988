//! Trained networks at work on single films, as plain numbers.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::network::{Critic, Generator};
use crate::compute::{Device, Input, Runner, Tensor};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Stored;
use crate::models::trace::Trace;

/// The networks, laid out for films of one size.
pub(super) struct Inspector {
    runner: Runner,
    side: usize,
}

/// What the networks make of a film of `side²` pixels.
#[derive(Clone)]
pub(super) struct Seen {
    /// The film as the networks see it, in greys.
    pub(super) film: Vec<f32>,
    /// How surely each place lies inside a lung.
    pub(super) lungs: Vec<f32>,
    /// The film made healthy, in greys.
    pub(super) healthy: Vec<f32>,
    /// Where it was changed, from 0 to 1.
    pub(super) mask: Vec<f32>,
    /// The critic's judgement of the film and of its counterpart; larger for more normal.
    pub(super) judgements: [f32; 2],
    /// How far film and counterpart are apart in each of the critic's layers.
    pub(super) distances: Vec<f32>,
}

/// The outputs before the distances.
const OUTPUTS: usize = 4;

impl Inspector {
    /// Builds the networks from tensors named `G.…` and `D.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        side: usize,
        device: &Device,
    ) -> Result<Self> {
        let stored = Stored::new(tensors.clone());
        let config = Config::of(&stored)?;
        if config.critic_layers == 0 {
            return Err(Error::new(
                ErrorKind::WrongModel,
                "the weights hold no critic",
                "Use weights that `silhouette train healthygan` wrote.",
            ));
        }
        let [generator, critic] = ["G", "D"].map(|part| stored.part(part).on(device));
        let generator = Generator::new(&generator.root(), &config)?;
        let critic = Critic::new(&critic.root(), &config)?;
        let runner = Runner::new(device, move |films| {
            let films = &films[0];
            let drawing = generator.forward(films, &mut Trace::off())?;
            let healthy = drawing.healthy(films)?;
            let judged = critic.layers(films)?;
            let judged_healthy = critic.layers(&healthy)?;
            let mut outputs = Vec::with_capacity(OUTPUTS + judged.len());
            for layers in [&judged, &judged_healthy] {
                let last = layers.last().unwrap_or(films);
                outputs.push(critic.judge(last)?.mean_pixels()?);
            }
            let distances = judged.iter().zip(&judged_healthy);
            let distances = distances.map(|(a, b)| a.minus(b)?.abs()?.mean_pixels());
            let distances: Vec<Tensor> = distances.collect::<Result<_>>()?;
            outputs.extend([healthy, drawing.mask]);
            outputs.extend(distances);
            Ok(outputs)
        });
        Ok(Self { runner, side })
    }

    /// Looks at a film of `side²` greys and its lungs; `between` hears the share that is done and may
    /// end it.
    ///
    /// # Errors
    /// When `between` ends it, or the device fails.
    pub(super) fn see(
        &mut self,
        (film, lungs): (Vec<f32>, Vec<f32>),
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        let samples: Vec<f32> = film.iter().copied().map(signed).collect();
        let input = Input {
            samples: &samples,
            dims: &[1, 1, self.side, self.side],
        };
        let outputs = self.runner.run(&[input], between)?;
        let mean = |samples: &[f32]| samples.iter().sum::<f32>() / samples.len().max(1) as f32;
        let distances = outputs[OUTPUTS..].iter();
        Ok(Seen {
            film,
            lungs,
            judgements: [outputs[0].samples[0], outputs[1].samples[0]],
            healthy: outputs[2].samples.iter().copied().map(grey).collect(),
            mask: outputs[3].samples.clone(),
            distances: distances.map(|output| mean(&output.samples)).collect(),
        })
    }
}

/// From a grey in [0, 1] to the networks' [−1, 1].
pub(super) fn signed(grey: f32) -> f32 {
    2.0 * grey - 1.0
}

fn grey(signed: f32) -> f32 {
    0.5 * (signed + 1.0)
}
