//! What a device can do at all: the yardstick for the networks.

use std::time::Instant;

use crate::compute::{Device, Input, Precision, Runner, Tensor};
use crate::error::Result;

/// What the device does when nothing is in the way.
pub(super) struct Peak {
    /// The side of the matrices.
    pub(super) side: usize,
    /// Billions of multiplications and additions a second in one large product.
    pub(super) gmac_per_s: f64,
    /// Billions of bytes a second, read and written.
    pub(super) gb_per_s: f64,
}

/// Measures a large product and a copy.
pub(super) fn peak(precision: Precision, device: &Device) -> Result<Peak> {
    // A program that pretends to be a GPU would take minutes for what a GPU does at once.
    let (side, copied) = match device {
        Device::Wgpu(gpu) if gpu.is_software() => (256, [16, 1 << 14]),
        _ => (2048, [16, 1 << 20]),
    };
    // What a GPU does in the time that samples take to it and back is many products and copies.
    let (product_count, copy_count) = match device {
        Device::Wgpu(gpu) if gpu.is_software() => (2, 4),
        Device::Cpu => (2, 4),
        Device::Wgpu(_) | Device::Cuda(_) => (32, 128),
    };
    let products = |count: usize| -> Result<Runner> {
        let weights = vec![0.001; side * side];
        let weight = Tensor::from_samples(weights, &[side, side])?.on(device)?;
        Ok(Runner::new(device, move |x| {
            let mut y = x[0].clone();
            for _ in 0..count {
                y = y.linear(&weight, None)?;
            }
            Ok(vec![y])
        })
        .storing(precision))
    };
    let rows = [side, side];
    let given = vec![0.5; side * side];
    let fastest = |runner: &mut Runner, samples: &[f32], dims: &[usize]| -> Result<f64> {
        let input = Input { samples, dims };
        let mut least = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            runner.run(&[input], &mut |_| Ok(()))?;
            least = least.min(start.elapsed().as_secs_f64());
        }
        Ok(least)
    };
    // What carries the samples to the device and back is in both, and so in no difference.
    let mut once = copies(device, 1);
    let mut often = copies(device, 1 + copy_count);
    let samples = vec![0.25; copied.iter().product()];
    let (once_s, often_s) = (
        fastest(&mut once, &samples, &copied)?,
        fastest(&mut often, &samples, &copied)?,
    );
    let one = fastest(&mut products(1)?, &given, &rows)?;
    let more = fastest(&mut products(1 + product_count)?, &given, &rows)?;
    let products_s = (more - one).max(1e-9);
    let macs = product_count as f64 * (side as f64).powi(3);
    let bytes = (copy_count * 2 * 4 * samples.len()) as f64;
    Ok(Peak {
        side,
        gmac_per_s: macs / products_s / 1e9,
        gb_per_s: bytes / (often_s - once_s).max(1e-9) / 1e9,
    })
}

/// A network that copies its input, changed a little so that nothing is saved.
fn copies(device: &Device, count: usize) -> Runner {
    Runner::new(device, move |x| {
        let mut y = x[0].affine(1.0, 1.0)?;
        for _ in 1..count {
            // A step ends in one such change: none fuses with the next.
            y = y.affine(1.0, 1.0)?;
        }
        Ok(vec![y])
    })
}
