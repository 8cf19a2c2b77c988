//! DGM against our reading of the paper in PyTorch.

use std::collections::HashMap;

use silhouette::compute::Tensor;
use silhouette::models::dgm::NETWORK;
use silhouette::models::dgm::config::Config;
use silhouette::models::dgm::generator::Generator;
use silhouette::models::dgm::losses::{Judged, Pass, Weights, critic_loss, generator_loss};
use silhouette::models::dgm::network::Critic;
use silhouette::models::trace::Trace;
use silhouette::models::{BareWeights, Inputs, Stored};

use crate::reference::{References, assert_close, assert_close_to_largest, both_ways, samples};

const FILE: &str = "dgm_ours_64_dim16.safetensors";

/// The weights the reference was made with.
const PAPER: Weights = Weights {
    adversarial: 10.0,
    reconstruction: 10.0,
    residue: 10.0,
    variation: 1.0,
};

/// The reference's own f32 noise is at most an eighth of these.
fn tolerance(name: &str) -> (f64, f64) {
    match name {
        "out.y" | "out.a" | "out.z2" => (2e-5, 0.0),
        _ => (1e-4, 1e-4),
    }
}

#[test]
fn every_output_is_the_references() {
    let Some(references) = References::find() else {
        return;
    };
    let expected = references.tensors(FILE);
    let weights = || BareWeights::Stored(Stored::new(expected.clone()));
    let inputs = Inputs::new(expected.clone()).unwrap();
    for outputs in both_ways(&NETWORK, weights, &inputs) {
        let mut compared = 0;
        for (name, expected) in &expected {
            // How a map is stretched for display is no network's business.
            if name == "out.saliency_minmax" {
                continue;
            }
            if name.starts_with("out.") || name.starts_with("tap.") {
                let output = outputs.get(name);
                let output = output.unwrap_or_else(|| panic!("{name} is missing"));
                assert_close(name, output.candle().unwrap(), expected, tolerance(name));
                compared += 1;
            }
        }
        assert_eq!(compared, 15);
    }
}

#[test]
fn the_losses_have_the_references_gradients() {
    let Some(references) = References::find() else {
        return;
    };
    let expected = references.tensors(FILE);
    let stored = Stored::new(expected.clone());
    let config = Config::of(&stored).unwrap();
    let builders: HashMap<_, _> = ["EG", "EF", "DG", "DF", "DJ", "D"]
        .map(|name| (name, stored.part(name)))
        .into_iter()
        .collect();
    let root = |name: &str| builders[name].root();
    let input = Tensor::Candle(expected["in.z"].clone());
    let generator = Generator::new(&config, |name| root(name)).unwrap();
    let critic = Critic::new(&root("D"), &config).unwrap();
    let weights: HashMap<_, _> = builders
        .into_iter()
        .map(|(name, builder)| (name, builder.finish()))
        .collect();

    let parts = generator.decompose(&input).unwrap();
    let again = generator.again(&parts, &mut Trace::off()).unwrap();
    let pass = Pass {
        films: input,
        // Of both films the second is normal.
        normals: 1..2,
        parts,
        again,
    };
    let judged = critic.forward(&pass.parts.normal).unwrap();
    let loss = generator_loss(&pass, Some(&judged), &PAPER).unwrap();
    let close = |name: &str, found: f64| {
        let wanted = samples(&expected[&format!("loss.{name}")])[0];
        let off = (found - wanted).abs();
        assert!(
            off <= 1e-4 * wanted.abs(),
            "{name}: {found} is not {wanted}"
        );
    };
    let terms = ["L_A", "L_R1", "L_R2", "L_R3", "L_TV"];
    let factors = [10.0, 10.0, 10.0, 10.0, 1.0];
    for ((name, part), factor) in terms.into_iter().zip(loss.parts).zip(factors) {
        close(name, part.unwrap() / factor);
    }
    let total = loss.total;
    close("L_total", total.to_number().unwrap());
    let real = Tensor::Candle(expected["in.y_real"].clone());
    let judged = Judged {
        normal: critic.forward(&real).unwrap(),
        drawn: critic.forward(&pass.parts.normal.detach()).unwrap(),
        abnormal: None,
    };
    let critics = critic_loss(&judged).unwrap();
    close("L_D", critics.to_number().unwrap());

    let gradients = [
        ("grad.total.", total.backward().unwrap()),
        ("grad.L_D.", critics.backward().unwrap()),
    ];
    let mut compared = 0;
    for (name, wanted) in &expected {
        for (prefix, gradients) in &gradients {
            let Some((network, weight)) = name.strip_prefix(prefix).and_then(|n| n.split_once('.'))
            else {
                continue;
            };
            let variable = &weights[network].0[weight].variable;
            let found = gradients.of(variable).unwrap();
            compared += 1;
            if name.ends_with("EG.res.3.model.1.conv.bias") {
                // The norm behind this bias takes it away again: what is left is rounding.
                assert_close(name, found, wanted, (1e-7, 0.0));
            } else {
                assert_close_to_largest(name, found, wanted, 1e-3);
            }
        }
    }
    assert_eq!(compared, 8);
    for network in ["EG", "EF", "DG", "DF", "DJ"] {
        for (name, variable) in weights[network].trained() {
            let gradient = gradients[0].1.of(variable);
            assert!(gradient.is_some(), "{network}.{name} has no gradient");
        }
    }
}
