//! The end of every training run: weights as they are stored, and the card beside them.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::Tensor;

use super::yardstick::{LOWER_NORMALS, QUIET_NORMALS, quantile};
use super::{Card, Entry, TrainingFacts, WeightsFile, write_tensors};
use crate::anomaly::{MapKind, Threshold, short_hash};
use crate::error::Result;
use crate::training::{Behind, Lineage, RunSettings, WeightsFolders};

/// Where a finished run of a model leaves its weights and its card.
pub(super) struct Finishing<'a> {
    entry: &'a Entry,
    settings: &'a RunSettings,
}

impl<'a> Finishing<'a> {
    pub(super) fn new(entry: &'a Entry, settings: &'a RunSettings) -> Self {
        Self { entry, settings }
    }

    fn weights(&self) -> PathBuf {
        self.settings.out.join(weights_name(self.entry))
    }

    /// Writes tensors without calibration and reads them back, so that what is calibrated are the
    /// weights as they are stored.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn as_stored(
        &self,
        tensors: &HashMap<String, Tensor>,
    ) -> Result<HashMap<String, Tensor>> {
        write_tensors(&self.weights(), tensors.clone())?;
        WeightsFile::read(&self.weights())?.tensors()
    }

    /// Writes the calibrated weights, and the card with their checksum.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn write(&self, tensors: HashMap<String, Tensor>, card: Card) -> Result<()> {
        write_tensors(&self.weights(), tensors)?;
        let sha256 = WeightsFile::read(&self.weights())?.sha256;
        let path = WeightsFolders::card(&self.settings.out, self.entry.id);
        Card { sha256, ..card }.write(&path)
    }

    /// Returns how the weights were made, from one folder of normal films, but for the choice of a
    /// checkpoint.
    pub(super) fn facts(&self, films: usize, behind: &Behind) -> TrainingFacts {
        TrainingFacts {
            data: "the folder of normal films given to the command".to_owned(),
            licence: String::new(),
            films,
            command: self.settings.command.clone(),
            epochs: behind.epochs,
            minutes: behind.minutes,
            begun_with: behind.lineage.as_ref().map(told),
            device: self.settings.device.to_string(),
            choice: String::new(),
        }
    }

    /// Returns a card of networks that see `side`² pixels, measured on normal films kept out of
    /// training: their scores, and for each the lowest cut that leaves its default map without a
    /// region. Scores and maps are in `unit`.
    pub(super) fn card(
        &self,
        side: usize,
        training: TrainingFacts,
        measured: Measured<'_>,
    ) -> Card {
        let mut scores = measured.scores;
        scores.sort_by(f32::total_cmp);
        let cut = quantile(&measured.cuts, QUIET_NORMALS);
        let count = scores.len();
        let unit = measured.unit;
        Card {
            id: self.entry.id.to_owned(),
            title: self.entry.title.to_owned(),
            paper: self.entry.paper.to_owned(),
            task: self.entry.task.to_owned(),
            preset: self.settings.preset.clone(),
            input_size: (side, side),
            weights: weights_name(self.entry),
            sha256: String::new(),
            training,
            metrics: Vec::new(),
            maps: Vec::new(),
            default_map: MapKind::Residue,
            map_scale: (0.0, (2.0 * cut).ceil()),
            threshold: of_normals(cut, unit, ("no region on", QUIET_NORMALS), count),
            score_threshold: score_threshold(&scores, unit),
            normal_scores: scores,
            averages_shifts: false,
            most_copy_error: measured.most_copy_error,
            trained_ages_years: None,
            intended_use:
                "Research on anomaly detection in frontal chest films. Not for diagnosis."
                    .to_owned(),
            limits: Vec::new(),
        }
    }
}

/// What calibration measured on normal films.
pub(super) struct Measured<'a> {
    pub(super) scores: Vec<f32>,
    pub(super) cuts: Vec<f32>,
    pub(super) unit: &'a str,
    pub(super) most_copy_error: Option<f32>,
}

/// In words, what weights a run began with.
fn told(lineage: &Lineage) -> String {
    let hash = short_hash(&lineage.sha256);
    let licence = match lineage.licence.as_str() {
        "" => String::new(),
        licence => format!(" ({licence})"),
    };
    format!(
        "weights {hash}…, which had learnt from: {}{licence}",
        lineage.data
    )
}

/// The name of a model's weights file.
fn weights_name(entry: &Entry) -> String {
    format!("{}.safetensors", entry.id)
}

/// The score that most calibration normals do not exceed.
pub(super) fn score_threshold(scores: &[f32], unit: &str) -> Threshold {
    let value = quantile(scores, LOWER_NORMALS);
    of_normals(value, unit, ("above", LOWER_NORMALS), scores.len())
}

/// A cut, and in words what it does with a share of `count` calibration normals.
pub(super) fn of_normals(
    value: f32,
    unit: &str,
    (words, share): (&str, f32),
    count: usize,
) -> Threshold {
    Threshold {
        value,
        unit: unit.to_owned(),
        source: format!(
            "{words} {:.0} % of {count} normal films kept out of training",
            100.0 * share
        ),
    }
}
