//! Activations fused with the sums around them, one pass each and on all cores.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, WithDType};

use super::plain;
use super::slices::{Precision, contiguous_slice, fill_blocks};

/// Samples one thread takes at a time.
const BLOCK: usize = 16 * 1024;

/// `max(a + b, 0)`, as at the end of a residual block.
pub(super) fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if plain::serves(a) {
        return plain::add_relu(a, b);
    }
    a.contiguous()?.apply_op2(&b.contiguous()?, AddRelu)
}

/// `x` where positive, `slope · x` elsewhere; the derivative at 0 is `slope`, as in PyTorch.
pub(super) fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    if plain::serves(x) {
        return plain::leaky_relu(x, slope);
    }
    x.contiguous()?.apply_op1(LeakyRelu(slope))
}

struct AddRelu;

fn add_relu_of<T: WithDType>(a: &[T], b: &[T]) -> Vec<T> {
    fill_blocks(a.len(), BLOCK, |first, block| {
        let (a, b) = (
            &a[first..first + block.len()],
            &b[first..first + block.len()],
        );
        for ((sample, &a), &b) in block.iter_mut().zip(a).zip(b) {
            let sum = a + b;
            *sample = if sum > T::zero() { sum } else { T::zero() };
        }
    })
}

/// The gradient through a rectifier, from its result: `grad` where `result > 0`, `slope · grad`
/// elsewhere. It is linear in `grad` and has a gradient itself, which gradient penalties need.
pub(super) fn masked_gradient(result: &Tensor, grad: &Tensor, slope: f64) -> Result<Tensor> {
    // Where the result's sign changes the derivative jumps; elsewhere it does not depend on it.
    let result = result.detach().contiguous()?;
    result.apply_op2(&grad.contiguous()?, Masked(slope))
}

struct Masked(f64);

fn masked_of<T: WithDType>(result: &[T], grad: &[T], slope: T) -> Vec<T> {
    fill_blocks(result.len(), BLOCK, |first, block| {
        let range = first..first + block.len();
        let (result, grad) = (&result[range.clone()], &grad[range]);
        for ((sample, &result), &grad) in block.iter_mut().zip(result).zip(grad) {
            *sample = if result > T::zero() {
                grad
            } else {
                grad * slope
            };
        }
    })
}

impl CustomOp2 for Masked {
    fn name(&self) -> &'static str {
        "gradient of a rectifier"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if l1.shape() != l2.shape() {
            candle_core::bail!("a gradient of {:?} for {:?}", l2.dims(), l1.dims());
        }
        let storage = match Precision::of(s1)? {
            Precision::Single => CpuStorage::F32(masked_of(
                contiguous_slice(s1, l1)?,
                contiguous_slice(s2, l2)?,
                self.0 as f32,
            )),
            Precision::Double => CpuStorage::F64(masked_of(
                contiguous_slice(s1, l1)?,
                contiguous_slice(s2, l2)?,
                self.0,
            )),
        };
        Ok((storage, l1.shape().clone()))
    }

    fn bwd(
        &self,
        result: &Tensor,
        _: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((None, Some(masked_gradient(result, grad, self.0)?)))
    }
}

impl CustomOp2 for AddRelu {
    fn name(&self) -> &'static str {
        "sum and rectifier"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if l1.shape() != l2.shape() {
            candle_core::bail!("summands differ in shape: {:?}, {:?}", l1.dims(), l2.dims());
        }
        let storage = match Precision::of(s1)? {
            Precision::Single => CpuStorage::F32(add_relu_of(
                contiguous_slice::<f32>(s1, l1)?,
                contiguous_slice(s2, l2)?,
            )),
            Precision::Double => CpuStorage::F64(add_relu_of(
                contiguous_slice::<f64>(s1, l1)?,
                contiguous_slice(s2, l2)?,
            )),
        };
        Ok((storage, l1.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        result: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = masked_gradient(result, grad, 0.0)?;
        Ok((Some(grad.clone()), Some(grad)))
    }
}

struct LeakyRelu(f64);

fn leaky_relu_of<T: WithDType>(x: &[T], slope: T) -> Vec<T> {
    fill_blocks(x.len(), BLOCK, |first, block| {
        let x = &x[first..first + block.len()];
        for (sample, &x) in block.iter_mut().zip(x) {
            *sample = if x > T::zero() { x } else { x * slope };
        }
    })
}

impl CustomOp1 for LeakyRelu {
    fn name(&self) -> &'static str {
        "leaky rectifier"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let result = match Precision::of(storage)? {
            Precision::Single => CpuStorage::F32(leaky_relu_of(
                contiguous_slice(storage, layout)?,
                self.0 as f32,
            )),
            Precision::Double => {
                CpuStorage::F64(leaky_relu_of(contiguous_slice(storage, layout)?, self.0))
            }
        };
        Ok((result, layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, result: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        // The sign of the result is the sign of the argument, as long as the slope is not negative.
        masked_gradient(result, grad, self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn a_rectifiers_gradient_has_a_gradient() {
        let at = |x: &[f64]| Tensor::new(x, &Device::Cpu).unwrap();
        let result = at(&[2.0, -0.2, 0.0]);
        let grad = Var::from_tensor(&at(&[1.0, 10.0, 100.0])).unwrap();
        let masked = masked_gradient(&result, &grad, 0.1).unwrap();
        assert_eq!(masked.to_vec1::<f64>().unwrap(), [1.0, 1.0, 10.0]);
        let square = masked.sqr().unwrap().sum_all().unwrap();
        let found = square.backward().unwrap().get(&grad).unwrap().clone();
        let found = found.to_vec1::<f64>().unwrap();
        // d(m·g)²/dg = 2·m²·g.
        for (found, expected) in found.into_iter().zip([2.0, 0.2, 2.0]) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }
}
