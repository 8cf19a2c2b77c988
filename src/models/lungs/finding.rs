//! A trained segmenter at work: from a film to its lungs.

use super::ID;
use super::network::{Segmenter, WIDTH};
use crate::anomaly::{LungField, Placed};
use crate::compute::{Builder, Device, Input, Runner, Source};
use crate::error::Result;
use crate::models::{PartCard, WeightsFile};
use crate::radiograph::{PixelRect, Radiograph, Raster};
use crate::training::{WeightsFolders, greys_at_side};

/// The lung segmenter with its weights.
pub struct Lungs {
    runner: Runner,
    side: usize,
    /// The hash of its weights; empty while they are being trained.
    pub sha256: String,
}

impl Lungs {
    /// Loads the segmenter from the folder of weights.
    ///
    /// # Errors
    /// When card or weights are missing, damaged or another model's.
    pub fn load(weights: &WeightsFolders, device: &Device) -> Result<Self> {
        let card = PartCard::read(weights, ID)?;
        let file =
            WeightsFile::read(&weights.of(ID).join(&card.weights))?.verified(&card.sha256)?;
        let builder = Builder::new(Source::Stored(file.tensors()?)).on(device);
        let network = Segmenter::new(&builder.root(), WIDTH)?;
        Ok(Self {
            sha256: file.sha256,
            ..Self::of(network, card.side, device)
        })
    }

    /// Puts a network to work on films of `side`² pixels.
    pub(super) fn of(network: Segmenter, side: usize, device: &Device) -> Self {
        let runner = Runner::new(device, move |films| {
            Ok(vec![network.forward(&films[0])?.sigmoid()?])
        });
        Self {
            runner,
            side,
            sha256: String::new(),
        }
    }

    /// Finds the lungs of a film.
    ///
    /// # Errors
    /// When the device fails.
    pub fn find(&mut self, film: &Radiograph) -> Result<LungField> {
        self.find_in(&film.greys(), (film.raster.width(), film.raster.height()))
    }

    /// Finds the lungs in a film's greys, row-major.
    ///
    /// # Errors
    /// When the device fails.
    pub fn find_in(&mut self, greys: &[f32], (width, height): (usize, usize)) -> Result<LungField> {
        let mask = self.mask(&greys_at_side(greys, (width, height), self.side)?)?;
        Ok(LungField::of(Placed {
            raster: Raster::new(self.side, self.side, mask)?,
            place: PixelRect::of_image(width, height),
        }))
    }

    /// Returns how surely each place of `side`² greys lies inside a lung, from 0 to 1.
    pub(super) fn mask(&mut self, greys: &[f32]) -> Result<Vec<f32>> {
        let input = Input {
            samples: greys,
            dims: &[1, 1, self.side, self.side],
        };
        let mut outputs = self.runner.run(&[input], &mut |_| Ok(()))?;
        Ok(outputs.swap_remove(0).samples)
    }
}
