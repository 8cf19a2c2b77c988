//! What an X-ray image is.
//!
//! A [`Radiograph`] holds one grey image *after the Modality LUT*: immutable samples, the VOI
//! curves its file offers, its polarity and its pixel spacing. A [`Film`] adds where it came from
//! and whom it shows. Nothing here knows files, models or screens.

mod annotation;
mod chart;
mod derivation;
mod film;
mod geometry;
mod graphics;
mod histogram;
mod origin;
pub mod phantom;
mod pipeline;
mod pose;
mod presets;
mod preview;
mod raster;
mod resample;
mod samples;
mod shape;
mod shutter;
mod similarity;
mod spacing;
mod stored;
mod voi;

pub use annotation::{
    Annotation, AnnotationId, AnnotationSource, HEART_WIDER, MeasuredMark, Measurement, Quantity,
    QuantityKind, Shape, ShapeKind, Stroke, Wording, scale_of_known_length,
};
pub use chart::{Chart, SamePatient};
pub use derivation::Derivation;
pub use film::{BurnedIn, Film, Identity, Source, readable_date};
pub use geometry::{PixelPoint, PixelRect};
pub use graphics::{BitMask, Graphics, OverlayKind, OverlayPlane};
pub use histogram::Histogram;
pub use origin::{ModalityCurve, Origin, Repeated};
pub use pipeline::{
    Pipeline, PipelineStage, PointSample, Shown, StoredSamples, number, stored_from_modality,
};
pub use pose::{Correction, Pose};
pub use presets::{auto_voi, computed_vois};
pub use preview::Preview;
pub use raster::{LARGEST_SIDE_PX, Raster};
pub use resample::{bilinear, resized, resized_part};
pub use samples::{FrameBytes, FreshSamples, Line, Memory, Samples, SharedBytes, Storage, Whole};
pub use shutter::{Shutter, ShutterShape};
pub use similarity::Similarity;
pub use spacing::{PixelSpacing, SpacingPlane};
pub use stored::{SampleKind, SampleLayout, StoredFrame, luminance_of};
pub use voi::{NamedVoi, Voi, VoiFunction, VoiOrigin, VoiTable, VoiWindow};

use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

use crate::error::{Error, ErrorKind, Result};

/// Whether grey values are shown as the VOI gives them, or turned over once
/// (MONOCHROME1 or Presentation LUT Shape INVERSE, PS3.3 C.7.6.3.1.2 and C.11.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Larger VOI outputs are brighter.
    #[default]
    Identity,
    /// Larger VOI outputs are darker.
    Inverse,
}

impl Polarity {
    /// Returns the grey shown for a VOI output, both in [0, 1].
    pub fn apply(self, grey: f32) -> f32 {
        match self {
            Self::Identity => grey,
            Self::Inverse => 1.0 - grey,
        }
    }
}

/// One grey image after the Modality LUT, with all that is needed to show it.
#[derive(Clone, Debug)]
pub struct Radiograph {
    /// The samples in modality units (stored values through the Modality LUT).
    pub raster: Raster,
    /// The least and greatest finite sample that is not padding.
    pub extremes: (f32, f32),
    /// The values that stand for “no film here” (Pixel Padding Value, inclusive range), in
    /// modality units; left out of automatic windows.
    pub padding: Option<(f32, f32)>,
    /// The VOI alternatives in the order of preference: the file's own first, never empty.
    pub vois: Vec<NamedVoi>,
    /// Whether the greys are turned over after the VOI.
    pub polarity: Polarity,
    /// The distance between pixel centres, where the file states one.
    pub spacing: Option<PixelSpacing>,
    /// The height of a pixel over its width, where the file states no distances but this.
    pub stated_aspect: Option<f32>,
}

impl Radiograph {
    /// Makes a radiograph from samples in modality units, with an automatic window when `vois`
    /// is empty.
    ///
    /// # Errors
    /// When no sample is finite.
    pub fn new(raster: Raster, vois: Vec<NamedVoi>, polarity: Polarity) -> Result<Self> {
        let extremes = raster.extremes().ok_or_else(|| {
            Error::new(
                ErrorKind::Damaged,
                "the image holds no finite sample",
                "Export it again from its source.",
            )
        })?;
        let mut radiograph = Self {
            raster,
            extremes,
            padding: None,
            vois,
            polarity,
            spacing: None,
            stated_aspect: None,
        };
        radiograph.complete_vois();
        Ok(radiograph)
    }

    /// States which samples are padding, and recomputes the extremes without them.
    pub fn with_padding(mut self, padding: (f32, f32)) -> Self {
        self.padding = Some(padding);
        let (first, last) = padding;
        let extremes = self
            .raster
            .extremes_of(|sample| sample.is_finite() & !((sample >= first) & (sample <= last)));
        self.extremes = extremes.unwrap_or(self.extremes);
        self.vois.retain(|voi| voi.origin != VoiOrigin::Computed);
        self.complete_vois();
        self
    }

    /// Reports whether a sample stands for “no film here”.
    pub fn is_padding(&self, sample: f32) -> bool {
        self.padding
            .is_some_and(|(low, high)| (low..=high).contains(&sample))
    }

    /// States the pixel spacing.
    pub fn with_spacing(mut self, spacing: Option<PixelSpacing>) -> Self {
        self.spacing = spacing;
        self
    }

    /// Returns the VOI that the file itself puts first: what models see, whatever the user chose.
    pub fn default_voi(&self) -> &Voi {
        &self.vois[0].voi
    }

    /// Returns the film as greys in [0, 1], 1 brightest, through the default VOI and polarity.
    ///
    /// This is what models are given. Padding is 0.
    pub fn greys(&self) -> Vec<f32> {
        let voi = self.default_voi();
        let mut greys = self.raster.values().into_owned();
        greys.par_iter_mut().for_each(|sample| {
            *sample = if self.is_padding(*sample) || !sample.is_finite() {
                0.0
            } else {
                self.polarity.apply(voi.apply(*sample))
            };
        });
        greys
    }

    /// Returns the sample whose default grey is `grey` (both directions of [`Self::greys`]): a
    /// model's picture comes back in the film's own units, so every window applies to both.
    pub fn sample_from_grey(&self, grey: f32) -> f32 {
        self.default_voi().invert(self.polarity.apply(grey))
    }

    fn complete_vois(&mut self) {
        let (low, high) = self.extremes;
        if self.vois.is_empty() {
            self.vois.push(NamedVoi {
                voi: Voi::spanning(low, high),
                explanation: "full range".to_owned(),
                origin: VoiOrigin::Computed,
            });
        }
    }
}
