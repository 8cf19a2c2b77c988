//! A training step of a stack of convolutions: ours against candle's own, in one run.
//!
//! `cargo bench --profile dev --bench convolution` prints the medians of both and their ratio. The stack is
//! 1→32→64→128→256 channels, 3×3, padding 1, rectified, on one 128×128 image, without pooling and
//! with a pool of two after each; and a batch of small maps, as SQUID trains on.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark's output"
)]

use std::time::Instant;

use candle_core::{Device, Tensor as Candle, Var};
use silhouette::compute::{Stepping, Tensor};

const REPEATS: usize = 7;

struct Stack {
    name: &'static str,
    input: Candle,
    kernels: Vec<Var>,
    pooled: bool,
}

impl Stack {
    fn new(name: &'static str, shape: [usize; 4], channels: &[usize], pooled: bool) -> Self {
        let random = |shape: &[usize]| Candle::randn(0.0_f32, 0.1, shape, &Device::Cpu).unwrap();
        let kernels = channels
            .windows(2)
            .map(|pair| Var::from_tensor(&random(&[pair[1], pair[0], 3, 3])).unwrap())
            .collect();
        Self {
            name,
            input: random(&shape),
            kernels,
            pooled,
        }
    }

    /// Forward and backward through the stack, with our convolution or candle's.
    fn step(&self, ours: bool) -> f64 {
        let start = Instant::now();
        let mut x = self.input.clone();
        for kernel in &self.kernels {
            x = if ours {
                let stepping = Stepping {
                    stride: 1,
                    padding: 1,
                };
                let kernels = Tensor::Candle(kernel.as_tensor().clone());
                let y = Tensor::Candle(x)
                    .convolve(&kernels, None, stepping)
                    .unwrap();
                y.candle().unwrap().clone()
            } else {
                x.conv2d(kernel, 1, 1, 1, 1).unwrap()
            };
            x = x.relu().unwrap();
            if self.pooled {
                x = x.avg_pool2d(2).unwrap();
            }
        }
        let gradients = x.sqr().unwrap().mean_all().unwrap().backward().unwrap();
        assert!(
            self.kernels
                .iter()
                .all(|kernel| gradients.get(kernel).is_some())
        );
        start.elapsed().as_secs_f64()
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() {
    let wide = [1, 32, 64, 128, 256];
    let stacks = [
        Stack::new("flat 128×128, batch 1", [1, 1, 128, 128], &wide, false),
        Stack::new("pooled 128×128, batch 1", [1, 1, 128, 128], &wide, true),
        Stack::new(
            "SQUID level 2, 64 patches of 16×16",
            [64, 32, 16, 16],
            &[32, 32, 32],
            false,
        ),
    ];
    println!(
        "{:<36} {:>10} {:>10} {:>7}",
        "training step", "ours, ms", "candle, ms", "ratio"
    );
    for stack in &stacks {
        stack.step(true);
        stack.step(false);
        let mut times = [Vec::new(), Vec::new()];
        // In turn, so that both see the same machine.
        for _ in 0..REPEATS {
            times[0].push(stack.step(true));
            times[1].push(stack.step(false));
        }
        let [ours, theirs] = times.map(|seconds| 1000.0 * median(seconds));
        println!(
            "{:<36} {ours:>10.1} {theirs:>10.1} {:>6.1}×",
            stack.name,
            theirs / ours
        );
    }
    println!(
        "medians of {REPEATS} steps, {} threads",
        rayon::current_num_threads()
    );
}
