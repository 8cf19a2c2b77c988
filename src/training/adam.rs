//! Adam with coupled L2 (the decay joins the gradient before the moments, as PyTorch's `Adam`
//! does); candle ships only the decoupled kind.
//!
//! The moments live where the weight does. On the processor one pass overwrites weight and moments;
//! elsewhere candle's operations compute the same numbers.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::lent::{borrow, can_be_lent, lend};
use crate::compute::{AdamStep, Gradients, Parameters, adam_in_place};
use crate::error::{Error, Result};

/// Adam's constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// L2 decay, joined to the gradient.
    pub decay: f64,
}

/// The optimiser's memory: both moments of every trained weight.
#[derive(Debug)]
pub struct Adam {
    settings: AdamSettings,
    /// Steps taken.
    pub steps: u64,
    moments: BTreeMap<String, [Tensor; 2]>,
}

impl Adam {
    /// Begins without memory.
    pub fn new(settings: AdamSettings) -> Self {
        Self {
            settings,
            steps: 0,
            moments: BTreeMap::new(),
        }
    }

    /// Moves every trained weight one step against its gradient.
    ///
    /// # Errors
    /// When a weight has no gradient: the loss forgot it.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        rate: f64,
    ) -> Result<()> {
        self.steps += 1;
        let step = Step::new(self.settings, self.steps, rate);
        for (name, variable) in parameters.trained() {
            let gradient = gradients
                .of(variable)
                .ok_or_else(|| Error::internal(format!("the loss does not depend on “{name}”")))?;
            // A gradient may carry a graph, which must not grow from step to step.
            let gradient = gradient.detach();
            let moments = match self.moments.remove(name) {
                Some(moments) => fitted(moments, variable)?,
                None => [variable.zeros_like()?, variable.zeros_like()?],
            };
            let moments = if can_be_lent(variable) {
                step.in_place(variable, moments, &gradient)?
            } else if adam_in_place(variable, [&moments[0], &moments[1]], &gradient, &step.0)? {
                moments
            } else {
                step.composed(variable, moments, &gradient)?
            };
            self.moments.insert(name.clone(), moments);
        }
        Ok(())
    }

    /// Returns both moments of every weight, by name.
    pub fn moments(&self) -> &BTreeMap<String, [Tensor; 2]> {
        &self.moments
    }

    /// Takes up moments, of any device, and a step count again.
    pub fn restore(&mut self, moments: BTreeMap<String, [Tensor; 2]>, steps: u64) {
        self.moments = moments;
        self.steps = steps;
    }
}

/// Restored moments in the weight's shape and on its device; others are there already.
fn fitted([first, second]: [Tensor; 2], weight: &Var) -> candle_core::Result<[Tensor; 2]> {
    let fit = |moment: Tensor| {
        moment
            .to_device(weight.device())?
            .reshape(weight.shape().clone())
    };
    Ok([fit(first)?, fit(second)?])
}

/// One step's numbers, the corrections for the moments' start at zero inside.
struct Step(AdamStep);

impl Step {
    fn new(settings: AdamSettings, steps: u64, rate: f64) -> Self {
        let AdamSettings { beta1, beta2, .. } = settings;
        Self(AdamStep {
            betas: (beta1 as f32, beta2 as f32),
            rate: (rate / (1.0 - beta1.powf(steps as f64))) as f32,
            second_correction: (1.0 - beta2.powf(steps as f64)).sqrt() as f32,
            epsilon: settings.epsilon as f32,
            decay: settings.decay as f32,
        })
    }

    /// Overwrites weight and moments in one pass.
    fn in_place(
        &self,
        weight: &Var,
        moments: [Tensor; 2],
        gradient: &Tensor,
    ) -> candle_core::Result<[Tensor; 2]> {
        let [first, second] = &moments;
        borrow(&gradient.contiguous()?, |gradient| {
            lend(first, |first| {
                lend(second, |second| {
                    lend(weight, |weights| {
                        self.pass(weights, (first, second), gradient);
                        Ok(())
                    })
                })
            })
        })?;
        Ok(moments)
    }

    fn pass(&self, weights: &mut [f32], moments: (&mut [f32], &mut [f32]), gradient: &[f32]) {
        let (beta1, beta2) = self.0.betas;
        let state = moments.0.iter_mut().zip(moments.1);
        for ((weight, &gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(state) {
            let gradient = gradient + self.0.decay * *weight;
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            let root = second.sqrt() / self.0.second_correction + self.0.epsilon;
            *weight -= self.0.rate * *first / root;
        }
    }

    /// The same by candle's operations, on any device.
    fn composed(
        &self,
        weight: &Var,
        [first, second]: [Tensor; 2],
        gradient: &Tensor,
    ) -> candle_core::Result<[Tensor; 2]> {
        let times = |tensor: &Tensor, factor: f32| tensor.affine(f64::from(factor), 0.0);
        let (beta1, beta2) = self.0.betas;
        let present = weight.as_detached_tensor();
        let gradient = gradient.add(&times(&present, self.0.decay)?)?;
        let first = times(&first, beta1)?.add(&times(&gradient, 1.0 - beta1)?)?;
        let second = times(&second, beta2)?.add(&times(&gradient.sqr()?, 1.0 - beta2)?)?;
        let root = second.sqrt()?.affine(
            1.0 / f64::from(self.0.second_correction),
            f64::from(self.0.epsilon),
        )?;
        weight.set(&present.sub(&times(&first, self.0.rate)?.div(&root)?)?)?;
        Ok([first, second])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Builder, Fill, Source};

    #[test]
    fn two_steps_follow_the_formula() {
        let builder = Builder::new(Source::seeded(1));
        let weight = builder
            .root()
            .trained("w", &[1], Fill::Constant(2.0))
            .unwrap();
        let parameters = builder.finish();
        let mut adam = Adam::new(AdamSettings {
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
            decay: 0.1,
        });
        let (mut w, mut m, mut v) = (2.0_f64, 0.0_f64, 0.0_f64);
        for step in 1..=2 {
            // loss = w², so the gradient is 2w.
            let loss = weight.tensor().times(&weight.tensor()).unwrap();
            let gradients = loss.mean().unwrap().backward().unwrap();
            adam.step(&parameters, &gradients, 0.01).unwrap();
            let g = 2.0 * w + 0.1 * w;
            m = 0.5 * m + 0.5 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (
                m / (1.0 - 0.5_f64.powi(step)),
                v / (1.0 - 0.999_f64.powi(step)),
            );
            w -= 0.01 * m_hat / (v_hat.sqrt() + 1e-8);
        }
        let found = weight.tensor().to_number().unwrap();
        assert!((found - w).abs() < 1e-6, "{found} is not {w}");
    }

    const SETTINGS: AdamSettings = AdamSettings {
        beta1: 0.5,
        beta2: 0.999,
        epsilon: 1e-7,
        decay: 1e-3,
    };

    fn waves(count: usize, phase: f32) -> Tensor {
        let samples = (0..count).map(|i| (i as f32 * 0.7 + phase).sin());
        Tensor::from_iter(samples, &candle_core::Device::Cpu).unwrap()
    }

    fn worst(a: &Tensor, b: &Tensor) -> f32 {
        let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
        difference.max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn both_ways_lead_to_the_same_weights() {
        let start = waves(1001, 0.0).reshape((7, 11, 13)).unwrap();
        let [one, other] = [0, 1].map(|_| Var::from_tensor(&start).unwrap());
        let zeros = || [start.zeros_like().unwrap(), start.zeros_like().unwrap()];
        let (mut of_one, mut of_other) = (zeros(), zeros());
        for steps in 1..=8 {
            let gradient = waves(1001, steps as f32).reshape((7, 11, 13)).unwrap();
            let step = Step::new(SETTINGS, steps, 1e-3);
            of_one = step.in_place(&one, of_one, &gradient).unwrap();
            of_other = step.composed(&other, of_other, &gradient).unwrap();
        }
        assert!(worst(&one, &start) > 1e-3, "the weights did not move");
        assert!(worst(&one, &other) < 1e-7, "{}", worst(&one, &other));
        for (one, other) in of_one.iter().zip(&of_other) {
            assert!(worst(one, other) < 1e-7);
        }
    }

    #[test]
    fn restored_moments_must_fit_the_weight() {
        let weight = Var::from_tensor(&waves(6, 0.0).reshape((2, 3)).unwrap()).unwrap();
        let [first, _] = fitted([waves(6, 1.0), waves(6, 2.0)], &weight).unwrap();
        assert_eq!(first.dims(), [2, 3]);
        assert!(fitted([waves(5, 1.0), waves(5, 2.0)], &weight).is_err());
    }

    #[test]
    #[ignore = "a measurement: cargo test --lib adam -- --ignored --nocapture"]
    fn the_time_of_a_step() {
        let start = waves(8_000_000, 0.0);
        let weight = Var::from_tensor(&start).unwrap();
        let mut moments = [start.zeros_like().unwrap(), start.zeros_like().unwrap()];
        let gradient = waves(8_000_000, 1.0);
        let mut shortest = [f64::MAX; 2];
        for steps in 1..=20 {
            let step = Step::new(SETTINGS, steps, 1e-3);
            let begun = std::time::Instant::now();
            moments = step.in_place(&weight, moments, &gradient).unwrap();
            shortest[0] = shortest[0].min(begun.elapsed().as_secs_f64());
            let begun = std::time::Instant::now();
            moments = step.composed(&weight, moments, &gradient).unwrap();
            shortest[1] = shortest[1].min(begun.elapsed().as_secs_f64());
        }
        let [in_place, composed] = shortest.map(|seconds| 1e3 * seconds);
        eprintln!("8 million weights: {in_place:.1} ms in place, {composed:.1} ms composed");
        assert!(in_place < composed, "the pass in place is no faster");
    }
}
