//! Training runs from the outside: what they write, that they resume bit for bit, and that they
//! stop when asked to.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use silhouette::error::ErrorKind;
use silhouette::files;
use silhouette::models::{self, Entry};
use silhouette::task::Progress;
use silhouette::training::{Budget, RunSettings, TrainingEvent, Watch};

/// Small films that all differ, as many as make two batches and some to calibrate on.
fn write_films(folder: &Path) {
    for film in 0..24_u32 {
        let greys: Vec<u16> = (0..48 * 48_u32)
            .map(|place| {
                let (x, y) = (place % 48, place / 48);
                let wave = ((x * (film % 5 + 1) + y * (film % 3 + 1)) as f32 / 9.0).sin();
                (20_000.0 + 15_000.0 * wave) as u16
            })
            .collect();
        files::write_png_grey16(&folder.join(format!("film-{film:02}.png")), 48, 48, &greys)
            .unwrap();
    }
}

fn settings(films: &Path, out: &Path, steps: u64, resume: bool) -> RunSettings {
    RunSettings {
        normal: films.to_owned(),
        abnormal: Some(films.to_owned()),
        mixture: Some(films.to_owned()),
        masks: None,
        preset: "tiny".to_owned(),
        device: silhouette::compute::Device::Cpu,
        budget: Budget {
            steps: Some(steps),
            ..Budget::default()
        },
        seed: 7,
        resume,
        out: out.to_owned(),
        command: "a test".to_owned(),
        weights: models::weights_folder(None),
    }
}

fn train(settings: &RunSettings, progress: &Progress) -> silhouette::Result<u64> {
    train_model(models::known("squid").unwrap(), settings, progress)
}

fn train_model(
    model: &Entry,
    settings: &RunSettings,
    progress: &Progress,
) -> silhouette::Result<u64> {
    let mut steps = 0;
    let train = model.train;
    let report = &mut |event: TrainingEvent<'_>| {
        if let TrainingEvent::Step { step, .. } = event {
            steps = step;
        }
    };
    train(settings, &mut Watch { progress, report })?;
    Ok(steps)
}

/// Trains a model and cancels the run after a step.
fn break_at(step: u64, model: &Entry, settings: &RunSettings) {
    let progress = Progress::new();
    let report = &mut |event: TrainingEvent<'_>| match event {
        TrainingEvent::Step { step: done, .. } if done == step => progress.cancel(),
        _ => {}
    };
    let watch = &mut Watch {
        progress: &progress,
        report,
    };
    let result = (model.train)(settings, watch);
    assert!(result.unwrap_err().is_cancelled(), "{}", model.id);
}

fn checkpoint(out: &Path) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(out.join("checkpoint.safetensors"), &Device::Cpu).unwrap()
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    let flat = tensor.flatten_all().unwrap().to_dtype(DType::F32).unwrap();
    flat.to_vec1::<f32>()
        .unwrap()
        .into_iter()
        .map(f32::to_bits)
        .collect()
}

#[test]
fn a_resumed_run_ends_with_the_bits_of_an_unbroken_one() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    for model in models::registry() {
        let [whole, broken] =
            ["whole", "broken"].map(|name| folder.path().join(model.id).join(name));
        let run = |out: &Path, resume: bool| {
            let settings = settings(&films, out, 12, resume);
            train_model(model, &settings, &Progress::new())
        };
        assert_eq!(run(&whole, false), Ok(12), "{}", model.id);
        // Rates may depend on how long the run is to be, so it is broken and not a shorter one.
        break_at(4, model, &settings(&films, &broken, 12, false));
        assert_eq!(run(&broken, true), Ok(12), "{}", model.id);
        let (whole_tensors, broken_tensors) = (checkpoint(&whole), checkpoint(&broken));
        assert!(
            whole_tensors.len() > 200,
            "the checkpoint of {} holds {}",
            model.id,
            whole_tensors.len()
        );
        for (name, tensor) in &whole_tensors {
            assert_eq!(
                bits(tensor),
                bits(&broken_tensors[name]),
                "{}: {name}",
                model.id
            );
        }
        what_was_trained_is_whole(model, &whole, &films);
    }
}

/// Everything was written; what was trained loads, and analyses a film.
fn what_was_trained_is_whole(model: &Entry, out: &Path, films: &Path) {
    let own = ["safetensors", "json"].map(|ending| format!("{}.{ending}", model.id));
    let all = ["log.csv", "curves.png", "samples.png"].map(str::to_owned);
    for file in own.iter().chain(&all) {
        assert!(out.join(file).is_file(), "{file} is missing");
    }
    let mut trained = (model.load)(out, &silhouette::compute::Device::Cpu).unwrap();
    let film = files::open(&films.join("film-00.png")).unwrap();
    let outcome = trained.analyze(&film.radiograph, &Progress::new()).unwrap();
    assert!(outcome.score.raw.is_finite() && outcome.score.calibration_films > 0);
    assert_eq!(outcome.map(None).unwrap().kind, trained.card().default_map);
}

#[test]
fn a_cancelled_run_leaves_a_checkpoint_to_go_on_from() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    for model in models::registry() {
        let out = folder.path().join(model.id);
        break_at(2, model, &settings(folder.path(), &out, 1000, false));
        assert!(out.join("checkpoint.safetensors").is_file(), "{}", model.id);
    }
}

#[test]
fn a_checkpoint_of_another_run_is_refused_with_both_named() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    let out = folder.path().join("out");
    train(&settings(folder.path(), &out, 1, false), &Progress::new()).unwrap();
    let other = RunSettings {
        seed: 8,
        ..settings(folder.path(), &out, 2, true)
    };
    let error = train(&other, &Progress::new()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.message.contains("seed 7") && error.message.contains('8'),
        "{error}"
    );
}

#[test]
fn weights_that_do_not_match_their_card_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    let out = folder.path().join("out");
    train(&settings(folder.path(), &out, 1, false), &Progress::new()).unwrap();
    let load = models::known("squid").unwrap().load;
    let refused = |expected: ErrorKind| {
        let error = load(&out, &silhouette::compute::Device::Cpu).err().unwrap();
        assert_eq!(error.kind, expected, "{error}");
    };
    let weights = out.join("squid.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, &bytes).unwrap();
    refused(ErrorKind::CorruptWeights);
    std::fs::remove_file(&weights).unwrap();
    refused(ErrorKind::MissingWeights);
    std::fs::write(out.join("squid.json"), "{}").unwrap();
    refused(ErrorKind::CorruptWeights);
    std::fs::remove_file(out.join("squid.json")).unwrap();
    refused(ErrorKind::MissingWeights);
}
