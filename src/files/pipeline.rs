//! From a stored sample to its grey: every stage, and which attribute decided it.
//!
//! The curves themselves live in `radiograph`; here they are followed and named.

use serde::Serialize;
use serde_json::Number;

use super::stored::SampleKind;
use super::{ModalityTransform, Opened};
use crate::radiograph::{NamedVoi, Polarity, Voi, VoiFunction};

/// One stage of the display pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// Which attributes decided the stages of a film, as its reader found them.
#[derive(Clone, Debug, Default)]
pub(super) struct Provenance {
    pub(super) modality: Option<&'static str>,
    /// Rescale Type or Modality LUT Type.
    pub(super) unit: Option<String>,
    pub(super) voi: Option<&'static str>,
    pub(super) polarity: Option<&'static str>,
}

/// One pixel through the stages; `None` where the point lies outside the image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointSample {
    /// The column, from 0.
    pub x: usize,
    /// The row, from 0.
    pub y: usize,
    /// The stored sample, or the list of them for colour.
    pub stored: Option<serde_json::Value>,
    /// After the Modality LUT; for colour the luminance.
    pub modality: Option<f32>,
    /// Whether the sample is padding: automatic windows leave it out.
    pub padding: bool,
    /// After the default VOI, before the polarity: 0 to 1.
    pub voi: Option<f32>,
    /// After the default VOI and the polarity, 0 black to 255 white, halves rounded up.
    pub display: Option<u8>,
}

/// Follows the pixel at a column and a row of the first frame through the stages.
pub(super) fn followed(opened: &Opened, (x, y): (usize, usize)) -> PointSample {
    let film = &opened.film.radiograph;
    if x >= film.raster.width() || y >= film.raster.height() {
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
    let stored = match opened.first.pixel(x, y).as_slice() {
        &[sample] => number(sample).into(),
        samples => samples.iter().copied().map(number).collect(),
    };
    let modality = film.raster.at(x, y);
    let voi = film.default_voi().apply(modality);
    let padding = film.padding;
    PointSample {
        x,
        y,
        stored: Some(stored),
        modality: Some(modality),
        padding: padding.is_some_and(|(low, high)| (low..=high).contains(&modality)),
        voi: Some(voi),
        display: Some((255.0 * film.polarity.apply(voi) + 0.5).floor() as u8),
    }
}

/// Names the stages of a film.
pub(super) fn stages(opened: &Opened) -> Vec<PipelineStage> {
    let provenance = &opened.facts.provenance;
    let film = &opened.film.radiograph;
    let stage = |stage, rule: String, decided_by: Option<&str>| PipelineStage {
        stage,
        rule,
        decided_by: decided_by.unwrap_or("no attribute").to_owned(),
        unit: None,
    };
    let dicom = opened.film.source.kind == "dicom";
    let bits = dicom.then_some("Bits Stored (0028,0101), High Bit (0028,0102)");
    let modality = stage("modality", modality_rule(opened), provenance.modality);
    vec![
        stage("stored", stored_rule(opened), bits),
        PipelineStage {
            unit: provenance.unit.clone(),
            ..modality
        },
        voi_stage(&film.vois[0], provenance),
        stage(
            "display",
            match film.polarity {
                Polarity::Identity => "larger values are brighter",
                Polarity::Inverse => "turned over: larger values are darker",
            }
            .to_owned(),
            provenance.polarity,
        ),
    ]
}

fn stored_rule(opened: &Opened) -> String {
    let kind = match opened.first.layout.kind {
        SampleKind::Unsigned => "unsigned",
        SampleKind::Signed => "signed",
        SampleKind::Real => "real",
    };
    let facts = &opened.facts;
    let (stored, allocated) = (facts.bits_stored, facts.bits_allocated);
    format!("{kind} samples of {stored} bits in {allocated}")
}

fn modality_rule(opened: &Opened) -> String {
    if opened.first.layout.samples_per_pixel > 1 {
        return "luminance of red, green and blue".to_owned();
    }
    match &opened.facts.modality {
        ModalityTransform::Rescale { slope, intercept } if (*slope, *intercept) == (1.0, 0.0) => {
            "values as stored".to_owned()
        }
        ModalityTransform::Rescale { slope, intercept } => {
            format!("stored × {slope} + {intercept}")
        }
        ModalityTransform::Table(table) => format!(
            "table of {} entries from {}, {} bits",
            table.entries.len(),
            table.first,
            table.bits
        ),
    }
}

fn voi_stage(named: &NamedVoi, provenance: &Provenance) -> PipelineStage {
    let rule = match &named.voi {
        Voi::Window(window) => {
            let function = match window.function {
                VoiFunction::Linear => "LINEAR",
                VoiFunction::LinearExact => "LINEAR_EXACT",
                VoiFunction::Sigmoid => "SIGMOID",
            };
            let (center, width) = (window.center, window.width);
            format!("{function} window of width {width} around {center}")
        }
        Voi::Table(table) => format!(
            "table of {} entries from {}, {} bits",
            table.entries.len(),
            table.first_mapped,
            table.bits
        ),
    };
    let decided_by = if named.automatic {
        "no attribute: computed from the samples"
    } else {
        provenance.voi.unwrap_or("no attribute")
    };
    PipelineStage {
        stage: "voi",
        rule,
        decided_by: decided_by.to_owned(),
        unit: None,
    }
}

/// A sample as JSON: whole numbers without a fraction, exact up to 2⁵³.
pub(super) fn number(value: f64) -> Number {
    if value.fract() == 0.0 && value.abs() < (1_u64 << 53) as f64 {
        return (value as i64).into();
    }
    Number::from_f64(value).unwrap_or_else(|| 0.into())
}
