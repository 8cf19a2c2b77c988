//! Tensors and devices: the one place that knows what computes.
//!
//! Networks are written once, against [`Tensor`]. Its candle arm serves the CPU and all training;
//! an arm for other GPUs joins it as another variant. Convolution, batch normalisation, bilinear
//! enlargement and the fused activations are written here because candle's are slow on the CPU or
//! have wrong gradients; everything else is candle's.

mod convolution;
pub mod cuda;
mod device;
mod layers;
mod matrix;
mod norm;
mod parameters;
mod plain;
mod planes;
mod pointwise;
mod program;
mod resample;
mod slices;
mod tensor;

pub use convolution::Stepping;
pub use device::Device;
pub use layers::{BatchNorm, Conv2d, LayerNorm, Linear, Mode};
pub use norm::Then;
pub use parameters::{Builder, Fill, Parameter, Parameters, Scope, Source};
pub use tensor::{Gradients, Tensor};

use crate::error::{Error, ErrorKind};

impl From<candle_core::Error> for Error {
    fn from(cause: candle_core::Error) -> Self {
        Self::new(
            ErrorKind::Internal,
            format!("a tensor operation failed: {cause}"),
            "Check that the weights belong to this network; otherwise this is a fault of the program.",
        )
    }
}
