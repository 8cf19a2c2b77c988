use candle_core::{Device, Var};

use super::*;

const DIMS: (usize, usize, usize, usize) = (2, 3, 2, 2);

/// Numbers that look random; those of one seed never change.
fn maps(seed: f64) -> Vec<f64> {
    (0..24)
        .map(|i| (f64::from(i) * 12.9898 + seed * 78.233).sin() * 1.7)
        .collect()
}

fn tensor(samples: &[f64]) -> Tensor {
    Tensor::from_slice(samples, DIMS, &Device::Cpu).unwrap()
}

fn channels(numbers: &[f64]) -> Tensor {
    Tensor::from_slice(numbers, 3, &Device::Cpu).unwrap()
}

fn number(tensor: &Tensor) -> f64 {
    tensor.to_scalar().unwrap()
}

fn samples(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The derivatives of `f` by central differences.
fn differences(at: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..at.len())
        .map(|index| {
            let moved = |step: f64| {
                let mut at = at.to_vec();
                at[index] += step;
                f(&at)
            };
            (moved(1e-5) - moved(-1e-5)) / 2e-5
        })
        .collect()
}

fn assert_close(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference < 1e-6, "{name}: {found} is not {expected}");
    }
}

const SCALE: [f64; 3] = [1.3, 0.7, -0.4];
const SHIFT: [f64; 3] = [0.1, -0.2, 0.3];

fn hows() -> [How; 2] {
    [Then::Nothing, Then::Relu].map(|then| How { epsilon: 0.1, then })
}

#[test]
fn the_gradient_matches_finite_differences() {
    for how in hows() {
        let loss = |x: &Tensor, scale: &Tensor, shift: &Tensor| {
            let y = normalise_images(x, (scale, shift), how).unwrap();
            (y * tensor(&maps(2.0))).unwrap().sum_all().unwrap()
        };
        let of = |x: &[f64], scale: &[f64], shift: &[f64]| {
            number(&loss(&tensor(x), &channels(scale), &channels(shift)))
        };
        let x = maps(1.0);
        let vars = [tensor(&x), channels(&SCALE), channels(&SHIFT)]
            .map(|tensor| Var::from_tensor(&tensor).unwrap());
        let gradients = loss(&vars[0], &vars[1], &vars[2]).backward().unwrap();
        let found = |which: usize| samples(gradients.get(&vars[which]).unwrap());
        let expected = differences(&x, |x| of(x, &SCALE, &SHIFT));
        assert_close("x", &found(0), &expected);
        let expected = differences(&SCALE, |scale| of(&x, scale, &SHIFT));
        assert_close("scale", &found(1), &expected);
        let expected = differences(&SHIFT, |shift| of(&x, &SCALE, shift));
        assert_close("shift", &found(2), &expected);
    }
}

#[test]
fn the_slope_is_the_gradient_and_its_own_gradient_matches_finite_differences() {
    for how in hows() {
        let shift = channels(&SHIFT);
        let loss = |x: &Tensor, scale: &Tensor, gradient: &Tensor| {
            let slope = slope_of_images(x, (scale, &shift), gradient, how).unwrap();
            (slope * tensor(&maps(3.0))).unwrap().sum_all().unwrap()
        };
        let of = |x: &[f64], scale: &[f64], gradient: &[f64]| {
            number(&loss(&tensor(x), &channels(scale), &tensor(gradient)))
        };
        let (x, gradient) = (maps(1.0), maps(2.0));
        let vars = [tensor(&x), channels(&SCALE), tensor(&gradient)]
            .map(|tensor| Var::from_tensor(&tensor).unwrap());
        let gradients = loss(&vars[0], &vars[1], &vars[2]).backward().unwrap();
        let found = |which: usize| samples(gradients.get(&vars[which]).unwrap());
        let expected = differences(&x, |x| of(x, &SCALE, &gradient));
        assert_close("x", &found(0), &expected);
        let expected = differences(&SCALE, |scale| of(&x, scale, &gradient));
        assert_close("scale", &found(1), &expected);
        let expected = differences(&gradient, |gradient| of(&x, &SCALE, gradient));
        assert_close("gradient", &found(2), &expected);
    }
}
