//! AnoGAN, the slow baseline: f-AnoGAN's generator and critic without its encoder.

use std::path::Path;
use std::time::Instant;

use super::analysis::{WEIGHTS_FILE, card_of};
use super::films::FramedFilms;
use super::iterative::{Descent, Found, STEPS};
use super::recipe::Recipe;
use super::view;
use crate::anomaly::{MapKind, ModelId, Outcome, Score, Seconds, Threshold};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::reading::{DIFFERENCE_SCALE, Square, difference, doubts};
use crate::models::yardstick::{LOWER_NORMALS, QUIET_NORMALS, quantile, quiet_cut};
use crate::models::{Card, Entry, Model, View, WeightsFile};
use crate::radiograph::Radiograph;
use crate::task::Progress;
use crate::training::{RunSettings, TrainingEvent, Watch};

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
    train: calibrate,
};

/// The most normal films that are calibrated on: each takes as long as an analysis.
const CALIBRATED: usize = 16;

/// AnoGAN with f-AnoGAN's weights and its own card.
struct AnoGan {
    card: Card,
    view: View,
    descent: Descent,
    side: usize,
}

impl AnoGan {
    fn load(folder: &Path, device: &Device) -> Result<Self> {
        Self::of(card_of(BASELINE.id, folder)?, folder, device)
    }

    fn of(card: Card, folder: &Path, device: &Device) -> Result<Self> {
        let file = WeightsFile::read(&folder.join(&card.weights))?.verified(&card.sha256)?;
        let recipe = Recipe::named(&card.preset)?;
        Ok(Self {
            view: view(&recipe, folder, device)?,
            descent: Descent::stored(&file.tensors()?, &recipe.config)?,
            side: recipe.config.side,
            card,
        })
    }
}

impl Model for AnoGan {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("finding the lungs", 0.0)?;
        let start = Instant::now();
        let side = self.side;
        let framed = self.view.frame(film, side)?;
        let square = Square {
            side,
            place: framed.place,
        };
        let gate = doubts(film, &framed, side);
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter("looking for the nearest normal film", 0.01)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.01 + 0.98 * done);
        let found = self.descent.find(&framed.greys, STEPS, between)?;
        let infer = start.elapsed().as_secs_f64();

        let start = Instant::now();
        let residue = difference(&framed.greys, &found.counterpart);
        let scale = (self.card.map_scale, self.card.threshold.unit.as_str());
        let outcome = Outcome {
            model: ModelId::new(BASELINE.id),
            weights_sha256: self.card.sha256.clone(),
            // Gradients are candle's, on the processor, whatever the other models run on.
            device: Device::Cpu.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(found.loss, &self.card.normal_scores),
            variants: vec![("pixels", found.pixels), ("features", found.features)],
            counterpart: square.picture(film, &found.counterpart)?,
            reconstruction: None,
            maps: vec![square.map(MapKind::Difference, residue, scale)?],
            threshold: self.card.threshold.clone(),
            lung_boxes: framed.lungs.map_or_else(Vec::new, |lungs| lungs.boxes),
            gate,
            seconds: Seconds {
                decode: 0.0,
                preprocess,
                infer,
                post: start.elapsed().as_secs_f64(),
            },
        };
        progress.enter("done", 1.0)?;
        Ok(outcome)
    }
}

/// Measures f-AnoGAN's weights from the folder of weights as a baseline on normal films kept out of
/// their training, one film a step, and writes the card. There is nothing to train.
fn calibrate(settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let start = Instant::now();
    let of_weights = card_of(super::ENTRY.id, &settings.weights)?;
    let mut model = AnoGan::of(of_weights, &settings.weights, &Device::Cpu)?;
    let size = (model.side, usize::MAX);
    let films = FramedFilms::read(&settings.normal, size, &mut model.view, watch)?;
    let (films, held_out) = films.split();
    let count = held_out.films.len().min(CALIBRATED);
    (watch.report)(TrainingEvent::Films {
        training: films.films.len(),
        held_out: held_out.films.len(),
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
        let found = model.descent.find(&film, STEPS, between)?;
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
fn write(settings: &RunSettings, model: &AnoGan, normals: &[(Vec<f32>, Found)]) -> Result<()> {
    let unwritable = |cause: std::io::Error| Error::unwritable("the weights", &cause);
    std::fs::create_dir_all(&settings.out).map_err(unwritable)?;
    let (from, to) = (
        settings.weights.join(&model.card.weights),
        settings.out.join(WEIGHTS_FILE),
    );
    if !to.is_file() {
        std::fs::copy(from, to).map_err(unwritable)?;
    }
    let mut scores: Vec<f32> = normals.iter().map(|normal| normal.1.loss).collect();
    scores.sort_by(f32::total_cmp);
    let cuts = normals
        .iter()
        .map(|(film, found)| quiet_cut(&difference(film, &found.counterpart), model.side))
        .collect::<Result<Vec<f32>>>()?;
    let threshold = |value: f32, unit: &str, words: &str, share: f32| Threshold {
        value,
        unit: unit.to_owned(),
        source: format!(
            "{words} {:.0} % of only {} normal films kept out of training",
            100.0 * share,
            normals.len()
        ),
    };
    let ((low, high), unit) = DIFFERENCE_SCALE;
    let cut = quantile(&cuts, QUIET_NORMALS);
    let highest = quantile(&scores, LOWER_NORMALS);
    let card = Card {
        id: BASELINE.id.to_owned(),
        title: BASELINE.title.to_owned(),
        paper: BASELINE.paper.to_owned(),
        task: BASELINE.task.to_owned(),
        weights: WEIGHTS_FILE.to_owned(),
        metrics: Vec::new(),
        maps: Vec::new(),
        default_map: MapKind::Difference,
        // The descent leaves edges far off: the cut lies beyond the usual end of the scale.
        map_scale: (low, high.max((20.0 * cut).ceil() / 10.0)),
        threshold: threshold(cut, unit, "no region on", QUIET_NORMALS),
        score_threshold: threshold(highest, "mixed sums", "above", LOWER_NORMALS),
        normal_scores: scores,
        most_copy_error: None,
        limits: vec![
            "A slow baseline: every film takes 500 steps of gradient descent from three starts."
                .to_owned(),
        ],
        ..model.card.clone()
    };
    card.write(&settings.out.join(format!("{}.json", BASELINE.id)))
}
