//! A U-Net (Ronneberger et al., MICCAI 2015) of five levels, narrow and with instance normalisation
//! after each convolution, as in nnU-Net (Isensee et al., Nature Methods 2021). Shapes are for side
//! 128 and width 8, batch `N`.

use crate::compute::{Conv2d, InstanceNorm, Scope, Tensor, Then};
use crate::error::Result;

/// The channels of the first level.
pub const WIDTH: usize = 8;
/// How often the maps are halved.
const LEVELS: usize = 4;

/// The network.
#[derive(Clone, Debug)]
pub struct Segmenter {
    down: Vec<Pair>,
    up: Vec<Pair>,
    out: Conv2d,
}

impl Segmenter {
    /// Builds the network with `width` channels at the first level.
    pub fn new(scope: &Scope<'_>, width: usize) -> Result<Self> {
        let channels = |level: usize| width << level;
        let down = (0..=LEVELS).map(|level| {
            let before = match level {
                0 => 1,
                _ => channels(level - 1),
            };
            Pair::new(&scope.at("down").at(level), (before, channels(level)))
        });
        let up = (0..LEVELS).rev().map(|level| {
            let before = channels(level + 1) + channels(level);
            Pair::new(&scope.at("up").at(level), (before, channels(level)))
        });
        Ok(Self {
            down: down.collect::<Result<_>>()?,
            up: up.collect::<Result<_>>()?,
            out: Conv2d::new(&scope.at("out"), (width, 1), 1, 1)?,
        })
    }

    /// Maps films `(N, 1, 128, 128)` in [0, 1] to logits of the same shape: above 0 inside a lung.
    pub fn forward(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = films.affine(2.0, -1.0)?;
        let mut skips = Vec::with_capacity(LEVELS);
        for (level, pair) in self.down.iter().enumerate() {
            if level > 0 {
                skips.push(x.clone());
                x = x.half()?;
            }
            x = pair.forward(&x)?; // (N, 8 … 128, 128 … 8, …)
        }
        for pair in &self.up {
            let skip = skips.pop().unwrap_or_else(|| x.clone());
            x = pair.forward(&Tensor::join(&[&skip, &x.twice_nearest()?], 1)?)?; // (N, 64 … 8, 16 … 128, …)
        }
        self.out.forward(&x)
    }
}

/// Two 3 × 3 convolutions, each normalised and rectified.
#[derive(Clone, Debug)]
struct Pair {
    layers: [(Conv2d, InstanceNorm); 2],
}

impl Pair {
    fn new(scope: &Scope<'_>, (before, after): (usize, usize)) -> Result<Self> {
        let layer = |index: usize, before: usize| -> Result<_> {
            let convolution =
                Conv2d::without_bias(&scope.at("conv").at(index), (before, after), 3, 1)?;
            Ok((
                convolution,
                InstanceNorm::new(&scope.at("norm").at(index), after)?,
            ))
        };
        Ok(Self {
            layers: [layer(0, before)?, layer(1, after)?],
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (convolution, norm) in &self.layers {
            x = norm.forward(&convolution.forward(&x)?, Then::Relu)?;
        }
        Ok(x)
    }
}
