//! Training runs from the outside: what they write, that they resume bit for bit, and that they
//! stop when asked to.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Tensor};
use silhouette::error::ErrorKind;
use silhouette::files;
use silhouette::models::{self, gate};
use silhouette::task::Progress;
use silhouette::training::{
    Budget, PackMaker, Packing, RunSettings, TrainingEvent, Watch, WeightsFolders, held_out,
};

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
        from: None,
        packing: None,
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
        weights: models::weights_folders(None),
    }
}

/// The models whose runs are tested, each with the least number of tensors in its checkpoint.
const MODELS: [(&str, usize); 4] = [
    ("squid", 500),
    ("fanogan", 150),
    ("healthygan", 100),
    ("dgm", 200),
];

fn train(id: &str, settings: &RunSettings) -> silhouette::Result<u64> {
    train_until(id, settings, u64::MAX)
}

/// Trains and asks the run to stop after a step.
fn train_until(id: &str, settings: &RunSettings, last: u64) -> silhouette::Result<u64> {
    let mut steps = 0;
    let progress = &Progress::new();
    let report = &mut |event: TrainingEvent<'_>| {
        if let TrainingEvent::Step { step, .. } = event {
            steps = step;
            if step == last {
                progress.cancel();
            }
        }
    };
    let train = models::known(id).unwrap().train;
    train(settings, &mut Watch { progress, report })?;
    Ok(steps)
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

/// Rates may depend on a run's length, so a broken run is one that was stopped, not a shorter one.
#[test]
fn a_resumed_run_ends_with_the_bits_of_an_unbroken_one() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    for (id, least) in MODELS {
        let [whole, broken] =
            ["whole", "broken"].map(|name| folder.path().join(format!("{id}-{name}")));
        assert_eq!(train(id, &settings(&films, &whole, 12, false)), Ok(12));
        let stopped = train_until(id, &settings(&films, &broken, 12, false), 4);
        assert!(stopped.unwrap_err().is_cancelled(), "{id}");
        assert_eq!(train(id, &settings(&films, &broken, 12, true)), Ok(12));
        let (whole_tensors, broken_tensors) = (checkpoint(&whole), checkpoint(&broken));
        let count = whole_tensors.len();
        assert!(count > least, "{id}'s checkpoint holds {count}");
        for (name, tensor) in &whole_tensors {
            assert_eq!(bits(tensor), bits(&broken_tensors[name]), "{id}: {name}");
        }
        works(id, &whole, &films);
    }
}

/// What a run wrote is there, loads, and analyses films: the calibration normals to the very scores
/// that the card has of them.
fn works(id: &str, out: &Path, films: &Path) {
    for file in ["log.csv", "curves.png", "samples.png"] {
        assert!(out.join(file).is_file(), "{id}: {file} is missing");
    }
    let load = models::known(id).unwrap().load;
    let mut model = load(
        &WeightsFolders::only(out),
        &silhouette::compute::Device::Cpu,
    )
    .unwrap();
    let mut scores = Vec::new();
    for film in 0..24 {
        let path = films.join(format!("film-{film:02}.png"));
        if held_out(&path) {
            let film = files::open(&path).unwrap();
            let outcome = model.analyze(&film.radiograph, &Progress::new()).unwrap();
            assert_eq!(outcome.maps[0].kind, model.card().default_map);
            scores.push(outcome.score.raw);
        }
    }
    scores.sort_by(f32::total_cmp);
    let calibrated = &model.card().normal_scores;
    assert_eq!(scores.len(), calibrated.len(), "{id}");
    for (score, calibrated) in scores.iter().zip(calibrated) {
        let apart = (score - calibrated).abs();
        assert!(
            apart < 1e-4 * calibrated.abs().max(1.0),
            "{id}: {score}, {calibrated} on the card"
        );
    }
}

/// One pack for all models, as a campaign has.
#[test]
fn a_run_from_a_pack_ends_with_the_bits_of_one_from_the_folders() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    let out = |id: &str, from: &str| folder.path().join(format!("{id}-{from}"));
    let maker = PackMaker::create(&folder.path().join("films.pack")).unwrap();
    let maker = Arc::new(Mutex::new(maker));
    for (id, _) in MODELS {
        train(id, &settings(&films, &out(id, "folder"), 3, false)).unwrap();
        let making = RunSettings {
            packing: Some(Packing::Making(maker.clone())),
            ..settings(&films, &out(id, "nowhere"), 3, false)
        };
        let watch = &mut Watch {
            progress: &Progress::new(),
            report: &mut |_| {},
        };
        models::film_reader(id).unwrap()(&making, watch).unwrap();
        assert!(!making.out.exists());
    }
    let pack = maker.lock().unwrap().finish().unwrap();
    let packing = Some(Packing::Whole(Arc::new(pack)));
    std::fs::remove_dir_all(&films).unwrap();
    for (id, least) in MODELS {
        let from_pack = RunSettings {
            packing: packing.clone(),
            ..settings(&films, &out(id, "pack"), 3, false)
        };
        assert_eq!(train(id, &from_pack), Ok(3));
        let [plain, packed] = ["folder", "pack"].map(|from| checkpoint(&out(id, from)));
        assert!(plain.len() > least && plain.len() == packed.len());
        for (name, tensor) in &plain {
            assert_eq!(bits(tensor), bits(&packed[name]), "{id}: {name}");
        }
    }
}

/// What the gate learns from: films, and other things in a folder apart.
fn of_the_gate(folder: &Path, out: &str, resume: bool) -> RunSettings {
    RunSettings {
        abnormal: Some(folder.join("others")),
        mixture: None,
        ..settings(&folder.join("films"), &folder.join(out), 12, resume)
    }
}

fn train_gate(settings: &RunSettings, last: u64) -> silhouette::Result<()> {
    let progress = &Progress::new();
    let report = &mut |event: TrainingEvent<'_>| {
        if matches!(event, TrainingEvent::Step { step, .. } if step == last) {
            progress.cancel();
        }
    };
    gate::train(settings, &mut Watch { progress, report })
}

#[test]
fn the_gate_resumes_with_the_bits_of_an_unbroken_run_and_looks_at_films() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["films", "others"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        write_films(&folder.path().join(name));
    }
    let run = |out: &str, resume| of_the_gate(folder.path(), out, resume);
    train_gate(&run("whole", false), u64::MAX).unwrap();
    let stopped = train_gate(&run("broken", false), 4).unwrap_err();
    assert!(stopped.is_cancelled());
    train_gate(&run("broken", true), u64::MAX).unwrap();
    let [whole, broken] = ["whole", "broken"].map(|out| checkpoint(&folder.path().join(out)));
    assert!(whole.len() > 30, "{}", whole.len());
    for (name, tensor) in &whole {
        assert_eq!(bits(tensor), bits(&broken[name]), "{name}");
    }
    let film = files::open(&folder.path().join("films/film-00.png")).unwrap();
    let device = &silhouette::compute::Device::Cpu;
    let mut gate =
        gate::Gate::load(&WeightsFolders::only(folder.path().join("whole")), device).unwrap();
    let glimpse = gate.measure(&film.radiograph).unwrap().glimpse;
    assert!(glimpse.best >= glimpse.other_side && glimpse.other.is_finite());
}

#[test]
fn what_the_gate_cannot_learn_from_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    let sound = of_the_gate(folder.path(), "out", false);
    let refused = |settings: RunSettings, words: &str| {
        let error = train_gate(&settings, u64::MAX).unwrap_err();
        assert!(error.message.contains(words), "{error}");
        assert!(!folder.path().join("out").exists());
    };
    let with = |change: &dyn Fn(&mut RunSettings)| {
        let mut settings = RunSettings {
            abnormal: None,
            ..sound.clone()
        };
        change(&mut settings);
        settings
    };
    refused(with(&|run| run.masks = Some(films.clone())), "--masks");
    refused(with(&|run| run.mixture = Some(films.clone())), "--mixture");
    refused(
        with(&|run| run.abnormal = Some(films.clone())),
        "something else",
    );
    refused(
        with(&|run| run.abnormal = Some(folder.path().to_owned())),
        "something else",
    );
    refused(with(&|run| run.preset = "huge".to_owned()), "input gate");
    let one = folder.path().join("one");
    std::fs::create_dir(&one).unwrap();
    std::fs::copy(films.join("film-00.png"), one.join("film-00.png")).unwrap();
    refused(with(&|run| run.normal = one.clone()), "of 1 films");
}

#[test]
fn a_cancelled_run_leaves_a_checkpoint_to_go_on_from() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    for (id, _) in MODELS {
        let out = folder.path().join(id);
        let result = train_until(id, &settings(folder.path(), &out, 1000, false), 2);
        assert!(result.unwrap_err().is_cancelled());
        assert!(out.join("checkpoint.safetensors").is_file());
    }
}

#[test]
fn the_baseline_measures_the_weights_of_f_anogan() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    let [weights, out] = ["weights", "out"].map(|name| folder.path().join(name));
    train("fanogan", &settings(&films, &weights, 6, false)).unwrap();
    let settings = RunSettings {
        weights: WeightsFolders::only(weights),
        ..settings(&films, &out, 1, false)
    };
    assert_eq!(train("anogan", &settings), Ok(1));
    let load = models::known("anogan").unwrap().load;
    let mut model = load(
        &WeightsFolders::only(&out),
        &silhouette::compute::Device::Cpu,
    )
    .unwrap();
    assert_eq!(model.card().normal_scores.len(), 1);
    let film = files::open(&films.join("film-00.png")).unwrap();
    let outcome = model.analyze(&film.radiograph, &Progress::new()).unwrap();
    assert!(outcome.score.raw > 0.0);
    let stopped = Progress::new();
    stopped.cancel();
    let error = model.analyze(&film.radiograph, &stopped).unwrap_err();
    assert!(error.is_cancelled());
}

/// How far a run's weights are from those of a finished one, as a root of squares, for each network.
fn distances(run: &Path, id: &str, finished: &Path) -> BTreeMap<String, f32> {
    let stored = finished.join(format!("{id}.safetensors"));
    let stored = candle_core::safetensors::load(stored, &Device::Cpu).unwrap();
    let run = checkpoint(run);
    let mut squares = BTreeMap::new();
    for (name, tensor) in stored {
        // Of SQUID's checkpoints the last.
        let name = name.strip_prefix("0.").unwrap_or(&name);
        // A queue is filled anew at every step, and statistics follow the films.
        if name.contains("inpaint_block.memory") || name.contains("running_") {
            continue;
        }
        let (network, rest) = name.split_once('.').unwrap();
        // DGM's checkpoints name the sides.
        let names = [
            name,
            &format!("generator.{name}"),
            &format!("critic.{rest}"),
        ];
        let Some(own) = names.iter().find_map(|name| run.get(*name)) else {
            continue;
        };
        let tensor = tensor.to_dtype(DType::F32).unwrap();
        let apart = (own - tensor).unwrap().sqr().unwrap().sum_all().unwrap();
        *squares.entry(network.to_owned()).or_insert(0.0) += apart.to_scalar::<f32>().unwrap();
    }
    assert!(squares.len() > 1, "{id}: {squares:?}");
    squares.values_mut().for_each(|sum| *sum = sum.sqrt());
    squares
}

#[test]
fn a_run_begins_with_the_weights_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let films = folder.path().join("films");
    std::fs::create_dir(&films).unwrap();
    write_films(&films);
    for (id, _) in MODELS {
        let [first, begun, anew] =
            ["first", "begun", "anew"].map(|name| folder.path().join(format!("{id}-{name}")));
        train(id, &settings(&films, &first, 4, false)).unwrap();
        let from_noise = RunSettings {
            seed: 8,
            ..settings(&films, &anew, 2, false)
        };
        train(id, &from_noise).unwrap();
        let from_weights = RunSettings {
            out: begun.clone(),
            from: Some(first.clone()),
            ..from_noise
        };
        train(id, &from_weights).unwrap();
        let far = distances(&anew, id, &first);
        for (network, near) in distances(&begun, id, &first) {
            let far = far[&network];
            assert!(near < 0.3 * far, "{id} {network}: {near}, from noise {far}");
        }
        let other = RunSettings {
            preset: "small".to_owned(),
            ..from_weights.clone()
        };
        let error = train(id, &other).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(error.message.contains("“tiny”"), "{error}");
        let same = RunSettings {
            from: Some(begun.clone()),
            ..from_weights.clone()
        };
        let error = train(id, &same).unwrap_err();
        assert!(error.message.contains("overwrite"), "{error}");

        // A run that goes on knows what it began with, wherever that is by then.
        std::fs::remove_dir_all(&first).unwrap();
        let begins = from_weights.clone();
        assert_eq!(
            train(id, &begins).unwrap_err().kind,
            ErrorKind::MissingWeights
        );
        let goes_on = RunSettings {
            resume: true,
            budget: Budget {
                steps: Some(3),
                ..Budget::default()
            },
            ..from_weights
        };
        train(id, &goes_on).unwrap();
        let card = models::Card::read(&WeightsFolders::card(&begun, id)).unwrap();
        let begun_with = card.training.begun_with.unwrap();
        assert!(begun_with.contains("which had learnt from"), "{begun_with}");
    }
    let lungs = RunSettings {
        from: Some(films.clone()),
        ..settings(&films, &folder.path().join("lungs"), 1, false)
    };
    let train = models::trainer("lungs").unwrap();
    let watch = &mut Watch {
        progress: &Progress::new(),
        report: &mut |_| {},
    };
    assert_eq!(train(&lungs, watch).unwrap_err().kind, ErrorKind::Usage);
}

#[test]
fn a_checkpoint_of_another_run_is_refused_with_both_named() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    let out = folder.path().join("out");
    train("squid", &settings(folder.path(), &out, 1, false)).unwrap();
    let other = RunSettings {
        seed: 8,
        ..settings(folder.path(), &out, 2, true)
    };
    let error = train("squid", &other).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.message.contains("seed 7") && error.message.contains('8'),
        "{error}"
    );
}

#[test]
fn two_phases_need_to_know_how_long_the_run_is() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    let timed = RunSettings {
        budget: Budget {
            minutes: Some(1.0),
            ..Budget::default()
        },
        ..settings(folder.path(), &folder.path().join("out"), 1, false)
    };
    let error = train("fanogan", &timed).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.advice.contains("--epochs"), "{error}");
}

#[test]
fn weights_that_do_not_match_their_card_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_films(folder.path());
    let out = folder.path().join("out");
    train("squid", &settings(folder.path(), &out, 1, false)).unwrap();
    let load = models::known("squid").unwrap().load;
    let refused = |expected: ErrorKind| {
        let error = load(
            &WeightsFolders::only(&out),
            &silhouette::compute::Device::Cpu,
        )
        .err()
        .unwrap();
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
