//! Running the bare networks on tensors, under the names the reference's tensors are known by.

use super::config::Config;
use super::network::{Critic, Encoder, Generator};
use crate::compute::{Builder, Device, Mode, Source, Tensor};
use crate::error::Result;
use crate::models::Stored;
use crate::models::bare::check_films;
use crate::models::trace::Trace;

/// The weight κ of the features' distance in the score.
const KAPPA: f64 = 1.0;

/// The three networks, ready to run.
pub struct Networks {
    /// Their sizes.
    pub config: Config,
    /// Draws films.
    pub generator: Generator,
    /// Judges them.
    pub critic: Critic,
    /// Finds their latent vectors.
    pub encoder: Encoder,
}

/// What a film's anomaly is read off.
pub struct Inspection {
    /// The latent vectors E(x), `(N, 128)`.
    pub latent: Tensor,
    /// The healthy counterparts G(E(x)), like the films.
    pub counterpart: Tensor,
    /// The critic's features of the films, `(N, 8192)`.
    pub features: Tensor,
    /// The critic's features of the counterparts.
    pub counterpart_features: Tensor,
}

/// Three networks that films are inspected with, of whatever make.
pub(super) trait Trio {
    /// Channels and side of the films.
    fn films(&self) -> (usize, usize);

    /// Finds the latent vectors of films.
    fn encode(&self, films: &Tensor, trace: &mut Trace) -> Result<Tensor>;

    /// Draws films from latent vectors.
    fn draw(&self, latent: &Tensor, trace: &mut Trace) -> Result<Tensor>;

    /// Returns the critic's features of films, flattened.
    fn features(&self, films: &Tensor, trace: &mut Trace) -> Result<Tensor>;

    /// Judges features: `(N, 1)`.
    fn judge(&self, features: &Tensor) -> Result<Tensor>;
}

impl Trio for Networks {
    fn films(&self) -> (usize, usize) {
        (self.config.channels, self.config.side)
    }

    fn encode(&self, films: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        self.encoder.forward(films, Mode::Use, trace)
    }

    fn draw(&self, latent: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        self.generator.forward(latent, Mode::Use, trace)
    }

    fn features(&self, films: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        self.critic.features(films, trace)
    }

    fn judge(&self, features: &Tensor) -> Result<Tensor> {
        self.critic.judge(features)
    }
}

impl Networks {
    /// Builds the networks from stored tensors named `G.…`, `D.…` and `E.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn stored(stored: &Stored) -> Result<Self> {
        Self::build(&Config::of(stored)?, |name| stored.part(name))
    }

    /// Builds untrained networks of the size that benchmarks run.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn bench(device: &Device) -> Result<Self> {
        Self::build(&Config::BENCH, |_| {
            Builder::new(Source::seeded(1)).on(device)
        })
    }

    /// Builds the networks, each with its own builder: `G`, `D` and `E`.
    ///
    /// # Errors
    /// When a tensor cannot be made.
    pub fn build(config: &Config, builder: impl Fn(&str) -> Builder) -> Result<Self> {
        Ok(Self {
            config: *config,
            generator: Generator::new(&builder("G").root(), config)?,
            critic: Critic::new(&builder("D").root(), config)?,
            encoder: Encoder::new(&builder("E").root(), config)?,
        })
    }

    /// Inspects films `(N, 1, 64, 64)` in [−1, 1].
    ///
    /// # Errors
    /// When the films do not fit the configuration.
    pub fn inspect(&self, films: &Tensor, trace: &mut Trace) -> Result<Inspection> {
        inspect(self, films, trace)
    }

    /// Runs the networks as in use and returns every tensor the reference's are compared with;
    /// those of a latent vector when one is given.
    ///
    /// # Errors
    /// When the films do not fit the configuration.
    pub fn forward(
        &self,
        films: &Tensor,
        latent: Option<&Tensor>,
    ) -> Result<Vec<(String, Tensor)>> {
        forward(self, films, latent)
    }
}

fn inspect(trio: &dyn Trio, films: &Tensor, trace: &mut Trace) -> Result<Inspection> {
    let latent = trio.encode(films, trace)?;
    let mut off = Trace::off();
    let counterpart = trio.draw(&latent, trace)?;
    Ok(Inspection {
        features: trio.features(films, trace)?,
        counterpart_features: trio.features(&counterpart, &mut off)?,
        latent,
        counterpart,
    })
}

/// What [`Networks::forward`] does, with networks of any make.
pub(super) fn forward(
    trio: &dyn Trio,
    films: &Tensor,
    latent: Option<&Tensor>,
) -> Result<Vec<(String, Tensor)>> {
    let (channels, side) = trio.films();
    check_films(films, channels, side)?;
    let mut trace = Trace::on();
    let found = inspect(trio, films, &mut trace)?;
    let mut off = Trace::off();
    let latent_again = trio.encode(&found.counterpart, &mut off)?;
    let residual = films.minus(&found.counterpart)?;
    let of_pixels = distance(films, &found.counterpart)?;
    let of_features = distance(&found.features, &found.counterpart_features)?;
    let score = of_pixels.plus(&of_features.affine(KAPPA, 0.0)?)?;
    let count = films.dims()[0];
    let judged = trio.judge(&found.features)?.reshape(&[count])?;
    trace.show("out.z_distance", &distance(&found.latent, &latent_again)?);
    trace.show("out.z", &found.latent);
    trace.show("out.recon", &found.counterpart);
    trace.show("out.z_recon", &latent_again);
    trace.show("out.feat_x", &found.features);
    trace.show("out.feat_recon", &found.counterpart_features);
    trace.show("out.residual_signed", &residual);
    trace.show("out.residual_abs", &residual.abs()?);
    trace.show("out.img_distance", &of_pixels);
    trace.show("out.feat_distance", &of_features);
    trace.show("out.anomaly_score", &score);
    trace.show("out.D_of_x", &judged);
    if let Some(latent) = latent {
        trace.show("out.G_of_in_z", &trio.draw(latent, &mut off)?);
    }
    Ok(trace.into_tensors())
}

/// The mean squared difference of each film or vector: `(N)`.
fn distance(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let difference = a.minus(b)?;
    let dims = difference.dims();
    let (count, width) = (dims[0], dims[1..].iter().product::<usize>());
    let rows = difference.times(&difference)?.reshape(&[count, width])?;
    rows.sum_last()?
        .affine(1.0 / width.max(1) as f64, 0.0)?
        .reshape(&[count])
}
