//! What a model says about a film: a score, maps over the image, and the regions above a threshold.
//!
//! Everything here is plain numbers in stated units; no tensor and no file.

mod agreement;
mod finding;
mod lungs;
mod map;
mod outcome;
mod regions;
mod saliency;
mod score;
mod sweep;

pub use agreement::{Agreement, Vote};
pub use finding::{Doubt, Finding, Severity, fix_of, unfit};
pub use lungs::LungField;
pub use map::{AnomalyMap, MapKind, Placed};
pub use outcome::{ModelId, Outcome, Seconds, short_hash};
pub use regions::{LEAST_REGION_CELLS, Region, Side, cells_of, regions};
pub use saliency::{adaptive_cut, kept_saliency, otsu, regions_in_lungs};
pub use score::{Score, Threshold};
