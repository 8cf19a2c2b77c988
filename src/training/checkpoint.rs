//! Checkpoints: everything a run needs to go on bit for bit, written beside the old one and then
//! moved into its place, so that a kill at any moment leaves a whole file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Adam, MovingAverage, RmsProp};
use crate::compute::Parameters;
use crate::error::{Error, ErrorKind, Result};

/// Named tensors and the run's place, on their way to or from disk.
#[derive(Debug, Default)]
pub struct Checkpoint {
    tensors: HashMap<String, Tensor>,
}

const PLACE: &str = "run";

impl Checkpoint {
    /// Adds the weights of a network under a name.
    pub fn add_parameters(&mut self, name: &str, parameters: &Parameters) -> Result<()> {
        for (key, parameter) in &parameters.0 {
            let present = parameter.variable.as_detached_tensor();
            self.tensors
                .insert(format!("{name}.{key}"), kept(&present)?);
        }
        Ok(())
    }

    /// Adds numbers under a name.
    pub fn add_numbers(&mut self, name: &str, numbers: &[f64]) -> Result<()> {
        let tensor = Tensor::from_slice(numbers, numbers.len(), &Device::Cpu)?;
        self.tensors.insert(name.to_owned(), tensor);
        Ok(())
    }

    /// Returns numbers that were stored under a name.
    ///
    /// # Errors
    /// When there are none.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        Ok(self.tensor(name)?.to_vec1()?)
    }

    /// Adds an optimiser's memory under a name.
    pub fn add_adam(&mut self, name: &str, adam: &Adam) -> Result<()> {
        self.add_numbers(&format!("{name}.steps"), &[adam.steps as f64])?;
        for (key, moments) in adam.moments() {
            for (order, moment) in moments.iter().enumerate() {
                self.tensors
                    .insert(format!("{name}.{order}.{key}"), kept(moment)?);
            }
        }
        Ok(())
    }

    /// Adds an optimiser's memory under a name.
    pub fn add_rms_prop(&mut self, name: &str, optimiser: &RmsProp) -> Result<()> {
        for (key, square) in optimiser.squares() {
            self.tensors.insert(format!("{name}.{key}"), kept(square)?);
        }
        Ok(())
    }

    /// Adds moving averages under a name.
    pub fn add_average(
        &mut self,
        name: &str,
        average: &MovingAverage,
        parameters: &Parameters,
    ) -> Result<()> {
        for (key, tensor) in average.tensors(parameters)? {
            self.tensors.insert(format!("{name}.{key}"), kept(&tensor)?);
        }
        Ok(())
    }

    /// Writes the tensors and the run's place to `path`.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written; the old checkpoint then stays.
    pub fn write(&self, path: &Path, place: &impl Serialize) -> Result<()> {
        let place = serde_json::to_string(place)
            .map_err(|cause| Error::internal(format!("the run's place: {cause}")))?;
        let metadata = HashMap::from([(PLACE.to_owned(), place)]);
        let mut sorted: Vec<_> = self.tensors.iter().collect();
        sorted.sort_by_key(|(name, _)| name.as_str());
        let bytes = safetensors::serialize(sorted, Some(metadata))
            .map_err(|cause| Error::internal(format!("the checkpoint: {cause}")))?;
        let partial = path.with_extension("partial");
        std::fs::write(&partial, bytes)
            .and_then(|()| std::fs::rename(&partial, path))
            .map_err(|cause| Error::unwritable("the checkpoint", &cause))
    }

    /// Reads a checkpoint and the run's place.
    ///
    /// # Errors
    /// When the file is missing, damaged, or no checkpoint.
    pub fn read<P: DeserializeOwned>(path: &Path) -> Result<(Self, P)> {
        let bytes = std::fs::read(path).map_err(|cause| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the checkpoint cannot be read: {cause}"),
                "Start without --resume, or name the folder of the run to go on with.",
            )
        })?;
        let damaged = |cause: String| {
            Error::new(
                ErrorKind::Damaged,
                format!("the checkpoint cannot be understood: {cause}"),
                "Start without --resume.",
            )
        };
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes)
            .map_err(|cause| damaged(cause.to_string()))?;
        let place = header.metadata().as_ref().and_then(|all| all.get(PLACE));
        let place = place.ok_or_else(|| damaged("it does not say where the run was".to_owned()))?;
        let place = serde_json::from_str(place).map_err(|cause| damaged(cause.to_string()))?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?;
        Ok((Self { tensors }, place))
    }

    /// Overwrites a network's weights with the stored ones.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn restore_parameters(&self, name: &str, parameters: &Parameters) -> Result<()> {
        for (key, parameter) in &parameters.0 {
            let variable = &parameter.variable;
            let stored = self.tensor(&format!("{name}.{key}"))?;
            variable.set(&stored.to_device(variable.device())?)?;
        }
        Ok(())
    }

    /// Restores an optimiser's memory, which moves to its weights' device at the next step.
    ///
    /// # Errors
    /// When it is missing.
    pub fn restore_adam(&self, name: &str, adam: &mut Adam) -> Result<()> {
        let steps = self.numbers(&format!("{name}.steps"))?;
        let steps = steps.first().map_or(0, |steps| *steps as u64);
        let mut moments = BTreeMap::new();
        let first = format!("{name}.0.");
        for (key, tensor) in &self.tensors {
            if let Some(key) = key.strip_prefix(&first) {
                let second = self.tensor(&format!("{name}.1.{key}"))?;
                moments.insert(key.to_owned(), [tensor.copy()?, second.copy()?]);
            }
        }
        adam.restore(moments, steps);
        Ok(())
    }

    /// Restores an optimiser's memory, which moves to its weights' device at the next step.
    pub fn restore_rms_prop(&self, name: &str, optimiser: &mut RmsProp) -> Result<()> {
        let prefix = format!("{name}.");
        let mut squares = BTreeMap::new();
        for (key, tensor) in &self.tensors {
            if let Some(key) = key.strip_prefix(&prefix) {
                squares.insert(key.to_owned(), tensor.copy()?);
            }
        }
        optimiser.restore(squares);
        Ok(())
    }

    /// Restores moving averages.
    pub fn restore_average(
        &self,
        name: &str,
        average: &mut MovingAverage,
        parameters: &Parameters,
    ) -> Result<()> {
        let mut averages = BTreeMap::new();
        for (key, parameter) in &parameters.0 {
            let variable = &parameter.variable;
            let stored = self.tensor(&format!("{name}.{key}"))?;
            let stored = stored.to_device(variable.device())?;
            let average = stored.reshape(variable.shape().clone())?.copy()?;
            averages.insert(key.clone(), average);
        }
        average.restore(averages);
        Ok(())
    }

    fn tensor(&self, name: &str) -> Result<&Tensor> {
        self.tensors.get(name).ok_or_else(|| {
            Error::new(
                ErrorKind::WrongModel,
                format!("the checkpoint lacks “{name}”"),
                "It belongs to another model or preset; start without --resume.",
            )
        })
    }
}

/// A copy on the processor, which later steps do not change.
fn kept(tensor: &Tensor) -> Result<Tensor> {
    if tensor.device().is_cpu() {
        return Ok(tensor.copy()?);
    }
    Ok(tensor.to_device(&Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{Builder, Fill, Source};
    use crate::training::AdamSettings;

    const SETTINGS: AdamSettings = AdamSettings {
        beta1: 0.5,
        beta2: 0.999,
        epsilon: 1e-8,
        decay: 0.0,
    };

    /// A weight with both optimisers and an average, which move it in turn.
    struct Moved(Parameters, Adam, RmsProp, MovingAverage);

    impl Moved {
        fn new() -> Self {
            let builder = Builder::new(Source::seeded(1));
            let fill = Fill::Uniform(1.0);
            builder.root().trained("w", &[2, 3], fill).unwrap();
            let weights = builder.finish();
            let average = MovingAverage::new(&weights, 0.9).unwrap();
            Self(weights, Adam::new(SETTINGS), RmsProp::default(), average)
        }

        fn step(&mut self) {
            let weight = self.0.0["w"].tensor();
            let loss = weight.times(&weight).unwrap().mean().unwrap();
            let gradients = loss.backward().unwrap();
            self.1.step(&self.0, &gradients, 0.01).unwrap();
            self.2.step(&self.0, &gradients, 0.01).unwrap();
            self.3.follow(&self.0).unwrap();
        }

        fn samples(&self) -> [Vec<f32>; 2] {
            let average = &self.3.tensors(&self.0).unwrap()["w"];
            let weight = self.0.0["w"].tensor();
            [weight, average.clone().into()].map(|tensor| tensor.to_samples().unwrap())
        }
    }

    #[test]
    fn both_optimisers_and_the_average_go_on_where_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let mut whole = Moved::new();
        (0..3).for_each(|_| whole.step());
        let mut checkpoint = Checkpoint::default();
        checkpoint.add_parameters("W", &whole.0).unwrap();
        checkpoint.add_adam("adam", &whole.1).unwrap();
        checkpoint.add_rms_prop("rms", &whole.2).unwrap();
        checkpoint
            .add_average("average", &whole.3, &whole.0)
            .unwrap();
        // What is kept does not follow the steps taken before it is written.
        (0..2).for_each(|_| whole.step());
        checkpoint.write(&path, &3).unwrap();

        let mut resumed = Moved::new();
        let (checkpoint, _): (_, u64) = Checkpoint::read(&path).unwrap();
        checkpoint.restore_parameters("W", &resumed.0).unwrap();
        let Moved(weights, adam, rms, average) = &mut resumed;
        checkpoint.restore_adam("adam", adam).unwrap();
        checkpoint.restore_rms_prop("rms", rms).unwrap();
        checkpoint
            .restore_average("average", average, weights)
            .unwrap();
        (0..2).for_each(|_| resumed.step());
        assert_eq!(resumed.samples(), whole.samples());
    }
}
