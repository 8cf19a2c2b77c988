//! Running the bare networks on tensors, under the names the public code's tensors are known by.

use candle_core::DType;

use super::config::Config;
use super::network::{Discriminator, Generator, Norm, Shortcut, Trace};
use crate::compute::{Builder, Device, Mode, Tensor};
use crate::error::Result;
use crate::models::Stored;
use crate::models::bare::check_films;
use crate::models::formula::Recipe;

/// A configuration and its formula weights, by the name of the reference they reproduce.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The network's sizes.
    pub config: Config,
    /// The generator's weights.
    pub generator: Recipe,
    /// The discriminator's weights.
    pub discriminator: Recipe,
}

/// The published size.
const FULL: Reference = Reference {
    config: Config::PAPER,
    generator: Recipe {
        prefix: "G.",
        gains: &[
            ("teacher_out", 0.01),
            ("up_blocks.2.conv.conv1.0", 800.0),
            ("out_conv", 0.5),
        ],
        memories: &[("inpaint_block", 0.06), ("memory_blocks", 0.05)],
    },
    discriminator: Recipe {
        prefix: "D.",
        gains: &[],
        memories: &[],
    },
};

/// Root 4, few slots.
const TINY: Reference = Reference {
    config: Config {
        side: 128,
        root: 4,
        queue_slots: 10,
        memory_slots: 12,
        ..Config::TINY
    },
    generator: Recipe {
        prefix: "tinyG.",
        gains: &[("teacher_out", 0.5), ("out_conv", 0.5)],
        memories: &[("inpaint_block", 0.3), ("memory_blocks", 0.15)],
    },
    discriminator: Recipe {
        prefix: "tinyD.",
        gains: &[],
        memories: &[],
    },
};

impl Reference {
    /// Returns the reference of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "squid_full" => Some(FULL),
            "squid_tiny" => Some(TINY),
            _ => None,
        }
    }

    /// Builds both networks with formula weights.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(&self, precision: DType) -> Result<Networks> {
        let source = |recipe: Recipe| {
            let builder = Builder::new(recipe.source());
            match precision {
                DType::F64 => builder.in_double_precision(),
                _ => builder,
            }
        };
        let (generator, discriminator) = (source(self.generator), source(self.discriminator));
        Ok(Networks {
            generator: Generator::new(&generator.root(), &self.config, true)?,
            discriminator: Discriminator::new(&discriminator.root(), &self.config)?,
        })
    }
}

/// Both networks, ready to run.
pub struct Networks {
    /// The in-painting autoencoder.
    pub generator: Generator,
    /// Its judge.
    pub discriminator: Discriminator,
}

impl Networks {
    /// Builds both from stored tensors named `G.…` and `D.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn stored(stored: &Stored, config: &Config) -> Result<Self> {
        Self::build(config, |part| stored.part(part))
    }

    /// Builds both, each with its own builder: `G` and `D`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(config: &Config, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        Ok(Self {
            generator: Generator::new(&builder("G").root(), config, true)?,
            discriminator: Discriminator::new(&builder("D").root(), config)?,
        })
    }

    /// Builds networks of the published size with formula weights, for films `(N, 1, 128, 128)`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn bench(device: &Device) -> Result<Self> {
        let builders = [FULL.generator, FULL.discriminator]
            .map(|recipe| Builder::new(recipe.source()).on(device));
        Ok(Self {
            generator: Generator::new(&builders[0].root(), &FULL.config, true)?,
            discriminator: Discriminator::new(&builders[1].root(), &FULL.config)?,
        })
    }

    /// Runs both networks as an analysis does: the film in-painted, the film copied, and the
    /// discriminator's logits on the in-painted film and on the film.
    ///
    /// # Errors
    /// When the films do not fit the networks.
    pub fn inspect(&self, films: &Tensor) -> Result<Vec<Tensor>> {
        let (mode, trace) = (Mode::Use, &mut Trace::off());
        let pass = self
            .generator
            .forward(films, mode, &mut Shortcut::Closed, trace)?;
        let of_student = self.discriminator.forward(&pass.student, Norm::Film)?;
        let of_film = self.discriminator.forward(films, Norm::Film)?;
        let mut outputs = vec![pass.student];
        outputs.extend(pass.teacher);
        outputs.extend([of_student, of_film]);
        Ok(outputs)
    }

    /// Runs both networks as in use and returns every tensor the public code's are compared with.
    ///
    /// # Errors
    /// When the input does not fit the configuration.
    pub fn forward(&self, input: &Tensor, config: &Config) -> Result<Vec<(String, Tensor)>> {
        check_films(input, 1, config.side)?;
        let mut trace = Trace::on();
        let pass = self
            .generator
            .forward(input, Mode::Use, &mut Shortcut::Closed, &mut trace)?;
        trace.show("input", input);
        trace.show("recon", &pass.student);
        trace.show("abs_diff", &input.minus(&pass.student)?.abs()?);
        self.judge(input, "real", &mut trace)?;
        self.judge(&pass.student, "recon", &mut trace)?;
        if let (Some(teacher), Some(distillation)) = (&pass.teacher, &pass.distillation) {
            trace.show("teacher_recon", teacher);
            trace.show("abs_diff_teacher", &input.minus(teacher)?.abs()?);
            trace.show("dist_loss", &distillation.reshape(&[1])?);
            self.judge(teacher, "teacher_recon", &mut trace)?;
        }
        // The reference standardises its score with μ = 0.25 and σ = 0.75.
        let logit = self.discriminator.forward(&pass.student, Norm::Film)?;
        let real = logit.affine(1.0 / 0.75, -0.25 / 0.75)?.sigmoid()?;
        trace.show("score.anomaly", &real.affine(-1.0, 1.0)?);
        Ok(trace.into_tensors())
    }

    fn judge(&self, films: &Tensor, name: &str, trace: &mut Trace) -> Result<()> {
        let judge = &self.discriminator;
        for (suffix, norm) in [("eval", Norm::Running), ("train_b1", Norm::Film)] {
            trace.show(
                format!("disc.{name}.logit_{suffix}"),
                &judge.forward(films, norm)?,
            );
            if name == "recon" {
                let features = judge.features(films, norm)?;
                trace.show(format!("disc.recon.features_{suffix}"), &features);
            }
        }
        Ok(())
    }
}
