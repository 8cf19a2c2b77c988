//! The devices a network can run on.

use std::fmt;
use std::str::FromStr;

use super::Tensor;
use crate::error::{Error, ErrorKind, Result};

/// A device a network can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor, on all cores.
    #[default]
    Cpu,
    /// The first NVIDIA GPU, in builds with CUDA.
    Cuda,
}

impl Device {
    /// Opens the device for candle.
    ///
    /// # Errors
    /// When this build or this machine cannot compute on it.
    pub(crate) fn open(self) -> Result<candle_core::Device> {
        match self {
            Self::Cpu => Ok(candle_core::Device::Cpu),
            Self::Cuda => super::cuda::open(),
        }
    }

    /// Refuses every device but the CPU, for `what` runs there alone.
    ///
    /// # Errors
    /// When this is another device.
    pub fn cpu_for(self, what: &str) -> Result<()> {
        match self {
            Self::Cpu => Ok(()),
            other => Err(Error::new(
                ErrorKind::Device,
                format!("{what} on {other} is not built in; it runs on the CPU"),
                "Use --device cpu or --device auto.",
            )),
        }
    }

    /// Makes a tensor of f32 samples on the device.
    ///
    /// # Errors
    /// When the device cannot be opened, or the shape does not hold as many samples.
    pub fn tensor(self, samples: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
        let tensor = candle_core::Tensor::from_vec(samples, shape, &self.open()?)?;
        Ok(Tensor::Candle(tensor))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda => f.write_str("cuda"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" | "cpu" => Ok(Self::Cpu),
            // Whether it can be opened is asked when something is to run on it.
            "cuda" => Ok(Self::Cuda),
            "wgpu" => Err(Error::new(
                ErrorKind::Device,
                format!("this build computes on the CPU only; it has no {name} arm"),
                "Use --device cpu or --device auto.",
            )),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("“{other}” is no device"),
                "Use auto, cpu, wgpu or cuda.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_can_still_be_named() {
        let device: Device = "cuda".parse().unwrap();
        assert_eq!(device.to_string(), "cuda");
        assert_eq!(
            device.cpu_for("training").unwrap_err().kind,
            ErrorKind::Device
        );
        assert!(Device::default().cpu_for("training").is_ok());
        assert!("abacus".parse::<Device>().is_err());
    }
}
