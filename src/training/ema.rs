//! The moving average of a network's weights, which wobbles less than the weights themselves.

use std::collections::{BTreeMap, HashMap};

use candle_core::Tensor;

use crate::compute::Parameters;
use crate::error::Result;

/// Exponential moving averages of trained weights and running statistics, by name.
#[derive(Debug)]
pub struct MovingAverage {
    decay: f32,
    averages: BTreeMap<String, Vec<f32>>,
}

impl MovingAverage {
    /// Begins at the present weights; `decay` is the share kept at each step.
    pub fn new(parameters: &Parameters, decay: f32) -> Result<Self> {
        let mut averages = BTreeMap::new();
        for (name, parameter) in &parameters.0 {
            let samples = parameter.tensor().to_samples()?;
            averages.insert(name.clone(), samples);
        }
        Ok(Self { decay, averages })
    }

    /// Moves the averages towards the present weights. Memories that are only stored are copied:
    /// the mean of two memories is no memory.
    pub fn follow(&mut self, parameters: &Parameters) -> Result<()> {
        for (name, parameter) in &parameters.0 {
            let present = parameter.tensor().to_samples()?;
            let Some(average) = self.averages.get_mut(name) else {
                continue;
            };
            if parameter.trained || name.contains("running_") {
                for (average, present) in average.iter_mut().zip(present) {
                    *average += (1.0 - self.decay) * (present - *average);
                }
            } else {
                *average = present;
            }
        }
        Ok(())
    }

    /// Returns the averages as tensors in the shapes of `parameters`.
    pub fn tensors(&self, parameters: &Parameters) -> Result<HashMap<String, Tensor>> {
        let mut tensors = HashMap::new();
        for (name, parameter) in &parameters.0 {
            if let Some(average) = self.averages.get(name) {
                let shape = parameter.variable.shape();
                let tensor = Tensor::from_slice(average, shape, &candle_core::Device::Cpu)?;
                tensors.insert(name.clone(), tensor);
            }
        }
        Ok(tensors)
    }

    /// Takes up averages again.
    pub fn restore(&mut self, averages: BTreeMap<String, Vec<f32>>) {
        self.averages = averages;
    }
}
