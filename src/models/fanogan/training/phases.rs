//! What a step of each phase does.

use super::super::chance::shares;
use super::super::losses::{Mapping, between, critic_loss, generator_loss, penalty};
use super::super::nudge::Nudge;
use super::{CRITIC, ENCODER, GENERATOR, NUDGE, SHARES, Training};
use crate::compute::{Mode, Tensor};
use crate::error::Result;
use crate::models::trace::Trace;
use crate::training::{At, falling};

impl Training {
    /// Moves the critic, and the generator when it is its turn.
    pub(super) fn draw(&mut self, at: &At) -> Result<[Option<f64>; 3]> {
        let rate = falling(at.step as f64 / self.drawn_by().max(1) as f64);
        let rates = self.recipe.rates;
        let nudge = Nudge::drawn(self.recipe.config.side, at.seed(NUDGE));
        let real = nudge.apply(&at.load(|| self.batch(at, false))?)?;
        let mut off = Trace::off();
        let drawn = self
            .generator
            .forward(&self.latent(at)?, Mode::Train, &mut off)?;
        let drawn = nudge.apply(&drawn)?;
        let (critic, penalty) = self.judge(&real, &drawn.detach(), (at, rate * rates.critic))?;
        if !(at.step + 1).is_multiple_of(self.recipe.critic_steps) {
            return Ok([Some(critic), Some(penalty), None]);
        }
        let judge = &self.frozen.1;
        let loss = generator_loss(&judge.judge(&judge.features(&drawn, &mut off)?)?)?;
        let weights = &self.weights[GENERATOR];
        let gradients = loss.backward()?;
        self.optimisers[GENERATOR].step(weights, &gradients, rate * rates.generator)?;
        self.average.follow(weights)?;
        Ok([Some(critic), Some(penalty), Some(loss.to_number()?)])
    }

    /// Moves the critic; returns its loss and the penalty in it.
    fn judge(
        &mut self,
        real: &Tensor,
        drawn: &Tensor,
        (at, rate): (&At, f64),
    ) -> Result<(f64, f64)> {
        let count = real.dims()[0];
        let both = Tensor::join(&[real, drawn], 0)?;
        let features = self.critic.features(&both, &mut Trace::off())?;
        let judged = self.critic.judge(&features)?;
        let penalised = self.recipe.penalised.min(count);
        let first = |films: &Tensor| films.narrow(0, 0, penalised);
        let shares = shares(at.seed(SHARES), penalised)?.on(&self.device)?;
        let mixed = between(&first(real)?, &first(drawn)?, &shares)?;
        let penalty = penalty(&self.critic, &mixed)?;
        let (real, drawn) = (judged.narrow(0, 0, count)?, judged.narrow(0, count, count)?);
        let loss = critic_loss(&real, &drawn, &penalty)?;
        let gradients = loss.backward()?;
        self.optimisers[CRITIC].step(&self.weights[CRITIC], &gradients, rate)?;
        Ok((loss.to_number()?, penalty.to_number()?))
    }

    /// Begins the encoder's phase: from here on the generator is its average.
    pub(super) fn begin_mapping(&mut self, step: u64) -> Result<()> {
        for (name, tensor) in self.average.tensors(&self.weights[GENERATOR])? {
            if let Some(parameter) = self.weights[GENERATOR].0.get(&name) {
                parameter.variable.set(&tensor)?;
            }
        }
        self.mapping_since = Some(step);
        Ok(())
    }

    /// Moves the encoder; returns the two parts of its loss.
    pub(super) fn map(&mut self, at: &At, since: u64) -> Result<[Option<f64>; 2]> {
        let done = (at.step - since) as f64 / self.total.saturating_sub(since).max(1) as f64;
        let [loss, pixels, features] = match self.recipe.mapping {
            Mapping::Ziz => self.latent_loss(at)?,
            _ => self.film_loss(&at.load(|| self.batch(at, true))?)?,
        };
        let gradients = loss.backward()?;
        let rate = self.recipe.rates.encoder * falling(done);
        self.optimisers[ENCODER].step(&self.weights[ENCODER], &gradients, rate)?;
        Ok([Some(pixels.to_number()?), Some(features.to_number()?)])
    }

    /// The loss of films against their counterparts, and its parts.
    fn film_loss(&self, films: &Tensor) -> Result<[Tensor; 3]> {
        let mut off = Trace::off();
        let (generator, judge) = &self.frozen;
        let latent = self.encoder.forward(films, Mode::Train, &mut off)?;
        let drawn = generator.forward(&latent, Mode::Use, &mut off)?;
        let pixels = films.mean_squared_error(&drawn)?;
        if self.recipe.mapping == Mapping::Izi {
            let none = pixels.affine(0.0, 0.0)?.detach();
            return Ok([pixels.clone(), pixels, none]);
        }
        let expected = judge.features(films, &mut off)?;
        let features = judge
            .features(&drawn, &mut off)?
            .mean_squared_error(&expected)?;
        let weighted = features.affine(self.recipe.kappa, 0.0)?;
        Ok([pixels.plus(&weighted)?, pixels, features])
    }

    /// The loss of latent vectors against those found again in the films they draw.
    fn latent_loss(&self, at: &At) -> Result<[Tensor; 3]> {
        let mut off = Trace::off();
        let latent = self.latent(at)?;
        let drawn = self.frozen.0.forward(&latent, Mode::Use, &mut off)?;
        let found = self
            .encoder
            .forward(&drawn.detach(), Mode::Train, &mut off)?;
        let loss = latent.mean_squared_error(&found)?;
        let none = loss.affine(0.0, 0.0)?.detach();
        Ok([loss.clone(), loss, none])
    }
}
