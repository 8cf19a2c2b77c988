//! Running the bare networks on tensors, under the names the reference's tensors are known by.

use super::config::Config;
use super::network::{Critic, Decoder, Encoder, JointDecoder};
use crate::compute::{Builder, Device, Source, Tensor};
use crate::error::Result;
use crate::models::Stored;
use crate::models::trace::Trace;

/// The six networks, ready to run.
pub struct Networks {
    /// Their sizes.
    pub config: Config,
    /// E_G: what is normal about a film.
    pub normal_encoder: Encoder,
    /// E_F: what is not.
    pub disease_encoder: Encoder,
    /// D_G: the normal film.
    pub normal_decoder: Decoder,
    /// D_F: the residue.
    pub residue_decoder: Decoder,
    /// D_J: the film again.
    pub joint_decoder: JointDecoder,
    /// D: judges normal films.
    pub critic: Critic,
}

/// A film taken apart.
pub struct Decomposition {
    /// What is normal about the film, `(N, 256, 64, 64)`.
    pub normal_latent: Tensor,
    /// What is not.
    pub disease_latent: Tensor,
    /// The normal film y′, `(N, 1, 256, 256)` in [−1, 1].
    pub normal: Tensor,
    /// The residue a, in [−1, 1]: the film is about y′ + a.
    pub residue: Tensor,
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
        Ok(Self {
            config: *config,
            normal_encoder: Encoder::normalising(&builder("EG").root(), config)?,
            disease_encoder: Encoder::plain(&builder("EF").root(), config)?,
            normal_decoder: Decoder::normalising(&builder("DG").root(), config)?,
            residue_decoder: Decoder::plain(&builder("DF").root(), config)?,
            joint_decoder: JointDecoder::new(&builder("DJ").root(), config)?,
            critic: Critic::new(&builder("D").root(), config)?,
        })
    }

    /// Takes films `(N, 1, 256, 256)` in [−1, 1] apart.
    ///
    /// # Errors
    /// When the films do not fit the networks.
    pub fn decompose(&self, films: &Tensor) -> Result<Decomposition> {
        let normal_latent = self.normal_encoder.forward(films)?;
        let disease_latent = self.disease_encoder.forward(films)?;
        Ok(Decomposition {
            normal: self.normal_decoder.forward(&normal_latent)?,
            residue: self.residue_decoder.forward(&disease_latent)?,
            normal_latent,
            disease_latent,
        })
    }

    /// Runs all networks and returns every tensor the reference's are compared with; the critic's
    /// judgement of real normal films when there are any.
    ///
    /// # Errors
    /// When the films do not fit the networks.
    pub fn forward(&self, films: &Tensor, real: Option<&Tensor>) -> Result<Vec<(String, Tensor)>> {
        let mut trace = Trace::on();
        let parts = self.decompose(films)?;
        let (normal_latent, disease_latent) = (&parts.normal_latent, &parts.disease_latent);
        let again = self
            .joint_decoder
            .forward(normal_latent, disease_latent, &mut trace)?;
        let saliency = parts.residue.relu()?;
        trace.show("out.c_z", normal_latent);
        trace.show("out.c_s", disease_latent);
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
