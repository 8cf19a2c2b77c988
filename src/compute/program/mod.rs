//! Inference: a network is recorded once for an input size, simplified, laid out in one arena, and
//! then run again and again by an engine that allocates nothing.

#[cfg(test)]
pub(crate) mod reference;
mod step;

pub(crate) use step::*;
