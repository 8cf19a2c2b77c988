//! What the gate is trained on, and its loss.

use super::lessons::{Lesson, all_shown, lesson, shown};
use super::network::{Glance, OTHER, OUTPUTS, SIDE};
use crate::compute::{Device, Scope, Tensor};
use crate::error::Result;
use crate::models::part_training::{Part, unknown_preset};
use crate::training::{At, Grid, RunSettings, TrainingFilms, seed_at};

const SHUFFLE: u64 = 1;
const LESSON: u64 = 2;
/// Films that an epoch is compared on.
const COMPARED: usize = 320;
/// Pictures in a row of the sample picture, and its rows.
const SHOWN: (usize, usize) = (8, 4);

/// Lessons in a step, by preset.
pub(super) fn batch_of(preset: &str) -> Result<usize> {
    match preset {
        "paper" | "small" => Ok(32),
        "tiny" => Ok(4),
        other => Err(unknown_preset(other, "the input gate")),
    }
}

/// What a run learns from: frontal chest films, and pictures of other things where there are any.
pub(super) struct Material {
    pub(super) films: TrainingFilms,
    pub(super) others: Option<TrainingFilms>,
}

/// The gate in training.
pub(super) struct Training {
    batch: usize,
    material: Material,
    held_out: TrainingFilms,
    network: Glance,
    device: Device,
}

impl Training {
    pub(super) fn new(
        scope: &Scope<'_>,
        settings: &RunSettings,
        (material, held_out): (Material, TrainingFilms),
    ) -> Result<Self> {
        Ok(Self {
            batch: batch_of(&settings.preset)?,
            material,
            held_out,
            network: Glance::new(scope)?,
            device: settings.device.clone(),
        })
    }

    fn lessons(&self, at: &At, count: usize) -> Vec<Lesson> {
        let Material { films, others } = &self.material;
        let chosen = at.chosen(SHUFFLE, films.len(), count);
        let drawn = chosen.into_iter().enumerate();
        drawn
            .map(|(index, film)| {
                let seed = seed_at(at.seed(LESSON), 0, index as u64);
                lesson(films, others.as_ref(), film, seed)
            })
            .collect()
    }

    fn tensor(&self, greys: Vec<f32>) -> Result<Tensor> {
        let count = greys.len() / (SIDE * SIDE);
        Tensor::from_samples(greys, &[count, 1, SIDE, SIDE])?.on(&self.device)
    }
}

impl Part for Training {
    /// Pictures, and what the network should say of each.
    type Batch = (Tensor, Tensor);
    const LOSSES: &'static [&'static str] = &["cross-entropy"];
    const COMPARISON: &'static str = "held-out poses right";

    fn steps_per_epoch(&self) -> usize {
        (self.material.films.len() / self.batch).max(1)
    }

    fn batch(&self, at: &At) -> Result<(Tensor, Tensor)> {
        let lessons = self.lessons(at, self.batch);
        let targets: Vec<f32> = lessons.iter().flat_map(|lesson| lesson.targets).collect();
        let greys = lessons
            .into_iter()
            .flat_map(|lesson| lesson.greys)
            .collect();
        let shape = [self.batch, OUTPUTS];
        let targets = Tensor::from_samples(targets, &shape)?.on(&self.device)?;
        Ok((self.tensor(greys)?, targets))
    }

    fn losses(&self, (pictures, targets): &(Tensor, Tensor)) -> Result<Vec<Tensor>> {
        let logits = self.network.forward(pictures)?;
        Ok(vec![logits.cross_entropy(targets)?])
    }

    /// The share of films kept apart whose pose and polarity a single look tells.
    fn compare(&self) -> Result<f64> {
        let poses = all_shown();
        let count = COMPARED.min(self.held_out.len());
        let mut right = 0;
        for start in (0..count).step_by(OTHER) {
            let films = start..(start + OTHER).min(count);
            let pictures = films.clone().flat_map(|film| {
                let how = poses[film % OTHER];
                shown(&self.held_out.plain(film), how)
            });
            let logits = self.network.forward(&self.tensor(pictures.collect())?)?;
            let logits = logits.to_samples()?;
            for (logits, film) in logits.chunks_exact(OUTPUTS).zip(films) {
                let said = (0..=OTHER).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
                right += usize::from(said == Some(film % OTHER));
            }
        }
        Ok(right as f64 / count.max(1) as f64)
    }

    /// Lessons as the network gets them.
    fn samples(&self) -> Result<Grid> {
        let (columns, rows) = SHOWN;
        let Material { films, others } = &self.material;
        let picture = |index: usize| {
            let film = index * films.len() / (columns * rows);
            lesson(films, others.as_ref(), film, index as u64).greys
        };
        let row = |row: usize| {
            (0..columns)
                .map(|column| picture(row * columns + column))
                .collect()
        };
        Ok(Grid {
            side: SIDE,
            rows: (0..rows).map(row).collect(),
        })
    }
}
