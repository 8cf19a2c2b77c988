//! What a tensor of feature maps, `(N, C, H, W)`, can do beside being convolved.

use candle_core::Result as CandleResult;

use super::norm::{self, How, Then};
use super::program::Deviation;
use super::{Stepping, Tensor, convolution, halving};
use crate::error::Result;

impl Tensor {
    /// Mirrors every map at its edges, whose pixels are not repeated: `(N, C, H + 2p, W + 2p)`.
    ///
    /// # Errors
    /// When a side is not longer than `pixels`.
    pub fn reflect_pad(&self, pixels: usize) -> Result<Self> {
        let padded = reflected(self.candle(), 2, pixels)?;
        Ok(Self::Candle(reflected(&padded, 3, pixels)?))
    }

    /// Convolves as [`Self::convolve`] does, with the mirrored maps beyond the edges.
    ///
    /// # Errors
    /// When the shapes do not fit, or a side is not longer than the padding.
    pub fn convolve_reflected(
        &self,
        kernels: &Self,
        bias: Option<&Self>,
        Stepping { stride, padding }: Stepping,
    ) -> Result<Self> {
        let unpadded = Stepping { stride, padding: 0 };
        self.reflect_pad(padding)?.convolve(kernels, bias, unpadded)
    }

    /// Enlarges by two, each pixel repeated: `(N, C, 2H, 2W)`.
    pub fn twice_nearest(&self) -> Result<Self> {
        Ok(Self::Candle(halving::twice(self.candle(), 1.0)?))
    }

    /// Reduces maps of even sides by two, to the means of 2×2 pixels: `(N, C, H/2, W/2)`.
    pub fn half(&self) -> Result<Self> {
        Ok(Self::Candle(halving::half(self.candle(), 0.25)?))
    }

    /// Reduces maps by two, to the means of those of 3×3 pixels that lie inside:
    /// `(N, C, ⌈H/2⌉, ⌈W/2⌉)`.
    pub fn half_overlapping(&self) -> Result<Self> {
        let x = self.candle();
        let (n, channels, height, width) = x.dims4()?;
        let (precision, device) = (x.dtype(), x.device());
        let stepping = Stepping {
            stride: 2,
            padding: 1,
        };
        let sums = |maps: &candle_core::Tensor| -> CandleResult<candle_core::Tensor> {
            let box_of_ones = candle_core::Tensor::ones((1, 1, 3, 3), precision, device)?;
            convolution::convolve(maps, &box_of_ones, None, stepping)
        };
        let counts = sums(&candle_core::Tensor::ones(
            (1, 1, height, width),
            precision,
            device,
        )?)?;
        let maps = x.contiguous()?.reshape((n * channels, 1, height, width))?;
        let means = sums(&maps)?.broadcast_div(&counts)?;
        let (_, _, height, width) = means.dims4()?;
        Ok(Self::Candle(means.reshape((n, channels, height, width))?))
    }

    /// Computes the mean of each map: `(N, C)`.
    pub fn mean_pixels(&self) -> Result<Self> {
        Ok(Self::Candle(
            self.candle().contiguous()?.flatten_from(2)?.mean(2)?,
        ))
    }

    /// Normalises each channel of each image by its own mean and biased variance, to which
    /// `epsilon` is added. The affine's scale and shift are `(C)`, or `(N, C)` where every image
    /// has its own. The gradient is first order only.
    pub fn normalise_planes(
        &self,
        affine: Option<(&Self, &Self)>,
        epsilon: f64,
        then: Then,
    ) -> Result<Self> {
        let x = self.candle();
        let (n, channels, height, width) = x.dims4()?;
        let as_one = x.contiguous()?.reshape((1, n * channels, height, width))?;
        let of_planes = |numbers: &Self| match numbers.candle() {
            shared if shared.rank() == 1 => shared.repeat(n),
            own => own.flatten_all(),
        };
        let (scale, shift) = match affine {
            Some((scale, shift)) => (of_planes(scale)?, of_planes(shift)?),
            None => {
                let ones = candle_core::Tensor::ones(n * channels, x.dtype(), x.device())?;
                let zeros = ones.zeros_like()?;
                (ones, zeros)
            }
        };
        let how = How { epsilon, then };
        let (result, _) = norm::normalise(&as_one, &scale, &shift, how)?;
        Ok(Self::Candle(result.reshape((n, channels, height, width))?))
    }

    /// Normalises each image by the mean and the deviation of all its samples, then scales and
    /// shifts by numbers per channel `(C)`. It has gradients of any order.
    pub(crate) fn normalise_images(
        &self,
        (scale, shift): (&Self, &Self),
        deviation: Deviation,
        then: Then,
    ) -> Result<Self> {
        let x = self.candle();
        let (n, channels, height, width) = x.dims4()?;
        let count = (channels * height * width) as f64;
        let images = x.contiguous()?.reshape((n, channels * height * width))?;
        let centered = images.broadcast_sub(&images.mean_keepdim(1)?)?;
        let variance = centered.sqr()?.mean_keepdim(1)?;
        let deviation = match deviation {
            Deviation::Biased(epsilon) => variance.affine(1.0, f64::from(epsilon))?.sqrt()?,
            Deviation::Unbiased(epsilon) => variance
                .affine(count / (count - 1.0).max(1.0), 0.0)?
                .sqrt()?
                .affine(1.0, f64::from(epsilon))?,
        };
        let deviation = deviation.reshape((n, 1, 1, 1))?;
        let per_channel = |numbers: &Self| numbers.candle().reshape((1, channels, 1, 1));
        let factors = per_channel(scale)?.broadcast_div(&deviation)?;
        let result = Self::Candle(
            centered
                .reshape((n, channels, height, width))?
                .broadcast_mul(&factors)?
                .broadcast_add(&per_channel(shift)?)?,
        );
        match then {
            Then::Nothing => Ok(result),
            Then::Relu => result.relu(),
        }
    }
}

fn reflected(
    x: &candle_core::Tensor,
    dimension: usize,
    pixels: usize,
) -> CandleResult<candle_core::Tensor> {
    if pixels == 0 {
        return Ok(x.clone());
    }
    let size = x.dim(dimension)?;
    if size <= pixels {
        candle_core::bail!("{size} pixels cannot be mirrored {pixels} deep");
    }
    let last = size - 1;
    let places: Vec<u32> = (0..size + 2 * pixels)
        .map(|place| (last - place.abs_diff(pixels).abs_diff(last)) as u32)
        .collect();
    let places = candle_core::Tensor::new(places, x.device())?;
    x.contiguous()?.index_select(&places, dimension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(shape: &[usize]) -> Tensor {
        let count = shape.iter().product::<usize>() as u64;
        let samples = (0..count).map(|i| ((i * i * 7 + 3 * i) % 23) as f64 - 11.0);
        let samples: Vec<f64> = samples.collect();
        let tensor = candle_core::Tensor::from_vec(samples, shape, &candle_core::Device::Cpu);
        tensor.unwrap().into()
    }

    fn close(found: &Tensor, expected: &[f32]) {
        let found = found.to_samples().unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let difference = (found - expected).abs();
            assert!(difference < 1e-5, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_mirrored_edge_is_not_repeated() {
        let x = Tensor::from_samples((0..6).map(|i| i as f32).collect(), &[1, 1, 2, 3]).unwrap();
        let padded = x.reflect_pad(1).unwrap();
        assert_eq!(padded.dims(), [1, 1, 4, 5]);
        let row = [4.0, 3.0, 4.0, 5.0, 4.0, 1.0, 0.0, 1.0, 2.0, 1.0];
        assert_eq!(padded.to_samples().unwrap()[..10], row);
        let two = Tensor::from_samples(vec![0.0, 1.0, 2.0], &[1, 1, 1, 3]).unwrap();
        let line = reflected(two.candle(), 3, 2)
            .unwrap()
            .flatten_all()
            .unwrap();
        let line: Vec<f32> = line.to_vec1().unwrap();
        assert_eq!(line, [2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0]);
        assert!(
            x.reflect_pad(2).is_err(),
            "one row cannot show two beyond it"
        );
    }

    #[test]
    fn overlapping_means_count_only_what_lies_inside() {
        let x = Tensor::from_samples(vec![1.0; 2 * 25], &[1, 2, 5, 5]).unwrap();
        let half = x.half_overlapping().unwrap();
        assert_eq!(half.dims(), [1, 2, 3, 3]);
        close(&half, &[1.0; 18]);
        let x = Tensor::from_samples((0..9).map(|i| i as f32).collect(), &[1, 1, 3, 3]).unwrap();
        close(&x.half_overlapping().unwrap(), &[2.0, 3.0, 5.0, 6.0]);
    }

    #[test]
    fn every_image_can_have_its_own_affine() {
        let x = maps(&[2, 3, 4, 4]);
        let own = [maps(&[2, 3]), maps(&[3, 2]).reshape(&[2, 3]).unwrap()];
        let all = x
            .normalise_planes(Some((&own[0], &own[1])), 0.1, Then::Nothing)
            .unwrap();
        for image in 0..2 {
            let of_image = |numbers: &Tensor| {
                let row = numbers.narrow(0, image, 1).unwrap();
                row.reshape(&[3]).unwrap()
            };
            let affine = (&of_image(&own[0]), &of_image(&own[1]));
            let one = x
                .narrow(0, image, 1)
                .unwrap()
                .normalise_planes(Some(affine), 0.1, Then::Nothing)
                .unwrap();
            let part = all.narrow(0, image, 1).unwrap();
            close(&part, &one.to_samples().unwrap());
        }
        let plain = x.normalise_planes(None, 0.0, Then::Nothing).unwrap();
        let rows = plain.candle().flatten_from(2).unwrap();
        let squares = rows.sqr().unwrap().mean(2).unwrap();
        close(&rows.mean(2).unwrap().into(), &[0.0; 6]);
        close(&squares.into(), &[1.0; 6]);
    }

    #[test]
    fn images_are_normalised_as_wholes() {
        let x = maps(&[2, 3, 2, 2]);
        let precision = candle_core::DType::F64;
        let ones = candle_core::Tensor::ones(3, precision, &candle_core::Device::Cpu).unwrap();
        let shift = Tensor::Candle(ones.zeros_like().unwrap());
        let scale = Tensor::Candle(ones);
        let all = x.to_samples().unwrap();
        for (deviation, less) in [
            (Deviation::Biased(0.5), 0.0),
            (Deviation::Unbiased(0.5), 1.0),
        ] {
            let found = x
                .normalise_images((&scale, &shift), deviation, Then::Nothing)
                .unwrap();
            let mut expected = Vec::new();
            for image in all.chunks_exact(12) {
                let mean = image.iter().sum::<f32>() / 12.0;
                let squares: f32 = image.iter().map(|x| (x - mean).powi(2)).sum();
                let deviation = match deviation {
                    Deviation::Biased(epsilon) => (squares / 12.0 + epsilon).sqrt(),
                    Deviation::Unbiased(epsilon) => (squares / (12.0 - less)).sqrt() + epsilon,
                };
                expected.extend(image.iter().map(|x| (x - mean) / deviation));
            }
            close(&found, &expected);
        }
    }
}
