//! The film as it is shown just now, pixel by pixel.

use super::OpenFilm;
use crate::radiograph::{PipelineStage, PointSample, Shown, VoiOrigin};

impl OpenFilm {
    /// Returns the curve and the polarity in use.
    pub fn shown(&self) -> Shown<'_> {
        let presentation = &self.presentation;
        let preset = presentation.preset;
        let preset = preset.and_then(|index| presentation.presets.get(index));
        Shown {
            voi: &presentation.voi,
            origin: preset.map_or(VoiOrigin::Chosen, |preset| preset.origin),
            polarity: presentation.polarity(),
            inverted: presentation.inverted,
        }
    }

    /// Names the stages from stored sample to grey as the film is shown.
    pub fn stages(&self) -> Vec<PipelineStage> {
        self.film.pipeline.stages(&self.shown())
    }

    /// Follows the pixel at a column and a row through the stages as the film is shown.
    pub fn follow(&self, at: (usize, usize)) -> PointSample {
        self.film.follow(&self.shown(), at)
    }
}
