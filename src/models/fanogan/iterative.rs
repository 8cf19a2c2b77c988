//! AnoGAN's iterative mapping (Schlegl et al., *Unsupervised anomaly detection with generative
//! adversarial networks to guide marker discovery*, IPMI 2017): the latent vector that draws a film is
//! looked for by gradient descent, anew for every film.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::chance::latent_vectors;
use super::config::Config;
use super::network::{Critic, Generator};
use crate::compute::{Builder, Fill, Mode, Parameter, Parameters, Source, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;
use crate::training::{Adam, AdamSettings};

/// Steps of the descent, as published.
pub(super) const STEPS: usize = 500;
/// Descents from different latent vectors, of which the best is kept: the result depends on where it
/// begins.
pub(super) const RESTARTS: usize = 3;
/// The weight λ of the features' distance.
const LAMBDA: f64 = 0.1;
/// The descent's rate and constants; the paper does not state its own.
const RATE: f64 = 0.01;
const ADAM: AdamSettings = AdamSettings {
    beta1: 0.5,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 0.0,
};
/// The seed of the latent vectors that descents begin at.
const SEED: u64 = 1;

/// Generator and critic, held still.
pub(super) struct Descent {
    config: Config,
    generator: Generator,
    critic: Critic,
}

/// Where a descent ended.
pub(super) struct Found {
    /// What the best latent vector draws, `side`² greys in [0, 1].
    pub(super) counterpart: Vec<f32>,
    /// The loss there: `(1 − λ) Σ|x − G(z)| + λ Σ|f(x) − f(G(z))|` of greys in [−1, 1].
    pub(super) loss: f32,
    /// Its first sum, of the pixels.
    pub(super) pixels: f32,
    /// Its second sum, of the features.
    pub(super) features: f32,
}

/// The losses of a batch of latent vectors: both sums and their mixture, `(N, 1)` each.
struct Losses {
    pixels: Tensor,
    features: Tensor,
    mixed: Tensor,
    drawn: Tensor,
}

impl Descent {
    /// Builds generator and critic from tensors named `G.…` and `D.…`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, config: &Config) -> Result<Self> {
        let part = |prefix: &str| -> Result<Parameters> {
            let named = tensors.iter().filter_map(|(name, tensor)| {
                let name = name.strip_prefix(prefix)?;
                Some((name.to_owned(), tensor))
            });
            let parameters = named.map(|(name, tensor)| {
                let single = tensor.to_dtype(candle_core::DType::F32)?;
                let variable = candle_core::Var::from_tensor(&single)?;
                let trained = false;
                Ok((name, Parameter { variable, trained }))
            });
            Ok(Parameters(parameters.collect::<Result<_>>()?))
        };
        let (generator, critic) = (part("G.")?, part("D.")?);
        let frozen = |parameters| Builder::new(Source::Frozen(parameters));
        Ok(Self {
            config: *config,
            generator: Generator::new(&frozen(generator).root(), config)?,
            critic: Critic::new(&frozen(critic).root(), config)?,
        })
    }

    /// Looks for the latent vector that draws a film of `side`² greys, in `steps` steps; `between`
    /// hears the share that is done after each and may end the search.
    ///
    /// # Errors
    /// When ended, or when a tensor operation fails.
    pub(super) fn find(
        &self,
        film: &[f32],
        steps: usize,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Found> {
        let side = self.config.side;
        let film = Tensor::from_samples(film.to_vec(), &[1, 1, side, side])?.affine(2.0, -1.0)?;
        let features = self.critic.features(&film, &mut Trace::off())?;
        let start = latent_vectors(SEED, (RESTARTS, self.config.latent))?;
        let start = HashMap::from([("z".to_owned(), start.candle()?.clone())]);
        let builder = Builder::new(Source::Stored(start));
        let shape = [RESTARTS, self.config.latent];
        let latent = builder.root().trained("z", &shape, Fill::Constant(0.0))?;
        let weights = builder.finish();
        let mut adam = Adam::new(ADAM);
        for step in 0..steps {
            between(step as f32 / steps as f32)?;
            let losses = self.losses(&film, &features, &latent.tensor())?;
            // The descents do not meet: each latent vector's gradient is that of its own loss.
            let sum = Tensor::Candle(losses.mixed.candle()?.sum_all()?);
            adam.step(&weights, &sum.backward()?, RATE)?;
        }
        self.best(&self.losses(&film, &features, &latent.tensor().detach())?)
    }

    fn losses(&self, film: &Tensor, features: &Tensor, latent: &Tensor) -> Result<Losses> {
        let mut off = Trace::off();
        let drawn = self.generator.forward(latent, Mode::Use, &mut off)?;
        let sums = |difference: Tensor| -> Result<Tensor> {
            let width = difference.dims()[1..].iter().product();
            let rows = difference.abs()?.reshape(&[difference.dims()[0], width])?;
            rows.sum_last()
        };
        let pixels = sums(drawn.minus(film)?)?;
        let of_features = sums(self.critic.features(&drawn, &mut off)?.minus(features)?)?;
        let mixed = pixels
            .affine(1.0 - LAMBDA, 0.0)?
            .plus(&of_features.affine(LAMBDA, 0.0)?)?;
        Ok(Losses {
            pixels,
            features: of_features,
            mixed,
            drawn,
        })
    }

    fn best(&self, losses: &Losses) -> Result<Found> {
        let (pixels, features) = (losses.pixels.to_samples()?, losses.features.to_samples()?);
        let mixed = losses.mixed.to_samples()?;
        let ends = mixed.iter().enumerate();
        let best = ends
            .min_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |end| end.0);
        let greys = losses.drawn.narrow(0, best, 1)?.affine(0.5, 0.5)?;
        Ok(Found {
            counterpart: greys.to_samples()?,
            loss: mixed[best],
            pixels: pixels[best],
            features: features[best],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const TINY: Config = Config::TINY;

    fn descent() -> Descent {
        let mut tensors = HashMap::new();
        let mut add = |prefix: &str, weights: Parameters| {
            let named = weights.tensors().unwrap().into_iter();
            tensors.extend(named.map(|(name, tensor)| (format!("{prefix}.{name}"), tensor)));
        };
        let builder = Builder::new(Source::seeded(1));
        Generator::new(&builder.root(), &TINY).unwrap();
        add("G", builder.finish());
        let builder = Builder::new(Source::seeded(2));
        Critic::new(&builder.root(), &TINY).unwrap();
        add("D", builder.finish());
        Descent::stored(&tensors, &TINY).unwrap()
    }

    fn film() -> Vec<f32> {
        let place = |index: usize| (index % TINY.side) as f32 / TINY.side as f32;
        (0..TINY.side * TINY.side).map(place).collect()
    }

    #[test]
    fn the_descent_lowers_the_loss_and_ends_alike_each_time() {
        let descent = descent();
        let find = |steps| descent.find(&film(), steps, &mut |_| Ok(())).unwrap();
        let (start, end) = (find(0), find(60));
        assert!(end.loss < start.loss, "{} to {}", start.loss, end.loss);
        assert_eq!(find(60).counterpart, end.counterpart);
        let mixed = 0.9 * end.pixels + 0.1 * end.features;
        assert!((mixed - end.loss).abs() < 1e-3 * end.loss);
    }

    #[test]
    fn the_pixels_are_summed_in_minus_one_to_one() {
        let end = descent().find(&film(), 0, &mut |_| Ok(())).unwrap();
        let pairs = film().into_iter().zip(&end.counterpart);
        let sum: f32 = pairs.map(|(film, drawn)| 2.0 * (film - drawn).abs()).sum();
        assert!((sum - end.pixels).abs() < 1e-3 * sum);
    }

    #[test]
    fn whoever_watches_can_end_it_at_any_step() {
        let mut heard = 0;
        let stopped = descent().find(&film(), 500, &mut |_| {
            heard += 1;
            if heard == 3 {
                Err(Error::cancelled())
            } else {
                Ok(())
            }
        });
        assert!(stopped.err().unwrap().is_cancelled());
        assert_eq!(heard, 3);
    }
}
