//! Normalisations of feature maps `(N, C, H, W)` and of rows.

use super::Tensor;
use crate::compute::norm::{self, EPSILON, How, Then};
use crate::compute::plain;
use crate::compute::program::{Activation, Deviation, Over};
use crate::error::{Error, Result};

impl Then {
    /// The same as an engine's activation.
    fn activation(self) -> Activation {
        match self {
            Self::Nothing => Activation::Nothing,
            Self::Relu => Activation::Leaky(0.0),
        }
    }
}

impl Tensor {
    /// Computes `then(x · scale[c] + shift[c])` of a network that is being recorded, with numbers
    /// known beforehand.
    pub(crate) fn scale_channels(
        &self,
        scale: Vec<f32>,
        shift: Vec<f32>,
        then: Then,
    ) -> Result<Self> {
        match self {
            Self::Candle(_) => Err(Error::internal("only recorded maps are scaled by numbers")),
            Self::Recorded(x) => Ok(Self::Recorded(x.scale(scale, shift, then.activation()))),
        }
    }

    fn normalise_recorded(
        &self,
        like: &crate::compute::program::Recorded,
        over: Over,
        deviation: Deviation,
        affine: Option<(&Self, &Self)>,
        then: Then,
    ) -> Result<Self> {
        let affine = match affine {
            Some((scale, shift)) => Some((scale.recorded_as(like)?, shift.recorded_as(like)?)),
            None => None,
        };
        let affine = affine.as_ref().map(|(scale, shift)| (scale, shift));
        let result = like.normalise(over, deviation, affine, then.activation());
        Ok(Self::Recorded(result))
    }

    /// Normalises rows `(N, width)` by their own moments (eps 1e-5).
    pub fn layer_norm(&self, scale: &Self, shift: &Self) -> Result<Self> {
        match self {
            Self::Candle(x) => {
                let centered = x.broadcast_sub(&x.mean_keepdim(1)?)?;
                let variance = centered.sqr()?.mean_keepdim(1)?;
                let deviation = variance.affine(1.0, EPSILON)?.sqrt()?;
                Self::Candle(centered.broadcast_div(&deviation)?)
                    .times(scale)?
                    .plus(shift)
            }
            Self::Recorded(x) => {
                let deviation = Deviation::Biased(EPSILON as f32);
                let affine = Some((scale, shift));
                self.normalise_recorded(x, Over::Image, deviation, affine, Then::Nothing)
            }
        }
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
        let x = match self {
            Self::Candle(x) => x,
            Self::Recorded(x) => {
                let deviation = Deviation::Biased(epsilon as f32);
                return self.normalise_recorded(x, Over::Plane, deviation, affine, then);
            }
        };
        let (n, channels, height, width) = x.dims4()?;
        let as_one = x.contiguous()?.reshape((1, n * channels, height, width))?;
        let of_planes = |numbers: &Self| -> Result<candle_core::Tensor> {
            match numbers.candle()? {
                shared if shared.rank() == 1 => Ok(shared.repeat(n)?),
                own => Ok(own.flatten_all()?),
            }
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
        let x = match self {
            Self::Candle(x) => x,
            Self::Recorded(x) => {
                let affine = Some((scale, shift));
                return self.normalise_recorded(x, Over::Image, deviation, affine, then);
            }
        };
        if let (Deviation::Biased(epsilon), false) = (deviation, plain::serves(x)) {
            let epsilon = f64::from(epsilon);
            let affine = (scale.candle()?, shift.candle()?);
            let result = norm::normalise_images(x, affine, How { epsilon, then })?;
            return Ok(Self::Candle(result));
        }
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
        let per_channel = |numbers: &Self| -> Result<candle_core::Tensor> {
            Ok(numbers.candle()?.reshape((1, channels, 1, 1))?)
        };
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

    /// Returns what a gradient of [`Self::normalise_images`]'s result is for `self`, where the
    /// variance is the biased one; it can be differentiated once more.
    ///
    /// # Errors
    /// While the network is being recorded.
    pub(crate) fn slope_of_images(
        &self,
        (scale, shift): (&Self, &Self),
        gradient: &Self,
        (epsilon, then): (f64, Then),
    ) -> Result<Self> {
        let affine = (scale.candle()?, shift.candle()?);
        let how = How { epsilon, then };
        let slope = norm::slope_of_images(self.candle()?, affine, gradient.candle()?, how)?;
        Ok(Self::Candle(slope))
    }
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
        let rows = plain.candle().unwrap().flatten_from(2).unwrap();
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
