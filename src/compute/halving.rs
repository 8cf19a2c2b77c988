//! Twice and half the size in whole pixels: each is the other's transpose, so that gradients of any
//! order are exact. (candle's nearest enlargement loses gradients of inputs that are used twice.)

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::plain;
use super::slices::{Precision, contiguous_slice};

/// Repeats each pixel of `(N, C, H, W)` 2×2 times, multiplied by `factor`: `(N, C, 2H, 2W)`.
pub(super) fn twice(x: &Tensor, factor: f64) -> Result<Tensor> {
    if plain::serves(x) {
        return plain::twice(x, factor);
    }
    x.contiguous()?.apply_op1(Twice(factor))
}

/// Sums 2×2 pixels of `(N, C, H, W)`, multiplied by `factor`: `(N, C, H/2, W/2)`.
pub(super) fn half(x: &Tensor, factor: f64) -> Result<Tensor> {
    if plain::serves(x) {
        return plain::half(x, factor);
    }
    x.contiguous()?.apply_op1(Half(factor))
}

struct Twice(f64);
struct Half(f64);

fn repeat<T: WithDType>(x: &[T], width: usize, factor: T) -> Vec<T> {
    let mut output = vec![T::zero(); 4 * x.len()];
    output
        .par_chunks_exact_mut(4 * width)
        .zip(x.par_chunks_exact(width))
        .for_each(|(rows, row)| {
            let (upper, lower) = rows.split_at_mut(2 * width);
            for (pair, &sample) in upper.chunks_exact_mut(2).zip(row) {
                pair.fill(factor * sample);
            }
            lower.copy_from_slice(upper);
        });
    output
}

fn add_up<T: WithDType>(x: &[T], width: usize, factor: T) -> Vec<T> {
    let mut output = vec![T::zero(); x.len() / 4];
    output
        .par_chunks_exact_mut(width / 2)
        .zip(x.par_chunks_exact(2 * width))
        .for_each(|(row, rows)| {
            let (upper, lower) = rows.split_at(width);
            let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            for (sample, (upper, lower)) in row.iter_mut().zip(pairs) {
                *sample = factor * (upper[0] + upper[1] + lower[0] + lower[1]);
            }
        });
    output
}

impl CustomOp1 for Twice {
    fn name(&self) -> &'static str {
        "repetition of pixels"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let &[n, channels, height, width] = layout.dims() else {
            bail!("only 4-dimensional images can be enlarged");
        };
        let result = match Precision::of(storage)? {
            Precision::Single => {
                let x = contiguous_slice(storage, layout)?;
                CpuStorage::F32(repeat(x, width, self.0 as f32))
            }
            Precision::Double => {
                CpuStorage::F64(repeat(contiguous_slice(storage, layout)?, width, self.0))
            }
        };
        Ok((result, (n, channels, 2 * height, 2 * width).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        half(grad, self.0).map(Some)
    }
}

impl CustomOp1 for Half {
    fn name(&self) -> &'static str {
        "sum of 2×2 pixels"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let &[n, channels, height, width] = layout.dims() else {
            bail!("only 4-dimensional images can be reduced");
        };
        if height % 2 != 0 || width % 2 != 0 {
            bail!("images of {height} × {width} pixels cannot be halved");
        }
        let result = match Precision::of(storage)? {
            Precision::Single => {
                let x = contiguous_slice(storage, layout)?;
                CpuStorage::F32(add_up(x, width, self.0 as f32))
            }
            Precision::Double => {
                CpuStorage::F64(add_up(contiguous_slice(storage, layout)?, width, self.0))
            }
        };
        Ok((result, (n, channels, height / 2, width / 2).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        twice(grad, self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn halving_undoes_doubling() {
        let x = Tensor::arange(0.0_f64, 24.0, &Device::Cpu).unwrap();
        let x = x.reshape((2, 2, 2, 3)).unwrap();
        let large = twice(&x, 1.0).unwrap();
        assert_eq!(large.dims(), [2, 2, 4, 6]);
        let row = large.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        assert_eq!(row[6..12], [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
        let again = half(&large, 0.25).unwrap();
        let difference = (again - x).unwrap().abs().unwrap().sum_all().unwrap();
        assert_eq!(difference.to_scalar::<f64>().unwrap(), 0.0);
    }

    #[test]
    fn an_input_used_twice_keeps_both_gradients() {
        let x = Var::ones((1, 1, 2, 2), candle_core::DType::F64, &Device::Cpu).unwrap();
        let enlarged = twice(&x, 1.0).unwrap().sum_all().unwrap();
        let tenfold = (x.as_tensor() * 10.0).unwrap().sum_all().unwrap();
        let gradients = (enlarged + tenfold).unwrap().backward().unwrap();
        let found = gradients.get(&x).unwrap().flatten_all().unwrap();
        assert_eq!(found.to_vec1::<f64>().unwrap(), [14.0; 4]);
    }
}
