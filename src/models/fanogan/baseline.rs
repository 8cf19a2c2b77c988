//! AnoGAN, the slow baseline: f-AnoGAN's generator and critic without its encoder.

use std::collections::HashMap;
use std::time::Instant;

use candle_core::Tensor as Candle;

use super::iterative::{Descent, Found, STEPS};
use super::recipe::Recipe;
use super::view;
use crate::anomaly::MapKind;
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::beginning::from_noise;
use crate::models::finishing::{of_normals, score_threshold};
use crate::models::framed::{FramedFilms, SeenLungs};
use crate::models::reading::{DIFFERENCE_SCALE, difference};
use crate::models::trained::{Conclusion, Looked, Reader, Trained, card_and_weights, card_of};
use crate::models::yardstick::{QUIET_NORMALS, quantile, quiet_cut};
use crate::models::{Card, Entry, Model as _};
use crate::training::{RunSettings, TrainingEvent, Watch, WeightsFolders};

/// AnoGAN's line in the registry.
pub const BASELINE: Entry = Entry {
    id: "anogan",
    title: "AnoGAN",
    paper: "Schlegl et al., Unsupervised Anomaly Detection with Generative Adversarial Networks to \
            Guide Marker Discovery, IPMI 2017",
    task: "slow baseline of f-AnoGAN: looks for the normal film nearest to this one by 500 steps of \
           gradient descent",
    slow: true,
    load: |folder, device| Ok(Box::new(AnoGan::load(folder, device)?)),
    read: |settings, watch| read(settings, watch).map(drop),
    train: calibrate,
};

/// The most normal films that are calibrated on: each takes as long as an analysis.
const CALIBRATED: usize = 16;

/// AnoGAN's descent through f-AnoGAN's weights.
struct AnoGan {
    descent: Descent,
    side: usize,
}

impl AnoGan {
    fn load(weights: &WeightsFolders, device: &Device) -> Result<Trained<Self>> {
        Self::of(card_and_weights(BASELINE.id, weights)?, weights, device)
    }

    /// Gradients are candle's, on the processor, whatever the other models run on.
    fn of(
        (card, tensors): (Card, HashMap<String, Candle>),
        weights: &WeightsFolders,
        device: &Device,
    ) -> Result<Trained<Self>> {
        let recipe = Recipe::named(&card.preset)?;
        let model = Self {
            descent: Descent::stored(&tensors, &recipe.config)?,
            side: recipe.config.side,
        };
        let view = view(&recipe, weights, device)?;
        Ok(Trained::new(card, &Device::Cpu, view, model))
    }
}

impl Reader for AnoGan {
    type Seen = (Vec<f32>, Found);
    const WORK: &'static str = "looking for the nearest normal film";

    fn side(&self) -> usize {
        self.side
    }

    fn see(
        &mut self,
        greys: Vec<f32>,
        _lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Self::Seen> {
        let found = self.descent.find(&greys, STEPS, between)?;
        Ok((greys, found))
    }

    fn conclude(&self, (greys, found): Self::Seen, film: &Looked<'_>) -> Result<Conclusion> {
        let threshold = film.card.threshold.clone();
        let scale = (film.card.map_scale, threshold.unit.as_str());
        let residue = difference(&greys, &found.counterpart);
        Ok(Conclusion {
            score: found.loss,
            variants: vec![("pixels", found.pixels), ("features", found.features)],
            counterpart: found.counterpart,
            reconstruction: None,
            maps: vec![film.square.map(MapKind::Difference, residue, scale)?],
            threshold,
        })
    }
}

/// Reads the films that are calibrated on; the preset is that of the weights.
fn read(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<FramedFilms> {
    let card = card_of(super::ENTRY.id, &settings.weights)?;
    let recipe = Recipe::named(&card.preset)?;
    let mut view = view(&recipe, &settings.weights, &Device::Cpu)?;
    let size = (recipe.config.side, usize::MAX);
    FramedFilms::read(settings.films(&settings.normal), size, &mut view, watch)
}

/// Measures f-AnoGAN's weights from the folder of weights as a baseline on normal films kept out of
/// their training, one film a step, and writes the card. There is nothing to train.
fn calibrate(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    from_noise(settings)?;
    let start = Instant::now();
    let weights = card_and_weights(super::ENTRY.id, &settings.weights)?;
    let model = AnoGan::of(weights, &settings.weights, &Device::Cpu)?;
    let (films, held_out) = read(settings, watch)?.split();
    let count = held_out.len().min(CALIBRATED);
    (watch.report)(TrainingEvent::Films {
        training: films.len(),
        held_out: held_out.len(),
    });
    let mut normals: Vec<(Vec<f32>, Found)> = Vec::new();
    for index in 0..count {
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        if settings.budget.spent(0, index as u64, minutes) {
            break;
        }
        let film = held_out.films.plain(index);
        let between = &mut |done: f32| {
            let share = (index as f32 + done) / count as f32;
            watch.progress.enter("calibrating", share)
        };
        let found = model.reader.descent.find(&film, STEPS, between)?;
        normals.push((film, found));
        (watch.report)(TrainingEvent::Step {
            share: (index + 1) as f32 / count as f32,
            epoch: 0,
            step: index as u64 + 1,
        });
    }
    if normals.is_empty() {
        return Err(Error::new(
            ErrorKind::Usage,
            "no normal film was calibrated on before the time was over",
            "Give more films or a larger --minutes or --steps.",
        ));
    }
    write(settings, &model, &normals)
}

/// Writes the card, with the weights beside it.
fn write(
    settings: &RunSettings,
    model: &Trained<AnoGan>,
    normals: &[(Vec<f32>, Found)],
) -> Result<()> {
    let unwritable = |cause: std::io::Error| Error::unwritable("the weights", &cause);
    std::fs::create_dir_all(&settings.out).map_err(unwritable)?;
    let (from, to) = (
        settings
            .weights
            .of(super::ENTRY.id)
            .join(&model.card().weights),
        settings.out.join(&model.card().weights),
    );
    if !to.is_file() {
        std::fs::copy(from, to).map_err(unwritable)?;
    }
    let mut scores: Vec<f32> = normals.iter().map(|normal| normal.1.loss).collect();
    scores.sort_by(f32::total_cmp);
    let cuts = normals
        .iter()
        .map(|(film, found)| quiet_cut(&difference(film, &found.counterpart), model.reader.side))
        .collect::<Result<Vec<f32>>>()?;
    let ((low, high), unit) = DIFFERENCE_SCALE;
    let cut = quantile(&cuts, QUIET_NORMALS);
    let count = scores.len();
    let card = Card {
        id: BASELINE.id.to_owned(),
        title: BASELINE.title.to_owned(),
        paper: BASELINE.paper.to_owned(),
        task: BASELINE.task.to_owned(),
        metrics: Vec::new(),
        maps: Vec::new(),
        default_map: MapKind::Difference,
        // The descent leaves edges far off: the cut lies beyond the usual end of the scale.
        map_scale: (low, high.max((20.0 * cut).ceil() / 10.0)),
        threshold: of_normals(cut, unit, ("no region on", QUIET_NORMALS), count),
        score_threshold: score_threshold(&scores, "mixed sums"),
        normal_scores: scores,
        averages_shifts: false,
        most_copy_error: None,
        limits: vec![
            "A slow baseline: every film takes 500 steps of gradient descent from three starts."
                .to_owned(),
        ],
        ..model.card().clone()
    };
    card.write(&WeightsFolders::card(&settings.out, BASELINE.id))
}
