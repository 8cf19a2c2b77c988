//! Tensors and devices: the one place that knows what computes.

mod device;

pub use device::Device;
