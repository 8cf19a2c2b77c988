//! HealthyGAN against its public code.

use std::collections::HashMap;

use candle_core::{DType, Tensor as Candle, Var};
use silhouette::compute::{Gradients, Parameters, Tensor};
use silhouette::models::formula::Recipe;
use silhouette::models::healthygan::NETWORK;
use silhouette::models::healthygan::losses::{critic_loss, generator_loss};
use silhouette::models::healthygan::network::{Critic, Generator};
use silhouette::models::healthygan::parity::{Networks, Reference};
use silhouette::models::trace::Trace;
use silhouette::models::{BareWeights, Inputs, Stored};
use silhouette::training::{Adam, AdamSettings};

use crate::reference::{
    References, assert_close, assert_close_to_largest, assert_digest, both_ways, samples,
};

/// About ten times the public code's own f32 noise.
fn tolerance(name: &str, largest: f64) -> f64 {
    match name.rsplit('.').next().unwrap() {
        "raw_image" | "raw_mask" => 2e-4,
        "fake" | "healthy" | "recon_A" => 1e-4,
        "mask" | "diff" => 5e-5,
        "score" => 1e-6,
        "out" => 5e-4,
        _ => 1e-4 * largest.max(1.0),
    }
}

#[test]
fn the_full_size_reproduces_the_public_code() {
    let Some(references) = References::find() else {
        return;
    };
    let inputs = Inputs::new(references.tensors("healthygan_full.input.safetensors")).unwrap();
    let weights = || BareWeights::Formula("healthygan_full".to_owned());
    let digests = references.json("healthygan_full.digest.json");
    for outputs in both_ways(&NETWORK, weights, &inputs) {
        let mut compared = 0;
        for (name, digest) in digests.as_object().unwrap() {
            // Running statistics are what the public code does not use.
            if name.starts_with("running.") || name.starts_with("after_instance_pass.") {
                continue;
            }
            let output = outputs.get(name);
            let output = output.unwrap_or_else(|| panic!("{name} is missing"));
            let largest = digest["maxabs"].as_f64().unwrap();
            assert_digest(name, output, digest, tolerance(name, largest));
            compared += 1;
        }
        assert_eq!(compared, 25);
    }
}

struct Tiny {
    networks: Networks,
    stored: HashMap<String, Candle>,
}

impl Tiny {
    fn new(references: &References) -> Self {
        let stored = references.tensors("healthygan_tiny_train.safetensors");
        let weights = stored.iter().filter_map(|(name, tensor)| {
            Some((name.strip_prefix("init.")?.to_owned(), tensor.clone()))
        });
        let weights = Stored::new(weights.collect());
        Self {
            networks: Networks::stored(&weights).unwrap(),
            stored,
        }
    }

    /// Grey films as the public code takes them, in three equal colours.
    fn films(&self, name: &str) -> Candle {
        self.stored[name].repeat((1, 3, 1, 1)).unwrap()
    }
}

#[test]
fn a_first_step_sees_the_public_codes_films_and_slopes() {
    let Some(references) = References::find() else {
        return;
    };
    let tiny = Tiny::new(&references);
    let (mixed, known) = (tiny.films("it0.A"), tiny.films("it0.B"));
    let films = Tensor::Candle(mixed);
    let drawing = tiny.networks.generator.forward(&films, &mut Trace::off());
    let healthy = drawing.unwrap().healthy(&films).unwrap();
    let expected = &tiny.stored["it0.healthy"];
    assert_close("healthy", healthy.candle().unwrap(), expected, (1e-4, 0.0));
    // The critic's slope between healthy films and those made healthy.
    let alpha = &tiny.stored["it0.alpha"];
    let difference = (known - expected).unwrap();
    let between = difference.broadcast_mul(alpha).unwrap();
    let between = Var::from_tensor(&(between + expected).unwrap()).unwrap();
    let critic = tiny.networks.critic.as_ref().unwrap();
    let features = critic
        .features(&between.as_tensor().clone().into())
        .unwrap();
    let judged = critic
        .judge(&features)
        .unwrap()
        .candle()
        .unwrap()
        .sum_all()
        .unwrap();
    let slopes = judged.backward().unwrap();
    let slopes = slopes.get(&between).unwrap().flatten_from(1).unwrap();
    let expected = &tiny.stored["it0.dydx"];
    assert_close_to_largest("dydx", &slopes, expected, 1e-4);
}

#[test]
fn the_formula_gives_the_tiny_references_weights() {
    let Some(references) = References::find() else {
        return;
    };
    let stored = references.tensors("healthygan_tiny_train.safetensors");
    let reference = Reference::named("healthygan_tiny").unwrap();
    let mut compared = 0;
    for (name, tensor) in stored.iter().filter(|(_, tensor)| tensor.rank() > 0) {
        let parts: [(&str, Recipe); 2] = [
            ("init.G.", reference.generator),
            ("init.D.", reference.critic),
        ];
        for (prefix, recipe) in parts {
            if let Some(name) = name.strip_prefix(prefix) {
                let found = recipe.weights(name, tensor.dims());
                let found: Vec<f64> = found.into_iter().map(f64::from).collect();
                assert_eq!(found, samples(tensor), "{name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "only {compared} weights were compared");
}

/// The loss of a step is the public code's, to a share that f32 leaves open.
fn assert_loss(wanted: &serde_json::Value, key: &str, found: f64, share: f64) {
    let expected = wanted[key].as_f64().unwrap();
    let difference = (found - expected).abs();
    assert!(
        difference <= share * expected.abs(),
        "{key} of step {}: {found}, not {expected}",
        wanted["i"]
    );
}

/// Every gradient points where the public code's does and is as large.
fn assert_gradients(
    prefix: &str,
    weights: &Parameters,
    gradients: &Gradients,
    expected: &HashMap<String, Candle>,
) {
    for (name, variable) in weights.trained() {
        let found = gradients
            .of(variable)
            .unwrap_or_else(|| panic!("{name} has no gradient"));
        let expected = &expected[&format!("{prefix}.{name}")];
        let (found, expected) = (samples(found), samples(expected));
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (size, wanted) = (
            product(&found, &found).sqrt(),
            product(&expected, &expected).sqrt(),
        );
        let cosine = product(&found, &expected) / (size * wanted);
        assert!(cosine > 0.999, "{prefix}.{name}: cosine {cosine}");
        let ratio = size / wanted;
        assert!((ratio - 1.0).abs() < 0.01, "{prefix}.{name}: ratio {ratio}");
    }
}

#[test]
fn four_steps_of_training_follow_the_public_code() {
    let Some(references) = References::find() else {
        return;
    };
    let tiny = Tiny::new(&references);
    let config = tiny.networks.config;
    let weights = tiny.stored.iter().filter_map(|(name, tensor)| {
        Some((name.strip_prefix("init.")?.to_owned(), tensor.clone()))
    });
    let weights = Stored::new(weights.collect());
    let [builder_g, builder_d] = ["G", "D"].map(|part| weights.part(part));
    let generator = Generator::new(&builder_g.root(), &config).unwrap();
    let critic = Critic::new(&builder_d.root(), &config).unwrap();
    let (weights_g, weights_d) = (builder_g.finish(), builder_d.finish());
    let adam = || {
        Adam::new(AdamSettings {
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
            decay: 0.0,
        })
    };
    let (mut adam_g, mut adam_d) = (adam(), adam());
    let wanted: Vec<serde_json::Value> =
        serde_json::from_value(references.json("healthygan_tiny_train.losses.json")).unwrap();
    assert_eq!(wanted.len(), 4);
    for (step, wanted) in wanted.iter().enumerate() {
        let films = |set: &str| Tensor::Candle(tiny.films(&format!("it{step}.{set}")));
        let (mixture, known) = (films("A"), films("B"));
        let shares = Tensor::Candle(tiny.stored[&format!("it{step}.alpha")].clone());
        let drawing = generator.forward(&mixture, &mut Trace::off()).unwrap();
        let healed = drawing.healthy(&mixture).unwrap();
        let loss = critic_loss(&critic, &known, &healed, &shares).unwrap();
        // A sign-like first step of Adam makes noise of what follows.
        let share = if step == 0 { 1e-4 } else { 1e-2 };
        assert_loss(wanted, "d_real", loss.known, share);
        assert_loss(wanted, "d_fake", loss.healed, share);
        assert_loss(wanted, "gp", loss.penalty, share);
        let gradients = loss.total.backward().unwrap();
        if step == 0 {
            assert_gradients("it0.gradD", &weights_d, &gradients, &tiny.stored);
        }
        adam_d.step(&weights_d, &gradients, 1e-4).unwrap();
        if step % 2 == 0 {
            continue;
        }
        let of_known = generator.forward(&known, &mut Trace::off()).unwrap();
        let loss =
            generator_loss(&critic, [(&mixture, &drawing), (&known, &of_known)], 1.0).unwrap();
        assert_loss(wanted, "g_fake", loss.adversarial, 1e-2);
        assert_loss(wanted, "g_fake_id", loss.adversarial_known, 1e-2);
        assert_loss(wanted, "g_id", loss.identity, 1e-4);
        assert_loss(wanted, "g_rec", loss.reconstruction, 1e-4);
        assert_loss(wanted, "g_mask", loss.focus, 1e-4);
        assert_loss(wanted, "g_total", loss.total.to_number().unwrap(), 1e-3);
        let gradients = loss.total.backward().unwrap();
        if step == 1 {
            assert_gradients("it1.gradG", &weights_g, &gradients, &tiny.stored);
        }
        adam_g.step(&weights_g, &gradients, 1e-4).unwrap();
    }
    for (part, weights) in [("G", &weights_g), ("D", &weights_d)] {
        for (name, variable) in weights.trained() {
            let expected = &tiny.stored[&format!("final.{part}.{name}")];
            let difference = (variable.as_tensor() - expected).unwrap().abs().unwrap();
            let mean = difference.to_dtype(DType::F64).unwrap().mean_all().unwrap();
            let mean: f64 = mean.to_scalar().unwrap();
            // A tenth of a single step.
            assert!(mean < 1e-5, "{part}.{name} is {mean} off");
        }
    }
}
