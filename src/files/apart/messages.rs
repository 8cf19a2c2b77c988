//! What crosses back: errors, films and inspections, in the fields of the types themselves.

use super::wire::{Received, Wire, fields, variants};
use crate::error::{Error, ErrorKind};
use crate::files::{Inspection, ModalityLut, Padding, Rescale, VoiSummary};
use crate::radiograph::{
    BurnedIn, Derivation, Film, Graphics, Identity, NamedVoi, Pipeline, PixelSpacing, Polarity,
    Radiograph, Raster, Source, SpacingPlane, Voi, VoiFunction, VoiOrigin, VoiTable, VoiWindow,
};

/// A film without its samples, which follow it.
#[derive(Clone, Debug)]
pub(super) struct FilmHead {
    pub(super) columns: usize,
    pub(super) rows: usize,
    extremes: (f32, f32),
    padding: Option<(f32, f32)>,
    vois: Vec<NamedVoi>,
    polarity: Polarity,
    spacing: Option<PixelSpacing>,
    stated_aspect: Option<f32>,
    source: Source,
    identity: Identity,
    pub(super) pipeline: Pipeline,
    graphics: Graphics,
}

fields!(FilmHead {
    columns,
    rows,
    extremes,
    padding,
    vois,
    polarity,
    spacing,
    stated_aspect,
    source,
    identity,
    pipeline,
    graphics,
});

impl FilmHead {
    /// Takes everything but the samples out of a film.
    pub(super) fn of(film: &Film) -> Self {
        let Radiograph {
            raster,
            extremes,
            padding,
            vois,
            polarity,
            spacing,
            stated_aspect,
        } = &*film.radiograph;
        Self {
            columns: raster.width(),
            rows: raster.height(),
            extremes: *extremes,
            padding: *padding,
            vois: vois.clone(),
            polarity: *polarity,
            spacing: spacing.clone(),
            stated_aspect: *stated_aspect,
            source: film.source.clone(),
            identity: film.identity.clone(),
            pipeline: Pipeline::clone(&film.pipeline),
            graphics: film.graphics.clone(),
        }
    }

    /// Makes the film; `None` where the head holds what no film does.
    pub(super) fn film(self, raster: Raster) -> Option<Film> {
        let (low, high) = self.extremes;
        let usable = low.is_finite() && high.is_finite() && low <= high && !self.vois.is_empty();
        let usable = usable && self.graphics.fits(raster.width(), raster.height());
        let radiograph = Radiograph {
            raster,
            extremes: self.extremes,
            padding: self.padding,
            vois: self.vois,
            polarity: self.polarity,
            spacing: self.spacing,
            stated_aspect: None,
        };
        let radiograph = radiograph.with_aspect(self.stated_aspect);
        usable.then(|| Film {
            radiograph: radiograph.into(),
            source: self.source,
            identity: self.identity,
            pipeline: self.pipeline.into(),
            graphics: self.graphics,
        })
    }
}

fields!(Error {
    kind,
    message,
    advice,
});

variants!(ErrorKind {
    Unreadable,
    NotAnImage,
    Damaged,
    Unsupported,
    TooLarge,
    MissingWeights,
    CorruptWeights,
    WrongModel,
    Device,
    Cancelled,
    Usage,
    Unwritable,
    Internal,
});

fields!(Source {
    path,
    kind,
    transfer_syntax,
    modality,
    view_position,
    laterality,
    orientation,
    burned_in,
    departures,
    derivation,
    later_frames,
    origin,
    warnings,
});

fields!(Identity {
    patient_name,
    patient_name_groups,
    patient_id,
    birth_date,
    sex,
    study_date,
    institution,
    accession,
});

fields!(Derivation {
    sources,
    drawn_over,
});

variants!(BurnedIn { Yes, No, Unknown });
variants!(Polarity { Identity, Inverse });
variants!(VoiFunction {
    Linear,
    LinearExact,
    Sigmoid,
});
variants!(SpacingPlane {
    Calibrated,
    Detector,
    Reader,
    Unknown,
});

impl Wire for PixelSpacing {
    fn put(&self, out: &mut Vec<u8>) {
        let Self {
            row_mm,
            column_mm,
            plane,
            source,
        } = self;
        (*row_mm, *column_mm).put(out);
        plane.put(out);
        source.put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        let (row_mm, column_mm) = Wire::take(from)?;
        Self::checked(row_mm, column_mm, Wire::take(from)?, String::take(from)?)
    }
}

fields!(NamedVoi {
    voi,
    explanation,
    origin,
});
variants!(VoiOrigin {
    File,
    Computed,
    Chosen,
});

impl Wire for Voi {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Window(window) => {
                0_u8.put(out);
                window.put(out);
            }
            Self::Table(table) => {
                1_u8.put(out);
                table.put(out);
            }
        }
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        match u8::take(from)? {
            0 => VoiWindow::take(from).map(Self::Window),
            1 => VoiTable::take(from).map(Self::Table),
            _ => None,
        }
    }
}

fields!(VoiWindow {
    center,
    width,
    function,
});

impl Wire for VoiTable {
    fn put(&self, out: &mut Vec<u8>) {
        let Self {
            first_mapped,
            entries,
            bits,
        } = self;
        first_mapped.put(out);
        entries.put(out);
        bits.put(out);
    }

    fn take(from: &mut Received<'_>) -> Option<Self> {
        let table = Self {
            first_mapped: Wire::take(from)?,
            entries: Wire::take(from)?,
            bits: Wire::take(from)?,
        };
        // What its curve relies on.
        (!table.entries.is_empty() && (1..=16).contains(&table.bits)).then_some(table)
    }
}

fields!(Inspection {
    path,
    kind,
    rows,
    columns,
    frames,
    transfer_syntax,
    modality,
    photometric_interpretation,
    bits_allocated,
    bits_stored,
    signed,
    stored_sha256,
    stored_min,
    stored_max,
    rescale,
    modality_lut,
    padding,
    voi,
    polarity,
    spacing,
    overlays,
    shutter,
    laterality,
    view_position,
    burned_in,
    pipeline,
    warnings,
    points,
});

fields!(Rescale { slope, intercept });
fields!(ModalityLut {
    first,
    entries,
    bits,
});
fields!(Padding { value, limit });
fields!(VoiSummary {
    kind,
    center,
    width,
    function,
    first,
    entries,
    bits,
    explanation,
    automatic,
});
