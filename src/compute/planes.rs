//! The planes of a batch of images: `(N, C, …)` as N · C stretches of samples.

use candle_core::{Result, bail};

/// The sizes of a batch.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) images: usize,
    pub(super) channels: usize,
    pub(super) plane: usize,
}

impl Sizes {
    /// Reads the sizes off a tensor's.
    pub(super) fn of(dims: &[usize]) -> Result<Self> {
        let &[images, channels, ..] = dims else {
            bail!("a normalisation takes images and channels, not {dims:?}");
        };
        Ok(Self {
            images,
            channels,
            plane: dims[2..].iter().product(),
        })
    }

    /// Returns a channel's plane of every image.
    pub(super) fn planes<'a, T>(
        &self,
        x: &'a [T],
        channel: usize,
    ) -> impl Iterator<Item = &'a [T]> {
        let (channels, plane) = (self.channels, self.plane);
        (0..self.images).map(move |image| &x[(image * channels + channel) * plane..][..plane])
    }

    /// Returns the number of samples of a channel.
    pub(super) fn per_channel(&self) -> f64 {
        (self.images * self.plane) as f64
    }
}
