//! Imported checkpoints compute what the public code does.

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::{DType, Device as CandleDevice, Tensor};
use silhouette::models::import::{Checkpoint, Weights, import};
use silhouette::models::{BareWeights, Inputs, Stored, network};

use crate::checkpoints::{Py, View, archive, legacy};

/// A file of the folder of references; without the folder, says so loudly or fails where everything
/// is required.
pub(crate) fn reference(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/oracles"));
    if folder.is_dir() {
        return Some(folder.join(name));
    }
    assert!(
        std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
        "the reference tensors are missing"
    );
    eprintln!("SKIPPED: the reference checkpoints are not on this machine");
    None
}

fn tensors(name: &str) -> Option<HashMap<String, Tensor>> {
    Some(candle_core::safetensors::load(reference(name)?, &CandleDevice::Cpu).unwrap())
}

/// A state dict of the tensors whose names begin with `prefix`, under `put` and the rest.
pub(crate) fn part(tensors: &HashMap<String, Tensor>, prefix: &str, put: &str) -> Py {
    Py::dict(tensors.iter().filter_map(|(name, tensor)| {
        let name = format!("{put}{}", name.strip_prefix(prefix)?);
        // Counters are whole numbers, and no weights.
        let samples: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().ok()?;
        let view = View::row_major(&samples, tensor.dims());
        Some((name, Py::Tensor(view)))
    }))
}

pub(crate) fn weights(id: &str, checkpoints: &[Checkpoint]) -> Weights {
    let imported = import(network(id).unwrap(), checkpoints, None).unwrap();
    imported.outcome.unwrap()
}

pub(crate) fn outputs(id: &str, weights: &Weights, input: Tensor) -> HashMap<String, Tensor> {
    let inputs = Inputs::new(HashMap::from([("input".to_owned(), input)])).unwrap();
    let stored = Stored::new(weights.tensors.clone().into_iter().collect());
    let forward = network(id).unwrap().forward;
    let outputs = forward(&BareWeights::Stored(stored), &weights.settings, &inputs).unwrap();
    let candle = |(name, tensor): (String, silhouette::compute::Tensor)| {
        (name, tensor.candle().unwrap().clone())
    };
    outputs.into_iter().map(candle).collect()
}

fn samples(tensor: &Tensor) -> Vec<f64> {
    let exact = tensor.to_dtype(DType::F64).unwrap();
    exact.flatten_all().unwrap().to_vec1().unwrap()
}

pub(crate) fn worst_difference(found: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(found.dims(), expected.dims());
    let pairs = samples(found).into_iter().zip(samples(expected));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn squids_two_files_compute_the_public_codes_pictures_and_logits() {
    let (Some(model), Some(judge), Some(expected)) = (
        reference("squid_tiny.model.pth"),
        reference("squid_tiny.discriminator.pth"),
        tensors("squid_tiny_train.safetensors"),
    ) else {
        return;
    };
    // The parts are told by their names, in whichever order they come.
    let files = [judge, model].map(|path| Checkpoint::read(&path).unwrap());
    let weights = weights("squid", &files);
    assert_eq!(
        weights.settings,
        ["root=4", "queue_slots=10", "memory_slots=12"]
    );
    let outputs = outputs("squid", &weights, expected["eval.input"].clone());
    // The running statistics were saved after two more films had been judged than `logit_eval`
    // had seen, so that one is not compared.
    for (name, output, tolerance) in [
        ("eval.recon", "recon", 2e-5),
        ("eval.teacher_recon", "teacher_recon", 3e-5),
        ("eval.logit_train_b1", "disc.recon.logit_train_b1", 2e-4),
    ] {
        let difference = worst_difference(&outputs[output], &expected[name]);
        assert!(difference <= tolerance, "{name} differs by {difference}");
    }
}

#[test]
fn healthygans_checkpoint_has_the_weights_that_training_ended_with() {
    let (Some(path), Some(expected)) = (
        reference("healthygan_tiny.G.ckpt"),
        tensors("healthygan_tiny_train.safetensors"),
    ) else {
        return;
    };
    let weights = weights("healthygan", &[Checkpoint::read(&path).unwrap()]);
    assert_eq!(weights.tensors.len(), 28);
    for (name, tensor) in &weights.tensors {
        let expected = &expected[&format!("final.{name}")];
        assert_eq!(samples(tensor), samples(expected), "{name}");
    }
}

#[test]
fn healthygans_saved_start_draws_the_public_codes_first_films() {
    let Some(expected) = tensors("healthygan_tiny_train.safetensors") else {
        return;
    };
    let checkpoint = Py::dict([
        ("G".to_owned(), part(&expected, "init.G.", "module.")),
        ("D".to_owned(), part(&expected, "init.D.", "module.")),
    ]);
    for bytes in [archive(&checkpoint), legacy(&checkpoint)] {
        let weights = weights("healthygan", &[Checkpoint::parse(bytes).unwrap()]);
        let films = expected["it0.A"].repeat((1, 3, 1, 1)).unwrap();
        let outputs = outputs("healthygan", &weights, films);
        let difference = worst_difference(&outputs["instance.healthy"], &expected["it0.healthy"]);
        assert!(difference <= 1e-4, "the films differ by {difference}");
    }
}

#[test]
fn fanogans_three_files_compute_the_references_scores() {
    let Some(expected) = tensors("fanogan_resnet_official_64_c1_dim16.safetensors") else {
        return;
    };
    let parts = ["w.G.", "w.D.", "w.E."]
        .map(|prefix| Checkpoint::parse(archive(&part(&expected, prefix, ""))).unwrap());
    let weights = weights("fanogan", &parts);
    let outputs = outputs("fanogan", &weights, expected["in.x"].clone());
    for (name, tolerance) in [
        ("out.recon", 2e-5),
        ("out.z", 2e-5),
        ("out.residual_abs", 1e-4),
    ] {
        let difference = worst_difference(&outputs[name], &expected[name]);
        assert!(difference <= tolerance, "{name} differs by {difference}");
    }
    let (found, score) = (
        samples(&outputs["out.anomaly_score"]),
        samples(&expected["out.anomaly_score"]),
    );
    for (found, score) in found.iter().zip(&score) {
        assert!(
            (found - score).abs() <= 1e-4 * score.abs(),
            "{found} is not {score}"
        );
    }
}
