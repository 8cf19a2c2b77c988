//! The critic that sees films at several sizes.

use super::super::config::{CRITIC_LAYERS, Config, SCALES};
use crate::compute::{Conv2d, Scope, Tensor};
use crate::error::Result;

/// Judges patches of films at three sizes, with weights for each.
#[derive(Clone, Debug)]
pub struct Critic {
    scales: Vec<(Vec<Conv2d>, Conv2d)>,
}

impl Critic {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let scales = (0..SCALES).map(|scale| {
            let scope = scope.at("cnns").at(scale);
            let layers = (0..CRITIC_LAYERS).map(|layer| {
                let before = match layer {
                    0 => 1,
                    _ => config.width << (layer - 1),
                };
                let channels = (before, config.width << layer);
                Ok(Conv2d::new(&scope.at(layer).at("conv"), channels, 4, 2)?.reflecting())
            });
            let layers = layers.collect::<Result<Vec<_>>>()?;
            let deepest = config.width << (CRITIC_LAYERS - 1);
            Ok((
                layers,
                Conv2d::new(&scope.at(CRITIC_LAYERS), (deepest, 1), 1, 1)?,
            ))
        });
        Ok(Self {
            scales: scales.collect::<Result<_>>()?,
        })
    }

    /// Judges films `(N, 1, 256, 256)`: `(N, 1, 16, 16)`, `(N, 1, 8, 8)` and `(N, 1, 4, 4)`.
    pub fn forward(&self, films: &Tensor) -> Result<Vec<Tensor>> {
        let mut films = films.clone();
        let mut judged = Vec::with_capacity(SCALES);
        for (scale, (layers, judge)) in self.scales.iter().enumerate() {
            if scale > 0 {
                films = films.half_overlapping()?;
            }
            let mut x = films.clone();
            for layer in layers {
                x = layer.forward(&x)?.leaky_relu(0.2)?;
            }
            judged.push(judge.forward(&x)?);
        }
        Ok(judged)
    }
}
