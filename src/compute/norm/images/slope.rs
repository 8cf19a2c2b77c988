//! The slope of a normalisation of images: the gradient of its result taken back to its input, as an
//! operation that can be differentiated itself, which a penalty on a critic's slope needs.
//!
//! Write `u` for a standardised image, `s` for its inverse deviation, `⟨·⟩` for an image's mean and `h`
//! for the scaled gradient where the rectifier is open; then the slope is `s · (h − ⟨h⟩ − u⟨hu⟩)`.

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType};

use super::super::super::plain;
use super::super::super::planes::Sizes;
use super::super::super::slices::{sum, sum_of, with_slices};
use super::super::how::How;
use super::{channel_sums, each_image, opened, run, standardised};

/// What a gradient of [`normalise_images`]'s result is for `x`.
pub(in crate::compute) fn slope_of_images(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    gradient: &Tensor,
    how: How,
) -> Result<Tensor> {
    if plain::serves(x) {
        return plain::slope_of_images(x, (scale, shift), gradient, how);
    }
    // The shift only opens and closes the rectifier.
    let shift = shift.detach().to_dtype(DType::F64)?.to_vec1()?;
    let gradient = gradient.contiguous()?;
    let op = Slope { how, shift };
    x.contiguous()?
        .apply_op3(&scale.contiguous()?, &gradient, op)
}

struct Slope {
    how: How,
    shift: Vec<f64>,
}

fn mean<T: WithDType>(image: &[T]) -> f64 {
    sum(image).to_f64() / image.len().max(1) as f64
}

fn mean_of_product<T: WithDType>(a: &[T], b: &[T]) -> f64 {
    sum_of(a, b, |a, b| a * b).to_f64() / a.len().max(1) as f64
}

/// `factor · (a − ⟨a⟩ − u⟨au⟩)`.
fn projected<T: WithDType>(a: &[T], standard: &[T], factor: f64) -> Vec<T> {
    let along = T::from_f64(factor * mean_of_product(a, standard));
    let offset = T::from_f64(factor * mean(a));
    let factor = T::from_f64(factor);
    let pairs = a.iter().zip(standard);
    pairs
        .map(|(&a, &u)| factor * a - offset - along * u)
        .collect()
}

impl Slope {
    fn shift<T: WithDType>(&self) -> Vec<T> {
        self.shift.iter().map(|&shift| T::from_f64(shift)).collect()
    }

    fn forward<T: WithDType>(&self, sizes: Sizes, [x, scale, gradient]: [&[T]; 3]) -> Vec<T> {
        let shift = self.shift::<T>();
        each_image(sizes, |_, range| {
            let (standard, inverse) = standardised(&x[range.clone()], self.how);
            let pair = (standard.as_slice(), &gradient[range]);
            let h = opened(pair, (scale, &shift), scale, self.how.then);
            projected(&h, &standard, inverse)
        })
    }

    /// The gradients of `x`, scale and gradient, from that of the slope, `v`.
    fn backward<T: WithDType>(&self, tensors: [&Tensor; 4]) -> Result<[Tensor; 3]> {
        let sizes = Sizes::of(tensors[0].dims())?;
        let shift = self.shift::<T>();
        let ones = vec![T::one(); sizes.channels];
        let [to_x, to_scale, to_gradient] = with_slices::<T, _>(&tensors, |slices| {
            let [x, scale, gradient, v] = [slices[0], slices[1], slices[2], slices[3]];
            let affine = (scale, shift.as_slice());
            let to_x = each_image(sizes, |_, range| {
                let (standard, inverse) = standardised(&x[range.clone()], self.how);
                let pair = (standard.as_slice(), &gradient[range.clone()]);
                let h = opened(pair, affine, scale, self.how.then);
                through_moments(&standard, &h, &v[range], inverse)
            });
            let open = |range: std::ops::Range<usize>, factor: &[T]| {
                let (standard, inverse) = standardised(&x[range.clone()], self.how);
                let of_v = projected(&v[range], &standard, inverse);
                opened((&standard, &of_v), affine, factor, self.how.then)
            };
            let to_gradient = each_image(sizes, |_, range| open(range, scale));
            let to_scale = channel_sums(sizes, |range| {
                let mut open = open(range.clone(), &ones);
                for (open, &g) in open.iter_mut().zip(&gradient[range]) {
                    *open *= g;
                }
                open
            });
            [to_x, to_scale, to_gradient]
        })?;
        let [x, scale, gradient, _] = tensors;
        Ok([
            Tensor::from_vec(to_x, x.shape(), x.device())?,
            Tensor::from_vec(to_scale, scale.shape(), scale.device())?,
            Tensor::from_vec(to_gradient, gradient.shape(), gradient.device())?,
        ])
    }
}

/// How the slope depends on the image through `u` and `s`, with `a = ⟨hu⟩` and `b = ⟨vu⟩`:
/// `−s² · (a(v − ⟨v⟩) + b(h − ⟨h⟩) + u(⟨vh⟩ − ⟨v⟩⟨h⟩ − 3ab))`.
fn through_moments<T: WithDType>(standard: &[T], h: &[T], v: &[T], inverse: f64) -> Vec<T> {
    let (a, b) = (mean_of_product(h, standard), mean_of_product(v, standard));
    let (of_h, of_v) = (mean(h), mean(v));
    let along = mean_of_product(v, h) - of_v * of_h - 3.0 * a * b;
    let squared = -inverse * inverse;
    let offset = T::from_f64(-squared * (a * of_v + b * of_h));
    let [a, b, along] = [a, b, along].map(|number| T::from_f64(squared * number));
    let samples = standard.iter().zip(h).zip(v);
    samples
        .map(|((&u, &h), &v)| a * v + b * h + along * u + offset)
        .collect()
}

impl CustomOp3 for Slope {
    fn name(&self) -> &'static str {
        "slope of a normalisation of images"
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
        run(
            [(s1, l1), (s2, l2), (s3, l3)],
            |sizes, slices| self.forward(sizes, slices),
            |sizes, slices| self.forward(sizes, slices),
        )
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        gradient: &Tensor,
        _: &Tensor,
        of_slope: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let tensors = [x, scale, gradient, of_slope];
        let [to_x, to_scale, to_gradient] = match x.dtype() {
            DType::F64 => self.backward::<f64>(tensors)?,
            _ => self.backward::<f32>(tensors)?,
        };
        Ok((Some(to_x), Some(to_scale), Some(to_gradient)))
    }
}
