//! Layer normalisation of whole images with its rectifier, fused and on all cores.
//!
//! Its gradient is an operation of its own, [`slope_of_images`], which has a gradient too.

mod slope;

use candle_core::{CpuStorage, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::super::planes::Sizes;
use super::super::slices::{Precision, contiguous_slice, sum, sum_of, with_slices};
use super::how::{How, Then};
pub(in crate::compute) use slope::slope_of_images;

/// Normalises each image of `(N, C, …)` by the mean and biased variance of all its samples, then
/// scales and shifts by numbers per channel `(C)`.
pub(in crate::compute) fn normalise_images(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    how: How,
) -> Result<Tensor> {
    let (scale, shift) = (scale.contiguous()?, shift.contiguous()?);
    x.contiguous()?.apply_op3(&scale, &shift, ImageNorm(how))
}

struct ImageNorm(How);

/// An image without its mean, in its own deviations, and the inverse of the deviation.
fn standardised<T: WithDType>(image: &[T], how: How) -> (Vec<T>, f64) {
    let count = image.len().max(1) as f64;
    let mean = T::from_f64(sum(image).to_f64() / count);
    let squares = sum_of(image, image, |sample, _| (sample - mean) * (sample - mean));
    let inverse = how.inverse(squares.to_f64() / count);
    let factor = T::from_f64(inverse);
    let standard = image.iter().map(|&sample| (sample - mean) * factor);
    (standard.collect(), inverse)
}

/// Channel by channel `factor` times the gradient where the rectifier is open, else 0.
fn opened<T: WithDType>(
    (standard, gradient): (&[T], &[T]),
    (scale, shift): (&[T], &[T]),
    factor: &[T],
    then: Then,
) -> Vec<T> {
    let plane = standard.len() / scale.len().max(1);
    let mut opened = Vec::with_capacity(standard.len());
    let planes = standard
        .chunks_exact(plane)
        .zip(gradient.chunks_exact(plane));
    for (channel, (standard, gradient)) in planes.enumerate() {
        let (scale, shift, factor) = (scale[channel], shift[channel], factor[channel]);
        let pairs = standard.iter().zip(gradient);
        opened.extend(pairs.map(|(&u, &g)| {
            if then == Then::Nothing || scale * u + shift > T::zero() {
                factor * g
            } else {
                T::zero()
            }
        }));
    }
    opened
}

/// Runs `work` on every image in parallel and writes what it returns one after another.
fn each_image<T: WithDType>(
    sizes: Sizes,
    work: impl Fn(usize, std::ops::Range<usize>) -> Vec<T> + Sync + Send,
) -> Vec<T> {
    let length = sizes.channels * sizes.plane;
    let mut output = vec![T::zero(); sizes.images * length];
    output
        .par_chunks_mut(length.max(1))
        .enumerate()
        .for_each(|(image, output)| {
            output.copy_from_slice(&work(image, image * length..(image + 1) * length));
        });
    output
}

/// Sums each channel's planes of `of(image)` over all images.
fn channel_sums<T: WithDType>(
    sizes: Sizes,
    of: impl Fn(std::ops::Range<usize>) -> Vec<T> + Sync + Send,
) -> Vec<T> {
    let length = sizes.channels * sizes.plane;
    let images: Vec<Vec<T>> = (0..sizes.images)
        .into_par_iter()
        .map(|image| {
            let samples = of(image * length..(image + 1) * length);
            samples
                .chunks_exact(sizes.plane.max(1))
                .map(|plane| sum(plane))
                .collect()
        })
        .collect();
    let mut sums = vec![T::zero(); sizes.channels];
    for image in images {
        for (sum, of_image) in sums.iter_mut().zip(image) {
            *sum += of_image;
        }
    }
    sums
}

impl ImageNorm {
    fn forward<T: WithDType>(&self, sizes: Sizes, [x, scale, shift]: [&[T]; 3]) -> Vec<T> {
        each_image(sizes, |_, range| {
            let (mut standard, _) = standardised(&x[range], self.0);
            let planes = standard.chunks_exact_mut(sizes.plane.max(1));
            for (channel, plane) in planes.enumerate() {
                let (scale, shift) = (scale[channel], shift[channel]);
                for sample in plane {
                    let y = scale * *sample + shift;
                    let closed = self.0.then == Then::Relu && y <= T::zero();
                    *sample = if closed { T::zero() } else { y };
                }
            }
            standard
        })
    }

    /// The gradients of scale and shift.
    fn to_affine<T: WithDType>(&self, tensors: [&Tensor; 4]) -> Result<(Tensor, Tensor)> {
        let sizes = Sizes::of(tensors[0].dims())?;
        let ones = vec![T::one(); sizes.channels];
        let (scale, shift) = with_slices::<T, _>(&tensors, |slices| {
            let [x, scale, shift, gradient] = [slices[0], slices[1], slices[2], slices[3]];
            let open = |range: std::ops::Range<usize>, times_standard: bool| {
                let (standard, _) = standardised(&x[range.clone()], self.0);
                let pair = (standard.as_slice(), &gradient[range]);
                let mut open = opened(pair, (scale, shift), &ones, self.0.then);
                if times_standard {
                    for (open, &u) in open.iter_mut().zip(&standard) {
                        *open *= u;
                    }
                }
                open
            };
            (
                channel_sums(sizes, |range| open(range, true)),
                channel_sums(sizes, |range| open(range, false)),
            )
        })?;
        let (shape, device) = (tensors[1].shape(), tensors[1].device());
        Ok((
            Tensor::from_vec(scale, shape, device)?,
            Tensor::from_vec(shift, shape, device)?,
        ))
    }
}

/// Runs the forward pass of either operation on three tensors' storages.
fn run(
    [x, second, third]: [(&CpuStorage, &Layout); 3],
    single: impl FnOnce(Sizes, [&[f32]; 3]) -> Vec<f32>,
    double: impl FnOnce(Sizes, [&[f64]; 3]) -> Vec<f64>,
) -> Result<(CpuStorage, Shape)> {
    let sizes = Sizes::of(x.1.dims())?;
    if sizes.plane == 0 || sizes.channels == 0 {
        bail!("images of {:?} cannot be normalised", x.1.dims());
    }
    let storage = match Precision::of(x.0)? {
        Precision::Single => CpuStorage::F32(single(
            sizes,
            [
                contiguous_slice(x.0, x.1)?,
                contiguous_slice(second.0, second.1)?,
                contiguous_slice(third.0, third.1)?,
            ],
        )),
        Precision::Double => CpuStorage::F64(double(
            sizes,
            [
                contiguous_slice(x.0, x.1)?,
                contiguous_slice(second.0, second.1)?,
                contiguous_slice(third.0, third.1)?,
            ],
        )),
    };
    Ok((storage, x.1.shape().clone()))
}

impl CustomOp3 for ImageNorm {
    fn name(&self) -> &'static str {
        "normalisation of images"
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
        shift: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let to_x = slope_of_images(x, (scale, shift), gradient, self.0)?;
        if !scale.track_op() && !shift.track_op() {
            return Ok((Some(to_x), None, None));
        }
        let tensors = [x, scale, shift, gradient];
        let (to_scale, to_shift) = match x.dtype() {
            DType::F64 => self.to_affine::<f64>(tensors)?,
            _ => self.to_affine::<f32>(tensors)?,
        };
        Ok((Some(to_x), Some(to_scale), Some(to_shift)))
    }
}

#[cfg(test)]
mod tests;
