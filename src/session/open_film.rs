//! A film that is open, and what is shown of it.

use std::path::Path;
use std::sync::Arc;

use super::Presentation;
use crate::anomaly::{AnomalyMap, Placed};
use crate::display::{Drawn, FileMarks, Processed, Stencil};
use crate::error::Result;
use crate::files;
use crate::radiograph::{Film, PixelRect, PixelSpacing, StoredSamples};
use crate::task::Progress;

/// A film that can be shown.
#[derive(Clone, Debug)]
pub struct OpenFilm {
    /// The film.
    pub film: Film,
    /// Its samples as the display takes them: one upload for as long as it lives.
    pub layer: Arc<Placed>,
    /// What its file draws over it.
    pub stencil: Option<Arc<Stencil>>,
    /// The film after the display filter in use.
    pub processed: Option<Processed>,
    /// A map over it that came back from a file.
    pub returned_map: Option<Arc<AnomalyMap>>,
    /// Where that map is cut; `None` for the middle of its scale.
    pub(super) returned_cut: Option<f32>,
    /// How it is shown.
    pub presentation: Presentation,
    /// The spacing that its file states, whatever the reader has set since.
    pub file_spacing: Option<PixelSpacing>,
    /// The length of its file when it was opened; 0 where that cannot be told.
    pub file_bytes: u64,
}

impl OpenFilm {
    /// Opens a film and prepares it for the screen. For a task, not for the window's thread.
    ///
    /// # Errors
    /// When the file cannot be opened, or the work is cancelled.
    pub fn read(path: &Path, progress: &Progress) -> Result<Self> {
        Ok(Self::of(files::open_for(progress, path)?))
    }

    /// Prepares a film for the screen. For a task, not for the window's thread.
    pub(super) fn of(film: Film) -> Self {
        let raster = film.radiograph.raster.clone();
        let place = PixelRect::of_image(raster.width(), raster.height());
        let presentation = Presentation::new(&film.radiograph);
        let stencil = Stencil::new(&film.graphics, raster.width(), raster.height());
        let file = std::fs::metadata(&film.source.path);
        Self {
            file_spacing: film.radiograph.spacing.clone(),
            file_bytes: file.map_or(0, |file| file.len()),
            film,
            stencil: stencil.map(Arc::new),
            processed: None,
            returned_map: None,
            returned_cut: None,
            layer: Arc::new(Placed { raster, place }),
            presentation,
        }
    }

    /// Returns what its file draws over it, as far as that is shown.
    pub fn drawn(&self) -> Option<Drawn> {
        let FileMarks { overlays, shutter } = self.presentation.shown;
        let stencil = self.stencil.clone()?;
        Some(Drawn {
            stencil,
            overlays,
            shutter,
        })
    }

    /// Returns the memory its samples take.
    pub(super) fn bytes(&self) -> usize {
        let kept = match &self.film.pipeline.samples {
            StoredSamples::Kept(frame) => frame.bytes.len(),
            StoredSamples::NotKept | StoredSamples::Rescaled { .. } => 0,
        };
        let processed = self.processed.as_ref();
        let processed = processed.map_or(0, |film| film.layer.raster.samples().memory_bytes());
        kept + self.layer.raster.samples().memory_bytes() + processed
    }
}
