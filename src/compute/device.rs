//! The devices a network can run on.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// A device a network can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor, on all cores.
    #[default]
    Cpu,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "auto" | "cpu" => Ok(Self::Cpu),
            "cuda" | "wgpu" => Err(Error::new(
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
