//! HealthyGAN against its public code.

use std::collections::HashMap;

use candle_core::{Tensor as Candle, Var};
use silhouette::compute::Tensor;
use silhouette::models::formula::Recipe;
use silhouette::models::healthygan::NETWORK;
use silhouette::models::healthygan::parity::{Networks, Reference};
use silhouette::models::trace::Trace;
use silhouette::models::{BareWeights, Inputs, Stored};

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
