//! The discriminator whose logit on the in-painted film is the anomaly score.

use super::super::config::{Config, Kind};
use crate::compute::{BatchNorm, Conv2d, Linear, Mode, Scope, Tensor, Then};
use crate::error::Result;

/// How the discriminator normalises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// By the batch, as in training.
    Batch,
    /// By each film's own moments. The public code scores this way: it never leaves training mode
    /// and scores one film at a time.
    Film,
    /// By running statistics, which the published numbers do not use; kept for comparison.
    Running,
}

/// The channels do not follow the generator's width in the public code, whose two versions differ in
/// the last.
const fn channels(kind: Kind) -> [usize; 6] {
    let last = match kind {
        Kind::Squid => 128,
        Kind::SimSid => 256,
    };
    [1, 16, 32, 64, 128, last]
}
/// The convolutions' places in `conv_model`; each but the first is followed by its norm.
const PLACES: [usize; 5] = [0, 2, 5, 8, 11];

/// `SimpleDiscriminator`: five 5×5 convolutions of stride 2 and a linear layer.
#[derive(Clone, Debug)]
pub struct Discriminator {
    convolutions: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    regressor: Linear,
    kind: Kind,
}

impl Discriminator {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let model = scope.at("conv_model");
        let channels = channels(config.kind);
        let convolutions = (0..5)
            .map(|index| {
                let scope = model.at(PLACES[index]);
                Conv2d::new(&scope, (channels[index], channels[index + 1]), 5, 2)
            })
            .collect::<Result<_>>()?;
        let norms = (1..5)
            .map(|index| BatchNorm::new(&model.at(PLACES[index] + 1), channels[index + 1]))
            .collect::<Result<_>>()?;
        let side = config.side / 32;
        let flat = channels[5] * side * side;
        Ok(Self {
            convolutions,
            norms,
            regressor: Linear::new(&scope.at("regressor"), flat, 1)?,
            kind: config.kind,
        })
    }

    /// Judges films `(B, 1, 128, 128)`: logits `(B, 1)`, larger for more real.
    pub fn forward(&self, films: &Tensor, norm: Norm) -> Result<Tensor> {
        let features = self.features(films, norm)?;
        let count = films.dims()[0];
        let flat: usize = features.dims()[1..].iter().product();
        self.regressor.forward(&features.reshape(&[count, flat])?)
    }

    /// Returns the last feature map, `(B, 128, 4, 4)`, of SimSID `(B, 256, 4, 4)`.
    pub fn features(&self, films: &Tensor, norm: Norm) -> Result<Tensor> {
        let mut x = self.kind.enter(films)?;
        for (index, convolution) in self.convolutions.iter().enumerate() {
            x = convolution.forward(&x)?; // (B, 16 … 128 or 256, 64 … 4, …)
            if let Some(normalise) = index.checked_sub(1).and_then(|index| self.norms.get(index)) {
                x = match norm {
                    Norm::Batch => normalise.forward(&x, Mode::Train, Then::Nothing)?,
                    Norm::Film => normalise.per_image(&x, Then::Nothing)?,
                    Norm::Running => normalise.forward(&x, Mode::Use, Then::Nothing)?,
                };
            }
            x = x.leaky_relu(0.2)?;
        }
        Ok(x)
    }
}
