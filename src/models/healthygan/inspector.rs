//! Trained networks at work on single films, as plain numbers.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::network::{Critic, Generator};
use crate::compute::{Device, Input, Runner};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Stored;
use crate::models::framed::FramedFilms;
use crate::models::trace::Trace;

/// The networks, laid out for films of one size.
pub(super) struct Inspector {
    runner: Runner,
    /// The films' side in pixels.
    pub(super) side: usize,
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
    /// The critic's judgement of the film; larger for more normal.
    pub(super) judgement: f32,
}

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
            let judged = critic.judge(&critic.features(films)?)?;
            Ok(vec![healthy, drawing.mask, judged.mean_pixels()?])
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
        let [healthy, mask, judgement] = &outputs[..] else {
            return Err(Error::internal("the networks have three outputs"));
        };
        Ok(Seen {
            film,
            lungs,
            healthy: healthy.samples.iter().copied().map(grey).collect(),
            mask: mask.samples.clone(),
            judgement: judgement.samples.first().copied().unwrap_or_default(),
        })
    }
}

/// What networks make of at most `most` films, spread evenly over the list; `between` may end it.
///
/// # Errors
/// When `between` ends it, or the device fails.
pub(super) fn seen(
    films: &FramedFilms,
    inspector: &mut Inspector,
    most: usize,
    between: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Vec<Seen>> {
    films.seen(most, between, |film, lungs| {
        inspector.see((film, lungs.inside.clone()), &mut |_| Ok(()))
    })
}

/// From a grey in [0, 1] to the networks' [−1, 1].
pub(super) fn signed(grey: f32) -> f32 {
    2.0 * grey - 1.0
}

fn grey(signed: f32) -> f32 {
    0.5 * (signed + 1.0)
}
