//! f-AnoGAN against the official code's semantics in PyTorch.

use std::collections::HashMap;

use candle_core::Tensor as Candle;
use silhouette::compute::{Mode, Tensor};
use silhouette::models::fanogan::NETWORK;
use silhouette::models::fanogan::losses;
use silhouette::models::fanogan::network::{Critic, Encoder};
use silhouette::models::fanogan::parity::Networks;
use silhouette::models::trace::Trace;
use silhouette::models::{BareWeights, Inputs, Stored};

use crate::reference::{References, assert_close, assert_close_to_largest, both_ways};

const FILE: &str = "fanogan_resnet_official_64_c1_dim16.safetensors";

fn networks() -> Option<(Networks, HashMap<String, Candle>)> {
    let expected = References::find()?.tensors(FILE);
    let networks = Networks::stored(&Stored::new(expected.clone())).unwrap();
    Some((networks, expected))
}

fn input(expected: &HashMap<String, Candle>, name: &str) -> Tensor {
    Tensor::Candle(expected[name].clone())
}

/// The reference's own f32 noise is about a hundredth of these.
fn tolerance(name: &str) -> (f64, f64) {
    match name {
        "out.z" | "out.z_recon" | "out.recon" | "out.G_of_in_z" => (2e-5, 0.0),
        "out.img_distance" | "out.feat_distance" | "out.anomaly_score" => (0.0, 1e-4),
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
            if name.starts_with("out.") || name.starts_with("tap.") {
                let output = outputs.get(name);
                let output = output.unwrap_or_else(|| panic!("{name} is missing"));
                assert_close(name, output.candle().unwrap(), expected, tolerance(name));
                compared += 1;
            }
        }
        assert_eq!(compared, 23);
    }
}

#[test]
fn the_encoder_trains_on_the_batchs_statistics() {
    let Some((networks, expected)) = networks() else {
        return;
    };
    let builder = Stored::new(expected.clone()).part("E");
    let encoder = Encoder::new(&builder.root(), &networks.config).unwrap();
    let weights = builder.finish();
    let films = input(&expected, "in.x");
    let mut off = Trace::off();
    let latent = encoder.forward(&films, Mode::Train, &mut off).unwrap();
    let in_training = &expected["izif.z_train"];
    assert_close(
        "z_train",
        latent.candle().unwrap(),
        in_training,
        (2e-5, 0.0),
    );
    let drawn = networks.generator.forward(&latent, Mode::Use, &mut off);
    let drawn = drawn.unwrap();
    let features = networks.critic.features(&films, &mut off).unwrap();
    let drawn_features = networks.critic.features(&drawn, &mut off).unwrap();
    let of_pixels = films.mean_squared_error(&drawn).unwrap();
    let of_features = features.mean_squared_error(&drawn_features).unwrap();
    let loss = of_pixels.plus(&of_features).unwrap();
    for (name, loss) in [
        ("izif.loss_img", &of_pixels),
        ("izif.loss_feat", &of_features),
        ("izif.loss", &loss),
    ] {
        assert_close(name, loss.candle().unwrap(), &expected[name], (0.0, 1e-4));
    }
    let gradients = loss.backward().unwrap();
    for (name, variable) in weights.trained() {
        assert!(gradients.of(variable).is_some(), "{name} has no gradient");
    }
    let gradient = gradients.of(&weights.0["fc.weight"].variable).unwrap();
    let name = "izif.dloss_d.E.fc.weight";
    assert_close_to_largest(name, gradient, &expected[name], 1e-3);
}

#[test]
fn the_gradient_penalty_has_the_references_gradient() {
    let Some((networks, expected)) = networks() else {
        return;
    };
    let builder = Stored::new(expected.clone()).part("D");
    let critic = Critic::new(&builder.root(), &networks.config).unwrap();
    let weights = builder.finish();
    let between = losses::between(
        &input(&expected, "in.x"),
        &input(&expected, "out.G_of_in_z"),
        &input(&expected, "gp.alpha"),
    );
    let between = between.unwrap();
    assert_close(
        "gp.interp",
        between.candle().unwrap(),
        &expected["gp.interp"],
        (1e-5, 0.0),
    );
    let slope = critic.slope(&between).unwrap();
    assert_close_to_largest(
        "gp.grad_x",
        slope.candle().unwrap(),
        &expected["gp.grad_x"],
        1e-3,
    );
    let exact = (0.0, 1e-4);
    let steepness = losses::steepness(&critic, &between)
        .unwrap()
        .reshape(&[2])
        .unwrap();
    assert_close(
        "gp.grad_norm",
        steepness.candle().unwrap(),
        &expected["gp.grad_norm"],
        exact,
    );
    let penalty = losses::penalty(&critic, &between).unwrap();
    assert_close(
        "gp.value",
        penalty.candle().unwrap(),
        &expected["gp.value"],
        exact,
    );
    let gradients = penalty.backward().unwrap();
    let name = "gp.dgp_d.conv1.conv.weight";
    let first = gradients
        .of(&weights.0["conv1.conv.weight"].variable)
        .unwrap();
    assert_close_to_largest(name, first, &expected[name], 5e-3);
    // The last block's biases and the judge's add the same to every judgement: no slope has them.
    let last = format!("rb{}", networks.config.side.ilog2() - 2);
    for (name, variable) in weights.trained() {
        let constant = name.ends_with("bias")
            && (name.starts_with(&format!("{last}.conv")) || name.starts_with("ln1"));
        let gradient = gradients.of(variable);
        if !constant && !name.ends_with("bn2.bias") {
            let gradient = gradient.unwrap_or_else(|| panic!("{name} has no gradient"));
            let largest = gradient
                .abs()
                .unwrap()
                .flatten_all()
                .unwrap()
                .max(0)
                .unwrap();
            assert!(
                largest.to_scalar::<f32>().unwrap() > 0.0,
                "{name} has no share in the slope"
            );
        }
    }
}

#[test]
fn the_losses_of_critic_and_generator_are_the_references() {
    let Some((networks, expected)) = networks() else {
        return;
    };
    let builder = Stored::new(expected.clone()).part("D");
    let critic = Critic::new(&builder.root(), &networks.config).unwrap();
    let weights = builder.finish();
    let judge = |films: &Tensor| {
        let features = critic.features(films, &mut Trace::off()).unwrap();
        critic.judge(&features).unwrap()
    };
    let real = judge(&input(&expected, "in.x"));
    let drawn = judge(&input(&expected, "out.G_of_in_z"));
    let penalty = losses::penalty(&critic, &input(&expected, "gp.interp")).unwrap();
    let of_critic = losses::critic_loss(&real, &drawn, &penalty).unwrap();
    let of_generator = losses::generator_loss(&drawn).unwrap();
    for (name, loss) in [("gp.d_loss", &of_critic), ("gp.g_loss", &of_generator)] {
        assert_close(name, loss.candle().unwrap(), &expected[name], (1e-4, 1e-4));
    }
    let gradients = of_critic.backward().unwrap();
    for (name, variable) in weights.trained() {
        assert!(gradients.of(variable).is_some(), "{name} has no gradient");
        let known = expected.get(&format!("gp.dloss_d.{name}"));
        if let Some(known) = known {
            assert_close_to_largest(name, gradients.of(variable).unwrap(), known, 5e-3);
        }
    }
}
