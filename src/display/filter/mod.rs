//! Display filters: pictures that show more than the film's own samples through a window can, and
//! are marked as processed wherever they are shown. Models never see them.

mod clahe;
mod unsharp;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::anomaly::Placed;
use crate::error::Result;
use crate::radiograph::{PixelRect, Radiograph, Raster};
use crate::task::Progress;

/// How a filter changes the film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterKind {
    /// Contrast-limited adaptive histogram equalisation.
    Clahe,
    /// Unsharp mask.
    Unsharp,
}

/// How much a filter changes the film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strength {
    /// Hardly to be seen.
    Light,
    /// To be seen.
    Medium,
    /// As much as makes sense.
    Strong,
}

/// A filter with its strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// How it changes the film.
    pub kind: FilterKind,
    /// How much.
    pub strength: Strength,
}

/// A film after a filter.
#[derive(Clone, Debug)]
pub struct Processed {
    /// The filter.
    pub filter: Filter,
    /// Its samples, in the film's own units, so that every window means the same as before.
    pub layer: Arc<Placed>,
}

impl FilterKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Clahe, Self::Unsharp];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clahe => "CLAHE",
            Self::Unsharp => "unsharp mask",
        }
    }
}

impl Strength {
    /// Every strength, the least first.
    pub const ALL: [Self; 3] = [Self::Light, Self::Medium, Self::Strong];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}

impl Filter {
    /// Returns what every picture after the filter is marked with.
    pub fn mark(self) -> String {
        format!("PROCESSED: {}, {}", self.kind.name(), self.strength.name())
    }

    /// Computes the film after the filter. Takes a while: not for the window's thread.
    ///
    /// # Errors
    /// When the work is cancelled.
    pub fn apply(self, film: &Radiograph, progress: &Progress) -> Result<Processed> {
        let samples = match self.kind {
            FilterKind::Clahe => clahe::equalized(film, clahe::gain(self.strength), progress)?,
            FilterKind::Unsharp => {
                unsharp::sharpened(film, unsharp::amount(self.strength), progress)?
            }
        };
        let (width, height) = (film.raster.width(), film.raster.height());
        let raster = Raster::new(width, height, samples)?;
        let place = PixelRect::of_image(width, height);
        Ok(Processed {
            filter: self,
            layer: Arc::new(Placed { raster, place }),
        })
    }
}
