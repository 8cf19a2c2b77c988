//! Checkpoints: everything a run needs to go on bit for bit, written beside the old one and then
//! moved into its place, so that a kill at any moment leaves a whole file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Adam, MovingAverage};
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
            let copy = parameter.variable.as_tensor().detach().copy()?;
            self.tensors.insert(format!("{name}.{key}"), copy);
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
                let tensor = Tensor::from_slice(moment, moment.len(), &Device::Cpu)?;
                self.tensors.insert(format!("{name}.{order}.{key}"), tensor);
            }
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
            self.tensors.insert(format!("{name}.{key}"), tensor);
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
            let stored = self.tensor(&format!("{name}.{key}"))?;
            parameter.variable.set(stored)?;
        }
        Ok(())
    }

    /// Restores an optimiser's memory.
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
                moments.insert(key.to_owned(), [tensor.to_vec1()?, second.to_vec1()?]);
            }
        }
        adam.restore(moments, steps);
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
        for key in parameters.0.keys() {
            let stored = self.tensor(&format!("{name}.{key}"))?;
            averages.insert(key.clone(), stored.flatten_all()?.to_vec1()?);
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
