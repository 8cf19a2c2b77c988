//! Running the bare networks on tensors, under the names the reference's tensors are known by.

use std::collections::HashMap;

use super::config::Config;
use super::generator::{CRITIC, Generator, PARTS};
use super::network::Critic;
use crate::compute::{Builder, Device, Source, Tensor};
use crate::error::Result;
use crate::models::Stored;
use crate::models::trace::Trace;

/// The six networks, ready to run.
pub struct Networks {
    /// Encoders and decoders.
    pub generator: Generator,
    /// D: judges normal films.
    pub critic: Critic,
}

impl Networks {
    /// Builds the networks from stored tensors named `EG.…`, `EF.…`, `DG.…`, `DF.…`, `DJ.…` and
    /// `D.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn stored(stored: &Stored) -> Result<Self> {
        Self::build(&Config::of(stored)?, |name| stored.part(name))
    }

    /// Builds untrained networks of the size that benchmarks run, for films `(N, 1, 128, 128)`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn bench(device: &Device) -> Result<Self> {
        Self::build(&Config::BENCH, |_| {
            Builder::new(Source::seeded(1)).on(device)
        })
    }

    /// Builds the networks, each with its own builder: `EG`, `EF`, `DG`, `DF`, `DJ` and `D`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(config: &Config, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        let names = PARTS.into_iter().chain([CRITIC]);
        let builders: HashMap<&str, Builder> = names.map(|name| (name, builder(name))).collect();
        Ok(Self {
            generator: Generator::new(config, |name| builders[name].root())?,
            critic: Critic::new(&builders[CRITIC].root(), config)?,
        })
    }

    /// Runs all networks and returns every tensor the reference's are compared with; the critic's
    /// judgement of real normal films when there are any.
    ///
    /// # Errors
    /// When the films do not fit the networks.
    pub fn forward(&self, films: &Tensor, real: Option<&Tensor>) -> Result<Vec<(String, Tensor)>> {
        let mut trace = Trace::on();
        let parts = self.generator.decompose(films)?;
        let again = self.generator.again(&parts, &mut trace)?;
        let saliency = parts.residue.relu()?;
        trace.show("out.c_z", &parts.normal_latent);
        trace.show("out.c_s", &parts.disease_latent);
        trace.show("out.y", &parts.normal);
        trace.show("out.a", &parts.residue);
        trace.show("out.z1", &parts.normal.plus(&parts.residue)?);
        trace.show("out.z2", &again);
        trace.show("out.saliency_raw", &saliency);
        for (name, judged) in [("fake", Some(&parts.normal)), ("real", real)] {
            let Some(judged) = judged else { continue };
            for (scale, judgement) in self.critic.forward(judged)?.iter().enumerate() {
                trace.show(format!("out.D_{name}.{scale}"), judgement);
            }
        }
        Ok(trace.into_tensors())
    }
}
