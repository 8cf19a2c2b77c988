//! The six networks of Tang et al., *A disentangled generative model for disease decomposition in
//! chest X-rays via normal image synthesis*, Medical Image Analysis 67 (2021).
//!
//! There is no public code. What the paper leaves open follows MUNIT, from which its networks
//! derive; the README lists these choices. Names are our own. Shapes are for 256² and width 64,
//! batch `N`.

mod blocks;
mod critic;

pub use critic::Critic;

use super::config::{BLOCKS, CONVOLUTIONS, Config};
use crate::compute::{Conv2d, ImageNorm, Linear, Scope, Tensor, Then};
use crate::error::Result;
use crate::models::trace::Trace;
use blocks::{ResidualBlock, Style};

/// Encodes films: what is normal about them, or what is not.
#[derive(Clone, Debug)]
pub struct Encoder {
    down: Vec<Conv2d>,
    blocks: Vec<ResidualBlock>,
    normalising: bool,
}

impl Encoder {
    /// Builds E_G, which forgets by its norms what is peculiar to a film, disease included.
    pub fn normalising(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        Self::new(scope, config, true)
    }

    /// Builds E_F, which has no norms and remembers it.
    pub fn plain(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        Self::new(scope, config, false)
    }

    fn new(scope: &Scope<'_>, config: &Config, normalising: bool) -> Result<Self> {
        let width = config.width;
        let layers = [
            ((1, width), 7, 1),
            ((width, 2 * width), 4, 2),
            ((2 * width, 4 * width), 4, 2),
        ];
        let down = layers.into_iter().enumerate();
        let down = down.map(|(index, (channels, side, stride))| {
            let scope = scope.at("down").at(index).at("conv");
            Ok(Conv2d::new(&scope, channels, side, stride)?.reflecting())
        });
        Ok(Self {
            down: down.collect::<Result<_>>()?,
            blocks: ResidualBlock::all(scope, config.latent())?,
            normalising,
        })
    }

    /// Encodes films `(N, 1, 256, 256)`: `(N, 256, 64, 64)`.
    pub fn forward(&self, films: &Tensor) -> Result<Tensor> {
        let style = Style::fixed(self.normalising);
        let mut x = films.clone();
        for convolution in &self.down {
            x = style.apply(&convolution.forward(&x)?, 0, Then::Relu)?; // (N, 64 … 256, 256 … 64, …)
        }
        for (block, residual) in self.blocks.iter().enumerate() {
            x = residual.forward(&x, style, block)?;
        }
        Ok(x)
    }
}

/// Draws from one latent map: the normal film, or the residue.
#[derive(Clone, Debug)]
pub struct Decoder {
    trunk: Trunk,
    normalising: bool,
}

impl Decoder {
    /// Builds D_G, the counterpart of the normalising encoder.
    pub fn normalising(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        Ok(Self {
            trunk: Trunk::new(scope, config)?,
            normalising: true,
        })
    }

    /// Builds D_F, the counterpart of the plain encoder.
    pub fn plain(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        Ok(Self {
            trunk: Trunk::new(scope, config)?,
            normalising: false,
        })
    }

    /// Draws from `(N, 256, 64, 64)`: `(N, 1, 256, 256)` in [−1, 1].
    pub fn forward(&self, latent: &Tensor) -> Result<Tensor> {
        let style = Style::fixed(self.normalising);
        self.trunk.draw(&self.trunk.refine(latent, style)?)
    }
}

/// Draws the film again from both latent maps (D_J): used in training, and to check how much of the
/// film the two maps hold.
#[derive(Clone, Debug)]
pub struct JointDecoder {
    fuse: Conv2d,
    numbers: [Linear; 3],
    trunk: Trunk,
}

impl JointDecoder {
    /// Builds the network.
    pub fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let latent = config.latent();
        let numbers = BLOCKS * CONVOLUTIONS * 2 * latent;
        let mlp = scope.at("mlp");
        Ok(Self {
            fuse: Conv2d::new(&scope.at("fuse").at("conv"), (2 * latent, latent), 1, 1)?,
            numbers: [
                Linear::new(&mlp.at(0), latent, config.hidden)?,
                Linear::new(&mlp.at(1), config.hidden, config.hidden)?,
                Linear::new(&mlp.at(2), config.hidden, numbers)?,
            ],
            trunk: Trunk::new(scope, config)?,
        })
    }

    /// Draws from what is normal and what is not, `(N, 256, 64, 64)` each: `(N, 1, 256, 256)`.
    pub fn forward(&self, normal: &Tensor, disease: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let [first, second, third] = &self.numbers;
        let numbers = first.forward(&disease.mean_pixels()?)?.relu()?; // (N, 256)
        let numbers = third.forward(&second.forward(&numbers)?.relu()?)?; // (N, 4096)
        trace.show("tap.DJ.adain_params", &numbers);
        let fused = self.fuse.forward(&Tensor::join(&[normal, disease], 1)?)?;
        let refined = self.trunk.refine(&fused, Style::Adaptive(&numbers))?;
        trace.show("tap.DJ.after_res", &refined);
        self.trunk.draw(&refined)
    }
}

/// What the decoders share: residual blocks, two enlargements and an output.
#[derive(Clone, Debug)]
struct Trunk {
    blocks: Vec<ResidualBlock>,
    up: Vec<(Conv2d, ImageNorm)>,
    out: Conv2d,
}

impl Trunk {
    fn new(scope: &Scope<'_>, config: &Config) -> Result<Self> {
        let width = config.width;
        let up = [(4 * width, 2 * width), (2 * width, width)];
        let up = up.into_iter().enumerate().map(|(index, channels)| {
            let scope = scope.at("up").at(index);
            let convolution = Conv2d::new(&scope.at("conv"), channels, 5, 1)?.reflecting();
            Ok((
                convolution,
                ImageNorm::unbiased(&scope.at("norm"), channels.1)?,
            ))
        });
        Ok(Self {
            blocks: ResidualBlock::all(scope, config.latent())?,
            up: up.collect::<Result<_>>()?,
            out: Conv2d::new(&scope.at("out").at("conv"), (width, 1), 7, 1)?.reflecting(),
        })
    }

    fn refine(&self, latent: &Tensor, style: Style<'_>) -> Result<Tensor> {
        let mut x = latent.clone();
        for (block, residual) in self.blocks.iter().enumerate() {
            x = residual.forward(&x, style, block)?;
        }
        Ok(x)
    }

    fn draw(&self, refined: &Tensor) -> Result<Tensor> {
        let mut x = refined.clone();
        for (convolution, norm) in &self.up {
            x = convolution.forward(&x.twice_nearest()?)?; // (N, 128 … 64, 128 … 256, …)
            x = norm.forward(&x, Then::Relu)?;
        }
        self.out.forward(&x)?.tanh()
    }
}
