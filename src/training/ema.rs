//! The moving average of a network's weights, which wobbles less than the weights themselves.
//!
//! The averages live where the weights do, and never visit the processor.

use std::collections::{BTreeMap, HashMap};

use candle_core::Tensor;

use super::lent::{borrow, can_be_lent, lend};
use crate::compute::Parameters;
use crate::error::Result;

/// Exponential moving averages of trained weights and running statistics, by name.
#[derive(Debug)]
pub struct MovingAverage {
    decay: f32,
    averages: BTreeMap<String, Tensor>,
}

impl MovingAverage {
    /// Begins at the present weights; `decay` is the share kept at each step.
    pub fn new(parameters: &Parameters, decay: f32) -> Result<Self> {
        let mut averages = BTreeMap::new();
        for (name, parameter) in &parameters.0 {
            let present = parameter.variable.as_detached_tensor().copy()?;
            averages.insert(name.clone(), present);
        }
        Ok(Self { decay, averages })
    }

    /// Moves the averages towards the present weights. Memories that are only stored are copied:
    /// the mean of two memories is no memory.
    pub fn follow(&mut self, parameters: &Parameters) -> Result<()> {
        for (name, parameter) in &parameters.0 {
            let Some(average) = self.averages.get_mut(name) else {
                continue;
            };
            let present = parameter.variable.as_detached_tensor();
            if !parameter.trained && !name.contains("running_") {
                average.slice_set(&present, 0, 0)?;
            } else if can_be_lent(average) {
                approach(average, &present, 1.0 - self.decay)?;
            } else {
                *average = approached(average, &present, 1.0 - self.decay)?;
            }
        }
        Ok(())
    }

    /// Returns copies of the averages in the shapes of `parameters`, on their device.
    pub fn tensors(&self, parameters: &Parameters) -> Result<HashMap<String, Tensor>> {
        let mut tensors = HashMap::new();
        for name in parameters.0.keys() {
            if let Some(average) = self.averages.get(name) {
                tensors.insert(name.clone(), average.copy()?);
            }
        }
        Ok(tensors)
    }

    /// Takes up averages again, each in its weight's shape and on its device.
    pub fn restore(&mut self, averages: BTreeMap<String, Tensor>) {
        self.averages = averages;
    }
}

/// Overwrites the average on the processor in one pass.
fn approach(average: &Tensor, present: &Tensor, share: f32) -> candle_core::Result<()> {
    borrow(present, |present| {
        lend(average, |average| {
            for (average, present) in average.iter_mut().zip(present) {
                *average += share * (present - *average);
            }
            Ok(())
        })
    })
}

/// The same by candle's operations, on any device.
fn approached(average: &Tensor, present: &Tensor, share: f32) -> candle_core::Result<Tensor> {
    let way = present.sub(average)?.affine(f64::from(share), 0.0)?;
    average.add(&way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Builder, Fill, Source};

    #[test]
    fn weights_are_averaged_and_memories_copied() {
        let builder = Builder::new(Source::seeded(1));
        let root = builder.root();
        let one = Fill::Constant(1.0);
        let weight = root.trained("weight", &[2, 2], one).unwrap();
        let running = root.stored("running_mean", &[2], one).unwrap();
        let memory = root.stored("memMatrix", &[3, 1], one).unwrap();
        let parameters = builder.finish();
        let mut average = MovingAverage::new(&parameters, 0.75).unwrap();
        for parameter in [&weight, &running, &memory] {
            let five = parameter.variable.as_detached_tensor();
            let five = five.affine(0.0, 5.0).unwrap();
            parameter.variable.set(&five).unwrap();
        }
        average.follow(&parameters).unwrap();
        let before = average.tensors(&parameters).unwrap();
        average.follow(&parameters).unwrap();
        let after = average.tensors(&parameters).unwrap();
        for (name, first, second) in [
            ("weight", 2.0, 2.75),
            ("running_mean", 2.0, 2.75),
            ("memMatrix", 5.0, 5.0),
        ] {
            for (tensors, expected) in [(&before, first), (&after, second)] {
                let tensor = &tensors[name];
                assert_eq!(tensor.dims(), parameters.0[name].variable.dims(), "{name}");
                let samples: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
                assert!(samples.iter().all(|&sample| sample == expected), "{name}");
            }
        }
    }

    #[test]
    fn both_ways_average_alike() {
        let wave = |phase: f32| {
            let samples = (0..301).map(|i| (i as f32 * 0.7 + phase).sin());
            Tensor::from_iter(samples, &candle_core::Device::Cpu).unwrap()
        };
        let (average, mut other) = (wave(0.0), wave(0.0));
        for step in 1..9 {
            approach(&average, &wave(step as f32), 0.1).unwrap();
            other = approached(&other, &wave(step as f32), 0.1).unwrap();
        }
        let difference = (average - other).unwrap().abs().unwrap().max(0).unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-7);
    }
}
