//! Inference: a network is recorded once for an input size, simplified, laid out in one arena, and
//! then run again and again by an engine that allocates nothing.

mod arena;
mod cost;
mod graph;
mod lower;
mod phases;
mod record;
#[cfg(test)]
pub(crate) mod reference;
mod simplify;
mod step;
#[cfg(test)]
mod tests;
mod value;

pub use cost::StepTime;
pub(crate) use lower::plan;
pub use record::Recorded;
pub(crate) use record::{Fixed, record};
pub(crate) use step::*;
