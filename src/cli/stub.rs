//! A model for tests: its score is the mean grey, its map the film itself.

use std::sync::Arc;

use crate::anomaly::{AnomalyMap, MapKind, ModelId, Outcome, Placed, Score, Seconds, Threshold};
use crate::error::Result;
use crate::models::{Card, Model, TrainingFacts};
use crate::radiograph::{
    Film, Identity, NamedVoi, PixelRect, Polarity, Radiograph, Raster, Source, Voi,
};
use crate::task::Progress;

pub(super) struct Stub {
    pub(super) card: Card,
    pub(super) panics_on_white: bool,
    pub(super) films_seen: usize,
}

impl Stub {
    pub(super) fn new() -> Self {
        let threshold = Threshold {
            value: 0.5,
            unit: "grey".to_owned(),
            source: "by hand".to_owned(),
        };
        Self {
            card: Card {
                id: "stub".to_owned(),
                title: "Stub".to_owned(),
                paper: "none".to_owned(),
                task: "measures the mean grey".to_owned(),
                preset: "none".to_owned(),
                input_size: (8, 8),
                weights: "stub.safetensors".to_owned(),
                sha256: "0123456789abcdef".to_owned(),
                training: TrainingFacts::default(),
                metrics: Vec::new(),
                maps: Vec::new(),
                default_map: MapKind::Residue,
                map_scale: (0.0, 1.0),
                threshold: threshold.clone(),
                score_threshold: threshold,
                normal_scores: vec![0.1, 0.2, 0.3],
                averages_shifts: false,
                most_copy_error: None,
                trained_ages_years: None,
                intended_use: "tests".to_owned(),
                limits: Vec::new(),
            },
            panics_on_white: false,
            films_seen: 0,
        }
    }
}

impl Model for Stub {
    fn card(&self) -> &Card {
        &self.card
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.at(0.0)?;
        self.films_seen += 1;
        let greys = film.greys();
        let mean = greys.iter().sum::<f32>() / greys.len() as f32;
        assert!(
            !self.panics_on_white || mean < 0.99,
            "the stub dislikes white"
        );
        let (width, height) = (film.raster.width(), film.raster.height());
        let place = PixelRect::of_image(width, height);
        let placed = |samples: Vec<f32>| -> Result<Placed> {
            Ok(Placed {
                raster: Raster::new(width, height, samples)?,
                place,
            })
        };
        let counterpart = greys
            .iter()
            .map(|grey| film.sample_from_grey(1.0 - grey))
            .collect();
        Ok(Outcome {
            model: ModelId::new("stub"),
            weights_sha256: self.card.sha256.clone(),
            device: "cpu".to_owned(),
            input_size: (8, 8),
            input_region: place,
            score: Score::among(mean, &self.card.normal_scores),
            counterpart: Arc::new(placed(counterpart)?),
            reconstruction: None,
            maps: vec![Arc::new(AnomalyMap {
                kind: MapKind::Residue,
                placed: placed(greys)?,
                scale: (0.0, 1.0),
                unit: "grey".to_owned(),
            })],
            threshold: self.card.threshold.clone(),
            lung_boxes: Vec::new(),
            variants: Vec::new(),
            gate: Vec::new(),
            withheld: self.card.map_withheld(),
            seen_as: crate::radiograph::Correction::NONE,
            seconds: Seconds::default(),
        })
    }
}

/// A film of 8 × 8 pixels: its upper half black, its lower half so bright that the mean is `grey`
/// up to 0.5; above, all of it is `grey`.
pub(super) fn film(grey: f32) -> Film {
    let sample = |index: usize| match index {
        _ if grey > 0.5 => grey,
        32.. => 2.0 * grey,
        _ => 0.0,
    };
    let raster = Raster::new(8, 8, (0..64).map(sample).collect::<Vec<f32>>()).unwrap();
    let full = NamedVoi {
        voi: Voi::spanning(0.0, 1.0),
        explanation: String::new(),
        origin: crate::radiograph::VoiOrigin::File,
    };
    Film {
        radiograph: Radiograph::new(raster, vec![full], Polarity::Identity)
            .unwrap()
            .into(),
        source: Source {
            path: "folder/film.png".into(),
            kind: "png",
            ..Source::default()
        },
        identity: Identity::default(),
        pipeline: Default::default(),
        graphics: crate::radiograph::Graphics::default(),
    }
}
