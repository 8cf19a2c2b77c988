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
        if high <= low {
            return Self::step(voi, polarity, low);
        }
        let step = (f64::from(high) - f64::from(low)) / (Self::ENTRIES - 1) as f64;
        let greys = (0..Self::ENTRIES)
            .map(|index| {
                let value = f64::from(low) + step * index as f64;
                polarity.apply(voi.apply(value as f32))
            })
            .collect();
        Self { low, high, greys }
    }

    /// Tabulates a VOI that jumps at one value: the first entry holds up to it, the last above it.
    fn step(voi: &Voi, polarity: Polarity, at: f32) -> Self {
        let mut greys = vec![polarity.apply(voi.apply(at)); Self::ENTRIES];
        greys[Self::ENTRIES - 1] = polarity.apply(voi.apply(at.next_up()));
        Self {
            low: at,
            high: at,
            greys,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{VoiFunction, VoiTable, VoiWindow};

    #[test]
    fn the_ramp_is_the_curve_to_within_a_tenth_of_a_grey_level() {
        for function in [
            VoiFunction::Linear,
            VoiFunction::LinearExact,
            VoiFunction::Sigmoid,
        ] {
            let voi = Voi::Window(VoiWindow::new(1000.0, 700.0, function));
            for polarity in [Polarity::Identity, Polarity::Inverse] {
                let ramp = GreyRamp::new(&voi, polarity);
                for value in (-1500..3500).map(|x| x as f32 + 0.3) {
                    let exact = polarity.apply(voi.apply(value));
                    assert!((ramp.grey(value) - exact).abs() < 0.1 / 255.0, "{value}");
                }
            }
        }
    }

    #[test]
    fn a_window_of_width_one_stays_a_step() {
        let voi = Voi::Window(VoiWindow::new(100.0, 1.0, VoiFunction::Linear));
        let ramp = GreyRamp::new(&voi, Polarity::Identity);
        assert_eq!((ramp.grey(99.5), ramp.grey(99.6)), (0.0, 1.0));
        let turned = GreyRamp::new(&voi, Polarity::Inverse);
        assert_eq!((turned.grey(99.5), turned.grey(99.6)), (1.0, 0.0));
    }

    #[test]
    fn a_table_of_twelve_bits_is_exact_at_whole_values() {
        let entries: Vec<u16> = (0..4096_u32).map(|i| (i * i / 4096) as u16).collect();
        let voi = Voi::Table(VoiTable {
            first_mapped: -24.0,
            entries: entries.into(),
            bits: 12,
        });
        let ramp = GreyRamp::new(&voi, Polarity::Identity);
        for value in (-100..4200).step_by(7).map(|x| x as f32) {
            assert!((ramp.grey(value) - voi.apply(value)).abs() < 1e-5);
        }
    }
}
