//! Running the bare networks on tensors, under the names the public code's tensors are known by.

use super::config::Config;
use super::network::{Critic, Generator};
use crate::compute::{Builder, Device, Source, Tensor};
use crate::error::{Error, Result};
use crate::models::Stored;
use crate::models::formula::Recipe;
use crate::models::trace::Trace;

/// A configuration and its formula weights, by the name of the reference they reproduce.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The networks' sizes.
    pub config: Config,
    /// The generator's weights.
    pub generator: Recipe,
    /// The critic's weights.
    pub critic: Recipe,
}

const fn recipe(prefix: &'static str, gains: &'static [(&'static str, f64)]) -> Recipe {
    Recipe {
        prefix,
        gains,
        memories: &[],
    }
}

/// The published size.
const FULL: Reference = Reference {
    config: Config::PAPER,
    generator: recipe("G.", &[("main.21", 0.3), (".main.3.", 0.5)]),
    critic: recipe("D.", &[]),
};

const TINY: Reference = Reference {
    config: Config::TINY,
    generator: recipe("tinyG.", &[("main.17", 0.3)]),
    critic: recipe("tinyD.", &[]),
};

impl Reference {
    /// Returns the reference of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "healthygan_full" => Some(FULL),
            "healthygan_tiny" => Some(TINY),
            _ => None,
        }
    }

    /// Builds both networks with formula weights.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(&self) -> Result<Networks> {
        Networks::build(&self.config, |name| {
            let recipe = match name {
                "G" => self.generator,
                _ => self.critic,
            };
            Builder::new(recipe.source())
        })
    }
}

/// Both networks, ready to run.
pub struct Networks {
    /// Their sizes.
    pub config: Config,
    /// Draws healthy films.
    pub generator: Generator,
    /// Judges them, where there are weights for it; it is not needed to use the generator.
    pub critic: Option<Critic>,
}

/// What a film's anomaly is read off.
pub struct Inspection {
    /// The mask of what was changed, `(N, 1, 256, 256)`.
    pub mask: Tensor,
    /// The healthy counterparts, like the films.
    pub healthy: Tensor,
    /// Half the absolute difference, in [0, 1].
    pub difference: Tensor,
}

impl Networks {
    /// Builds the networks from stored tensors named `G.…` and `D.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn stored(stored: &Stored) -> Result<Self> {
        Self::build(&Config::of(stored)?, |name| stored.part(name))
    }

    /// Builds an untrained generator of the size that benchmarks run, for films `(N, 3, 128, 128)`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn bench(device: &Device) -> Result<Self> {
        Self::build(&Config::BENCH, |_| {
            Builder::new(Source::seeded(1)).on(device)
        })
    }

    /// Builds the networks, each with its own builder: `G` and `D`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(config: &Config, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        let critic = match config.critic_layers {
            0 => None,
            _ => Some(Critic::new(&builder("D").root(), config)?),
        };
        Ok(Self {
            config: *config,
            generator: Generator::new(&builder("G").root(), config)?,
            critic,
        })
    }

    /// Inspects films `(N, 3, 256, 256)` in [−1, 1].
    ///
    /// # Errors
    /// When the films do not fit the configuration.
    pub fn inspect(&self, films: &Tensor) -> Result<Inspection> {
        let drawing = self.generator.forward(films, &mut Trace::off())?;
        let healthy = drawing.healthy(films)?;
        Ok(Inspection {
            difference: half_difference(films, &healthy)?,
            mask: drawing.mask,
            healthy,
        })
    }

    /// Runs both networks as in use and returns every tensor the public code's are compared with.
    ///
    /// # Errors
    /// When the films do not fit the configuration.
    pub fn forward(&self, films: &Tensor) -> Result<Vec<(String, Tensor)>> {
        let mut trace = Trace::on();
        let drawing = self.generator.forward(films, &mut trace)?;
        let mut outputs = Trace::on();
        outputs.show("input", films);
        for (name, maps) in trace.into_tensors() {
            outputs.show(format!("instance.{name}"), &four_channels(&maps)?);
        }
        let healthy = drawing.healthy(films)?;
        let difference = half_difference(films, &healthy)?;
        let count = films.dims()[0];
        let score = difference.mean_pixels()?.sum_last()?;
        let score = score.affine(1.0 / self.config.channels as f64, 0.0)?;
        for (name, tensor) in [
            ("raw_image", &drawing.raw_image),
            ("raw_mask", &drawing.raw_mask),
            ("fake", &drawing.fake),
            ("mask", &drawing.mask),
            ("healthy", &healthy),
            ("recon_A", &drawing.reconstruction(films)?),
            ("diff", &difference),
            ("score", &score.reshape(&[count])?),
        ] {
            outputs.show(format!("instance.{name}"), tensor);
        }
        if let Some(critic) = &self.critic {
            for (name, judged) in [("real", films), ("healthy", &healthy)] {
                let features = critic.features(judged)?;
                outputs.show(format!("disc.{name}.features"), &features);
                outputs.show(format!("disc.{name}.out"), &critic.judge(&features)?);
            }
        }
        Ok(outputs.into_tensors())
    }
}

/// `|a − b| / 2`.
fn half_difference(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.minus(b)?.abs()?.affine(0.5, 0.0)
}

/// The reference keeps four channels of each map, a quarter of them apart.
fn four_channels(maps: &Tensor) -> Result<Tensor> {
    let &[_, channels, ..] = maps.dims() else {
        return Err(Error::internal("only maps have channels"));
    };
    if channels < 4 {
        return Ok(maps.clone());
    }
    let quarter = channels / 4;
    let kept = (0..4).map(|index| maps.narrow(1, index * quarter, 1));
    let kept = kept.collect::<Result<Vec<_>>>()?;
    Tensor::join(&kept.iter().collect::<Vec<_>>(), 1)
}
