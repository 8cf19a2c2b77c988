//! The residual block of three convolutions, and the cutting of films into patches.

use crate::compute::{BatchNorm, Conv2d, Mode, Scope, Tensor, Then};
use crate::error::Result;

/// `double_conv`: a convolution, then two more around which it is the shortcut.
#[derive(Clone, Debug)]
pub(super) struct ResidualBlock {
    first: Conv2d,
    first_norm: BatchNorm,
    second: Conv2d,
    second_norm: BatchNorm,
    third: Conv2d,
    third_norm: BatchNorm,
}

impl ResidualBlock {
    /// Builds the block `channels_in → channels_out`, the first convolution with `stride`.
    pub(super) fn new(
        scope: &Scope<'_>,
        (channels_in, channels_out): (usize, usize),
        stride: usize,
    ) -> Result<Self> {
        let (first, rest) = (scope.at("conv1"), scope.at("conv2"));
        let inner = (channels_out, channels_out);
        Ok(Self {
            first: Conv2d::new(&first.at(0), (channels_in, channels_out), 3, stride)?,
            first_norm: BatchNorm::new(&first.at(1), channels_out)?,
            second: Conv2d::new(&rest.at(0), inner, 3, 1)?,
            second_norm: BatchNorm::new(&rest.at(1), channels_out)?,
            third: Conv2d::new(&rest.at(3), inner, 3, 1)?,
            third_norm: BatchNorm::new(&rest.at(4), channels_out)?,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let shortcut = self
            .first_norm
            .forward(&self.first.forward(x)?, mode, Then::Relu)?;
        let x = self
            .second_norm
            .forward(&self.second.forward(&shortcut)?, mode, Then::Relu)?;
        let x = self
            .third_norm
            .forward(&self.third.forward(&x)?, mode, Then::Nothing)?;
        x.add_relu(&shortcut)
    }
}

/// Cuts `(B, C, H, W)` into n × n patches, row by row: `(B·n², C, H/n, W/n)`, a film's patches
/// together.
pub(super) fn split(x: &Tensor, n: usize) -> Result<Tensor> {
    let &[films, channels, height, width] = x.dims() else {
        return Err(crate::Error::internal("only 4-dimensional films are cut"));
    };
    let (h, w) = (height / n, width / n);
    x.reshape(&[films, channels, n, h, n, w])?
        .permute(&[0, 2, 4, 1, 3, 5])?
        .reshape(&[films * n * n, channels, h, w])
}

/// Puts n × n patches `(B·n², C, h, w)` together again: `(B, C, n·h, n·w)`.
pub(super) fn merge(x: &Tensor, n: usize) -> Result<Tensor> {
    let &[patches, channels, h, w] = x.dims() else {
        return Err(crate::Error::internal(
            "only 4-dimensional patches are merged",
        ));
    };
    let films = patches / (n * n);
    x.reshape(&[films, n, n, channels, h, w])?
        .permute(&[0, 3, 1, 4, 2, 5])?
        .reshape(&[films, channels, n * h, n * w])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_undoes_splitting() {
        let samples: Vec<f32> = (0..2 * 3 * 4 * 4).map(|i| i as f32).collect();
        let x = Tensor::from_samples(samples.clone(), &[2, 3, 4, 4]).unwrap();
        let patches = split(&x, 2).unwrap();
        assert_eq!(patches.dims(), [8, 3, 2, 2]);
        assert_eq!(patches.to_samples().unwrap()[..4], [0.0, 1.0, 4.0, 5.0]);
        assert_eq!(merge(&patches, 2).unwrap().to_samples().unwrap(), samples);
    }
}
