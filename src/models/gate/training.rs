//! What the gate is trained on, and for what.

use super::lessons::{LOOKS, decoy, lesson, mirrored, shown};
use super::network::{CROPPED, Glance, OTHER, OUTPUTS, SIDE, SOUND};
use crate::compute::{Device, Scope, Tensor};
use crate::error::Result;
use crate::models::part_training::{Part, unknown_preset};
use crate::radiograph::Correction;
use crate::training::{At, Grid, RunSettings, TrainingFilms, seed_at};

const SHUFFLE: u64 = 1;
const LESSON: u64 = 2;
const DECOY: u64 = 3;
/// Films that an epoch is compared on, so many at a time.
const COMPARED: (usize, usize) = (480, 16);
/// Films in the sample picture.
const SHOWN: usize = 8;

/// Chest films and pictures of other things in a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    films: usize,
    others: usize,
}

/// What a step of a preset looks at.
pub(super) fn batch_of(preset: &str) -> Result<Batch> {
    match preset {
        "paper" | "small" => Ok(Batch {
            films: 12,
            others: 18,
        }),
        "tiny" => Ok(Batch {
            films: 2,
            others: 2,
        }),
        other => Err(unknown_preset(other, "the input gate")),
    }
}

/// What a run learns from: frontal chest films, and pictures of other things where there are any.
pub(super) struct Material {
    pub(super) films: TrainingFilms,
    pub(super) held_out: TrainingFilms,
    pub(super) others: Option<TrainingFilms>,
}

/// The gate in training.
pub(super) struct Training {
    batch: Batch,
    material: Material,
    network: Glance,
    device: Device,
}

/// Looks at chest films, [`LOOKS`] at each, and then at pictures of other things.
pub(super) struct Looks {
    pictures: Tensor,
    /// For each look, whether it shows a film as it should be, and whether something else: what the
    /// first two outputs should say.
    kinds: Tensor,
    /// For each look at a film, whether too little is seen.
    cut: Tensor,
}

impl Training {
    pub(super) fn new(
        scope: &Scope<'_>,
        settings: &RunSettings,
        material: Material,
    ) -> Result<Self> {
        Ok(Self {
            batch: batch_of(&settings.preset)?,
            material,
            network: Glance::new(scope)?,
            device: settings.device.clone(),
        })
    }

    fn tensor(&self, samples: Vec<f32>, shape: &[usize]) -> Result<Tensor> {
        Tensor::from_samples(samples, shape)?.on(&self.device)
    }

    /// Where the network puts films kept out of training: how much likelier each is itself than its
    /// mirror image, in log odds.
    fn held_out_sides(&self) -> Result<Vec<f32>> {
        let (most, at_once) = COMPARED;
        let count = most.min(self.material.held_out.len());
        let mut sides = Vec::with_capacity(count);
        for start in (0..count).step_by(at_once) {
            let films = start..(start + at_once).min(count);
            let shape = [2 * films.len(), 1, SIDE, SIDE];
            let pictures = films.flat_map(|film| {
                let upright = self.material.held_out.plain(film);
                let mirror = shown(&upright, mirrored(Correction::NONE));
                [upright, mirror].into_iter().flatten()
            });
            let pictures = self.tensor(pictures.collect(), &shape)?;
            let logits = self.network.forward(&pictures)?.to_samples()?;
            let pairs = logits.chunks_exact(2 * OUTPUTS);
            sides.extend(pairs.map(|pair| pair[SOUND] - pair[OUTPUTS + SOUND]));
        }
        Ok(sides)
    }
}

impl Part for Training {
    type Batch = Looks;
    const LOSSES: &'static [&'static str] = &["pose", "sound", "other", "cropped"];
    const COMPARISON: &'static str = "held-out sides right";

    fn steps_per_epoch(&self) -> usize {
        (self.material.films.len() / self.batch.films).max(1)
    }

    fn batch(&self, at: &At) -> Result<Looks> {
        let Material { films, others, .. } = &self.material;
        let chosen = at.chosen(SHUFFLE, films.len(), self.batch.films);
        let (mut pictures, mut kinds, mut cut) = (Vec::new(), Vec::new(), Vec::new());
        let seed = |stream, index: usize| seed_at(at.seed(stream), 0, index as u64);
        for (index, &film) in chosen.iter().enumerate() {
            let lesson = lesson(films, film, seed(LESSON, index));
            pictures.extend(lesson.greys);
            kinds.extend((0..LOOKS).flat_map(|look| [f32::from(u8::from(look == 0)), 0.0]));
            cut.extend([f32::from(u8::from(lesson.cut)); LOOKS]);
        }
        for index in 0..self.batch.others {
            let film = chosen[index % chosen.len()];
            pictures.extend(decoy(films, others.as_ref(), film, seed(DECOY, index)));
            kinds.extend([0.0, 1.0]);
        }
        let (looks, of_films) = (kinds.len() / 2, cut.len());
        Ok(Looks {
            pictures: self.tensor(pictures, &[looks, 1, SIDE, SIDE])?,
            kinds: self.tensor(kinds, &[looks, 2])?,
            cut: self.tensor(cut, &[of_films, 1])?,
        })
    }

    /// Every look is told by itself; a film as it should be must look sounder than the same film shown
    /// otherwise as well, so that what all looks at it share cancels out.
    fn losses(&self, looks: &Looks) -> Result<Vec<Tensor>> {
        let logits = self.network.forward(&looks.pictures)?;
        let films = self.batch.films;
        let of_films = logits.narrow(0, 0, LOOKS * films)?;
        let sound = of_films.narrow(1, SOUND, 1)?.reshape(&[films, LOOKS])?;
        let otherwise = sound.narrow(1, 1, LOOKS - 1)?;
        let odds = sound.narrow(1, 0, 1)?.minus(&otherwise)?;
        let ones = self.tensor(vec![1.0; films * (LOOKS - 1)], &[films, LOOKS - 1])?;
        let told = |output| {
            let target = looks.kinds.narrow(1, output, 1)?;
            logits.narrow(1, output, 1)?.cross_entropy(&target)
        };
        Ok(vec![
            odds.cross_entropy(&ones)?,
            told(SOUND)?,
            told(OTHER)?,
            of_films.narrow(1, CROPPED, 1)?.cross_entropy(&looks.cut)?,
        ])
    }

    /// The share of films kept apart that are told from their mirror images.
    fn compare(&self) -> Result<f64> {
        let sides = self.held_out_sides()?;
        let right = sides.iter().filter(|&&odds| odds > 0.0).count();
        Ok(right as f64 / sides.len().max(1) as f64)
    }

    /// Lessons as the network gets them, with a picture of something else.
    fn samples(&self) -> Result<Grid> {
        let Material { films, others, .. } = &self.material;
        let row = |index: usize| {
            let film = index * films.len() / SHOWN;
            let looks = lesson(films, film, index as u64).greys;
            let decoy = decoy(films, others.as_ref(), film, index as u64);
            let looks = looks.chunks_exact(SIDE * SIDE).map(<[f32]>::to_vec);
            looks.chain([decoy]).collect()
        };
        Ok(Grid {
            side: SIDE,
            rows: (0..SHOWN).map(row).collect(),
        })
    }
}
