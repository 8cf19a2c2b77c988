//! The histogram of a film's own samples, without padding, read by shares.

use super::Radiograph;

/// The shares of the samples that the automatic window shows as black and as white.
pub const AUTO_SHARES: (f64, f64) = (0.01, 0.99);

/// How a film's samples are distributed, between its extremes.
#[derive(Clone, Debug)]
pub struct Percentiles {
    low: f32,
    /// Bins per modality unit.
    scale: f32,
    /// How many samples lie in each bin and those below.
    upto: Vec<u64>,
}

impl Percentiles {
    /// As many as a 16-bit film has values.
    const BINS: usize = 65_536;

    /// Counts the samples that are finite and no padding. Reads every sample: not for the window's
    /// thread.
    pub fn of(radiograph: &Radiograph) -> Self {
        let (low, high) = radiograph.extremes;
        let last = (Self::BINS - 1) as f32;
        let scale = last / (high - low).max(f32::MIN_POSITIVE);
        let mut upto = vec![0_u64; Self::BINS];
        for &sample in radiograph.raster.samples() {
            if sample.is_finite() && !radiograph.is_padding(sample) {
                upto[((sample - low) * scale + 0.5).clamp(0.0, last) as usize] += 1;
            }
        }
        for bin in 1..Self::BINS {
            upto[bin] += upto[bin - 1];
        }
        Self { low, scale, upto }
    }

    /// Returns the modality value below which this share of the samples lies, from 0 to 1.
    pub fn at(&self, share: f64) -> f32 {
        let total = self.upto[Self::BINS - 1] as f64;
        let bin = self
            .upto
            .partition_point(|&count| (count as f64) < share * total);
        self.low + bin.min(Self::BINS - 1) as f32 / self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Polarity, Raster};

    #[test]
    fn shares_of_even_samples_are_their_values() {
        let mut samples: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        samples.extend([5000.0; 500]);
        let raster = Raster::new(19, 79, samples).unwrap();
        let radiograph = Radiograph::new(raster, Vec::new(), Polarity::Identity)
            .unwrap()
            .with_padding((5000.0, 5000.0));
        let percentiles = Percentiles::of(&radiograph);
        for (share, value) in [(0.0, 0.0), (0.01, 10.0), (0.5, 500.0), (0.99, 990.0)] {
            assert!((percentiles.at(share) - value).abs() < 0.02, "{share}");
        }
        assert!((percentiles.at(1.0) - 1000.0).abs() < 0.02);
    }
}
