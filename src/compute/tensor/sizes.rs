//! Feature maps `(N, C, H, W)` at other sizes.

use candle_core::Result as CandleResult;

use super::Tensor;
use crate::compute::program::Resampling;
use crate::compute::{Stepping, halving, resample};
use crate::error::{Error, Result};

impl Tensor {
    /// Mirrors every map at its edges, whose pixels are not repeated: `(N, C, H + 2p, W + 2p)`.
    ///
    /// # Errors
    /// When a side is not longer than `pixels`, and while the network is being recorded: there a
    /// convolution mirrors by itself.
    pub fn reflect_pad(&self, pixels: usize) -> Result<Self> {
        let padded = reflected(self.candle()?, 2, pixels)?;
        Ok(Self::Candle(reflected(&padded, 3, pixels)?))
    }

    /// Enlarges by two, bilinearly (`align_corners = false`): `(N, C, 2H, 2W)`.
    pub fn twice_as_large(&self) -> Result<Self> {
        self.one(resample::twice_as_large, |x| {
            x.resample(Resampling::TwiceBilinear)
        })
    }

    /// Enlarges by two, each pixel repeated: `(N, C, 2H, 2W)`.
    pub fn twice_nearest(&self) -> Result<Self> {
        self.one(
            |x| halving::twice(x, 1.0),
            |x| x.resample(Resampling::TwiceNearest),
        )
    }

    /// Reduces maps of even sides by two, to the means of 2×2 pixels: `(N, C, H/2, W/2)`.
    pub fn half(&self) -> Result<Self> {
        self.one(|x| halving::half(x, 0.25), |x| x.resample(Resampling::Half))
    }

    /// Reduces maps by two, to the means of those of 3×3 pixels that lie inside:
    /// `(N, C, ⌈H/2⌉, ⌈W/2⌉)`.
    pub fn half_overlapping(&self) -> Result<Self> {
        let &[n, channels, height, width] = self.dims() else {
            return Err(Error::internal("only 4-dimensional maps are reduced"));
        };
        let stepping = Stepping {
            stride: 2,
            padding: 1,
        };
        let box_of_ones = self.constant_like(vec![1.0; 9], &[1, 1, 3, 3])?;
        let maps = self.reshape(&[n * channels, 1, height, width])?;
        let sums = maps.convolve(&box_of_ones, None, stepping)?;
        let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
        let inside = |at: usize, size: usize| (2 * at + 2).min(size) - (2 * at).saturating_sub(1);
        let shares = (0..rows * columns).map(|at| {
            let (row, column) = (at / columns, at % columns);
            1.0 / (inside(row, height) * inside(column, width)) as f32
        });
        let shares = self.constant_like(shares.collect(), &[1, 1, rows, columns])?;
        sums.times(&shares)?.reshape(&[n, channels, rows, columns])
    }

    /// Computes the mean of each map: `(N, C)`.
    pub fn mean_pixels(&self) -> Result<Self> {
        let &[n, channels, ..] = self.dims() else {
            return Err(Error::internal("only maps have a mean of their pixels"));
        };
        self.one(
            |x| x.contiguous()?.flatten_from(2)?.mean(2),
            |x| x.resample(Resampling::Mean)?.reshape(&[n, channels]),
        )
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
        let line = reflected(two.candle().unwrap(), 3, 2)
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
}
