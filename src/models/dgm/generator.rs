//! The five networks that take films apart and draw them again: all but the critic.

use super::config::Config;
use super::network::{Decoder, Encoder, JointDecoder};
use crate::compute::{Scope, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;

/// The networks' names, in front of their weights' names.
pub(super) const PARTS: [&str; 5] = ["EG", "EF", "DG", "DF", "DJ"];

/// The critic's, likewise.
pub(super) const CRITIC: &str = "D";

/// Encoders and decoders, ready to run.
#[derive(Clone, Debug)]
pub struct Generator {
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
}

/// A film taken apart. Shapes are for 256² and width 64, batch `N`.
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

impl Generator {
    /// Builds the networks, each in the scope of its name: `EG`, `EF`, `DG`, `DF` and `DJ`.
    ///
    /// # Errors
    /// When a stored tensor is missing or has another shape.
    pub fn new<'b>(config: &Config, scope: impl Fn(&str) -> Scope<'b>) -> Result<Self> {
        Ok(Self {
            normal_encoder: Encoder::normalising(&scope("EG"), config)?,
            disease_encoder: Encoder::plain(&scope("EF"), config)?,
            normal_decoder: Decoder::normalising(&scope("DG"), config)?,
            residue_decoder: Decoder::plain(&scope("DF"), config)?,
            joint_decoder: JointDecoder::new(&scope("DJ"), config)?,
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

    /// Draws the films again from what they were taken apart into: z″, `(N, 1, 256, 256)`.
    ///
    /// # Errors
    /// When a tensor operation fails.
    pub fn again(&self, parts: &Decomposition, trace: &mut Trace) -> Result<Tensor> {
        let (normal, disease) = (&parts.normal_latent, &parts.disease_latent);
        self.joint_decoder.forward(normal, disease, trace)
    }
}
