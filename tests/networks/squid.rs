//! SQUID against its public code.

use std::collections::HashMap;

use candle_core::{DType, Tensor as Candle};
use silhouette::compute::{Builder, Mode, Parameters, Source, Tensor};
use silhouette::models::squid::NETWORK;
use silhouette::models::squid::config::Config;
use silhouette::models::squid::losses::{discriminator_loss, generator_loss};
use silhouette::models::squid::network::{Discriminator, Generator, Norm, Shortcut, Trace};
use silhouette::models::squid::parity::Reference;
use silhouette::models::{BareWeights, Inputs};
use silhouette::training::{Adam, AdamSettings};

use crate::reference::{References, assert_digest, both_ways, worst_difference};

/// End-to-end tolerances per tensor: the public code's own f32 noise is about a tenth of each.
const END_TO_END: [(&str, f64); 9] = [
    ("enc.down3", 5e-4),
    ("inpaint.out", 1e-4),
    ("dec.up3", 1e-4),
    ("recon", 2e-5),
    ("teacher_recon", 3e-5),
    ("disc.recon.logit_train_b1", 2e-4),
    ("disc.recon.logit_eval", 2e-4),
    ("score.anomaly", 1e-4),
    ("abs_diff", 2e-5),
];

#[test]
fn squid_at_full_size_reproduces_the_public_code() {
    let Some(references) = References::find() else {
        return;
    };
    let inputs = Inputs::new(references.tensors("squid_full.input.safetensors")).unwrap();
    let digests = references.json("squid_full.digest.json");
    let weights = || BareWeights::Formula("squid_full".to_owned());
    for outputs in both_ways(&NETWORK, weights, &inputs) {
        compare(&outputs, &digests);
    }
}

fn compare(outputs: &HashMap<String, Tensor>, digests: &serde_json::Value) {
    for (name, digest) in digests.as_object().unwrap() {
        if matches!(name.as_str(), "score.mu" | "score.sigma") {
            continue;
        }
        let output = outputs
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing"));
        let largest = digest["maxabs"].as_f64().unwrap();
        let tight = END_TO_END.iter().find(|(tight, _)| tight == name);
        let tolerance = tight.map_or(1e-4 * largest.max(1.0), |&(_, tolerance)| tolerance);
        assert_digest(name, output, digest, tolerance);
        if name.ends_with(".weights") {
            let weights = output.to_samples().unwrap();
            let kept = weights.iter().filter(|&&weight| weight != 0.0).count();
            assert_eq!(
                kept,
                4 * output.dims()[0],
                "{name}: the read is not strictly top-k"
            );
        }
    }
}

struct Tiny {
    config: Config,
    generator: Generator,
    discriminator: Discriminator,
    weights: [Parameters; 2],
    stored: HashMap<String, Candle>,
}

impl Tiny {
    fn new(references: &References, precision: DType) -> Self {
        let stored = references.tensors("squid_tiny_train.safetensors");
        let config = Reference::named("squid_tiny").unwrap().config;
        let builders = ["init.G.", "init.D."].map(|prefix| {
            let part = stored
                .iter()
                .filter_map(|(name, tensor)| {
                    Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()))
                })
                .collect();
            let builder = Builder::new(Source::Stored(part));
            match precision {
                DType::F64 => builder.in_double_precision(),
                _ => builder,
            }
        });
        let generator = Generator::new(&builders[0].root(), &config, true).unwrap();
        let discriminator = Discriminator::new(&builders[1].root(), &config).unwrap();
        Self {
            config,
            generator,
            discriminator,
            weights: builders.map(Builder::finish),
            stored,
        }
    }

    fn input(&self, iteration: usize, precision: DType) -> Tensor {
        let input = &self.stored[&format!("it{iteration}.input")];
        Tensor::Candle(input.to_dtype(precision).unwrap())
    }

    /// The masks of the `pass`-th pass of the recorded run.
    fn shortcut(&self, pass: usize, precision: DType) -> Shortcut {
        let masks: Vec<Tensor> = (3 * pass..3 * pass + 3)
            .map(|mask| {
                self.stored[&format!("mask.{mask:02}")]
                    .to_dtype(precision)
                    .unwrap()
                    .into()
            })
            .collect();
        Shortcut::Masks(masks.into_iter())
    }
}

#[test]
fn squids_gradients_are_the_public_codes() {
    let Some(references) = References::find() else {
        return;
    };
    let double = DType::F64;
    let tiny = Tiny::new(&references, double);
    let expected = references.tensors("squid_tiny_grad.safetensors");
    let films = tiny.input(0, double);
    let pass = tiny
        .generator
        .forward(
            &films,
            Mode::Train,
            &mut tiny.shortcut(0, double),
            &mut Trace::off(),
        )
        .unwrap();
    assert!(worst_difference(&pass.student, &expected["recon"]) < 1e-6);
    let logits = tiny
        .discriminator
        .forward(&pass.student, Norm::Batch)
        .unwrap();
    let loss = generator_loss(&pass, &films, &logits).unwrap();
    assert!((loss.total.to_number().unwrap() - 0.823_982_453_1).abs() < 1e-7);
    let gradients = loss.total.backward().unwrap();
    let mut compared = 0;
    for (name, variable) in tiny.weights[0].trained() {
        let gradient = gradients
            .of(variable)
            .unwrap_or_else(|| panic!("{name} has no gradient"));
        let Some(expected) = expected.get(&format!("grad.{name}")) else {
            continue;
        };
        let expected = expected.to_dtype(double).unwrap();
        let norm = |x: &Candle| {
            x.sqr()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f64>()
                .unwrap()
                .sqrt()
        };
        let size = norm(&expected);
        let largest = expected
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap();
        if largest.to_scalar::<f64>().unwrap() <= 1e-7 {
            continue;
        }
        let difference = norm(&(gradient - &expected).unwrap()) / size;
        assert!(
            difference <= 1e-5,
            "{name}: relative difference {difference}"
        );
        compared += 1;
    }
    assert!(compared > 100, "only {compared} gradients were compared");
}

#[test]
fn six_steps_of_training_follow_the_public_code() {
    let Some(references) = References::find() else {
        return;
    };
    let single = DType::F32;
    let tiny = Tiny::new(&references, single);
    let expected: Vec<serde_json::Value> =
        serde_json::from_value(references.json("squid_tiny_train.losses.json")).unwrap();
    let adam = |epsilon, decay| {
        Adam::new(AdamSettings {
            beta1: 0.5,
            beta2: 0.999,
            epsilon,
            decay,
        })
    };
    let (mut for_generator, mut for_judge) = (adam(1e-7, 1e-5), adam(1e-8, 0.0));
    assert_eq!(expected.len(), 6);
    let (mut passes, mut slot) = (0, 0);
    let mut pass = |films: &Tensor| {
        let mut shortcut = tiny.shortcut(passes, single);
        passes += 1;
        let mut trace = Trace::off();
        tiny.generator
            .forward(films, Mode::Train, &mut shortcut, &mut trace)
            .unwrap()
    };
    let close = |wanted: &serde_json::Value, key: &str, found: f64, tolerance: f64| {
        let expected = wanted[key].as_f64().unwrap();
        let difference = (found - expected).abs() / expected.abs();
        let step = &wanted["i"];
        assert!(
            difference <= tolerance,
            "{key} of step {step}: {found}, not {expected}"
        );
    };
    for (iteration, wanted) in expected.iter().enumerate() {
        let films = tiny.input(iteration, single);
        let student = pass(&films).student.detach();
        let real = tiny.discriminator.forward(&films, Norm::Batch).unwrap();
        let fake = tiny.discriminator.forward(&student, Norm::Batch).unwrap();
        let loss = discriminator_loss(&real, &fake).unwrap();
        let tolerance = if iteration == 0 { 3e-5 } else { 2e-2 };
        close(wanted, "d_loss", loss.to_number().unwrap(), tolerance);
        for_judge
            .step(&tiny.weights[1], &loss.backward().unwrap(), 1e-4)
            .unwrap();
        if iteration % 2 == 1 {
            continue;
        }
        let reconstruction = pass(&films);
        let logits = tiny
            .discriminator
            .forward(&reconstruction.student, Norm::Batch)
            .unwrap();
        let loss = generator_loss(&reconstruction, &films, &logits).unwrap();
        let (tight, loose) = if iteration == 0 {
            (3e-5, 2e-3)
        } else {
            (1e-3, 2e-2)
        };
        close(wanted, "recon", loss.parts[0], tight);
        close(wanted, "g", loss.parts[1], loose);
        close(wanted, "teacher", loss.parts[2], tight);
        close(wanted, "dist", loss.parts[3], tight);
        for_generator
            .step(&tiny.weights[0], &loss.total.backward().unwrap(), 1e-4)
            .unwrap();
        tiny.generator.remember(&reconstruction, slot).unwrap();
        slot = (slot + 4) % tiny.config.queue_slots;
        assert_eq!(Some(slot as u64), wanted["ptr"].as_u64());
    }
}
