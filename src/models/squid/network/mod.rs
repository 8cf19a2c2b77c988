//! SQUID's two networks: the in-painting autoencoder and the discriminator.
//!
//! Xiang et al., *SQUID: Deep Feature In-Painting for Unsupervised Anomaly Detection*, CVPR 2023.
//! Where paper and public code differ, the code is followed; names are those of its state dict.
//! Shapes are for the published configuration: side 128, root 32, batch `B`, `P = 4B` patches.

mod blocks;
mod discriminator;
mod generator;
mod inpaint;
mod memory;
mod neighbours;

pub use crate::models::trace::Trace;
pub use discriminator::{Discriminator, Norm};
pub use generator::{Generator, Reconstruction};
pub use memory::Shortcut;
