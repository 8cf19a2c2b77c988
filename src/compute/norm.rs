//! Batch normalisation with its rectifier, fused and on all cores.
//!
//! In training the moments are the batch's, as PyTorch's `BatchNorm2d` takes them (biased variance
//! inside, eps 1e-5). The gradient is first order only: its own result carries no graph.

mod how;
mod images;

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType};
use rayon::prelude::*;

use super::plain::{self, Found};
use super::planes::Sizes;
use super::slices::{Precision, contiguous_slice, sum, sum_of, with_slices};

pub(super) use how::How;
pub use how::Then;
pub(super) use images::{normalise_images, slope_of_images};

/// Added to the variance unless a network wants otherwise.
pub(super) const EPSILON: f64 = 1e-5;

/// The mean and the biased variance of each channel of a batch.
pub(super) type Moments = Vec<(f64, f64)>;

/// Normalises `(N, C, …)` over everything but the channel with the batch's own moments, which it
/// also returns.
pub(super) fn normalise(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    how: How,
) -> Result<(Tensor, Found)> {
    if plain::serves(x) {
        let plain::Normalised {
            result,
            mean,
            variance,
        } = plain::normalise(x, scale, shift, how)?;
        return Ok((result, Found::OnDevice { mean, variance }));
    }
    let moments = Arc::new(Mutex::new(Moments::new()));
    let op = BatchNorm {
        how,
        fixed: false,
        moments: moments.clone(),
    };
    let result = x
        .contiguous()?
        .apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)?;
    let moments = moments
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    Ok((result, Found::Numbers(moments)))
}

/// Normalises with moments known beforehand, as a trained network does: on the CPU.
pub(super) fn normalise_with(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    moments: Moments,
    how: How,
) -> Result<Tensor> {
    let op = BatchNorm {
        how,
        fixed: true,
        moments: Arc::new(Mutex::new(moments)),
    };
    x.contiguous()?
        .apply_op3(&scale.contiguous()?, &shift.contiguous()?, op)
}

struct BatchNorm {
    how: How,
    /// Whether the moments were given, and so do not depend on the input.
    fixed: bool,
    moments: Arc<Mutex<Moments>>,
}

fn moments_of<T: WithDType>(sizes: Sizes, x: &[T]) -> Moments {
    (0..sizes.channels)
        .into_par_iter()
        .map(|channel| {
            let total: f64 = sizes
                .planes(x, channel)
                .map(|plane| sum(plane).to_f64())
                .sum();
            let mean = total / sizes.per_channel();
            let center = T::from_f64(mean);
            let squares: f64 = sizes
                .planes(x, channel)
                .map(|plane| {
                    sum_of(plane, plane, |sample, _| {
                        (sample - center) * (sample - center)
                    })
                    .to_f64()
                })
                .sum();
            (mean, squares / sizes.per_channel())
        })
        .collect()
}

fn apply<T: WithDType>(
    sizes: Sizes,
    x: &[T],
    (scale, shift): (&[T], &[T]),
    moments: &Moments,
    how: How,
) -> Vec<T> {
    let mut output = vec![T::zero(); x.len()];
    output
        .par_chunks_mut(sizes.plane)
        .zip(x.par_chunks(sizes.plane))
        .enumerate()
        .for_each(|(index, (output, plane))| {
            let channel = index % sizes.channels;
            let (mean, variance) = moments[channel];
            let factor = scale[channel].to_f64() * how.inverse(variance);
            let offset = T::from_f64(shift[channel].to_f64() - mean * factor);
            let factor = T::from_f64(factor);
            match how.then {
                Then::Nothing => {
                    for (sample, &x) in output.iter_mut().zip(plane) {
                        *sample = factor * x + offset;
                    }
                }
                Then::Relu => {
                    for (sample, &x) in output.iter_mut().zip(plane) {
                        let y = factor * x + offset;
                        *sample = if y > T::zero() { y } else { T::zero() };
                    }
                }
            }
        });
    output
}

struct Gradients<T> {
    x: Vec<T>,
    scale: Vec<T>,
    shift: Vec<T>,
}

fn gradients<T: WithDType>(
    sizes: Sizes,
    (x, scale, result, grad): (&[T], &[T], &[T], &[T]),
    moments: &Moments,
    (how, fixed): (How, bool),
) -> Gradients<T> {
    let masked = how.then == Then::Relu;
    // With given moments the input reaches the output by the factor alone.
    let through_moments = if fixed { 0.0 } else { 1.0 };
    let open = |result: T, grad: T| {
        if masked && result <= T::zero() {
            T::zero()
        } else {
            grad
        }
    };
    let sums: Vec<(f64, f64)> = (0..sizes.channels)
        .into_par_iter()
        .map(|channel| {
            let center = T::from_f64(moments[channel].0);
            let mut of_grad = 0.0;
            let mut of_product = 0.0;
            let planes = sizes
                .planes(x, channel)
                .zip(sizes.planes(result, channel))
                .zip(sizes.planes(grad, channel));
            for ((x, result), grad) in planes {
                let open_grad: Vec<T> =
                    result.iter().zip(grad).map(|(&r, &g)| open(r, g)).collect();
                of_grad += sum(&open_grad).to_f64();
                of_product += sum_of(x, &open_grad, |x, g| (x - center) * g).to_f64();
            }
            let inverse = how.inverse(moments[channel].1);
            (of_grad, of_product * inverse)
        })
        .collect();
    let mut to_x = vec![T::zero(); x.len()];
    to_x.par_chunks_mut(sizes.plane)
        .enumerate()
        .for_each(|(index, to_x)| {
            let channel = index % sizes.channels;
            let (mean, variance) = moments[channel];
            let inverse = how.inverse(variance);
            let (of_grad, of_product) = sums[channel];
            let count = sizes.per_channel();
            let factor = scale[channel].to_f64() * inverse;
            // dx = factor · (g − Σg/n − x̂ · Σ(g·x̂)/n), written as a·g + b·x + c.
            let a = T::from_f64(factor);
            let b = T::from_f64(-through_moments * factor * inverse * of_product / count);
            let c = (mean * inverse * of_product - of_grad) / count;
            let c = T::from_f64(through_moments * factor * c);
            let range = index * sizes.plane..(index + 1) * sizes.plane;
            let planes = x[range.clone()].iter().zip(&result[range.clone()]);
            for ((sample, (&x, &result)), &grad) in to_x.iter_mut().zip(planes).zip(&grad[range]) {
                *sample = a * open(result, grad) + b * x + c;
            }
        });
    Gradients {
        x: to_x,
        scale: sums.iter().map(|sums| T::from_f64(sums.1)).collect(),
        shift: sums.iter().map(|sums| T::from_f64(sums.0)).collect(),
    }
}

impl BatchNorm {
    fn forward<T: WithDType>(
        &self,
        (s1, l1): (&CpuStorage, &Layout),
        (s2, l2): (&CpuStorage, &Layout),
        (s3, l3): (&CpuStorage, &Layout),
    ) -> Result<CpuStorage> {
        let sizes = Sizes::of(l1.dims())?;
        let x = contiguous_slice::<T>(s1, l1)?;
        let moments = if self.fixed {
            self.moments
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        } else {
            moments_of(sizes, x)
        };
        let affine = (contiguous_slice(s2, l2)?, contiguous_slice(s3, l3)?);
        let output = apply(sizes, x, affine, &moments, self.how);
        *self.moments.lock().unwrap_or_else(PoisonError::into_inner) = moments;
        Ok(T::to_cpu_storage_owned(output))
    }

    fn backward<T: WithDType>(
        &self,
        [x, scale, result, grad]: [&Tensor; 4],
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let sizes = Sizes::of(x.dims())?;
        let moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let gradients = with_slices::<T, _>(&[x, scale, result, grad], |s| {
            let how = (self.how, self.fixed);
            gradients(sizes, (s[0], s[1], s[2], s[3]), &moments, how)
        })?;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(gradients.x, x.shape(), device)?),
            Some(Tensor::from_vec(gradients.scale, scale.shape(), device)?),
            Some(Tensor::from_vec(gradients.shift, scale.shape(), device)?),
        ))
    }
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch normalisation"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let storage = match Precision::of(s1)? {
            Precision::Single => self.forward::<f32>((s1, l1), (s2, l2), (s3, l3))?,
            Precision::Double => self.forward::<f64>((s1, l1), (s2, l2), (s3, l3))?,
        };
        Ok((storage, l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        _: &Tensor,
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        match x.dtype() {
            DType::F64 => self.backward::<f64>([x, scale, result, grad]),
            _ => self.backward::<f32>([x, scale, result, grad]),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn number(tensor: &Tensor) -> f64 {
        tensor.to_scalar().unwrap()
    }

    fn loss(x: &Tensor, scale: &Tensor, shift: &Tensor, then: Then) -> Tensor {
        let epsilon = 0.1;
        let y = normalise(x, scale, shift, How { epsilon, then }).unwrap().0;
        let weights = Tensor::arange(0.0_f64, 24.0, &Device::Cpu).unwrap();
        let weights = weights.reshape((3, 2, 2, 2)).unwrap().cos().unwrap();
        (y * weights).unwrap().sum_all().unwrap()
    }

    #[test]
    fn the_gradient_matches_finite_differences() {
        let x: Vec<f64> = (0..24).map(|i| f64::from(i * i % 13) * 0.3 - 1.0).collect();
        for then in [Then::Nothing, Then::Relu] {
            let at = |x: &[f64]| Tensor::from_slice(x, (3, 2, 2, 2), &Device::Cpu).unwrap();
            let scale = Tensor::new(&[1.3_f64, 0.7], &Device::Cpu).unwrap();
            let shift = Tensor::new(&[0.1_f64, -0.2], &Device::Cpu).unwrap();
            let var = Var::from_tensor(&at(&x)).unwrap();
            let gradients = loss(&var, &scale, &shift, then).backward().unwrap();
            let found = gradients.get(&var).unwrap().flatten_all().unwrap();
            for (index, found) in found.to_vec1::<f64>().unwrap().into_iter().enumerate() {
                let moved = |step: f64| {
                    let mut x = x.clone();
                    x[index] += step;
                    number(&loss(&at(&x), &scale, &shift, then))
                };
                let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!(
                    (found - expected).abs() < 1e-6,
                    "{index}: {found} is not {expected}"
                );
            }
        }
    }

    #[test]
    fn given_moments_are_used_as_they_are() {
        let x = Tensor::new(&[[[3.0_f64, 5.0]]], &Device::Cpu).unwrap();
        let one = Tensor::new(&[1.0_f64], &Device::Cpu).unwrap();
        let zero = one.zeros_like().unwrap();
        let moments = vec![(3.0, 4.0 - EPSILON)];
        let how = How {
            epsilon: EPSILON,
            then: Then::Nothing,
        };
        let y = normalise_with(&x, (&one, &zero), moments, how).unwrap();
        let y: Vec<f64> = y.flatten_all().unwrap().to_vec1().unwrap();
        assert!((y[0]).abs() < 1e-12 && (y[1] - 1.0).abs() < 1e-12);
    }
}
