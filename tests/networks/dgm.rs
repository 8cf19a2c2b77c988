//! DGM against our reading of the paper in PyTorch.

use std::collections::HashMap;

use silhouette::compute::Tensor;
use silhouette::models::Stored;
use silhouette::models::dgm::parity::Networks;

use crate::reference::{References, assert_close};

const FILE: &str = "dgm_ours_64_dim16.safetensors";

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
    let networks = Networks::stored(&Stored::new(expected.clone())).unwrap();
    let [films, real] = ["in.z", "in.y_real"].map(|name| Tensor::Candle(expected[name].clone()));
    let outputs = networks.forward(&films, Some(&real)).unwrap();
    let outputs: HashMap<_, _> = outputs.into_iter().collect();
    let mut compared = 0;
    for (name, expected) in &expected {
        if name.starts_with("out.") || name.starts_with("tap.") {
            let output = outputs.get(name);
            let output = output.unwrap_or_else(|| panic!("{name} is missing"));
            assert_close(name, output.candle(), expected, tolerance(name));
            compared += 1;
        }
    }
    assert_eq!(compared, 16);
}
