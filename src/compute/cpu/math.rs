//! Functions written so that loops over them vectorise.

use super::super::program::Activation;

/// `eˣ`, within 2 units in the last place; below −87 it is as good as 0, above 88 as at 88.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Added to a number, this leaves its nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let count = shifted - ROUND;
    // ln 2 in two parts, of which the first has few digits, so that the product is exact.
    let rest = x - count * 0.693_359_4 + count * 2.121_944_4e-4;
    // Taylor's series to the 7th power: |rest| ≤ 0.35, so what is missing is below 6e-9.
    let mut sum = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + factor;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    sum * power
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    let far = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
    // Near 0 the difference above cancels; the series does not.
    let square = x * x;
    let series = square * (square * (2.0 / 15.0 - square * (17.0 / 315.0)) - 1.0 / 3.0);
    let near = x + x * series;
    if square < 0.04 { near } else { far }
}

/// Applies an activation in place; vectorises where the caller's instructions allow.
#[inline(always)]
pub(super) fn activate(then: Activation, samples: &mut [f32]) {
    match then {
        Activation::Nothing => {}
        Activation::Leaky(slope) => each(samples, |x| if x > 0.0 { x } else { slope * x }),
        Activation::Sigmoid => each(samples, sigmoid),
        Activation::Tanh => each(samples, tanh),
        Activation::Abs => each(samples, f32::abs),
        Activation::Affine(factor, offset) => each(samples, |x| factor * x + offset),
    }
}

#[inline(always)]
fn each(samples: &mut [f32], of: impl Fn(f32) -> f32) {
    for sample in samples {
        *sample = of(*sample);
    }
}
