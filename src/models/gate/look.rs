//! The gate at work: from a film to reasons to doubt it.

use std::path::Path;

use serde::Serialize;

use super::counts::Counts;
use super::lessons::{all_shown, output_of, shown};
use super::network::{CROPPED, Glance, OTHER, OUTPUTS, SIDE};
use super::{ID, judgement};
use crate::anomaly::Finding;
use crate::compute::{Builder, Device, Input, Runner, Source};
use crate::error::Result;
use crate::models::{PartCard, WeightsFile};
use crate::radiograph::{Correction, Radiograph};
use crate::training::greys_at_side;

/// The gate with its weights.
pub struct Gate {
    runner: Runner,
}

/// What the network makes of a film, in logits: the mean over the film put before it in every pose
/// and polarity, each time asked for what it would then be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Glimpse {
    /// For a frontal chest film that is shown upright and in its usual polarity, mirrored or not.
    pub upright: f32,
    /// What is most likely done to a frontal chest film, if it is one.
    pub shown: Correction,
    /// For that.
    pub best: f32,
    /// For the same with left and right in each other's place.
    pub other_side: f32,
    /// For everything that is no frontal chest film.
    pub other: f32,
    /// For a film of which too little is seen.
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
    pub fn load(folder: &Path, device: &Device) -> Result<Self> {
        let card = PartCard::read(folder, ID)?;
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
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
        let poses = all_shown();
        let pictures: Vec<f32> = poses.iter().flat_map(|&how| shown(square, how)).collect();
        let input = Input {
            samples: &pictures,
            dims: &[OTHER, 1, SIDE, SIDE],
        };
        let outputs = self.runner.run(&[input], &mut |_| Ok(()))?;
        let logits = &outputs[0].samples;
        let mean = |output: &dyn Fn(Correction) -> usize| {
            let asked = poses.iter().zip(logits.chunks_exact(OUTPUTS));
            let sum: f32 = asked.map(|(&how, logits)| logits[output(how)]).sum();
            sum / OTHER as f32
        };
        let of = |film: Correction| mean(&|how| output_of(film.then(how)));
        let mirrored = |film: Correction| {
            let mut mirrored = film;
            mirrored.pose.mirrored = !film.pose.mirrored;
            mirrored
        };
        let (best, shown) = poses
            .iter()
            .map(|&film| (of(film), film))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, Correction::NONE));
        let upright = Correction::NONE;
        Ok(Glimpse {
            upright: of(upright).max(of(mirrored(upright))),
            shown,
            best,
            other_side: of(mirrored(shown)),
            other: mean(&|_| OTHER),
            cropped: mean(&|_| CROPPED),
        })
    }
}
