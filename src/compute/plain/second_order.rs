//! Second derivatives of the operations that CUDA takes: a penalty on the steepness of a loss,
//! `‖∂L/∂x‖²`, differentiated in every argument and held against finite differences.

use candle_core::{Device, Tensor as Candle, Var};

use super::super::convolution::Stepping;
use super::super::norm::Then;
use super::forced::as_on_another_device;
use crate::compute::program::Deviation;
use crate::compute::{Gradients, Tensor};

/// Numbers that differ, in f64.
fn numbers(shape: &[usize], seed: f64) -> Candle {
    let count: usize = shape.iter().product();
    let samples: Vec<f64> = (0..count)
        .map(|i| ((i as f64 + seed) * 12.9898).sin() * 1.7)
        .collect();
    Candle::from_vec(samples, shape, &Device::Cpu).unwrap()
}

fn number(tensor: &Candle) -> f64 {
    tensor.to_scalar().unwrap()
}

/// The operation under test, of its arguments.
type Operation<'a> = &'a dyn Fn(&[Tensor]) -> crate::Result<Tensor>;

/// `‖∂L/∂x‖²` in the first argument, where L weighs every squared sample differently.
fn penalty(operation: Operation<'_>, arguments: &[Var]) -> Candle {
    let tensors: Vec<Tensor> = arguments
        .iter()
        .map(|argument| argument.as_tensor().clone().into())
        .collect();
    let result = operation(&tensors).unwrap();
    let weights = Tensor::from(numbers(result.dims(), 0.3));
    let loss = result.times(&result).unwrap().times(&weights).unwrap();
    let loss = Tensor::from(loss.candle().unwrap().sum_all().unwrap());
    let gradients: Gradients = loss.backward().unwrap();
    let slope = gradients.of(&arguments[0]).unwrap();
    slope.sqr().unwrap().sum_all().unwrap()
}

fn check(name: &str, shapes: &[&[usize]], operation: Operation<'_>) {
    let values: Vec<Candle> = shapes
        .iter()
        .enumerate()
        .map(|(index, shape)| numbers(shape, index as f64 + 1.0))
        .collect();
    let variables = |values: &[Candle]| -> Vec<Var> {
        let made = values.iter().map(|value| Var::from_tensor(value).unwrap());
        made.collect()
    };
    let arguments = variables(&values);
    let gradients = penalty(operation, &arguments).backward().unwrap();
    for (index, value) in values.iter().enumerate() {
        let samples: Vec<f64> = value.flatten_all().unwrap().to_vec1().unwrap();
        let moved = |place: usize, step: f64| {
            let mut samples = samples.clone();
            samples[place] += step;
            let mut values = values.clone();
            values[index] = Candle::from_vec(samples, value.shape(), &Device::Cpu).unwrap();
            number(&penalty(operation, &variables(&values)))
        };
        let step = 1e-5;
        let expected: Vec<f64> = (0..samples.len())
            .map(|place| (moved(place, step) - moved(place, -step)) / (2.0 * step))
            .collect();
        let found = match gradients.get(&arguments[index]) {
            Some(found) => found.flatten_all().unwrap().to_vec1::<f64>().unwrap(),
            None => vec![0.0; samples.len()],
        };
        let largest = expected.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            let error = (found - expected).abs() / largest;
            assert!(
                error < 1e-6,
                "{name}, argument {index}: {found}, {expected}"
            );
        }
    }
}

/// candle keeps the graph of a gradient only under this variable, read once per thread.
#[test]
fn second_derivatives_match_finite_differences() {
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored"])
        .arg("compute::plain::second_order::with_second_derivatives")
        .env("CANDLE_GRAD_DO_NOT_DETACH", "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{output}");
    assert!(output.contains("1 passed"), "{output}");
}

#[test]
#[ignore = "run by second_derivatives_match_finite_differences"]
fn with_second_derivatives() {
    as_on_another_device(|| {
        convolutions();
        sizes();
        norms();
        samples_and_rows();
    });
}

fn convolutions() {
    for (side, stride, padding) in [(3, 1, 1), (3, 2, 1), (4, 2, 1), (5, 2, 2), (1, 1, 0)] {
        let stepping = Stepping { stride, padding };
        let shapes: [&[usize]; 3] = [&[2, 2, 4, 4], &[3, 2, side, side], &[3]];
        check("convolution", &shapes, &|of| {
            of[0].convolve(&of[1], Some(&of[2]), stepping)
        });
    }
    for (side, size) in [(4, 6), (3, 6)] {
        let stepping = Stepping {
            stride: 2,
            padding: 1,
        };
        let shapes: [&[usize]; 2] = [&[2, 3, 3, 3], &[3, 2, side, side]];
        check("transposed convolution", &shapes, &|of| {
            of[0].convolve_transposed(&of[1], stepping, (size, size))
        });
    }
}

fn sizes() {
    let maps: [&[usize]; 1] = [&[2, 2, 4, 4]];
    check("half", &maps, &|of| of[0].half());
    check("overlapping half", &maps, &|of| of[0].half_overlapping());
    check("nearest", &maps, &|of| of[0].twice_nearest());
    check("bilinear", &maps, &|of| of[0].twice_as_large());
    check("reflected", &maps, &|of| of[0].reflect_pad(2));
    check("mean of pixels", &maps, &|of| of[0].mean_pixels());
}

fn norms() {
    let shapes: [&[usize]; 3] = [&[2, 2, 4, 4], &[2], &[2]];
    for then in [Then::Nothing, Then::Relu] {
        check("batch", &shapes, &|of| {
            let [x, scale, shift] = [&of[0], &of[1], &of[2]].map(|t| t.candle().unwrap());
            let how = super::How {
                epsilon: 1e-3,
                then,
            };
            Ok(super::normalise(x, scale, shift, how)?.result.into())
        });
        check("planes", &shapes, &|of| {
            of[0].normalise_planes(Some((&of[1], &of[2])), 1e-3, then)
        });
        for deviation in [Deviation::Biased(1e-3), Deviation::Unbiased(1e-3)] {
            check("images", &shapes, &|of| {
                of[0].normalise_images((&of[1], &of[2]), deviation, then)
            });
        }
    }
    let with_gradient: [&[usize]; 4] = [&[2, 2, 4, 4], &[2], &[2], &[2, 2, 4, 4]];
    for then in [Then::Nothing, Then::Relu] {
        check("slope", &with_gradient, &|of| {
            of[0].slope_of_images((&of[1], &of[2]), &of[3], (1e-3, then))
        });
    }
    let rows: [&[usize]; 3] = [&[3, 5], &[5], &[5]];
    check("rows", &rows, &|of| of[0].layer_norm(&of[1], &of[2]));
}

fn samples_and_rows() {
    let rows: [&[usize]; 1] = [&[3, 5]];
    check("rectifier", &rows, &|of| of[0].relu());
    check("leaky rectifier", &rows, &|of| of[0].leaky_relu(0.2));
    check("sigmoid", &rows, &|of| of[0].sigmoid());
    check("tanh", &rows, &|of| of[0].tanh());
    check("absolute value", &rows, &|of| of[0].abs());
    check("softmax", &rows, &|of| of[0].softmax());
    let both: [&[usize]; 2] = [&[3, 5], &[3, 5]];
    check("sum and rectifier", &both, &|of| of[0].add_relu(&of[1]));
    check("quotient", &both, &|of| of[0].over(&of[1]));
    let linear: [&[usize]; 3] = [&[3, 5], &[4, 5], &[4]];
    check("linear", &linear, &|of| of[0].linear(&of[1], Some(&of[2])));
    let matrices: [&[usize]; 2] = [&[2, 3, 5], &[2, 5, 4]];
    check("matrix product", &matrices, &|of| of[0].matmul(&of[1]));
}
