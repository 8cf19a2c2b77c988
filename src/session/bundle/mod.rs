//! A reading saved and opened again: the films by the hashes of their contents, how they were seen,
//! the marks, and what models said, which is computed anew and compared.

mod comparing;
mod finding;
mod greys;
mod opening;
mod record;
mod saved;
mod saving;
#[cfg(test)]
mod tests;

pub(super) use comparing::Awaited;
pub(super) use greys::GreysRecord;
pub(super) use opening::Bundles;
pub use saved::{SavedMarks, SavedReading, SavedResult, SavedView};
