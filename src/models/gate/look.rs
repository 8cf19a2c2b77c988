//! The gate at work: from a film to reasons to doubt it.

use serde::Serialize;

use super::counts::Counts;
use super::lessons::{WAYS, all_shown, mirrored, place_of, shown};
use super::network::{CROPPED, Glance, OTHER, OUTPUTS, SIDE, SOUND};
use super::{ID, judgement};
use crate::anomaly::Finding;
use crate::compute::{Builder, Device, Input, Runner, Source};
use crate::error::Result;
use crate::models::{PartCard, WeightsFile};
use crate::radiograph::{Correction, Radiograph};
use crate::training::{WeightsFolders, greys_at_side};

/// The gate with its weights.
pub struct Gate {
    runner: Runner,
}

/// What the network makes of a film, in logits. It is put before the network in every pose and
/// polarity; how a film lies is told by which of these looks sound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Glimpse {
    /// That the film is shown upright and in its usual polarity, mirrored or not.
    pub upright: f32,
    /// What is most likely done to a frontal chest film, if it is one.
    pub shown: Correction,
    /// That this was done. Differences from it are log odds.
    pub best: f32,
    /// That the same was done with left and right in each other's place.
    pub other_side: f32,
    /// That any of the sixteen was done: the median over all looks. A chest film looks sound in one
    /// of them and nothing like it in most, other things much the same in all.
    pub usual: f32,
    /// That it is anything but a frontal chest film: the mean over all looks.
    pub other: f32,
    /// That too little of it is seen: the mean over all looks.
    pub cropped: f32,
}

/// Everything that the gate measures on a film.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// What counting tells.
    pub counts: Counts,
    /// What the network tells.
    pub glimpse: Glimpse,
    /// What to say of it.
    pub findings: Vec<Finding>,
}

impl Gate {
    /// Loads the gate from the folder of weights.
    ///
    /// # Errors
    /// When card or weights are missing, damaged or another model's.
    pub fn load(weights: &WeightsFolders, device: &Device) -> Result<Self> {
        let card = PartCard::read(weights, ID)?;
        let file =
            WeightsFile::read(&weights.of(ID).join(&card.weights))?.verified(&card.sha256)?;
        let builder = Builder::new(Source::Stored(file.tensors()?)).on(device);
        let network = Glance::new(&builder.root())?;
        Ok(Self::of(network, device))
    }

    pub(super) fn of(network: Glance, device: &Device) -> Self {
        let runner = Runner::new(device, move |pictures| {
            Ok(vec![network.forward(&pictures[0])?])
        });
        Self { runner }
    }

    /// Looks at a film and returns what it is judged by, and reasons to doubt that models can judge
    /// it.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure(&mut self, film: &Radiograph) -> Result<Measured> {
        let size = (film.raster.width(), film.raster.height());
        let greys = film.greys();
        let counts = Counts::of(&greys, size)?;
        let glimpse = self.glimpse(&greys_at_side(&greys, size, SIDE)?)?;
        Ok(Measured {
            counts,
            glimpse,
            findings: judgement::findings(&counts, &glimpse),
        })
    }

    /// Shows the network a square picture in every pose and polarity.
    pub(super) fn glimpse(&mut self, square: &[f32]) -> Result<Glimpse> {
        let ways = all_shown();
        let pictures: Vec<f32> = ways.iter().flat_map(|&way| shown(square, way)).collect();
        let input = Input {
            samples: &pictures,
            dims: &[WAYS, 1, SIDE, SIDE],
        };
        let outputs = self.runner.run(&[input], &mut |_| Ok(()))?;
        let looks: Vec<&[f32]> = outputs[0].samples.chunks_exact(OUTPUTS).collect();
        // What was done to a film is told by the look that undoes it.
        let of = |done: Correction| looks[place_of(done.undone())][SOUND];
        let mean = |output: usize| {
            let sum: f32 = looks.iter().map(|logits| logits[output]).sum();
            sum / WAYS as f32
        };
        let (best, shown) = ways
            .iter()
            .map(|&done| (of(done), done))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, Correction::NONE));
        let mut sound: Vec<f32> = looks.iter().map(|logits| logits[SOUND]).collect();
        sound.sort_by(f32::total_cmp);
        let upright = Correction::NONE;
        Ok(Glimpse {
            upright: of(upright).max(of(mirrored(upright))),
            shown,
            best,
            other_side: of(mirrored(shown)),
            usual: (sound[WAYS / 2 - 1] + sound[WAYS / 2]) / 2.0,
            other: mean(OTHER),
            cropped: mean(CROPPED),
        })
    }
}
