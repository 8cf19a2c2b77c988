//! RMSProp as TensorFlow 1 has it: ε inside the root, the mean square begun at 1 instead of 0.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::lent::{borrow, can_be_lent, lend};
use crate::compute::{Gradients, Parameters};
use crate::error::{Error, Result};

/// Decay of the mean square, TensorFlow's default.
const DECAY: f32 = 0.9;
/// Added to the mean square under the root, TensorFlow's default.
const EPSILON: f32 = 1e-10;

/// The optimiser's memory: the mean squared gradient of every trained weight.
#[derive(Debug, Default)]
pub struct RmsProp {
    squares: BTreeMap<String, Tensor>,
}

impl RmsProp {
    /// Moves every trained weight one step: `s ← 0.9 s + 0.1 g²`, `w ← w − rate · g / √(s + ε)`.
    ///
    /// # Errors
    /// When a weight has no gradient: the loss forgot it.
    pub fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        rate: f64,
    ) -> Result<()> {
        for (name, variable) in parameters.trained() {
            let gradient = gradients
                .of(variable)
                .ok_or_else(|| Error::internal(format!("the loss does not depend on “{name}”")))?;
            let gradient = gradient.detach().contiguous()?;
            let square = match self.squares.remove(name) {
                Some(square) => square
                    .to_device(variable.device())?
                    .reshape(variable.shape().clone())?,
                None => variable.ones_like()?.detach(),
            };
            let square = if can_be_lent(variable) {
                in_place(variable, square, &gradient, rate as f32)?
            } else {
                composed(variable, &square, &gradient, rate)?
            };
            self.squares.insert(name.clone(), square);
        }
        Ok(())
    }

    /// Returns the mean square of every weight, by name.
    pub fn squares(&self) -> &BTreeMap<String, Tensor> {
        &self.squares
    }

    /// Takes up mean squares, of any device, again.
    pub fn restore(&mut self, squares: BTreeMap<String, Tensor>) {
        self.squares = squares;
    }
}

/// Overwrites weight and mean square in one pass.
fn in_place(
    weight: &Var,
    square: Tensor,
    gradient: &Tensor,
    rate: f32,
) -> candle_core::Result<Tensor> {
    borrow(gradient, |gradient| {
        lend(&square, |squares| {
            lend(weight, |weights| {
                let state = squares.iter_mut().zip(gradient);
                for (weight, (square, &gradient)) in weights.iter_mut().zip(state) {
                    *square = DECAY * *square + (1.0 - DECAY) * gradient * gradient;
                    *weight -= rate * gradient / (*square + EPSILON).sqrt();
                }
                Ok(())
            })
        })
    })?;
    Ok(square)
}

/// The same by candle's operations, on any device.
fn composed(
    weight: &Var,
    square: &Tensor,
    gradient: &Tensor,
    rate: f64,
) -> candle_core::Result<Tensor> {
    let fresh = gradient.sqr()?.affine(f64::from(1.0 - DECAY), 0.0)?;
    let square = square.affine(f64::from(DECAY), 0.0)?.add(&fresh)?;
    let root = square.affine(1.0, f64::from(EPSILON))?.sqrt()?;
    let way = gradient.affine(rate, 0.0)?.div(&root)?;
    weight.set(&weight.as_detached_tensor().sub(&way)?)?;
    Ok(square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Builder, Fill, Source};

    #[test]
    fn steps_follow_tensorflows_formula() {
        let builder = Builder::new(Source::seeded(1));
        let weight = builder
            .root()
            .trained("w", &[1], Fill::Constant(2.0))
            .unwrap();
        let parameters = builder.finish();
        let mut optimiser = RmsProp::default();
        let (mut w, mut s) = (2.0_f64, 1.0_f64);
        for _ in 0..3 {
            // loss = w², so the gradient is 2w.
            let loss = weight.tensor().times(&weight.tensor()).unwrap();
            let gradients = loss.mean().unwrap().backward().unwrap();
            optimiser.step(&parameters, &gradients, 0.01).unwrap();
            let g = 2.0 * w;
            s = 0.9 * s + 0.1 * g * g;
            w -= 0.01 * g / (s + 1e-10).sqrt();
        }
        let found = weight.tensor().to_number().unwrap();
        assert!((found - w).abs() < 1e-6, "{found} is not {w}");
        let square: Vec<f32> = optimiser.squares()["w"].to_vec1().unwrap();
        assert!((f64::from(square[0]) - s).abs() < 1e-5);
    }

    #[test]
    fn both_ways_lead_to_the_same_weights() {
        let device = candle_core::Device::Cpu;
        let wave = |phase: f32| {
            let samples = (0..301).map(|i| (i as f32 * 0.7 + phase).sin());
            Tensor::from_iter(samples, &device).unwrap()
        };
        let [one, other] = [0, 1].map(|_| Var::from_tensor(&wave(0.0)).unwrap());
        let ones = || wave(0.0).ones_like().unwrap();
        let (mut of_one, mut of_other) = (ones(), ones());
        for step in 1..=8 {
            let gradient = wave(step as f32);
            of_one = in_place(&one, of_one, &gradient, 1e-3).unwrap();
            of_other = composed(&other, &of_other, &gradient, 1e-3).unwrap();
        }
        for (a, b) in [(one.as_tensor(), other.as_tensor()), (&of_one, &of_other)] {
            let difference = (a - b).unwrap().abs().unwrap().max(0).unwrap();
            let difference: f32 = difference.to_scalar().unwrap();
            assert!(difference < 2e-7, "{difference}");
        }
    }
}
