//! The model card: what a weights file is, where it came from and what it is worth.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::anomaly::{MapKind, Threshold};
use crate::error::{Error, ErrorKind, Result};

/// How the weights were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// The data set and the part of it that was used.
    pub data: String,
    /// Its licence.
    pub licence: String,
    /// The number of training films.
    pub films: usize,
    /// The command that trained the weights.
    pub command: String,
    /// The weights they began with and what these had learnt from, where that was not noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_with: Option<String>,
    /// Passes over the training films.
    pub epochs: f64,
    /// Wall time in minutes.
    pub minutes: f64,
    /// The device.
    pub device: String,
    /// How the checkpoint was chosen, and which labels that used.
    pub choice: String,
}

/// One measured number with its 95 % confidence interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What was measured, as in “AUC”.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The interval's lower end.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
    /// The data it was measured on, with the numbers of films.
    pub data: String,
}

/// What a map is worth: how well its mean tells abnormal films from normal ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapWorth {
    /// Which map.
    pub map: String,
    /// The AUC of its mean.
    pub auc: f64,
    /// The data it was measured on.
    pub data: String,
    /// In how many opacities of a quarter of the grey range, pasted into normal films one a film, its
    /// peak lay, and how many were pasted; `None` where that was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pasted: Option<(usize, usize)>,
}

/// A default map is shown where the AUC of its mean is no smaller than this.
const LEAST_AUC: f64 = 0.6;

/// A model card, stored as JSON beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The model's id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The paper.
    pub paper: String,
    /// What it does, in one sentence.
    pub task: String,
    /// The configuration, as in `small`.
    pub preset: String,
    /// The input's width and height in pixels.
    pub input_size: (usize, usize),
    /// The weights file's name, beside the card.
    pub weights: String,
    /// The weights file's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// How the weights were made.
    pub training: TrainingFacts,
    /// What it measured.
    pub metrics: Vec<Metric>,
    /// What each map is worth.
    pub maps: Vec<MapWorth>,
    /// The map shown by default.
    pub default_map: MapKind,
    /// The values at the two ends of the default map's colour scale.
    pub map_scale: (f32, f32),
    /// The default cut through the default map, and how it was chosen.
    pub threshold: Threshold,
    /// The score above which a film counts as abnormal in `evaluate`, and how it was chosen.
    pub score_threshold: Threshold,
    /// The scores of the calibration normals.
    pub normal_scores: Vec<f32>,
    /// Whether a film's score is the mean over small shifts of it, five in all; those of the calibration
    /// normals are then such means too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub averages_shifts: bool,
    /// The greatest error with which the model copied a calibration normal, in shares of the grey
    /// range; films it copies worse are foreign to it.
    #[serde(default)]
    pub most_copy_error: Option<f32>,
    /// The least and the greatest age of the patients it learnt from, in years; `None` where that is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_ages_years: Option<(f32, f32)>,
    /// What the model may be used for.
    pub intended_use: String,
    /// What it cannot do.
    pub limits: Vec<String>,
}

impl Card {
    /// Reads a card.
    ///
    /// # Errors
    /// When the file is missing or is no card.
    pub fn read(path: &Path) -> Result<Self> {
        read_card(path)
    }

    /// Returns why the default map is not shown unless it is asked for, as a clause: its mean hardly
    /// tells abnormal films from normal ones, or its peak misses more of the opacities that were
    /// pasted into normal films than it finds. `None` where it is shown, and where nothing was
    /// measured.
    pub fn map_withheld(&self) -> Option<String> {
        let default = self.default_map.name();
        let worth = self.maps.iter().find(|worth| worth.map == default)?;
        match worth.pasted {
            Some((hits, of)) if 2 * hits < of => Some(format!(
                "its peak lay in {hits} of {of} opacities pasted into normal films"
            )),
            _ if worth.auc < LEAST_AUC => Some(format!(
                "its mean tells abnormal films from normal ones with an AUC of {:.2} only",
                worth.auc
            )),
            _ => None,
        }
    }

    /// Writes the card.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|cause| Error::internal(format!("the card cannot be spelled: {cause}")))?;
        std::fs::write(path, text + "\n")
            .map_err(|cause| Error::unwritable("the model card", &cause))
    }
}

/// Reads a card of any kind.
///
/// # Errors
/// When the file is missing or is no such card.
pub(super) fn read_card<C: serde::de::DeserializeOwned>(path: &Path) -> Result<C> {
    let text = std::fs::read_to_string(path).map_err(|cause| {
        Error::new(
            ErrorKind::MissingWeights,
            format!("the model card cannot be read: {cause}"),
            "Put the weights folder beside the program, or name it with --weights-dir.",
        )
    })?;
    serde_json::from_str(&text).map_err(|cause| {
        Error::new(
            ErrorKind::CorruptWeights,
            format!("the model card cannot be understood: {cause}"),
            "Restore the weights folder from the release.",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::models::{entry, registry, weights_folders};

    #[test]
    fn of_the_bundled_models_only_the_map_that_points_nowhere_is_withheld() {
        let weights = weights_folders(None);
        let withheld = registry().iter().filter_map(|entry| {
            let why = entry.card(&weights).unwrap().map_withheld()?;
            Some((entry.id, why))
        });
        let withheld: Vec<(&str, String)> = withheld.collect();
        let why = "its peak lay in 3 of 30 opacities pasted into normal films";
        assert_eq!(withheld, [("healthygan", why.to_owned())]);
    }

    #[test]
    fn a_default_map_is_shown_as_long_as_it_separates_and_points() {
        let mut card = entry("healthygan")
            .unwrap()
            .card(&weights_folders(None))
            .unwrap();
        let mut says = |auc: f64, pasted: Option<(usize, usize)>| {
            for worth in &mut card.maps {
                let default = worth.map == card.default_map.name();
                // What other maps are worth decides nothing.
                (worth.auc, worth.pasted) = if default { (auc, pasted) } else { (0.1, None) };
            }
            card.map_withheld().unwrap_or_default()
        };
        assert_eq!(says(0.75, Some((15, 30))), "");
        assert!(says(0.75, Some((14, 30))).contains("14 of 30"));
        assert_eq!(says(0.6, None), "");
        assert!(says(0.59, Some((30, 30))).contains("AUC of 0.59"));
        card.maps.clear();
        assert_eq!(card.map_withheld(), None);
    }
}
