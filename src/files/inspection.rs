//! The display pipeline of a file, stage by stage, as `silhouette inspect` prints it.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Number;
use sha2::{Digest as _, Sha256};

use super::overlay_summary::OverlaySummary;
use super::stored::{SampleKind, StoredFrame};
use super::{ModalityTransform, Opened, Wishes, apart, decode, pipeline};
use crate::error::Result;
use crate::radiograph::{
    BurnedIn, NamedVoi, PipelineStage, PixelSpacing, PointSample, Polarity, Radiograph, Shown,
    Shutter, StoredSamples, Voi, VoiFunction, VoiOrigin, number,
};

/// Everything between a file's bytes and the greys on screen.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The file.
    pub path: PathBuf,
    /// The kind of file: “dicom”, “png”, “jpeg” …
    pub kind: &'static str,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The number of frames; the first one is what the viewer shows.
    pub frames: usize,
    /// Transfer Syntax UID, for DICOM.
    pub transfer_syntax: Option<String>,
    /// Modality, for DICOM.
    pub modality: Option<String>,
    /// Photometric Interpretation, for DICOM.
    pub photometric_interpretation: Option<String>,
    /// Bits Allocated, or the depth of a picture file.
    pub bits_allocated: u32,
    /// Bits Stored, or the depth of a picture file.
    pub bits_stored: u32,
    /// Whether stored samples are signed.
    pub signed: bool,
    /// SHA-256 over the stored samples of all frames, little-endian at the width of Bits
    /// Allocated, row-major, before any table.
    pub stored_sha256: String,
    /// The least finite stored sample of all frames.
    pub stored_min: Number,
    /// The greatest finite stored sample of all frames.
    pub stored_max: Number,
    /// The Modality LUT, when it is linear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescale: Option<Rescale>,
    /// The Modality LUT, when it is a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modality_lut: Option<ModalityLut>,
    /// Pixel padding, as stored.
    pub padding: Option<Padding>,
    /// The VOI alternatives, the default first.
    pub voi: Vec<VoiSummary>,
    /// Whether greys are turned over after the VOI.
    pub polarity: Polarity,
    /// The distance between pixels.
    pub spacing: Option<PixelSpacing>,
    /// The overlay planes that are drawn over the image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<OverlaySummary>,
    /// The shapes of the shutter that hides parts of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutter: Option<String>,
    /// Laterality, for DICOM.
    pub laterality: Option<String>,
    /// View Position, for DICOM.
    pub view_position: Option<String>,
    /// Whether names are drawn into the pixels.
    pub burned_in: BurnedIn,
    /// The stages from stored sample to grey, each with the attribute that decided it.
    pub pipeline: Vec<PipelineStage>,
    /// What the reader had to guess, mend or leave out.
    pub warnings: Vec<String>,
    /// The pixels asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointSample>,
}

/// Rescale Slope and Intercept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rescale {
    /// Modality units per stored unit.
    pub slope: f64,
    /// The modality value of the stored value 0.
    pub intercept: f64,
}

/// A Modality LUT table, without its entries.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModalityLut {
    /// The stored value that the first entry stands for.
    pub first: i64,
    /// The number of entries.
    pub entries: usize,
    /// The bits of an entry.
    pub bits: u32,
}

/// Pixel Padding Value and Pixel Padding Range Limit, as stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Padding {
    /// Pixel Padding Value.
    pub value: Number,
    /// Pixel Padding Range Limit.
    pub limit: Option<Number>,
}

/// One VOI alternative.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoiSummary {
    /// “window” or “table”.
    pub kind: &'static str,
    /// The window's centre, in modality units.
    pub center: Option<f32>,
    /// The window's width, in modality units.
    pub width: Option<f32>,
    /// The window's function.
    pub function: Option<VoiFunction>,
    /// The modality value of the table's first entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<f32>,
    /// The number of the table's entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<usize>,
    /// The bits of an entry of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// The file's name for it, or ours.
    pub explanation: String,
    /// Whether it was computed because the file has none.
    pub automatic: bool,
}

/// Decodes all frames of a file and reports the pipeline, with some pixels (column, row) of the
/// first frame.
///
/// # Errors
/// As [`super::open`].
pub fn inspect(path: &Path, points: &[(usize, usize)]) -> Result<Inspection> {
    apart::inspection(path, points).unwrap_or_else(|| inspect_here(path, points))
}

/// Inspects a file in this process.
pub(super) fn inspect_here(path: &Path, points: &[(usize, usize)]) -> Result<Inspection> {
    let mut hash = Sha256::new();
    let (mut stored_min, mut stored_max) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut each_frame = |frame: &StoredFrame<'_>| {
        hash.update(&*frame.bytes);
        let (low, high) = frame.extremes();
        stored_min = stored_min.min(low);
        stored_max = stored_max.max(high);
    };
    let wishes = Wishes {
        each_frame: Some(&mut each_frame),
        ..Wishes::default()
    };
    let mut inspection = decode(path, wishes, |opened| report(opened, points))?;
    inspection.stored_sha256 = format!("{:x}", hash.finalize());
    inspection.stored_min = number(stored_min);
    inspection.stored_max = number(stored_max);
    Ok(inspection)
}

/// Reports what the first frame tells; what all frames tell is added by who has seen them.
fn report(opened: Opened<'_>, points: &[(usize, usize)]) -> Inspection {
    let Opened { film, first, facts } = opened;
    let layout = first.layout;
    let shown = Shown::by_default(&film.radiograph);
    let pipeline = pipeline::described(layout, &facts).stages(&shown);
    // The samples as stored, and not as told from modality values: others are held to these.
    let samples = match points {
        [] => StoredSamples::NotKept,
        _ => StoredSamples::Kept(first.into_owned().into()),
    };
    let points = points.iter();
    let points = points.map(|&at| film.radiograph.follow(&shown, at, &samples));
    let points = points.collect();
    let (rescale, modality_lut) = modality_stage(&facts.modality);
    let mut warnings = film.source.warnings.clone();
    warnings.extend(film.source.departures_line());
    let Radiograph {
        vois,
        polarity,
        spacing,
        ..
    } = &*film.radiograph;
    Inspection {
        path: film.source.path,
        kind: film.source.kind,
        rows: layout.rows,
        columns: layout.columns,
        frames: facts.frames,
        transfer_syntax: film.source.transfer_syntax,
        modality: film.source.modality,
        photometric_interpretation: facts.photometric,
        bits_allocated: facts.bits_allocated,
        bits_stored: facts.bits_stored,
        signed: layout.kind != SampleKind::Unsigned,
        stored_sha256: String::new(),
        stored_min: 0.into(),
        stored_max: 0.into(),
        rescale,
        modality_lut,
        padding: facts.padding.map(|(value, limit)| Padding {
            value: number(value),
            limit: limit.map(number),
        }),
        voi: vois.iter().map(summary).collect(),
        polarity: *polarity,
        spacing: spacing.clone(),
        overlays: film
            .graphics
            .overlays
            .iter()
            .map(OverlaySummary::of)
            .collect(),
        shutter: film.graphics.shutter.as_ref().map(Shutter::words),
        laterality: film.source.laterality,
        view_position: film.source.view_position,
        burned_in: film.source.burned_in,
        pipeline,
        warnings,
        points,
    }
}

fn modality_stage(transform: &ModalityTransform) -> (Option<Rescale>, Option<ModalityLut>) {
    match transform {
        &ModalityTransform::Rescale { slope, intercept } => {
            (Some(Rescale { slope, intercept }), None)
        }
        ModalityTransform::Table(table) => {
            let lut = ModalityLut {
                first: table.first,
                entries: table.entries.len(),
                bits: table.bits,
            };
            (None, Some(lut))
        }
    }
}

fn summary(named: &NamedVoi) -> VoiSummary {
    let mut summary = VoiSummary {
        kind: "window",
        center: None,
        width: None,
        function: None,
        first: None,
        entries: None,
        bits: None,
        explanation: named.explanation.clone(),
        automatic: named.origin == VoiOrigin::Computed,
    };
    match &named.voi {
        Voi::Window(window) => {
            summary.center = Some(window.center);
            summary.width = Some(window.width);
            summary.function = Some(window.function);
        }
        Voi::Table(table) => {
            summary.kind = "table";
            summary.first = Some(table.first_mapped);
            summary.entries = Some(table.entries.len());
            summary.bits = Some(table.bits);
        }
    }
    summary
}
