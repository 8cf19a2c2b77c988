//! What training loops share, whatever the model: films in memory and their augmentation, the
//! optimisers candle lacks, moving averages, the loop itself, checkpoints that survive a kill, and the
//! curves.

mod adam;
mod checkpoint;
mod course;
mod curves;
mod ema;
mod films;
mod lent;
mod optimiser;
mod pack;
mod rms;
mod samples;
mod weights_folders;

pub use adam::{Adam, AdamSettings};
pub use checkpoint::Checkpoint;
pub use course::{At, Course, LOOP_COLUMNS, Learner, falling};
pub use curves::Curves;
pub use ema::MovingAverage;
pub use films::{
    Augmentation, FilmFolder, Prepare, Prepared, TrainingFilms, Whole, at_double_side,
    film_at_side, greys_at_side, held_out, mask_path, square_at_side, square_moved,
};
pub use optimiser::Optimiser;
pub use pack::{Pack, PackMaker, Packing};
pub use rms::RmsProp;
pub use samples::Grid;
pub use weights_folders::WeightsFolders;

use crate::task::Progress;

/// What a training run is told, whatever the model.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The folder of normal films.
    pub normal: std::path::PathBuf,
    /// A folder of abnormal films, for models that learn from labels.
    pub abnormal: Option<std::path::PathBuf>,
    /// A folder of unlabelled films, normal and abnormal: what some models learn from, and what
    /// epochs are compared on without labels.
    pub mixture: Option<std::path::PathBuf>,
    /// A folder of lung masks under the films' names, if there is one.
    pub masks: Option<std::path::PathBuf>,
    /// A folder with weights of the same model and preset to begin with, instead of noise. A run that
    /// goes on does not look there again.
    pub from: Option<std::path::PathBuf>,
    /// The file that the folders' films are kept prepared in, if there is one.
    pub packing: Option<Packing>,
    /// The configuration: `paper`, `small` or `tiny`.
    pub preset: String,
    /// What computes: a device whose tensors are differentiated.
    pub device: crate::compute::Device,
    /// When to stop.
    pub budget: Budget,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether to go on from the checkpoint in `out`.
    pub resume: bool,
    /// Where checkpoints, curves, weights and card go.
    pub out: std::path::PathBuf,
    /// The command as the user typed it, for the card.
    pub command: String,
    /// The folders of trained weights, where the lung segmenter is.
    pub weights: WeightsFolders,
}

impl RunSettings {
    /// Returns the file in a run's output folder from which it can be resumed.
    pub fn checkpoint(out: &std::path::Path) -> std::path::PathBuf {
        out.join("checkpoint.safetensors")
    }

    /// Returns one of the run's folders with the pack that may hold its films.
    pub fn films<'a>(&'a self, folder: &'a std::path::Path) -> FilmFolder<'a> {
        FilmFolder {
            path: folder,
            packing: self.packing.as_ref(),
        }
    }
}

/// What the weights had learnt that a run began with, where that was not noise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lineage {
    /// The hash of their file.
    pub sha256: String,
    /// The data they had learnt from.
    pub data: String,
    /// Its licence.
    pub licence: String,
}

/// What lies behind a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// Passes over the films.
    pub epochs: f64,
    /// Minutes.
    pub minutes: f64,
    /// What it began with, where that was not noise.
    pub lineage: Option<Lineage>,
}

/// Who watches a run: may cancel it, and hears how it goes.
pub struct Watch<'a> {
    /// How far the run is, and whether it should stop.
    pub progress: &'a Progress,
    /// Hears what happens.
    pub report: &'a mut dyn FnMut(TrainingEvent<'_>),
}

/// When a run stops, whichever comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// After so many passes over the films.
    pub epochs: Option<u64>,
    /// After so many optimiser steps.
    pub steps: Option<u64>,
    /// After so many minutes, earlier runs that this one resumes included.
    pub minutes: Option<f64>,
}

impl Budget {
    /// Reports whether the budget is spent.
    pub fn spent(&self, epochs: u64, steps: u64, minutes: f64) -> bool {
        self.epochs.is_some_and(|most| epochs >= most)
            || self.steps.is_some_and(|most| steps >= most)
            || self.minutes.is_some_and(|most| minutes >= most)
    }

    /// Returns the share of the budget that is spent, from 0 to 1.
    pub fn share(&self, epochs: f64, steps: u64, minutes: f64) -> f64 {
        let shares = [
            self.epochs.map(|most| epochs / most as f64),
            self.steps.map(|most| steps as f64 / most as f64),
            self.minutes.map(|most| minutes / most),
        ];
        shares.into_iter().flatten().fold(0.0, f64::max).min(1.0)
    }
}

/// Mixes a seed with a place in a run, so that every random draw depends on both and on nothing
/// else: a resumed run draws the same numbers.
pub fn seed_at(seed: u64, stream: u64, place: u64) -> u64 {
    let mut z = seed
        .wrapping_add(stream.wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(place.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What a training run tells whoever watches it.
#[derive(Clone, Copy, Debug)]
pub enum TrainingEvent<'a> {
    /// The films are read.
    Films {
        /// Those it trains on.
        training: usize,
        /// Those kept apart for calibration.
        held_out: usize,
    },
    /// A film could not be read and is left out.
    LeftOut {
        /// Its file.
        path: &'a std::path::Path,
        /// Why.
        error: &'a crate::error::Error,
    },
    /// A step is done.
    Step {
        /// The share of the budget that is spent, from 0 to 1.
        share: f32,
        /// Whole epochs done.
        epoch: u64,
        /// Steps done.
        step: u64,
    },
    /// An epoch is done.
    Epoch {
        /// Its number, from 1.
        epoch: u64,
        /// The names of the numbers.
        names: &'a [&'a str],
        /// The epoch's mean losses and the minutes so far; none for a loss that no step had.
        numbers: &'a [Option<f64>],
    },
}
