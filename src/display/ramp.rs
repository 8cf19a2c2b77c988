//! The grey ramp: a VOI and a polarity, tabulated once and looked up for every pixel.

use crate::radiograph::{Polarity, Voi};

/// A curve from modality values to greys in [0, 1], tabulated at 4096 places.
#[derive(Clone, Debug, PartialEq)]
pub struct GreyRamp {
    /// The modality value of the first entry; below it the first entry holds.
    pub low: f32,
    /// The modality value of the last entry; above it the last entry holds.
    pub high: f32,
    /// The greys, linearly interpolated between entries.
    pub greys: Vec<f32>,
}

impl GreyRamp {
    /// The number of entries.
    pub const ENTRIES: usize = 4096;

    /// Tabulates a VOI over the stretch of values where it is not constant.
    pub fn new(voi: &Voi, polarity: Polarity) -> Self {
        let (low, high) = voi.span();
        let step = (f64::from(high) - f64::from(low)) / (Self::ENTRIES - 1) as f64;
        let greys = (0..Self::ENTRIES)
            .map(|index| {
                let value = f64::from(low) + step * index as f64;
                polarity.apply(voi.apply(value as f32))
            })
            .collect();
        Self { low, high, greys }
    }

    /// Returns the grey of a modality value, as the shader computes it.
    pub fn grey(&self, value: f32) -> f32 {
        let last = (Self::ENTRIES - 1) as f32;
        let place = if self.high > self.low {
            ((value - self.low) / (self.high - self.low) * last).clamp(0.0, last)
        } else if value > self.low {
            last
        } else {
            0.0
        };
        let index = (place as usize).min(Self::ENTRIES - 2);
        let t = place - index as f32;
        self.greys[index] * (1.0 - t) + self.greys[index + 1] * t
    }
}
