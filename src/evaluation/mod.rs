//! What a score is worth: metrics with confidence intervals, operating points, cohorts, plots; what
//! a map is worth against a reader's boxes and against opacities pasted into normal films; and how
//! several models compare and combine.
//!
//! Knows outcomes, labels, scores and files of numbers; networks and windows are strangers here. Scores are
//! larger for more abnormal films, and a film is *called* abnormal when its score is **at or
//! above** the threshold.

mod baselines;
mod boxes;
mod cohort;
mod corruption;
mod curves;
mod detection;
mod digit_anatomy;
mod ensemble;
mod film_row;
mod intervals;
mod labels;
mod localisation;
mod manifest;
mod map_numbers;
mod normal;
mod opacity;
mod operating_point;
mod overlap;
mod paired;
mod pasting;
mod perturbation;
pub mod plot;
mod score_table;
mod scores;
mod summary;
mod table;

pub use baselines::Baselines;
pub use boxes::BoxTable;
pub use cohort::Cohort;
pub use corruption::Corruption;
pub use curves::{PrPoint, RocPoint};
pub use detection::{
    DetectedFilm, Detection, FROC_RATES, FrocPoint, detection_average_precision, froc,
};
pub use digit_anatomy::{Anatomy, DIGIT_SIDE, DigitPicture, Digits, PICTURE_SIDE};
pub use ensemble::{ENSEMBLE_FORMULA, NormalScale};
pub use film_row::FilmRow;
pub use intervals::{Estimate, LEAST_FOR_INTERVAL, Mean, Share, percentile, wilson};
pub use labels::Label;
pub use localisation::{Localisation, NamedShare, OverlapPrecision};
pub use manifest::{Manifest, ManifestRow};
pub use map_numbers::MapNumbers;
pub use opacity::{PASTED_AMPLITUDES, PastedOpacity};
pub use operating_point::OperatingPoint;
pub use overlap::{MaskOverlap, box_iou, holds, pixel_scores};
pub use paired::Comparison;
pub use pasting::{PastedLevel, PastedMap, PastedTrial, pasted_levels};
pub use perturbation::Perturbation;
pub use score_table::{ScoredFilm, films_in_common, read_scores, split_by_label};
pub use scores::{BOOTSTRAP_REPEATS, BOOTSTRAP_SEED, LabelledScores};
pub use summary::{Area, LungField, NamedArea, OwnThreshold, Summary, scores_of};
pub use table::write_table;
