//! Public checkpoints become this program's weights.
//!
//! [`Checkpoint`] reads files without running anything in them.

mod archive;
mod checkpoint;
mod legacy;
mod machine;
mod numbers;
mod pickle;
mod torch;

pub use checkpoint::Checkpoint;

use crate::error::{Error, ErrorKind};

/// The numbers of a file are not what they should be.
fn corrupt(message: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::CorruptWeights,
        message,
        "Get the checkpoint again from where it came.",
    )
}

/// A file is valid, perhaps, but of a form that is not read.
fn unsupported(message: impl Into<String>) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        message,
        "Where you trust the file, load it in PyTorch and save its state dict with torch.save or as safetensors.",
    )
}
