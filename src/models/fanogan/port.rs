//! The networks of f-AnoGAN's two well-known PyTorch ports, as films are inspected with them: weights
//! that were trained elsewhere run here as they ran there.
//!
//! The residual port (dbbbbm) has the official generator with PyTorch's batch normalisation; its critic
//! and encoder normalise whole films, with a weight for every pixel of every channel. The DCGAN-like port
//! (A03ki) is another, smaller network, whose batch norms add 0.8 to the variance: a slip of its code,
//! which its weights were trained with.

use super::config::{Config, SMALLEST};
use super::network::{Down, Generator, flat};
use super::parity::{Networks, Trio};
use crate::compute::{
    BatchNorm, Builder, Conv2d, Convention, Linear, Mode, SampleNorm, Scope, Tensor, Then,
};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Stored;
use crate::models::trace::Trace;

/// Builds the networks that stored tensors named `G.…`, `D.…` and `E.…` belong to, each with its own
/// builder.
///
/// # Errors
/// When a tensor is missing or has another shape.
pub(super) fn build(stored: &Stored, builder: impl Fn(&str) -> Builder) -> Result<Box<dyn Trio>> {
    if stored.has("G.conv_blocks.2.weight") {
        return Ok(Box::new(Convolutional::build(stored, builder)?));
    }
    let config = Config::of(stored)?;
    Ok(match stored.size("D.rb1.bn1.weight", 1) {
        Ok(_) => Box::new(Residual::build(&config, builder)?),
        Err(_) => Box::new(Networks::build(&config, builder)?),
    })
}

/// The residual port's networks.
struct Residual {
    config: Config,
    generator: Generator,
    critic: (Trunk, Linear),
    encoder: (Trunk, Linear),
}

/// From films to features.
struct Trunk {
    enter: Conv2d,
    blocks: Vec<Down<SampleNorm>>,
}

impl Trunk {
    fn new(scope: &Scope<'_>, enter: &Scope<'_>, name: &str, config: &Config) -> Result<Self> {
        let blocks = config.down().into_iter().enumerate();
        let blocks = blocks.map(|(index, channels)| {
            let side = config.side >> index;
            let norm = |scope: &Scope<'_>, channels| SampleNorm::new(scope, [channels, side, side]);
            Down::new(&scope.at(format!("{name}{}", index + 1)), channels, norm)
        });
        Ok(Self {
            enter: Conv2d::new(enter, (config.channels, config.width), 3, 1)?,
            blocks: blocks.collect::<Result<_>>()?,
        })
    }

    fn forward(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = self.enter.forward(films)?;
        for block in &self.blocks {
            x = block.forward(&x, |norm, x| norm.forward(x, Then::Relu))?;
        }
        flat(&x)
    }
}

impl Residual {
    fn build(config: &Config, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        let (critic, encoder) = (builder("D"), builder("E"));
        let (critic, encoder) = (critic.root(), encoder.root());
        let enter = critic.at("conv1").at("conv");
        Ok(Self {
            config: *config,
            generator: Generator::following(&builder("G").root(), config, Convention::PYTORCH)?,
            critic: (
                Trunk::new(&critic, &enter, "rb", config)?,
                Linear::new(&critic.at("ln1"), config.feature(), 1)?,
            ),
            encoder: (
                Trunk::new(&encoder, &encoder.at("conv_in"), "res", config)?,
                Linear::new(&encoder.at("fc"), config.feature(), config.latent)?,
            ),
        })
    }
}

impl Trio for Residual {
    fn films(&self) -> (usize, usize) {
        (self.config.channels, self.config.side)
    }

    fn encode(&self, films: &Tensor, _: &mut Trace) -> Result<Tensor> {
        let (trunk, out) = &self.encoder;
        out.forward(&trunk.forward(films)?)?.tanh()
    }

    fn draw(&self, latent: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        self.generator.forward(latent, Mode::Use, trace)
    }

    fn features(&self, films: &Tensor, _: &mut Trace) -> Result<Tensor> {
        self.critic.0.forward(films)
    }

    fn judge(&self, features: &Tensor) -> Result<Tensor> {
        self.critic.1.forward(features)
    }
}

/// The DCGAN-like port's networks.
struct Convolutional {
    channels: usize,
    side: usize,
    generator: Drawing,
    critic: Judging,
    encoder: Judging,
}

/// Its batch norms but for the first: the momentum was given in the place of what is added.
const SLIPPED: Convention = Convention {
    epsilon: 0.8,
    ..Convention::PYTORCH
};
/// Channels of its deepest maps.
const DEEPEST: usize = 128;
/// Below zero its rectifiers keep so much.
const LEAK: f64 = 0.2;

/// Its generator.
struct Drawing {
    enter: Linear,
    side: usize,
    norms: [BatchNorm; 3],
    convolutions: [Conv2d; 3],
}

/// Its critic, and its encoder.
struct Judging {
    convolutions: [Conv2d; 4],
    norms: [BatchNorm; 3],
    out: Linear,
}

impl Convolutional {
    fn build(stored: &Stored, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        let (rows, latent) = (
            stored.size("G.l1.0.weight", 0)?,
            stored.size("G.l1.0.weight", 1)?,
        );
        let channels = stored.size("G.conv_blocks.9.weight", 0)?;
        let quarter = (rows / DEEPEST).isqrt();
        if quarter * quarter * DEEPEST != rows || !quarter.is_multiple_of(SMALLEST) || quarter == 0
        {
            return Err(Error::new(
                ErrorKind::WrongModel,
                format!("its generator begins with {rows} numbers, which is no film's side"),
                "Use a checkpoint that the port's code wrote, for films of 16 pixels or a multiple.",
            ));
        }
        let side = 4 * quarter;
        let feature = DEEPEST * (side / 16) * (side / 16);
        Ok(Self {
            channels,
            side,
            generator: Drawing::new(&builder("G").root(), (latent, quarter), channels)?,
            critic: Judging::new(&builder("D").root(), channels, (feature, 1))?,
            encoder: Judging::new(&builder("E").root(), channels, (feature, latent))?,
        })
    }
}

impl Drawing {
    fn new(scope: &Scope<'_>, (latent, side): (usize, usize), channels: usize) -> Result<Self> {
        let blocks = scope.at("conv_blocks");
        let norm = |place: usize, channels| BatchNorm::new(&blocks.at(place), channels);
        let convolution = |place: usize, channels| Conv2d::new(&blocks.at(place), channels, 3, 1);
        Ok(Self {
            enter: Linear::new(&scope.at("l1").at(0), latent, DEEPEST * side * side)?,
            side,
            norms: [
                norm(0, DEEPEST)?,
                norm(3, DEEPEST)?.following(SLIPPED),
                norm(7, DEEPEST / 2)?.following(SLIPPED),
            ],
            convolutions: [
                convolution(2, (DEEPEST, DEEPEST))?,
                convolution(6, (DEEPEST, DEEPEST / 2))?,
                convolution(9, (DEEPEST / 2, channels))?,
            ],
        })
    }

    fn forward(&self, latent: &Tensor) -> Result<Tensor> {
        let x = self.enter.forward(latent)?;
        let shape = [latent.dims()[0], DEEPEST, self.side, self.side];
        let [first, second, third] = &self.norms;
        let mut x = first.forward(&x.reshape(&shape)?, Mode::Use, Then::Nothing)?;
        for (convolution, norm) in self.convolutions.iter().zip([second, third]) {
            let maps = convolution.forward(&x.twice_nearest()?)?;
            x = norm
                .forward(&maps, Mode::Use, Then::Nothing)?
                .leaky_relu(LEAK)?;
        }
        self.convolutions[2].forward(&x)?.tanh()
    }
}

impl Judging {
    fn new(scope: &Scope<'_>, channels: usize, (feature, outputs): (usize, usize)) -> Result<Self> {
        let model = scope.at("model");
        let convolution = |place: usize, channels| Conv2d::new(&model.at(place), channels, 3, 2);
        let norm = |place: usize, channels| -> Result<BatchNorm> {
            Ok(BatchNorm::new(&model.at(place), channels)?.following(SLIPPED))
        };
        Ok(Self {
            convolutions: [
                convolution(0, (channels, 16))?,
                convolution(3, (16, 32))?,
                convolution(7, (32, 64))?,
                convolution(11, (64, DEEPEST))?,
            ],
            norms: [norm(6, 32)?, norm(10, 64)?, norm(14, DEEPEST)?],
            out: Linear::new(&scope.at("adv_layer").at(0), feature, outputs)?,
        })
    }

    /// The features of films. What is left out at random in training is there in use.
    fn features(&self, films: &Tensor) -> Result<Tensor> {
        let mut x = self.convolutions[0].forward(films)?.leaky_relu(LEAK)?;
        for (convolution, norm) in self.convolutions[1..].iter().zip(&self.norms) {
            let maps = convolution.forward(&x)?.leaky_relu(LEAK)?;
            x = norm.forward(&maps, Mode::Use, Then::Nothing)?;
        }
        flat(&x)
    }
}

impl Trio for Convolutional {
    fn films(&self) -> (usize, usize) {
        (self.channels, self.side)
    }

    fn encode(&self, films: &Tensor, _: &mut Trace) -> Result<Tensor> {
        let encoder = &self.encoder;
        encoder.out.forward(&encoder.features(films)?)?.tanh()
    }

    fn draw(&self, latent: &Tensor, _: &mut Trace) -> Result<Tensor> {
        self.generator.forward(latent)
    }

    fn features(&self, films: &Tensor, _: &mut Trace) -> Result<Tensor> {
        self.critic.features(films)
    }

    fn judge(&self, features: &Tensor) -> Result<Tensor> {
        self.critic.out.forward(features)
    }
}
