//! Silhouette: a chest X-ray viewer that shows, beside a film, what this patient would look like
//! healthy, and where the difference lies.
//!
//! # Tour
//!
//! One package, rooms in a strict order. A room uses only rooms to its left; those in braces do
//! not know each other. `tests/import_order.rs` reads every import and fails on an upward one.
//!
//! ```text
//! error < task < radiograph < anomaly < { files, compute, display, evaluation }
//!       < training < models < inference < session < ui < cli < main
//! ```
//!
//! * [`error`], [`task`]: how things fail, and how long work reports progress and is cancelled.
//! * [`radiograph`]: what an X-ray image is. Samples after the Modality LUT, the VOI curves that
//!   turn them into greys, and how far apart two pixels are.
//! * [`anomaly`]: what a model says about a film. Maps, thresholds, regions, scores.
//! * [`files`]: disk to domain and back, opened by content and never by extension.
//! * [`compute`]: tensors and devices; networks recorded once and run by engines of our own.
//! * [`display`]: domain to pixels, on the GPU for the window and on the CPU for exports and tests.
//! * [`evaluation`]: what a score is worth, with confidence intervals.
//! * [`training`]: what training loops share, whatever the model.
//! * [`models`]: one folder per paper.
//! * [`inference`]: the worker thread that owns the loaded models.
//! * [`session`]: everything the user has open and chosen; [`ui`] draws it, [`cli`] does without.
//!
//! Three flows cross the rooms. A film is *shown*: samples go to a texture once, and dragging the
//! window rewrites one grey ramp. It is *analysed*: the worker runs preprocess → network → maps and
//! sends back plain vectors. It is *exported*: the CPU renderer draws the same picture at native
//! resolution.

pub mod anomaly;
pub mod cli;
pub mod compute;
pub mod display;
pub mod error;
pub mod evaluation;
pub mod files;
pub mod inference;
pub mod models;
pub mod radiograph;
pub mod session;
pub mod task;
pub mod training;
pub mod ui;

pub use error::{Error, ErrorKind, Result};
