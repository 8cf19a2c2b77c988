//! The devices a network can run on.

use std::fmt;
use std::str::FromStr;

use super::cuda::Cuda;
use super::gpu::{Gpu, Precision};
use crate::error::{Error, ErrorKind, Result};

/// A kind of device, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DeviceKind {
    /// CUDA where this build and machine have it, else a hardware GPU, else the processor.
    #[default]
    Auto,
    /// The processor, on all cores.
    Cpu,
    /// Any GPU that wgpu reaches (Vulkan, Metal, Direct3D 12), a software one as the last resort.
    Wgpu,
    /// An NVIDIA GPU through CUDA.
    Cuda,
}

/// What a network is to run on: a kind of device, and the GPU the window draws with.
#[derive(Clone, Debug, Default)]
pub struct DeviceRequest {
    /// The kind.
    pub kind: DeviceKind,
    /// The window's GPU, which is then shared instead of opening a second one.
    pub window: Option<Gpu>,
}

/// A device that is open.
#[derive(Clone, Debug)]
pub enum Device {
    /// The processor, on all cores.
    Cpu,
    /// A GPU through wgpu.
    Wgpu(Gpu),
    /// An NVIDIA GPU through CUDA.
    Cuda(Cuda),
}

impl DeviceKind {
    /// Opens a device of this kind.
    ///
    /// # Errors
    /// As [`DeviceRequest::open`].
    pub fn open(self) -> Result<Device> {
        DeviceRequest::from(self).open()
    }

    /// Opens a device of this kind that can train: CUDA where asked for or, for any kind, where
    /// there is one, else the processor.
    ///
    /// # Errors
    /// When there is no device of the kind that was asked for, and for wgpu, whose engine runs
    /// recorded networks and computes no gradients.
    pub fn open_for_training(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => super::cuda::open_for_training().map(Device::Cuda),
            Self::Auto => match super::cuda::open_for_training() {
                Ok(cuda) => Ok(Device::Cuda(cuda)),
                Err(error) => {
                    log::info!("training computes on the processor: {}", error.message);
                    Ok(Device::Cpu)
                }
            },
            Self::Wgpu => Err(Error::new(
                ErrorKind::Device,
                "training was asked for on wgpu, whose engine runs networks but computes no \
                 gradients",
                "Use --device cuda, cpu or auto.",
            )),
        }
    }
}

impl From<DeviceKind> for DeviceRequest {
    fn from(kind: DeviceKind) -> Self {
        Self { kind, window: None }
    }
}

impl DeviceRequest {
    /// Opens the device.
    ///
    /// # Errors
    /// When there is no device of the kind that was asked for: what was looked for, what was found
    /// and what to do. Asking for any kind never fails.
    pub fn open(&self) -> Result<Device> {
        match self.kind {
            DeviceKind::Cpu => Ok(Device::Cpu),
            DeviceKind::Cuda => cuda(),
            DeviceKind::Wgpu => self.any_gpu().map(Device::Wgpu),
            DeviceKind::Auto => Ok(self.best()),
        }
    }

    fn best(&self) -> Device {
        let refused = |error: &Error| log::info!("not computing there: {}", error.message);
        match cuda() {
            Ok(device) => return device,
            Err(error) => refused(&error),
        }
        match self.hardware() {
            Ok(gpu) => Device::Wgpu(gpu),
            Err(error) => {
                refused(&error);
                Device::Cpu
            }
        }
    }

    fn any_gpu(&self) -> Result<Gpu> {
        match (self.hardware(), &self.window) {
            (Ok(gpu), _) => Ok(gpu),
            (Err(_), Some(software)) => Ok(software.clone()),
            (Err(_), None) => Gpu::open(true),
        }
    }

    /// The window's GPU, or another where that only pretends to be one: a window that is seen from afar
    /// may be drawn in software on a machine that has a GPU.
    fn hardware(&self) -> Result<Gpu> {
        match &self.window {
            Some(gpu) if !gpu.is_software() => Ok(gpu.clone()),
            _ => Gpu::open(false),
        }
    }
}

fn cuda() -> Result<Device> {
    super::cuda::open().map(Device::Cuda)
}

impl Device {
    /// The candle device that weights live on: a GPU engine uploads its own.
    pub fn candle(&self) -> candle_core::Device {
        match self {
            Self::Cpu | Self::Wgpu(_) => candle_core::Device::Cpu,
            Self::Cuda(cuda) => cuda.device.clone(),
        }
    }

    /// The same device; on CUDA, weights that are built on it and samples are stored in this precision.
    #[must_use]
    pub fn storing(&self, precision: Precision) -> Self {
        match self {
            Self::Cuda(cuda) => Self::Cuda(cuda.clone().storing(precision)),
            other => other.clone(),
        }
    }

    /// The type of numbers that weights are built in.
    pub(super) fn dtype(&self) -> candle_core::DType {
        match self {
            Self::Cpu | Self::Wgpu(_) => candle_core::DType::F32,
            Self::Cuda(cuda) => cuda.dtype(),
        }
    }

    /// Says whether the processor computes.
    pub fn is_cpu(&self) -> bool {
        matches!(self, Self::Cpu)
    }

    /// The kind and, of a GPU, its name: `wgpu (NVIDIA H200)`.
    pub fn description(&self) -> String {
        match self {
            Self::Wgpu(gpu) => format!("{self} ({})", gpu.name()),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Wgpu(_) => "wgpu",
            Self::Cuda(_) => "cuda",
        })
    }
}

impl FromStr for DeviceKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "wgpu" => Ok(Self::Wgpu),
            "cuda" => Ok(Self::Cuda),
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
    fn training_takes_cuda_or_the_processor_and_refuses_wgpu_by_name() {
        let device = DeviceKind::Auto.open_for_training().unwrap();
        assert_eq!(
            matches!(device, Device::Cuda(_)),
            super::super::cuda::open().is_ok()
        );
        assert!(DeviceKind::Cpu.open_for_training().unwrap().is_cpu());
        let error = DeviceKind::Wgpu.open_for_training().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Device);
        assert!(error.message.contains("wgpu"), "{}", error.message);
    }

    #[test]
    fn any_device_can_be_had_and_the_processor_always() {
        assert!(matches!(
            "cpu".parse::<DeviceKind>().unwrap().open(),
            Ok(Device::Cpu)
        ));
        let best = DeviceKind::Auto.open().unwrap();
        if let Device::Wgpu(gpu) = &best {
            assert!(!gpu.is_software(), "a software GPU was taken unasked");
        }
        assert!("gpu".parse::<DeviceKind>().is_err());
    }
}
