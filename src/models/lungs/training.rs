//! The segmenter's losses and loop.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::dice::{dice, dice_loss};
use super::finding::Lungs;
use super::network::{Segmenter, WIDTH};
use crate::compute::{Builder, Device, Scope, Source, Tensor};
use crate::error::Result;
use crate::models::part_training::{Part, unknown_preset};
use crate::training::{At, Augmentation, Grid, RunSettings, TrainingFilms, Watch, seed_at};

/// How the segmenter is trained, by preset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) side: usize,
    batch: usize,
}

impl Recipe {
    /// Returns the schedule of a preset.
    pub(super) fn named(preset: &str) -> Result<Self> {
        match preset {
            "paper" | "small" => Ok(Self {
                side: 128,
                batch: 16,
            }),
            "tiny" => Ok(Self { side: 32, batch: 4 }),
            other => Err(unknown_preset(other, "the lung segmenter")),
        }
    }
}

/// Generous, since the segmenter comes before every other step: films of other machines are framed,
/// stretched and exposed in other ways.
const AUGMENTATION: Augmentation = Augmentation {
    shift: 0.12,
    scale: 0.2,
    stretch: 0.12,
    turn: 8.0,
    contrast: 0.35,
    brightness: 0.12,
};
const SHUFFLE: u64 = 1;
const AUGMENT: u64 = 2;
/// Films that an epoch is compared on.
const COMPARED: usize = 96;
/// Films in the sample picture.
const SHOWN: usize = 6;

/// Films with their masks, in the same order.
pub(super) struct Pairs {
    pub(super) films: TrainingFilms,
    pub(super) masks: TrainingFilms,
}

/// The segmenter in training.
pub(super) struct Training {
    recipe: Recipe,
    pairs: Pairs,
    held_out: Pairs,
    network: Segmenter,
    device: Device,
}

impl Training {
    pub(super) fn new(
        scope: &Scope<'_>,
        settings: &RunSettings,
        (pairs, held_out): (Pairs, Pairs),
    ) -> Result<Self> {
        Ok(Self {
            recipe: Recipe::named(&settings.preset)?,
            pairs,
            held_out,
            network: Segmenter::new(scope, WIDTH)?,
            device: settings.device.clone(),
        })
    }

    /// What the network makes of held-out films: how surely each place lies inside a lung.
    fn held_out_masks(&self, count: usize) -> Result<Vec<Vec<f32>>> {
        let side = self.recipe.side;
        (0..count.min(self.held_out.films.len()))
            .map(|index| {
                let film = self.held_out.films.plain(index);
                let film = Tensor::from_samples(film, &[1, 1, side, side])?.on(&self.device)?;
                self.network.forward(&film)?.sigmoid()?.to_samples()
            })
            .collect()
    }
}

impl Part for Training {
    /// Films and their masks.
    type Batch = (Tensor, Tensor);
    const LOSSES: &'static [&'static str] = &["cross-entropy", "dice"];
    const COMPARISON: &'static str = "held-out dice";

    fn steps_per_epoch(&self) -> usize {
        (self.pairs.films.len() / self.recipe.batch).max(1)
    }

    fn batch(&self, at: &At) -> Result<(Tensor, Tensor)> {
        let Recipe { side, batch } = self.recipe;
        let chosen = at.chosen(SHUFFLE, self.pairs.films.len(), batch);
        let (mut films, mut masks) = (Vec::new(), Vec::new());
        for (index, &film) in chosen.iter().enumerate() {
            let seed = seed_at(at.seed(AUGMENT), 0, index as u64);
            films.extend(self.pairs.films.augmented(film, AUGMENTATION, seed));
            let moved = AUGMENTATION.without_tone();
            masks.extend(self.pairs.masks.augmented(film, moved, seed));
        }
        let shape = [chosen.len(), 1, side, side];
        Ok((
            Tensor::from_samples(films, &shape)?.on(&self.device)?,
            Tensor::from_samples(masks, &shape)?.on(&self.device)?,
        ))
    }

    fn losses(&self, (films, masks): &(Tensor, Tensor)) -> Result<Vec<Tensor>> {
        let logits = self.network.forward(films)?;
        Ok(vec![
            logits.cross_entropy(masks)?,
            dice_loss(&logits, masks)?,
        ])
    }

    fn compare(&self) -> Result<f64> {
        let found = self.held_out_masks(COMPARED)?;
        let pairs = found.iter().enumerate();
        let sum: f64 = pairs
            .map(|(index, found)| dice(found, &self.held_out.masks.plain(index)))
            .sum();
        Ok(sum / found.len().max(1) as f64)
    }

    fn samples(&self) -> Result<Grid> {
        let found = self.held_out_masks(SHOWN)?.into_iter().enumerate();
        let rows = found.map(|(index, found)| {
            let film = self.held_out.films.plain(index);
            vec![film, found, self.held_out.masks.plain(index)]
        });
        Ok(Grid {
            side: self.recipe.side,
            rows: rows.collect(),
        })
    }
}

impl Training {
    /// Dice's coefficient of stored weights on every held-out film.
    pub(super) fn dices(
        &self,
        tensors: HashMap<String, Candle>,
        watch: &Watch<'_>,
    ) -> Result<Vec<f64>> {
        let builder = Builder::new(Source::Stored(tensors));
        let network = Segmenter::new(&builder.root(), WIDTH)?;
        let mut lungs = Lungs::of(network, self.recipe.side, &Device::Cpu);
        let count = self.held_out.films.len();
        (0..count)
            .map(|index| {
                watch
                    .progress
                    .enter("measuring", index as f32 / count as f32)?;
                let found = lungs.mask(&self.held_out.films.plain(index))?;
                Ok(dice(&found, &self.held_out.masks.plain(index)))
            })
            .collect()
    }
}
