//! The two networks of Rahman Siddiquee et al., *HealthyGAN* (2022), as their public code has them;
//! names are those of its state dict.
//!
//! The public code never leaves training mode: each film is normalised by its own moments, and the
//! running statistics that its checkpoints carry are not used. Shapes are for the published
//! configuration: side 256, width 64, batch `N`.

use super::config::{Config, FIRST_BLOCK};
use crate::compute::{Conv2d, ConvTransposed2d, InstanceNorm, Scope, Tensor, Then};
use crate::error::{Error, Result};
use crate::models::trace::Trace;

/// Draws the healthy film and the mask of what to change.
#[derive(Clone, Debug)]
pub struct Generator {
    down: Vec<(Conv2d, InstanceNorm)>,
    blocks: Vec<ResidualBlock>,
    up: Vec<(ConvTransposed2d, InstanceNorm)>,
    out: Conv2d,
    channels: usize,
}

/// What a generator draws of films `(N, C, H, W)`.
pub struct Drawing {
    /// The image before its tanh, `(N, C, H, W)`.
    pub raw_image: Tensor,
    /// The mask before its logistic, `(N, 1, H, W)`.
    pub raw_mask: Tensor,
    /// The image, in [−1, 1].
    pub fake: Tensor,
    /// The mask, 1 where the image replaces the film.
    pub mask: Tensor,
}

impl Generator {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let main = scope.at("main");
        let width = config.width;
        let enter = (config.channels, width);
        let down = [
            (0, enter, 7, 1),
            (3, (width, 2 * width), 4, 2),
            (6, (2 * width, 4 * width), 4, 2),
        ];
        let down = down.into_iter().map(|(place, channels, side, stride)| {
            let convolution = Conv2d::without_bias(&main.at(place), channels, side, stride)?;
            Ok((
                convolution,
                InstanceNorm::new(&main.at(place + 1), channels.1)?,
            ))
        });
        let blocks = (FIRST_BLOCK..FIRST_BLOCK + config.blocks)
            .map(|place| ResidualBlock::new(&main.at(place).at("main"), 4 * width));
        let behind = FIRST_BLOCK + config.blocks;
        let up = [
            (behind, (4 * width, 2 * width)),
            (behind + 3, (2 * width, width)),
        ];
        let up = up.into_iter().map(|(place, channels)| {
            let convolution = ConvTransposed2d::new(&main.at(place), channels)?;
            Ok((
                convolution,
                InstanceNorm::new(&main.at(place + 1), channels.1)?,
            ))
        });
        // The mask is one channel more.
        let out = (width, config.channels + 1);
        Ok(Self {
            down: down.collect::<Result<_>>()?,
            blocks: blocks.collect::<Result<_>>()?,
            up: up.collect::<Result<_>>()?,
            out: Conv2d::without_bias(&main.at(behind + 6), out, 7, 1)?,
            channels: config.channels,
        })
    }

    /// Draws films `(N, 3, 256, 256)` in [−1, 1].
    pub fn forward(&self, films: &Tensor, trace: &mut Trace) -> Result<Drawing> {
        let mut x = films.clone();
        let mut place = 2;
        for (convolution, norm) in &self.down {
            x = norm.forward(&convolution.forward(&x)?, Then::Relu)?; // (N, 64 … 256, 256 … 64, …)
            trace.show(format!("main.{place}"), &x);
            place += 3;
        }
        place = FIRST_BLOCK;
        for block in &self.blocks {
            x = block.forward(&x)?;
            trace.show(format!("main.{place}"), &x);
            place += 1;
        }
        place += 2;
        for (convolution, norm) in &self.up {
            x = norm.forward(&convolution.forward(&x)?, Then::Relu)?; // (N, 128 … 64, 128 … 256, …)
            trace.show(format!("main.{place}"), &x);
            place += 3;
        }
        let raw = self.out.forward(&x)?; // (N, 4, 256, 256)
        trace.show(format!("main.{}", place - 2), &raw);
        let raw_image = raw.narrow(1, 0, self.channels)?;
        let raw_mask = raw.narrow(1, self.channels, 1)?;
        Ok(Drawing {
            fake: raw_image.tanh()?,
            // As in the public code's test; its sample pictures in training take q, not 2q.
            mask: raw_mask.affine(2.0, 0.0)?.sigmoid()?,
            raw_image,
            raw_mask,
        })
    }
}

impl Drawing {
    /// Puts the drawn image into the films where the mask says so: the healthy counterparts.
    pub fn healthy(&self, films: &Tensor) -> Result<Tensor> {
        blend(films, &self.fake, &self.mask)
    }

    /// Puts the films into the drawn image, where the mask is: what should be the films again.
    pub fn reconstruction(&self, films: &Tensor) -> Result<Tensor> {
        blend(&self.fake, films, &self.mask)
    }
}

/// `mask · over + (1 − mask) · under`.
fn blend(under: &Tensor, over: &Tensor, mask: &Tensor) -> Result<Tensor> {
    under.plus(&over.minus(under)?.times(mask)?)
}

/// Two convolutions with their norms around which the input is the shortcut.
#[derive(Clone, Debug)]
struct ResidualBlock {
    first: Conv2d,
    first_norm: InstanceNorm,
    second: Conv2d,
    second_norm: InstanceNorm,
}

impl ResidualBlock {
    fn new(main: &Scope<'_>, channels: usize) -> Result<Self> {
        let both = (channels, channels);
        Ok(Self {
            first: Conv2d::without_bias(&main.at(0), both, 3, 1)?,
            first_norm: InstanceNorm::new(&main.at(1), channels)?,
            second: Conv2d::without_bias(&main.at(3), both, 3, 1)?,
            second_norm: InstanceNorm::new(&main.at(4), channels)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let change = self
            .first_norm
            .forward(&self.first.forward(x)?, Then::Relu)?;
        let change = self.second.forward(&change)?;
        self.second_norm.forward(&change, Then::Nothing)?.plus(x)
    }
}

/// The critic's activations pass so much of what is negative.
const LEAK: f64 = 0.01;

/// Judges patches of films.
#[derive(Clone, Debug)]
pub struct Critic {
    layers: Vec<Conv2d>,
    judge: Conv2d,
}

impl Critic {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let width = |layer: usize| config.critic_width << layer;
        let layers = (0..config.critic_layers).map(|layer| {
            let before = match layer {
                0 => config.channels,
                _ => width(layer - 1),
            };
            let scope = scope.at("main").at(2 * layer);
            Conv2d::new(&scope, (before, width(layer)), 4, 2)
        });
        let deepest = width(config.critic_layers.max(1) - 1);
        Ok(Self {
            layers: layers.collect::<Result<_>>()?,
            judge: Conv2d::without_bias(&scope.at("conv1"), (deepest, 1), 3, 1)?,
        })
    }

    /// Returns the features of films `(N, 3, 256, 256)`: `(N, 2048, 4, 4)`.
    pub fn features(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = films.clone();
        for layer in &self.layers {
            x = layer.forward(&x)?.leaky_relu(LEAK)?; // (N, 64 … 2048, 128 … 4, …)
        }
        Ok(x)
    }

    /// Judges features `(N, 2048, 4, 4)`: `(N, 1, 4, 4)`, larger for more real.
    pub fn judge(&self, features: &Tensor) -> Result<Tensor> {
        self.judge.forward(features)
    }
    /// Returns how steeply the sum of each film's judgements rises with each of its pixels, like the
    /// films.
    ///
    /// A critic of convolutions and leaky activations is linear between the kinks, so its slope is a
    /// chain of transposed convolutions, and a first-order gradient of that chain is the exact
    /// second-order gradient that the gradient penalty asks for. The biases have no part in it.
    ///
    /// # Errors
    /// While the network is being recorded: slopes are training's.
    pub fn slopes(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = films.detach();
        let mut passed = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let size = size_of(&x)?;
            let before = layer.forward(&x)?.detach();
            let passes = before.candle()?.gt(0.0)?;
            let passes = passes.to_dtype(before.candle()?.dtype())?;
            passed.push((layer, size, passes.affine(1.0 - LEAK, LEAK)?));
            x = before.leaky_relu(LEAK)?;
        }
        let size = size_of(&x)?;
        let count = x.dims()[0];
        let each = vec![1.0; count * size.0 * size.1];
        let each = x.constant_like(each, &[count, 1, size.0, size.1])?;
        let mut slopes = self.judge.spread(&each, size)?;
        for (layer, size, passes) in passed.into_iter().rev() {
            slopes = layer.spread(&slopes.times(&passes.into())?, size)?; // (N, 1024 … 3, 8 … 256, …)
        }
        Ok(slopes)
    }
}

/// Height and width of maps.
fn size_of(maps: &Tensor) -> Result<(usize, usize)> {
    match *maps.dims() {
        [_, _, height, width] => Ok((height, width)),
        _ => Err(Error::internal("only maps have a height and a width")),
    }
}
