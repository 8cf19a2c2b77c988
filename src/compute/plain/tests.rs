//! Each operation against the one it stands in for: values and gradients of all arguments.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::super::convolution::Stepping;
use super::super::norm::Then;
use super::super::{convolution, halving, norm, pointwise, resample};
use super::*;

/// Numbers that differ, in f64 so that only a wrong formula shows.
fn numbers(shape: &[usize], seed: f64) -> Var {
    let count: usize = shape.iter().product();
    let samples: Vec<f64> = (0..count)
        .map(|i| ((i as f64 + seed) * 12.9898).sin() * 1.7)
        .collect();
    Var::from_tensor(&Tensor::from_vec(samples, shape, &Device::Cpu).unwrap()).unwrap()
}

fn worst(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
    difference.max(0).unwrap().to_scalar().unwrap()
}

/// Compares the values and, for a loss that weighs every sample differently, every gradient.
fn agree(
    arguments: &[&Var],
    plain: impl FnOnce() -> Result<Tensor>,
    own: impl FnOnce() -> Result<Tensor>,
) {
    let (plain, own) = (plain().unwrap(), own().unwrap());
    assert!(worst(&plain, &own) < 1e-12, "the values differ");
    let weights = numbers(plain.dims(), 0.3);
    let gradients = |result: &Tensor| {
        let loss = (result * weights.as_tensor()).unwrap().sum_all().unwrap();
        loss.backward().unwrap()
    };
    let (plain, own) = (gradients(&plain), gradients(&own));
    for (index, argument) in arguments.iter().enumerate() {
        let (plain, own) = (plain.get(argument), own.get(argument));
        let error = worst(plain.unwrap(), own.unwrap());
        assert!(error < 1e-10, "gradient {index} is off by {error:e}");
    }
}

#[test]
fn convolutions_agree() {
    // Kernel side, stride, padding: all that the networks use.
    for (side, stride, padding) in [
        (3, 1, 1),
        (3, 2, 1),
        (5, 2, 2),
        (4, 2, 1),
        (7, 1, 3),
        (1, 1, 0),
    ] {
        let stepping = Stepping { stride, padding };
        let x = numbers(&[2, 3, 8, 8], 1.0);
        let kernels = numbers(&[4, 3, side, side], 2.0);
        let bias = numbers(&[4], 3.0);
        agree(
            &[&x, &kernels, &bias],
            || convolve(&x, &kernels, Some(&bias), stepping),
            || convolution::convolve(&x, &kernels, Some(&bias), stepping),
        );
        agree(
            &[&x, &kernels],
            || convolve(&x, &kernels, None, stepping),
            || convolution::convolve(&x, &kernels, None, stepping),
        );
    }
}

#[test]
fn transposed_convolutions_agree() {
    for (side, stride, padding, out, back) in [
        (4, 2, 1, 4, 8),
        (3, 1, 1, 6, 6),
        (3, 2, 1, 4, 8),
        (5, 2, 2, 4, 7),
    ] {
        let stepping = Stepping { stride, padding };
        let outputs = numbers(&[2, 4, out, out], 1.0);
        let kernels = numbers(&[4, 3, side, side], 2.0);
        agree(
            &[&outputs, &kernels],
            || convolve_transposed(&outputs, &kernels, stepping, (back, back)),
            || convolution::convolve_transposed(&outputs, &kernels, stepping, (back, back)),
        );
    }
}

#[test]
fn transposed_convolutions_reach_sides_of_their_own() {
    let stepping = Stepping {
        stride: 2,
        padding: 1,
    };
    let outputs = numbers(&[1, 2, 4, 4], 1.0);
    let kernels = numbers(&[2, 3, 3, 3], 2.0);
    for size in [(8, 7), (7, 8)] {
        let plain = convolve_transposed(&outputs, &kernels, stepping, size).unwrap();
        let own = convolution::convolve_transposed(&outputs, &kernels, stepping, size).unwrap();
        assert!(worst(&plain, &own) < 1e-12);
    }
    assert!(convolve_transposed(&outputs, &kernels, stepping, (9, 9)).is_err());
    assert!(convolve_transposed(&outputs, &kernels, stepping, (6, 6)).is_err());
}

#[test]
fn rectifiers_agree_at_zero_too() {
    for slope in [0.0, 0.2] {
        let x = Tensor::new(&[-2.0_f64, -0.0, 0.0, 0.5, 3.0], &Device::Cpu).unwrap();
        let x = Var::from_tensor(&x).unwrap();
        agree(
            &[&x],
            || leaky_relu(&x, slope),
            || pointwise::leaky_relu(&x, slope),
        );
        let without_gradient = x.as_detached_tensor();
        let found = leaky_relu(&without_gradient, slope).unwrap();
        let expected = pointwise::leaky_relu(&without_gradient, slope).unwrap();
        assert!(worst(&found, &expected) < 1e-12);
    }
    let a = Var::from_tensor(&Tensor::new(&[1.0_f64, -1.0, 2.0], &Device::Cpu).unwrap()).unwrap();
    let b = Var::from_tensor(&Tensor::new(&[-1.0_f64, 0.5, 2.0], &Device::Cpu).unwrap()).unwrap();
    agree(
        &[&a, &b],
        || add_relu(&a, &b),
        || pointwise::add_relu(&a, &b),
    );
}

fn how(then: Then) -> How {
    let epsilon = 1e-3;
    How { epsilon, then }
}

#[test]
fn whole_pixels_agree() {
    for (height, width) in [(4, 6), (2, 2)] {
        let x = numbers(&[2, 3, height, width], 1.0);
        agree(&[&x], || twice(&x, 0.3), || halving::twice(&x, 0.3));
        agree(&[&x], || half(&x, 0.25), || halving::half(&x, 0.25));
    }
}

#[test]
fn enlargements_agree() {
    for (height, width) in [(3, 4), (1, 5), (2, 2)] {
        let x = numbers(&[2, 3, height, width], 1.0);
        agree(
            &[&x],
            || twice_as_large(&x),
            || resample::twice_as_large(&x),
        );
    }
}

#[test]
fn normalisations_by_the_batch_agree() {
    for then in [Then::Nothing, Then::Relu].map(how) {
        let x = numbers(&[3, 2, 4, 4], 1.0);
        let (scale, shift) = (numbers(&[2], 2.0), numbers(&[2], 3.0));
        agree(
            &[&x, &scale, &shift],
            || Ok(normalise(&x, &scale, &shift, then)?.result),
            || Ok(norm::normalise(&x, &scale, &shift, then)?.0),
        );
        let own = norm::normalise(&x, &scale, &shift, then).unwrap().1;
        let Found::Numbers(own) = own else {
            panic!("the processor hands out numbers");
        };
        let plain = normalise(&x, &scale, &shift, then).unwrap();
        let mean: Vec<f64> = plain.mean.to_vec1().unwrap();
        let variance: Vec<f64> = plain.variance.to_vec1().unwrap();
        for (channel, own) in own.iter().enumerate() {
            assert!((mean[channel] - own.0).abs() < 1e-12);
            assert!((variance[channel] - own.1).abs() < 1e-12);
        }
    }
}

#[test]
fn normalisations_by_given_moments_agree() {
    let x = numbers(&[3, 2, 4, 4], 1.0);
    let (scale, shift) = (numbers(&[2], 2.0), numbers(&[2], 3.0));
    let (mean, variance) = ([0.3, -0.4], [1.5, 0.2]);
    let tensor = |numbers: [f64; 2]| Tensor::new(&numbers, &Device::Cpu).unwrap();
    for then in [Then::Nothing, Then::Relu].map(how) {
        let moments = mean.into_iter().zip(variance).collect();
        let both = (&tensor(mean), &tensor(variance));
        agree(
            &[&x, &scale, &shift],
            || normalise_with(&x, (&scale, &shift), both, then),
            || norm::normalise_with(&x, (&scale, &shift), moments, then),
        );
    }
}

#[test]
fn the_largest_are_found_in_each_row() {
    let x = Tensor::new(
        &[[3.0_f32, 1.0, 2.0, 2.0], [9.0, 8.0, 7.0, 6.0]],
        &Device::Cpu,
    )
    .unwrap();
    let found = kth_largest(&x, 3).unwrap();
    assert_eq!(found.to_vec2::<f32>().unwrap(), [[2.0], [7.0]]);
    let last = kth_largest(&x, 99).unwrap();
    assert_eq!(last.to_vec2::<f32>().unwrap(), [[1.0], [6.0]]);
}

#[test]
fn half_precision_takes_this_way_by_itself() {
    let x = numbers(&[2, 3, 8, 8], 1.0);
    let half = x.as_detached_tensor().to_dtype(DType::F16).unwrap();
    let (scale, shift) = (numbers(&[3], 2.0), numbers(&[3], 3.0));
    let [scale, shift] = [scale, shift].map(|v| v.as_detached_tensor());
    let expected = norm::normalise(&x.as_detached_tensor(), &scale, &shift, how(Then::Relu));
    let expected = resample::twice_as_large(&expected.unwrap().0).unwrap();
    let [scale, shift] = [scale, shift].map(|tensor| tensor.to_dtype(DType::F16).unwrap());
    let found = norm::normalise(&half, &scale, &shift, how(Then::Relu))
        .unwrap()
        .0;
    let found = resample::twice_as_large(&found).unwrap();
    assert_eq!(found.dtype(), DType::F16);
    assert!(worst(&found.to_dtype(DType::F64).unwrap(), &expected) < 1e-2);
}

#[test]
fn slopes_of_images_agree() {
    for then in [Then::Nothing, Then::Relu] {
        let how = How {
            epsilon: 1e-3,
            then,
        };
        let x = numbers(&[2, 3, 4, 4], 1.0);
        let (scale, shift) = (numbers(&[3], 2.0), numbers(&[3], 3.0));
        let gradient = numbers(&[2, 3, 4, 4], 4.0);
        let shift = shift.as_detached_tensor();
        agree(
            &[&x, &scale, &gradient],
            || slope_of_images(&x, (&scale, &shift), &gradient, how),
            || norm::slope_of_images(&x, (&scale, &shift), &gradient, how),
        );
    }
}
