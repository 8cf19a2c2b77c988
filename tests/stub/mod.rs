//! Models made for tests: two answer at once, others run until cancelled, or panic, or lack weights.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use silhouette::anomaly::{
    AnomalyMap, Doubt, Finding, MapKind, ModelId, Outcome, Placed, Score, Seconds, Threshold,
};
use silhouette::compute::Device;
use silhouette::inference::{Listing, Models};
use silhouette::models::gate::Doorkeeper;
use silhouette::models::{Card, Metric, Model, TrainingFacts};
use silhouette::radiograph::{Correction, PixelPoint, PixelRect, Pose, Radiograph, Raster};
use silhouette::task::Progress;
use silhouette::training::{Grid, RunSettings, TrainingEvent, Watch};
use silhouette::{Error, ErrorKind, Result};

/// The side of the stub's maps.
const SIDE: usize = 64;

/// The models offered to the window.
pub(crate) struct Stubs;

impl Models for Stubs {
    fn list(&self) -> Vec<Listing> {
        ["stub", "lungs only", "slow", "panic", "no weights"]
            .map(|name| Listing {
                id: ModelId::new(name),
                title: name.to_owned(),
                task: "stands in for a model in tests".to_owned(),
            })
            .to_vec()
    }

    fn card(&self, id: &ModelId) -> Result<Card> {
        if id.0 == "no weights" {
            return Err(Error::new(
                ErrorKind::MissingWeights,
                "the model card cannot be read: no such file",
                "Put the weights folder beside the program, or name it with --weights-dir.",
            ));
        }
        Ok(card(id))
    }

    fn load(&self, id: &ModelId, _: &Device) -> Result<Box<dyn Model>> {
        Ok(Box::new(Stub(card(id))))
    }

    fn doorkeeper(&self, _: &Device) -> Result<Option<Box<dyn Doorkeeper>>> {
        Ok(Some(Box::new(Turner)))
    }

    /// The same stubs, as if a folder had weights of them all.
    fn with_weights(&self, _: &Path) -> Result<(Arc<dyn Models>, Vec<ModelId>)> {
        let all = self.list().into_iter().map(|listing| listing.id);
        Ok((Arc::new(Self), all.collect()))
    }

    fn trainable(&self) -> Vec<Listing> {
        ["learner", "stumbler"]
            .map(|name| Listing {
                id: ModelId::new(name),
                title: name.to_owned(),
                task: "learns nothing, for tests".to_owned(),
            })
            .to_vec()
    }

    fn train(&self, id: &ModelId, settings: RunSettings, watch: &mut Watch<'_>) -> Result<()> {
        train(id, &settings, watch)
    }
}

/// Takes a film that is four times as wide as high, or wider, for one that lies on its side.
struct Turner;

impl Doorkeeper for Turner {
    fn look(&mut self, film: &Radiograph) -> Result<Vec<Finding>> {
        let (width, height) = (film.raster.width(), film.raster.height());
        let reason = "The film seems to be turned by 90° to the left.";
        let finding = Finding::unfit(Doubt::Pose, reason).mended_by(Correction {
            pose: Pose::ALL[1],
            inverted: false,
        });
        Ok((width >= 4 * height)
            .then_some(finding)
            .into_iter()
            .collect())
    }
}

/// Pretends to train: steps of 5 ms, five to an epoch, with a checkpoint and sample pictures. The
/// “stumbler” falls at its seventh step.
fn train(id: &ModelId, settings: &RunSettings, watch: &mut Watch<'_>) -> Result<()> {
    let unwritable = |cause| Error::unwritable("the checkpoint", &cause);
    std::fs::create_dir_all(&settings.out).map_err(unwritable)?;
    let checkpoint = RunSettings::checkpoint(&settings.out);
    let stored = std::fs::read_to_string(&checkpoint).ok();
    let before = stored.filter(|_| settings.resume);
    let before: u64 = before.and_then(|step| step.parse().ok()).unwrap_or(0);
    (watch.report)(TrainingEvent::Films {
        training: 8,
        held_out: 2,
    });
    let epochs = settings.budget.epochs.unwrap_or(u64::MAX);
    for step in before + 1..=epochs.saturating_mul(5) {
        std::thread::sleep(Duration::from_millis(5));
        if let Err(cancelled) = watch.progress.enter("training", 0.0) {
            std::fs::write(&checkpoint, (step - 1).to_string()).map_err(unwritable)?;
            return Err(cancelled);
        }
        if id.0 == "stumbler" && step == 7 {
            let message = "the copy loss is no number at step 7";
            return Err(Error::new(
                ErrorKind::Internal,
                message,
                "Use another seed.",
            ));
        }
        let (epoch, share) = (step / 5, step as f32 / (epochs as f32 * 5.0));
        (watch.report)(TrainingEvent::Step { share, epoch, step });
        if step % 5 == 0 {
            (watch.report)(TrainingEvent::Epoch {
                epoch,
                names: &["copy", "critic", "loading", "minutes"],
                numbers: &[1.0 / epoch as f64, 0.5 + 0.1 / epoch as f64, 0.25, 0.1].map(Some),
            });
            let grid = Grid {
                side: 8,
                rows: vec![vec![vec![1.0 / (1.0 + epoch as f32); 64]; 4]; 2],
            };
            grid.write(&settings.out.join("samples.png"))?;
        }
    }
    std::fs::write(&checkpoint, "done").map_err(unwritable)
}

fn threshold() -> Threshold {
    Threshold {
        value: 1.5,
        unit: "σ of normals".to_owned(),
        source: "99th percentile of made-up normal films".to_owned(),
    }
}

fn card(id: &ModelId) -> Card {
    Card {
        id: id.0.clone(),
        title: id.0.clone(),
        paper: "none".to_owned(),
        task: "stands in for a model".to_owned(),
        preset: "made up".to_owned(),
        input_size: (SIDE, SIDE),
        weights: "none".to_owned(),
        sha256: "0123456789abcdef".to_owned(),
        training: TrainingFacts {
            data: "nothing".to_owned(),
            ..TrainingFacts::default()
        },
        metrics: vec![Metric {
            name: "AUC".to_owned(),
            value: 0.5,
            low: Some(0.4),
            high: Some(0.6),
            data: "made up for tests".to_owned(),
        }],
        maps: Vec::new(),
        default_map: MapKind::Residue,
        map_scale: (0.0, 4.0),
        threshold: threshold(),
        score_threshold: threshold(),
        normal_scores: Vec::new(),
        averages_shifts: false,
        most_copy_error: None,
        trained_ages_years: None,
        intended_use: "tests".to_owned(),
        limits: vec!["knows nothing about films".to_owned()],
    }
}

struct Stub(Card);

impl Model for Stub {
    fn card(&self) -> &Card {
        &self.0
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        assert!(self.0.id != "panic", "this model falls over");
        match self.0.id.as_str() {
            "slow" => {}
            "lungs only" => return Ok(lungs_only(film)),
            _ => return Ok(outcome(film)),
        }
        loop {
            progress.enter("network", 0.4)?;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Three spots with peaks near 1, 2 and 3.5 σ, and the film blurred for a counterpart.
pub(crate) fn outcome(film: &Radiograph) -> Outcome {
    let place = PixelRect::of_image(film.raster.width(), film.raster.height());
    let residue = cells(|x, y| {
        [(14.0, 20.0, 1.0), (20.0, 44.0, 2.0), (46.0, 36.0, 3.5)]
            .map(|(cx, cy, peak): (f32, f32, f32)| {
                let away: f32 = (x - cx).powi(2) + (y - cy).powi(2);
                peak * (-away / 18.0).exp()
            })
            .into_iter()
            .sum()
    });
    let coarse = cells(|x, y| {
        let at = |share: f32, side: usize| ((share / SIDE as f32) * side as f32) as usize;
        film.raster
            .at(at(x, film.raster.width()), at(y, film.raster.height()))
    });
    let placed = |samples: Vec<f32>| Placed {
        raster: Raster::new(SIDE, SIDE, samples).unwrap(),
        place,
    };
    let map = |kind, unit: &str| {
        Arc::new(AnomalyMap {
            kind,
            placed: placed(residue.clone()),
            scale: (0.0, 4.0),
            unit: unit.to_owned(),
        })
    };
    let normals: Vec<f32> = (0..200).map(|i| i as f32 / 100.0).collect();
    Outcome {
        model: ModelId::new("stub"),
        weights_sha256: "0123456789abcdef".to_owned(),
        device: "cpu".to_owned(),
        input_size: (SIDE, SIDE),
        input_region: place,
        score: Score::among(1.935, &normals),
        counterpart: Arc::new(placed(coarse)),
        reconstruction: None,
        maps: vec![
            map(MapKind::Residue, "σ of normals"),
            map(MapKind::Difference, "grey levels"),
        ],
        threshold: threshold(),
        lung_boxes: Vec::new(),
        variants: Vec::new(),
        gate: vec![Finding::warning(
            Doubt::TooSmall,
            "The film is smaller than those the model was made for.",
        )],
        withheld: None,
        seen_as: Correction::NONE,
        seconds: Seconds::default(),
    }
}

/// Another model's answer: it looks at a frame that is narrower than the film and reaches beyond
/// its lower edge, its scale and unit are its own, and its one spot lies where the other model's
/// greatest one does.
fn lungs_only(film: &Radiograph) -> Outcome {
    let (width, height) = (film.raster.width() as f32, film.raster.height() as f32);
    let place = PixelRect::new(0.15 * width, 0.1 * height, 0.7 * width, width.max(height));
    let spot = PixelPoint {
        x: width * 46.5 / SIDE as f32,
        y: height * 36.5 / SIDE as f32,
    };
    let saliency = cells(|x, y| {
        let x = place.x + (x + 0.5) * place.width / SIDE as f32;
        let y = place.y + (y + 0.5) * place.height / SIDE as f32;
        let away = ((x - spot.x) / width).powi(2) + ((y - spot.y) / height).powi(2);
        0.9 * (-away / 0.006).exp()
    });
    let whole = outcome(film);
    let grey = film.sample_from_grey(0.4);
    Outcome {
        model: ModelId::new("lungs only"),
        input_region: place,
        score: Score::among(0.7, &[0.1, 0.2, 0.6, 0.9]),
        counterpart: Arc::new(Placed {
            raster: Raster::new(SIDE, SIDE, vec![grey; SIDE * SIDE]).unwrap(),
            place,
        }),
        maps: vec![Arc::new(AnomalyMap {
            kind: MapKind::Saliency,
            placed: Placed {
                raster: Raster::new(SIDE, SIDE, saliency).unwrap(),
                place,
            },
            scale: (0.0, 1.0),
            unit: "share of the most".to_owned(),
        })],
        threshold: Threshold {
            value: 0.5,
            unit: "share of the most".to_owned(),
            source: "chosen by hand for tests".to_owned(),
        },
        gate: Vec::new(),
        ..whole
    }
}

fn cells(value: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    (0..SIDE * SIDE)
        .map(|cell| value((cell % SIDE) as f32, (cell / SIDE) as f32))
        .collect()
}
