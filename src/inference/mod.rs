//! The worker thread that owns the loaded models and the device.
