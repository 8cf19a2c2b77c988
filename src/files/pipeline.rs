//! What a file decides about the way from its stored samples to their greys.
//!
//! The stages are named and followed in `radiograph`; here they are put together from what the
//! reader found.

use std::sync::Arc;

use super::stored::{SampleKind, SampleLayout, StoredFrame};
use super::{Facts, ModalityTransform};
use crate::radiograph::{Pipeline, PipelineStage, StoredSamples, stored_from_modality};

/// The widest samples of which every value is tried: 65,536 of them.
const MOST_TRIED_BITS: u32 = 16;

/// Which attributes decided the stages of a film, as its reader found them.
#[derive(Clone, Debug, Default)]
pub(super) struct Provenance {
    pub(super) modality: Option<&'static str>,
    /// Rescale Type or Modality LUT Type.
    pub(super) unit: Option<String>,
    pub(super) voi_window: &'static str,
    pub(super) voi_table: &'static str,
    pub(super) polarity: &'static str,
}

/// Describes how a frame's samples become greys, and keeps them where nothing else tells them.
pub(super) fn of(frame: StoredFrame<'_>, facts: &Facts) -> Pipeline {
    let mut pipeline = described(frame.layout, facts);
    pipeline.samples = samples(frame.layout, facts);
    if pipeline.samples == StoredSamples::NotKept {
        pipeline.samples = StoredSamples::Kept(Arc::new(frame.into_owned()));
    }
    pipeline
}

/// Describes how samples become greys.
pub(super) fn described(layout: SampleLayout, facts: &Facts) -> Pipeline {
    let provenance = &facts.provenance;
    let named = |attribute: Option<&str>| attribute.unwrap_or("no attribute").to_owned();
    // Only DICOM has them.
    let bits = facts.photometric.as_ref();
    let bits = bits.map(|_| "Bits Stored (0028,0101), High Bit (0028,0102)");
    Pipeline {
        stored: PipelineStage {
            stage: "stored",
            rule: stored_rule(layout, facts),
            decided_by: named(bits),
            unit: None,
        },
        modality: PipelineStage {
            stage: "modality",
            rule: modality_rule(layout, facts),
            decided_by: named(provenance.modality),
            unit: provenance.unit.clone(),
        },
        voi_window: provenance.voi_window.to_owned(),
        voi_table: provenance.voi_table.to_owned(),
        polarity: provenance.polarity.to_owned(),
        samples: StoredSamples::NotKept,
    }
}

/// Decides whether stored samples can be told from modality values.
fn samples(layout: SampleLayout, facts: &Facts) -> StoredSamples {
    match facts.modality {
        ModalityTransform::Rescale { slope, intercept }
            if !facts.indexed
                && layout.samples_per_pixel == 1
                && returns(layout.kind, facts.bits_stored, (slope, intercept)) =>
        {
            StoredSamples::Rescaled { slope, intercept }
        }
        _ => StoredSamples::NotKept,
    }
}

/// Reports whether every sample of so many bits comes back exactly from its modality value: each is
/// tried, because 32-bit modality values round.
fn returns(kind: SampleKind, bits: u32, (slope, intercept): (f64, f64)) -> bool {
    let whole = kind != SampleKind::Real && (1..=MOST_TRIED_BITS).contains(&bits);
    let least = match kind {
        SampleKind::Signed => -(1_i64 << (bits.max(1) - 1)),
        SampleKind::Unsigned | SampleKind::Real => 0,
    };
    let rescale = ModalityTransform::Rescale { slope, intercept };
    whole
        && (least..least + (1_i64 << bits)).all(|stored| {
            let stored = stored as f64;
            stored_from_modality(rescale.apply(stored), slope, intercept) == stored
        })
}

fn stored_rule(layout: SampleLayout, facts: &Facts) -> String {
    let kind = match layout.kind {
        SampleKind::Unsigned => "unsigned",
        SampleKind::Signed => "signed",
        SampleKind::Real => "real",
    };
    let (stored, allocated) = (facts.bits_stored, facts.bits_allocated);
    format!("{kind} samples of {stored} bits in {allocated}")
}

fn modality_rule(layout: SampleLayout, facts: &Facts) -> String {
    if layout.samples_per_pixel > 1 {
        return "luminance of red, green and blue".to_owned();
    }
    if facts.indexed {
        return "luminance of the palette's red, green and blue".to_owned();
    }
    match &facts.modality {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_told_from_modality_values_only_where_all_come_back() {
        for (slope, intercept) in [(1.0, 0.0), (1.0, -1024.0), (-2.5, 4095.0), (0.01, 3.7)] {
            for kind in [SampleKind::Unsigned, SampleKind::Signed] {
                assert!(returns(kind, 16, (slope, intercept)), "{slope} {intercept}");
            }
        }
        // A step far below the intercept's own rounding.
        assert!(!returns(SampleKind::Unsigned, 12, (1e-5, -1024.0)));
        assert!(!returns(SampleKind::Unsigned, 32, (1.0, 0.0)));
        assert!(!returns(SampleKind::Real, 32, (1.0, 0.0)));
    }
}
