//! What a score is worth: metrics with confidence intervals, operating points, cohorts, plots.
//!
//! Knows labels, scores and files of numbers; networks and windows are strangers here. Scores are
//! larger for more abnormal films, and a film is *called* abnormal when its score is **at or
//! above** the threshold.

mod baselines;
mod cohort;
mod curves;
mod intervals;
mod labels;
mod manifest;
mod operating_point;
pub mod plot;
mod scores;
mod summary;
mod table;

pub use baselines::Baselines;
pub use cohort::{Cohort, FilmRow, MapMean};
pub use curves::{PrPoint, RocPoint};
pub use intervals::{Estimate, percentile, wilson};
pub use labels::Label;
pub use manifest::{Manifest, ManifestRow};
pub use operating_point::OperatingPoint;
pub use scores::{BOOTSTRAP_REPEATS, BOOTSTRAP_SEED, LabelledScores};
pub use summary::{Area, NamedArea, OwnThreshold, Summary, scores_of};
