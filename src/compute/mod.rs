//! Tensors and devices: the one place that knows what computes.
//!
//! Networks are written once, against [`Tensor`]. Its candle arm computes at once and
//! differentiates: all training, and CUDA. Its recorded arm writes down what a network does, so
//! that a [`Runner`] can lay it out once and run it again and again on an engine of our own: one
//! for processors, one for any GPU that wgpu reaches. Convolution, batch normalisation, bilinear
//! enlargement and the fused activations of the candle arm are written here because candle's are
//! slow on the CPU or have wrong gradients; everything else is candle's.

mod convolution;
mod cpu;
mod cuda;
mod device;
mod gpu;
mod halving;
mod interruption;
mod layers;
mod matrix;
mod norm;
mod parameters;
mod plain;
mod planes;
mod pointwise;
mod program;
mod resample;
mod runner;
mod slices;
mod tensor;

pub use convolution::Stepping;
pub(crate) use cuda::{AdamStep, adam_in_place, round_factors};
pub use device::{Device, DeviceKind, DeviceRequest};
pub(crate) use gpu::completed;
pub use gpu::{Gpu, GpuWatch, Precision};
pub use interruption::interruptible;
pub use layers::{
    BatchNorm, Conv2d, ConvTransposed2d, Convention, ImageNorm, InstanceNorm, LayerNorm, Linear,
    Mode, SampleNorm,
};
pub use norm::Then;
pub use parameters::{Builder, Fill, Parameter, Parameters, Scope, Source};
#[cfg(test)]
pub(crate) use plain::forced::as_on_another_device;
pub use program::StepTime;
pub use runner::{Input, Output, Runner};
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
