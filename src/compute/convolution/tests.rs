use candle_core::{DType, Device, Tensor, Var};

use super::{Stepping, ToKernels, convolve, convolve_transposed};

/// Kernel side, stride, padding, images, channels in and out, side: im2col one image at a time and
/// in groups, 1×1, and Winograd's 3×3.
const CASES: [[usize; 7]; 9] = [
    [3, 1, 1, 1, 2, 3, 5],
    [3, 2, 1, 2, 2, 3, 6],
    [4, 2, 1, 1, 2, 2, 6],
    [5, 2, 2, 3, 1, 2, 8],
    [1, 1, 0, 2, 3, 2, 4],
    [2, 2, 0, 1, 2, 2, 6],
    [3, 1, 1, 4, 4, 5, 4],
    [3, 1, 1, 9, 5, 4, 2],
    [3, 1, 1, 1, 4, 5, 6],
];

fn noise(shape: &[usize], seed: u64) -> Tensor {
    let count: usize = shape.iter().product();
    let samples: Vec<f64> = (0..count as u64)
        .map(|i| {
            let z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                ^ seed.wrapping_mul(0xD1B5_4A32_D192_ED03);
            (z.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        })
        .collect();
    Tensor::from_vec(samples, shape, &Device::Cpu).unwrap()
}

fn case([side_k, stride, padding, n, c_in, c_out, side]: [usize; 7]) -> (Tensor, Tensor, Stepping) {
    (
        noise(&[n, c_in, side, side], 1),
        noise(&[c_out, c_in, side_k, side_k], 2),
        Stepping { stride, padding },
    )
}

fn number(tensor: &Tensor) -> f64 {
    tensor.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

fn worst(a: &Tensor, b: &Tensor) -> f64 {
    number(
        &(a - b)
            .unwrap()
            .abs()
            .unwrap()
            .flatten_all()
            .unwrap()
            .max(0)
            .unwrap(),
    )
}

/// The central differences of `f` at `x`, element by element.
fn differences(x: &Tensor, f: impl Fn(&Tensor) -> f64) -> Tensor {
    const STEP: f64 = 1e-5;
    let samples: Vec<f64> = x.flatten_all().unwrap().to_vec1().unwrap();
    let at = |index: usize, step: f64| {
        let mut moved = samples.clone();
        moved[index] += step;
        f(&Tensor::from_vec(moved, x.shape(), &Device::Cpu).unwrap())
    };
    let slopes: Vec<f64> = (0..samples.len())
        .map(|index| (at(index, STEP) - at(index, -STEP)) / (2.0 * STEP))
        .collect();
    Tensor::from_vec(slopes, x.shape(), &Device::Cpu).unwrap()
}

#[test]
fn the_forward_pass_is_candles() {
    for numbers in CASES {
        let (x, w, stepping) = case(numbers);
        let ours = convolve(&x, &w, None, stepping).unwrap();
        let theirs = x
            .conv2d(&w, stepping.padding, stepping.stride, 1, 1)
            .unwrap();
        assert!(worst(&ours, &theirs) < 1e-12, "{numbers:?}");
    }
}

#[test]
fn a_bias_is_added_once_per_channel() {
    for numbers in CASES {
        let (x, w, stepping) = case(numbers);
        let bias = noise(&[numbers[5]], 3);
        let plain = convolve(&x, &w, None, stepping).unwrap();
        let expected = plain
            .broadcast_add(&bias.reshape((1, (), 1, 1)).unwrap())
            .unwrap();
        let biased = convolve(&x, &w, Some(&bias), stepping).unwrap();
        assert!(worst(&biased, &expected) < 1e-12, "{numbers:?}");
    }
}

#[test]
fn first_derivatives_match_finite_differences() {
    for numbers in CASES {
        let (x, w, stepping) = case(numbers);
        let bias = noise(&[numbers[5]], 3);
        let loss = |x: &Tensor, w: &Tensor, b: &Tensor| {
            let y = convolve(x, w, Some(b), stepping).unwrap();
            (&y * &y).unwrap().sum_all().unwrap()
        };
        let vars = [&x, &w, &bias].map(|tensor| Var::from_tensor(tensor).unwrap());
        let gradients = loss(&vars[0], &vars[1], &vars[2]).backward().unwrap();
        let expected = [
            differences(&x, |x| number(&loss(x, &w, &bias))),
            differences(&w, |w| number(&loss(&x, w, &bias))),
            differences(&bias, |b| number(&loss(&x, &w, b))),
        ];
        for (var, expected) in vars.iter().zip(&expected) {
            assert!(
                worst(gradients.get(var).unwrap(), expected) < 1e-6,
                "{numbers:?}"
            );
        }
    }
}

#[test]
fn the_transposed_passes_match_finite_differences() {
    for numbers in CASES {
        let (x, w, stepping) = case(numbers);
        let y = convolve(&x, &w, None, stepping).unwrap();
        let size = (numbers[6], numbers[6]);
        let back = |y: &Tensor, w: &Tensor| {
            let x = convolve_transposed(y, w, stepping, size).unwrap();
            (&x * &x).unwrap().sum_all().unwrap()
        };
        let kernel = (numbers[0], numbers[0]);
        let kernels = |x: &Tensor, y: &Tensor| {
            let w = x.apply_op2(y, ToKernels { stepping, kernel }).unwrap();
            (&w * &w).unwrap().sum_all().unwrap()
        };
        let vars = [&x, &w, &y].map(|tensor| Var::from_tensor(tensor).unwrap());
        let of_back = back(&vars[2], &vars[1]).backward().unwrap();
        let of_kernels = kernels(&vars[0], &vars[2]).backward().unwrap();
        let pairs = [
            (
                of_back.get(&vars[2]),
                differences(&y, |y| number(&back(y, &w))),
            ),
            (
                of_back.get(&vars[1]),
                differences(&w, |w| number(&back(&y, w))),
            ),
            (
                of_kernels.get(&vars[0]),
                differences(&x, |x| number(&kernels(x, &y))),
            ),
            (
                of_kernels.get(&vars[2]),
                differences(&y, |y| number(&kernels(&x, y))),
            ),
        ];
        for (found, expected) in pairs {
            assert!(worst(found.unwrap(), &expected) < 1e-5, "{numbers:?}");
        }
    }
}

/// The penalty of a critic's gradient, `‖∂Σf/∂x‖²`, differentiated in the kernels.
#[test]
fn second_derivatives_match_finite_differences() {
    // candle keeps the graph of a gradient only under this flag, read once per thread: hence the
    // thread of its own, begun after the flag is set. Other tests only use more memory for it.
    #[allow(unsafe_code)]
    unsafe {
        std::env::set_var("CANDLE_GRAD_DO_NOT_DETACH", "1");
    }
    let check = || {
        for numbers in CASES {
            let (x, w, stepping) = case(numbers);
            let penalty = |x: &Tensor, w: &Tensor| {
                let x = Var::from_tensor(x).unwrap();
                let y = convolve(&x, w, None, stepping).unwrap();
                let f = (&y * &y).unwrap().sum_all().unwrap();
                let gradient = f.backward().unwrap().get(&x).unwrap().clone();
                (&gradient * &gradient).unwrap().sum_all().unwrap()
            };
            let kernels = Var::from_tensor(&w).unwrap();
            let gradients = penalty(&x, &kernels).backward().unwrap();
            let found = gradients.get(&kernels).unwrap();
            let expected = differences(&w, |w| number(&penalty(&x, w)));
            let scale = number(
                &expected
                    .abs()
                    .unwrap()
                    .flatten_all()
                    .unwrap()
                    .max(0)
                    .unwrap(),
            );
            assert!(
                worst(found, &expected) < 1e-6 * scale.max(1.0),
                "{numbers:?}"
            );
        }
    };
    std::thread::spawn(check).join().unwrap();
}
