//! Whole training steps by the operations that CUDA takes, against those of the processor: losses,
//! the gradient of every weight, and what batch normalisation remembers, in double precision.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor as Candle, Var};

use super::fanogan;
use super::squid::config::Config;
use super::squid::losses::{discriminator_loss, generator_loss};
use super::squid::network::{Discriminator, Generator, Norm, Shortcut};
use super::trace::Trace;
use crate::compute::{
    Builder, Gradients, Mode, Parameters, Source, Tensor, as_on_another_device as elsewhere,
};

/// Numbers in [0, 1] that differ.
fn numbers(shape: &[usize], seed: f64) -> Candle {
    let count: usize = shape.iter().product();
    let samples: Vec<f64> = (0..count)
        .map(|i| ((i as f64 + seed) * 0.129_898).sin() * 0.4 + 0.5)
        .collect();
    Candle::from_vec(samples, shape, &Device::Cpu).unwrap()
}

fn builder(seed: u64) -> Builder {
    Builder::new(Source::seeded(seed)).in_double_precision()
}

type Named = BTreeMap<String, Vec<f64>>;

fn add(found: &mut Named, name: String, tensor: &Candle) {
    let flat = tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap();
    found.insert(name, flat.to_vec1().unwrap());
}

fn add_gradients(found: &mut Named, part: &str, weights: &Parameters, gradients: &Gradients) {
    for (name, variable) in weights.trained() {
        let gradient = gradients.of(variable);
        let gradient = gradient.unwrap_or_else(|| panic!("{part}.{name} has no gradient"));
        add(found, format!("{part}.{name}"), gradient);
    }
}

fn add_statistics(found: &mut Named, part: &str, weights: &Parameters) {
    for (name, parameter) in &weights.0 {
        if !parameter.trained {
            add(found, format!("{part}.{name}"), &parameter.variable);
        }
    }
}

fn assert_alike(here: &Named, there: &Named) {
    assert!(here.len() > 10 && here.len() == there.len());
    assert_ne!(here, there, "not even rounding differs: the same ran twice");
    for (name, here) in here {
        let largest = here.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        // Biases before a norm have a gradient of nothing but rounding.
        let tolerance = 1e-8 * largest + 1e-13;
        for (here, there) in here.iter().zip(&there[name]) {
            let close = (here - there).abs() < tolerance;
            assert!(close, "{name}: {here} is not {there}");
        }
    }
}

fn squid_step() -> Named {
    let config = Config::TINY;
    let builders = [builder(1), builder(2)];
    let generator = Generator::new(&builders[0].root(), &config, true).unwrap();
    let discriminator = Discriminator::new(&builders[1].root(), &config).unwrap();
    let weights = builders.map(Builder::finish);
    let films = Tensor::from(numbers(&[2, 1, config.side, config.side], 1.0));
    let masks = [32, 16, 8].map(|times| {
        let side = config.side / times;
        let mask = numbers(&[8, 1, side, side], times as f64);
        Tensor::from(mask.round().unwrap())
    });
    let mut shortcut = Shortcut::Masks(Vec::from(masks).into_iter());
    let pass = generator
        .forward(&films, Mode::Train, &mut shortcut, &mut Trace::off())
        .unwrap();
    let judge = |films: &Tensor| discriminator.forward(films, Norm::Batch).unwrap();
    let mut found = Named::new();
    let loss = discriminator_loss(&judge(&films), &judge(&pass.student.detach())).unwrap();
    let gradients = loss.backward().unwrap();
    add_gradients(&mut found, "D", &weights[1], &gradients);
    let loss = generator_loss(&pass, &films, &judge(&pass.student)).unwrap();
    add(&mut found, "loss".to_owned(), loss.total.candle().unwrap());
    let gradients = loss.total.backward().unwrap();
    add_gradients(&mut found, "G", &weights[0], &gradients);
    generator.remember(&pass, 3).unwrap();
    add_statistics(&mut found, "G", &weights[0]);
    found
}

#[test]
fn a_step_of_squid_is_the_same_elsewhere() {
    assert_alike(&squid_step(), &elsewhere(squid_step));
}

const SMALL: fanogan::config::Config = fanogan::config::Config {
    side: 16,
    width: 4,
    channels: 1,
    latent: 6,
};

/// The generator's step, and the encoder's on residues and features.
fn fanogan_step() -> Named {
    use fanogan::network::{Critic, Encoder, Generator};
    let builders = [builder(1), builder(2), builder(3)];
    let generator = Generator::new(&builders[0].root(), &SMALL).unwrap();
    let critic = Critic::new(&builders[1].root(), &SMALL).unwrap();
    let encoder = Encoder::new(&builders[2].root(), &SMALL).unwrap();
    let weights = builders.map(Builder::finish);
    let mut off = Trace::off();
    let mut found = Named::new();
    let drawn = generator
        .forward(&numbers(&[3, 6], 5.0).into(), Mode::Train, &mut off)
        .unwrap();
    let features = critic.features(&drawn, &mut off).unwrap();
    let loss = critic.judge(&features).unwrap().mean().unwrap();
    let gradients = loss.backward().unwrap();
    add_gradients(&mut found, "G", &weights[0], &gradients);
    add_gradients(&mut found, "D", &weights[1], &gradients);
    let films = Tensor::from(numbers(&[3, 1, 16, 16], 1.0));
    let latent = encoder.forward(&films, Mode::Train, &mut off).unwrap();
    let copy = generator.forward(&latent, Mode::Use, &mut off).unwrap();
    let features = [&films, &copy].map(|films| critic.features(films, &mut off).unwrap());
    let loss = copy.mean_squared_error(&films).unwrap();
    let loss = loss
        .plus(&features[1].mean_squared_error(&features[0]).unwrap())
        .unwrap();
    let gradients = loss.backward().unwrap();
    add_gradients(&mut found, "E", &weights[2], &gradients);
    add_statistics(&mut found, "G", &weights[0]);
    add_statistics(&mut found, "E", &weights[2]);
    found
}

#[test]
fn a_step_of_fanogan_is_the_same_elsewhere() {
    assert_alike(&fanogan_step(), &elsewhere(fanogan_step));
}

/// candle keeps the graph of a gradient only under this variable, read once per thread.
#[test]
fn a_gradient_penalty_is_the_same_elsewhere() {
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored"])
        .arg("models::other_device::with_second_derivatives")
        .env("CANDLE_GRAD_DO_NOT_DETACH", "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{output}");
    assert!(output.contains("1 passed"), "{output}");
}

#[test]
#[ignore = "run by a_gradient_penalty_is_the_same_elsewhere"]
fn with_second_derivatives() {
    let (here, there) = (penalty_step(), elsewhere(penalty_step));
    for name in ["D.conv1.conv.weight", "D.ln1.weight"] {
        assert!(here[name].iter().any(|x| x.abs() > 1e-6), "{name} is still");
    }
    assert_alike(&here, &there);
}

/// The gradient of `mean((‖∂D/∂x‖ − 1)²)` in the critic's weights.
fn penalty_step() -> Named {
    let builder = builder(2);
    let critic = fanogan::network::Critic::new(&builder.root(), &SMALL).unwrap();
    let weights = builder.finish();
    let between = Var::from_tensor(&numbers(&[3, 1, 16, 16], 1.0)).unwrap();
    let features = critic.features(&between.as_tensor().clone().into(), &mut Trace::off());
    let judged = critic.judge(&features.unwrap()).unwrap();
    let judged = Tensor::from(judged.candle().unwrap().sum_all().unwrap());
    let gradients = judged.backward().unwrap();
    let slope = gradients.of(&between).unwrap();
    let squares = slope.sqr().unwrap().flatten_from(1).unwrap();
    let steepness = squares.sum(1).unwrap().sqrt().unwrap();
    let miss = (&steepness - 1.0).unwrap().sqr().unwrap();
    let penalty = Tensor::from(miss.mean_all().unwrap());
    let mut found = Named::new();
    add(&mut found, "steepness".to_owned(), &steepness);
    let gradients = penalty.backward().unwrap();
    for (name, variable) in weights.trained() {
        // A bias reaches the slope only through the norms behind it, if there are any.
        if let Some(gradient) = gradients.of(variable) {
            add(&mut found, format!("D.{name}"), gradient);
        }
    }
    found
}
