//! Adam with coupled L2 (the decay joins the gradient before the moments, as PyTorch's `Adam`
//! does); candle ships only the decoupled kind.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::{CpuStorage, InplaceOp2, Layout, Var, bail};

use crate::compute::{Gradients, Parameters};
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
    moments: BTreeMap<String, [Vec<f32>; 2]>,
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
        for (name, variable) in parameters.trained() {
            let gradient = gradients
                .of(variable)
                .ok_or_else(|| Error::internal(format!("the loss does not depend on “{name}”")))?;
            self.move_one(name, variable, gradient, rate)?;
        }
        Ok(())
    }

    /// Returns both moments of every weight, by name.
    pub fn moments(&self) -> &BTreeMap<String, [Vec<f32>; 2]> {
        &self.moments
    }

    /// Takes up moments and a step count again.
    pub fn restore(&mut self, moments: BTreeMap<String, [Vec<f32>; 2]>, steps: u64) {
        self.moments = moments;
        self.steps = steps;
    }

    fn move_one(
        &mut self,
        name: &str,
        variable: &Var,
        gradient: &candle_core::Tensor,
        rate: f64,
    ) -> Result<()> {
        let count = variable.elem_count();
        let moments = self
            .moments
            .entry(name.to_owned())
            .or_insert_with(|| [vec![0.0; count], vec![0.0; count]]);
        let AdamSettings {
            beta1,
            beta2,
            epsilon,
            decay,
        } = self.settings;
        let step = Step {
            moments: RefCell::new(moments),
            betas: (beta1 as f32, beta2 as f32),
            rate: (rate / (1.0 - beta1.powf(self.steps as f64))) as f32,
            second_correction: (1.0 - beta2.powf(self.steps as f64)).sqrt() as f32,
            epsilon: epsilon as f32,
            decay: decay as f32,
        };
        variable.inplace_op2(&gradient.contiguous()?, &step)?;
        Ok(())
    }
}

struct Step<'a> {
    moments: RefCell<&'a mut [Vec<f32>; 2]>,
    betas: (f32, f32),
    rate: f32,
    second_correction: f32,
    epsilon: f32,
    decay: f32,
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "adam step"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> candle_core::Result<()> {
        let (CpuStorage::F32(weights), CpuStorage::F32(gradient)) = (weights, gradient) else {
            bail!("training runs in f32");
        };
        let (Some(own), Some(of_gradient)) = (
            layout.contiguous_offsets(),
            gradient_layout.contiguous_offsets(),
        ) else {
            bail!("weights and gradients are contiguous");
        };
        let mut moments = self.moments.borrow_mut();
        let [first, second] = &mut **moments;
        let (beta1, beta2) = self.betas;
        let weights = weights[own.0..own.1].iter_mut();
        let gradient = &gradient[of_gradient.0..of_gradient.1];
        let state = first.iter_mut().zip(second.iter_mut());
        for ((weight, &gradient), (first, second)) in weights.zip(gradient).zip(state) {
            let gradient = gradient + self.decay * *weight;
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            let root = second.sqrt() / self.second_correction + self.epsilon;
            *weight -= self.rate * *first / root;
        }
        Ok(())
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
}
