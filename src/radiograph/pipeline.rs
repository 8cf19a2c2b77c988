//! From a stored sample to its grey: the stages a film's samples pass, what decides each of them,
//! and one pixel on its way.
//!
//! The curves themselves live in [`super::Voi`]; here they are followed and named. What a file
//! decides is read in `files`; what the window says and what `inspect` prints is said here.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Number;

use super::{Film, Polarity, Radiograph, StoredFrame, Voi, VoiOrigin};

/// One stage of the display pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PipelineStage {
    /// “stored”, “modality”, “voi” or “display”.
    pub stage: &'static str,
    /// What the stage does, in words with its numbers.
    pub rule: String,
    /// The attribute that decided it, or that none did.
    pub decided_by: String,
    /// The unit of the stage's values, where one is stated.
    pub unit: Option<String>,
}

/// How a film's stored samples become greys, as its file decides it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// How the samples are stored.
    pub stored: PipelineStage,
    /// What turns them into modality values.
    pub modality: PipelineStage,
    /// The attributes of the file's windows.
    pub voi_window: String,
    /// The attribute of the file's VOI tables.
    pub voi_table: String,
    /// The attribute that decides the polarity; empty where none does.
    pub polarity: String,
    /// The stored samples of the first frame.
    pub samples: StoredSamples,
}

/// Where a film's stored samples are found again once they have become modality values.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StoredSamples {
    /// Nowhere: the film was computed and not read from a file.
    #[default]
    NotKept,
    /// In the modality values: every sample the file can hold returns exactly through
    /// `(modality − intercept) / slope`, rounded.
    Rescaled {
        /// Modality units per stored unit, not 0.
        slope: f64,
        /// The modality value of the stored value 0.
        intercept: f64,
    },
    /// As they were, because modality values do not tell them: tables, colour, wide samples.
    Kept(Arc<StoredFrame<'static>>),
}

/// The curve and the polarity that a film is shown through.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The curve.
    pub voi: &'a Voi,
    /// Who made it.
    pub origin: VoiOrigin,
    /// The polarity.
    pub polarity: Polarity,
    /// Whether the polarity is the user's and not the file's.
    pub inverted: bool,
}

/// One pixel through the stages; `None` where the point lies outside the image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointSample {
    /// The column, from 0.
    pub x: usize,
    /// The row, from 0.
    pub y: usize,
    /// The stored sample, or the list of them for colour; `None` where they are not kept.
    pub stored: Option<serde_json::Value>,
    /// After the Modality LUT; for colour the luminance.
    pub modality: Option<f32>,
    /// Whether the sample is padding: automatic windows leave it out.
    pub padding: bool,
    /// After the VOI, before the polarity: 0 to 1.
    pub voi: Option<f32>,
    /// After the VOI and the polarity, 0 black to 255 white, halves rounded up.
    pub display: Option<u8>,
}

impl<'a> Shown<'a> {
    /// Returns how a film is shown before anybody changes it.
    pub fn by_default(film: &'a Radiograph) -> Self {
        let first = &film.vois[0];
        Self {
            voi: &first.voi,
            origin: first.origin,
            polarity: film.polarity,
            inverted: false,
        }
    }
}

impl StoredSamples {
    /// Returns the stored samples of the pixel at a column and a row inside the image, whose
    /// modality value is given.
    fn at(&self, (x, y): (usize, usize), modality: f32) -> Option<serde_json::Value> {
        match self {
            Self::NotKept => None,
            &Self::Rescaled { slope, intercept } => {
                Some(number(stored_from_modality(modality, slope, intercept)).into())
            }
            Self::Kept(frame) => Some(match frame.pixel(x, y).as_slice() {
                &[sample] => number(sample).into(),
                samples => samples.iter().copied().map(number).collect(),
            }),
        }
    }
}

/// Returns the whole stored value nearest to the one that rescaling would turn into a modality
/// value.
pub fn stored_from_modality(modality: f32, slope: f64, intercept: f64) -> f64 {
    ((f64::from(modality) - intercept) / slope).round()
}

impl Pipeline {
    /// Names the four stages as a film is shown.
    pub fn stages(&self, shown: &Shown<'_>) -> Vec<PipelineStage> {
        vec![
            self.stored.clone(),
            self.modality.clone(),
            self.voi_stage(shown),
            self.display_stage(shown),
        ]
    }

    fn voi_stage(&self, shown: &Shown<'_>) -> PipelineStage {
        let attribute = match (shown.origin, shown.voi) {
            (VoiOrigin::Chosen, _) => "set by hand",
            (VoiOrigin::Computed, _) => "no attribute: computed from the samples",
            (VoiOrigin::File, Voi::Window(_)) => &self.voi_window,
            (VoiOrigin::File, Voi::Table(_)) => &self.voi_table,
        };
        PipelineStage {
            stage: "voi",
            rule: voi_rule(shown.voi),
            decided_by: or_none(attribute),
            unit: Some("grey, 0 to 1".to_owned()),
        }
    }

    fn display_stage(&self, shown: &Shown<'_>) -> PipelineStage {
        let rule = match shown.polarity {
            Polarity::Identity => "larger values are brighter",
            Polarity::Inverse => "turned over: larger values are darker",
        };
        let own = or_none(&self.polarity);
        PipelineStage {
            stage: "display",
            rule: rule.to_owned(),
            decided_by: if shown.inverted {
                format!("set by hand: INVERTED against the film's own polarity, by {own}")
            } else {
                own
            },
            unit: Some("grey, 0 to 255".to_owned()),
        }
    }
}

impl Film {
    /// Follows the pixel at a column and a row through the stages, as the film is shown.
    pub fn follow(&self, shown: &Shown<'_>, at: (usize, usize)) -> PointSample {
        self.radiograph.follow(shown, at, &self.pipeline.samples)
    }
}

impl Radiograph {
    /// Follows the pixel at a column and a row from its stored sample to its grey.
    pub fn follow(
        &self,
        shown: &Shown<'_>,
        (x, y): (usize, usize),
        samples: &StoredSamples,
    ) -> PointSample {
        if x >= self.raster.width() || y >= self.raster.height() {
            return PointSample {
                x,
                y,
                stored: None,
                modality: None,
                padding: false,
                voi: None,
                display: None,
            };
        }
        let modality = self.raster.at(x, y);
        let voi = shown.voi.apply(modality);
        PointSample {
            x,
            y,
            stored: samples.at((x, y), modality),
            modality: Some(modality),
            padding: self.is_padding(modality),
            voi: Some(voi),
            display: Some((255.0 * shown.polarity.apply(voi) + 0.5).floor() as u8),
        }
    }
}

fn or_none(attribute: &str) -> String {
    match attribute {
        "" => "no attribute".to_owned(),
        attribute => attribute.to_owned(),
    }
}

fn voi_rule(voi: &Voi) -> String {
    match voi {
        Voi::Window(window) => {
            let function = window.function.name();
            let (center, width) = (window.center, window.width);
            format!("{function} window of width {width} around {center}")
        }
        Voi::Table(table) => format!(
            "table of {} entries from {}, {} bits",
            table.entries.len(),
            table.first_mapped,
            table.bits
        ),
    }
}

/// Returns a sample as JSON: whole numbers without a fraction, exact up to 2⁵³.
pub fn number(value: f64) -> Number {
    if value.fract() == 0.0 && value.abs() < (1_u64 << 53) as f64 {
        return (value as i64).into();
    }
    Number::from_f64(value).unwrap_or_else(|| 0.into())
}
