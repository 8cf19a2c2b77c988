//! Public checkpoints become this program's weights.
//!
//! [`Checkpoint`] reads files without running anything in them. Each network's folder says what its
//! papers' public code calls its state dicts ([`Known`]) and which weights it needs; [`import`] finds
//! those state dicts, whatever dictionaries they lie in, and accounts for every tensor. Nothing is
//! imported that would compute something else than the public code.

mod archive;
mod asked;
mod checkpoint;
mod legacy;
mod machine;
mod mapping;
mod numbers;
mod pickle;
mod recognition;
mod torch;

pub use asked::Asked;
pub use checkpoint::Checkpoint;
pub use mapping::{Fate, Import, Line, Weights, import};

use super::Stored;
use crate::error::{Error, ErrorKind, Result};

/// How a network's public checkpoints are imported.
pub struct Importer {
    /// The networks it is made of.
    pub parts: &'static [Part],
    /// State dicts that public code of the paper writes.
    pub known: &'static [Known],
    /// What state dicts hold beside weights: part of a name, and why it is left out.
    pub ignored: &'static [(&'static str, &'static str)],
    /// Builds the network from sizes read off the weights, to learn what it needs.
    pub lay_out: fn(&Stored, &Asked) -> Result<Layout>,
}

/// What was read off a checkpoint's weights.
#[derive(Default)]
pub struct Layout {
    /// The settings that running the network with them takes, each `key=value`.
    pub settings: Vec<String>,
    /// What is there and takes no part in this configuration: the beginning of weights' names, and why.
    pub unused: &'static [(&'static str, &'static str)],
    /// What a checkpoint does not tell and is taken for granted.
    pub notes: &'static [&'static str],
}

/// A network that others are used with.
pub struct Part {
    /// The beginning of its weights' names, as in `G`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Whether nothing can be computed without it.
    pub required: bool,
}

/// A state dict that can be told by its names.
pub struct Known {
    /// What it is, as in “a HealthyGAN generator”.
    pub title: &'static str,
    /// Tensors it always has, with their numbers of dimensions; together in no other known one.
    pub marks: &'static [(&'static str, usize)],
    /// A weight that is there, and whether its first size is one: what tells a critic from an encoder of
    /// the same make.
    pub one_output: Option<(&'static str, bool)>,
    /// The network's part that it is, by the part's name.
    pub part: &'static str,
}

/// PyTorch counts batches; nothing is computed from it.
pub(super) const BATCH_COUNTER: (&str, &str) = (
    "num_batches_tracked",
    "a counter, from which nothing is computed",
);

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

/// The weights belong to another network, or to another configuration of it.
pub(super) fn wrong_model(message: impl Into<String>, advice: impl Into<String>) -> Error {
    Error::new(ErrorKind::WrongModel, message, advice)
}
