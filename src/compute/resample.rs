//! Bilinear enlargement by two (`align_corners = false`), with its exact transpose as gradient.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::plain;
use super::slices::{Precision, contiguous_slice};

/// Enlarges `(N, C, H, W)` to `(N, C, 2H, 2W)`.
pub(super) fn twice_as_large(x: &Tensor) -> Result<Tensor> {
    if plain::serves(x) {
        return plain::twice_as_large(x);
    }
    x.contiguous()?.apply_op1(Twice)
}

struct Twice;
struct TwiceTransposed;

/// Between two input samples lie two outputs: a quarter and three quarters of the way.
fn stretch<T: WithDType>(line: &[T], stretched: &mut [T]) {
    let (near, far) = (T::from_f64(0.75), T::from_f64(0.25));
    let last = line.len() - 1;
    for (index, pair) in stretched.chunks_exact_mut(2).enumerate() {
        let sample = line[index];
        pair[0] = near * sample + far * line[index.saturating_sub(1)];
        pair[1] = near * sample + far * line[(index + 1).min(last)];
    }
}

/// The transpose of [`stretch`]: adds to `line`.
fn gather<T: WithDType>(stretched: &[T], line: &mut [T]) {
    let (near, far) = (T::from_f64(0.75), T::from_f64(0.25));
    let last = line.len() - 1;
    for (index, pair) in stretched.chunks_exact(2).enumerate() {
        line[index] += near * (pair[0] + pair[1]);
        line[index.saturating_sub(1)] += far * pair[0];
        line[(index + 1).min(last)] += far * pair[1];
    }
}

fn enlarge<T: WithDType>(x: &[T], height: usize, width: usize) -> Vec<T> {
    let mut output = vec![T::zero(); x.len() * 4];
    output
        .par_chunks_exact_mut(4 * height * width)
        .zip(x.par_chunks_exact(height * width))
        .for_each_init(
            || vec![T::zero(); height * 2 * width],
            |wide, (output, plane)| {
                for (line, stretched) in plane
                    .chunks_exact(width)
                    .zip(wide.chunks_exact_mut(2 * width))
                {
                    stretch(line, stretched);
                }
                let (near, far) = (T::from_f64(0.75), T::from_f64(0.25));
                for (y, line) in output.chunks_exact_mut(2 * width).enumerate() {
                    let row = y / 2;
                    let other = if y % 2 == 0 {
                        row.saturating_sub(1)
                    } else {
                        (row + 1).min(height - 1)
                    };
                    let near_line = &wide[row * 2 * width..][..2 * width];
                    let far_line = &wide[other * 2 * width..][..2 * width];
                    for ((sample, &a), &b) in line.iter_mut().zip(near_line).zip(far_line) {
                        *sample = near * a + far * b;
                    }
                }
            },
        );
    output
}

fn shrink<T: WithDType>(grad: &[T], height: usize, width: usize) -> Vec<T> {
    let mut output = vec![T::zero(); grad.len() / 4];
    output
        .par_chunks_exact_mut(height * width)
        .zip(grad.par_chunks_exact(4 * height * width))
        .for_each_init(
            || vec![T::zero(); height * 2 * width],
            |wide, (plane, grad)| {
                wide.fill(T::zero());
                let (near, far) = (T::from_f64(0.75), T::from_f64(0.25));
                for (y, line) in grad.chunks_exact(2 * width).enumerate() {
                    let row = y / 2;
                    let other = if y % 2 == 0 {
                        row.saturating_sub(1)
                    } else {
                        (row + 1).min(height - 1)
                    };
                    for (sample, &value) in wide[row * 2 * width..].iter_mut().zip(line) {
                        *sample += near * value;
                    }
                    for (sample, &value) in wide[other * 2 * width..].iter_mut().zip(line) {
                        *sample += far * value;
                    }
                }
                for (line, stretched) in plane
                    .chunks_exact_mut(width)
                    .zip(wide.chunks_exact(2 * width))
                {
                    gather(stretched, line);
                }
            },
        );
    output
}

impl CustomOp1 for Twice {
    fn name(&self) -> &'static str {
        "bilinear enlargement"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let &[n, channels, height, width] = layout.dims() else {
            bail!("only 4-dimensional images can be enlarged");
        };
        let result = match Precision::of(storage)? {
            Precision::Single => {
                CpuStorage::F32(enlarge(contiguous_slice(storage, layout)?, height, width))
            }
            Precision::Double => {
                CpuStorage::F64(enlarge(contiguous_slice(storage, layout)?, height, width))
            }
        };
        Ok((result, (n, channels, 2 * height, 2 * width).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        grad.contiguous()?.apply_op1(TwiceTransposed).map(Some)
    }
}

impl CustomOp1 for TwiceTransposed {
    fn name(&self) -> &'static str {
        "transposed bilinear enlargement"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let &[n, channels, height, width] = layout.dims() else {
            bail!("only 4-dimensional images can be reduced");
        };
        let (height, width) = (height / 2, width / 2);
        let result = match Precision::of(storage)? {
            Precision::Single => {
                CpuStorage::F32(shrink(contiguous_slice(storage, layout)?, height, width))
            }
            Precision::Double => {
                CpuStorage::F64(shrink(contiguous_slice(storage, layout)?, height, width))
            }
        };
        Ok((result, (n, channels, height, width).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        twice_as_large(grad).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn enlarging_is_two_constant_matrices() {
        // Between samples a quarter and three quarters of the way, clamped at the edge.
        let x = Tensor::new(&[[[[0.0_f64, 4.0]]]], &Device::Cpu).unwrap();
        let rows = twice_as_large(&x).unwrap().flatten_all().unwrap();
        let rows: Vec<f64> = rows.to_vec1().unwrap();
        assert_eq!(rows, [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
    }

    #[test]
    fn the_gradient_is_the_transpose() {
        // ⟨E x, y⟩ = ⟨x, Eᵀ y⟩ for any x and y.
        let x = Tensor::arange(0.0_f64, 12.0, &Device::Cpu).unwrap();
        let x = Var::from_tensor(&x.reshape((1, 1, 3, 4)).unwrap()).unwrap();
        let y = Tensor::arange(0.0_f64, 48.0, &Device::Cpu).unwrap();
        let y = (y.reshape((1, 1, 6, 8)).unwrap() * 0.37)
            .unwrap()
            .sin()
            .unwrap();
        let product = (twice_as_large(&x).unwrap() * &y)
            .unwrap()
            .sum_all()
            .unwrap();
        let back = product.backward().unwrap().get(&x).unwrap().clone();
        let other = (back * x.as_tensor()).unwrap().sum_all().unwrap();
        let (a, b): (f64, f64) = (product.to_scalar().unwrap(), other.to_scalar().unwrap());
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }
}
