//! An outcome made by hand and a model that returns it, for the tests of this room and of those
//! to its right.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Listing, Models};
use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Placed, Score, Seconds, Threshold};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::{Card, MapWorth, Model, TrainingFacts};
use crate::radiograph::{PixelRect, Radiograph, Raster};
use crate::task::Progress;
use crate::training::{Grid, RunSettings, TrainingEvent, Watch};

/// An outcome whose residue has three spots, with peaks 1, 2 and 3 σ.
pub(crate) fn outcome(film: &Radiograph) -> Outcome {
    let (width, height) = (film.raster.width(), film.raster.height());
    let place = PixelRect::of_image(width, height);
    let mut residue = vec![0.0; 32 * 32];
    for (spot, peak) in [(4, 1.0), (14, 2.0), (24, 3.0)] {
        for y in 0..4 {
            for x in 0..4 {
                residue[(spot + y) * 32 + spot + x] = peak;
            }
        }
    }
    let placed = |samples: Vec<f32>| Placed {
        raster: Raster::new(32, 32, samples).unwrap(),
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
    Outcome {
        model: ModelId::new("stub"),
        weights_sha256: "0123456789abcdef".to_owned(),
        device: "cpu".to_owned(),
        input_size: (32, 32),
        input_region: place,
        score: Score::among(2.5, &[1.0, 2.0, 3.0, 4.0]),
        counterpart: Arc::new(placed(vec![film.extremes.0; 32 * 32])),
        reconstruction: None,
        maps: vec![
            map(MapKind::Residue, "σ of normals"),
            map(MapKind::Difference, "grey levels"),
        ],
        threshold: Threshold {
            value: 1.5,
            unit: "σ of normals".to_owned(),
            source: "made for tests".to_owned(),
        },
        lung_boxes: Vec::new(),
        variants: Vec::new(),
        gate: Vec::new(),
        withheld: None,
        seen_as: crate::radiograph::Correction::NONE,
        seconds: Seconds::default(),
    }
}

/// Models called “stub” and “twin”, which answer, “slow”, which runs until cancelled, “bare”,
/// which has no card, and “shy”, whose map was measured to point nowhere.
pub(crate) struct Stubs;

impl Models for Stubs {
    fn list(&self) -> Vec<Listing> {
        ["stub", "twin", "slow", "bare", "shy"]
            .map(|name| Listing {
                id: ModelId::new(name),
                title: name.to_owned(),
                task: "stands in for a model".to_owned(),
            })
            .to_vec()
    }

    fn card(&self, id: &ModelId) -> Result<Card> {
        if id.0 == "bare" {
            return Err(Error::new(
                ErrorKind::MissingWeights,
                "the model card cannot be read",
                "Put the weights folder beside the program.",
            ));
        }
        Ok(card(id))
    }

    fn load(&self, id: &ModelId, _: &Device) -> Result<Box<dyn Model>> {
        Ok(Box::new(Stub(card(id))))
    }

    /// Folders called “own” and “adults” have weights of the “stub”; others have none.
    fn with_weights(&self, folder: &Path) -> Result<(Arc<dyn Models>, Vec<ModelId>)> {
        let hash = match folder.file_name().and_then(|name| name.to_str()) {
            Some("own") => OWN_SHA256,
            Some("adults") => ADULTS_SHA256,
            _ => {
                return Err(Error::new(
                    ErrorKind::MissingWeights,
                    "the folder holds no model card",
                    "Choose another folder.",
                ));
            }
        };
        Ok((Arc::new(Retrained(hash)), vec![ModelId::new("stub")]))
    }

    fn for_adults(&self) -> Option<(PathBuf, Vec<(ModelId, String)>)> {
        let stub = (ModelId::new("stub"), ADULTS_SHA256.to_owned());
        Some(("/weights/adults".into(), vec![stub]))
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

/// The hash of the weights that a folder called “own” brings.
pub(crate) const OWN_SHA256: &str = "feedfacefeedface";

/// The hash of the weights that learnt from adults.
const ADULTS_SHA256: &str = "0ld0ld0ld0ld0ld0";

/// The same models with other weights of the “stub”, of this hash.
struct Retrained(&'static str);

impl Models for Retrained {
    fn list(&self) -> Vec<Listing> {
        Stubs.list()
    }

    fn card(&self, id: &ModelId) -> Result<Card> {
        let card = Stubs.card(id)?;
        Ok(match id.0.as_str() {
            "stub" => Card {
                sha256: self.0.to_owned(),
                ..card
            },
            _ => card,
        })
    }

    fn load(&self, id: &ModelId, _: &Device) -> Result<Box<dyn Model>> {
        Ok(Box::new(Stub(self.card(id)?)))
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

/// Returns the card of a stub.
pub(crate) fn card(id: &ModelId) -> Card {
    let threshold = Threshold {
        value: 1.5,
        unit: "σ of normals".to_owned(),
        source: "made for tests".to_owned(),
    };
    Card {
        id: id.0.clone(),
        title: id.0.clone(),
        paper: String::new(),
        task: "stands in for a model".to_owned(),
        preset: String::new(),
        input_size: (32, 32),
        weights: String::new(),
        sha256: "0123456789abcdef".to_owned(),
        training: TrainingFacts::default(),
        metrics: Vec::new(),
        maps: vec![MapWorth {
            map: MapKind::Residue.name().to_owned(),
            auc: 0.75,
            data: "made-up films".to_owned(),
            pasted: Some((if id.0 == "shy" { 3 } else { 27 }, 30)),
        }],
        default_map: MapKind::Residue,
        map_scale: (0.0, 4.0),
        threshold: threshold.clone(),
        score_threshold: threshold,
        normal_scores: Vec::new(),
        averages_shifts: false,
        most_copy_error: None,
        trained_ages_years: None,
        intended_use: String::new(),
        limits: Vec::new(),
    }
}

struct Stub(Card);

impl Model for Stub {
    fn card(&self) -> &Card {
        &self.0
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        if self.0.id != "slow" {
            return Ok(Outcome {
                model: ModelId::new(&self.0.id),
                weights_sha256: self.0.sha256.clone(),
                withheld: self.0.map_withheld(),
                ..outcome(film)
            });
        }
        loop {
            progress.enter("network", 0.5)?;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
