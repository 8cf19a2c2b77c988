//! How often each modality value occurs in a film, without its padding.

use std::sync::Arc;

use super::Radiograph;

/// The most bins.
const MOST_BINS: usize = 65_536;
/// The fewest whole values that get a bin each; fewer may well be real numbers.
const FEWEST_VALUES: f32 = 16.0;

/// Counts of modality values, in bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The least value, where the first bin begins.
    low: f32,
    /// The greatest value, which the last bin holds.
    high: f32,
    /// The width of a bin: 1 where values are whole and few enough.
    step: f32,
    /// The number of samples in the bins before each one; one more entry than there are bins.
    before: Arc<[u32]>,
    /// The number of samples that are padding.
    pub padding: usize,
    /// The number of samples that are no finite number.
    pub not_finite: usize,
}

impl Histogram {
    /// Counts a film's samples. Reads every one of them: not for the window's thread.
    pub fn of(film: &Radiograph) -> Self {
        let (low, high) = film.extremes;
        let span = high - low;
        let whole = low.fract() == 0.0 && high.fract() == 0.0;
        let few = (FEWEST_VALUES..MOST_BINS as f32).contains(&span);
        let (step, bins) = match whole && few {
            true => (1.0, span as usize + 1),
            false if span > 0.0 => (span / MOST_BINS as f32, MOST_BINS),
            false => (1.0, 1),
        };
        let (mut padding, mut not_finite) = (0, 0);
        let mut counts = vec![0_u32; bins];
        let samples = film.raster.samples();
        samples.each_block(0..samples.len(), |block| {
            for &sample in block {
                if !sample.is_finite() {
                    not_finite += 1;
                } else if film.is_padding(sample) {
                    padding += 1;
                } else {
                    let bin = ((sample - low) / step) as usize;
                    counts[bin.min(bins - 1)] += 1;
                }
            }
        });
        let mut total = 0;
        let running = counts.into_iter().map(|count| {
            total += count;
            total
        });
        Self {
            low,
            high,
            step,
            before: std::iter::once(0).chain(running).collect(),
            padding,
            not_finite,
        }
    }

    /// Returns the least and the greatest value counted.
    pub fn range(&self) -> (f32, f32) {
        (self.low, self.high)
    }

    /// Returns the number of samples counted.
    pub fn total(&self) -> usize {
        self.before[self.bins()] as usize
    }

    /// Returns at most `most` bars of whole bins, each as the value where it begins and its count.
    pub fn bars(&self, most: usize) -> impl Iterator<Item = (f32, usize)> {
        let together = self.bins().div_ceil(most.max(1));
        (0..self.bins()).step_by(together).map(move |bin| {
            let end = (bin + together).min(self.bins());
            let count = self.before[end] - self.before[bin];
            (self.value(bin), count as usize)
        })
    }

    /// Returns the width of one of at most `most` bars.
    pub fn bar_width(&self, most: usize) -> f32 {
        self.bins().div_ceil(most.max(1)) as f32 * self.step
    }

    /// Returns the shares of the samples below and above a stretch of values, from 0 to 1, to the
    /// width of a bin.
    pub fn shares_outside(&self, (low, high): (f32, f32)) -> (f64, f64) {
        let place = |value: f32| (f64::from(value) - f64::from(self.low)) / f64::from(self.step);
        let bins = self.bins() as f64;
        let below = self.before[place(low).ceil().clamp(0.0, bins) as usize];
        let within = self.before[(place(high).floor() + 1.0).clamp(0.0, bins) as usize];
        let total = self.total().max(1) as f64;
        (
            f64::from(below) / total,
            (self.total() as f64 - f64::from(within)) / total,
        )
    }

    /// Returns the modality value below which a share of the samples lies, from 0 to 1, to the width
    /// of a bin.
    pub fn value_at(&self, share: f64) -> f32 {
        let wanted = share * self.total() as f64;
        let upto = &self.before[1..];
        let bin = upto.partition_point(|&count| f64::from(count) < wanted);
        self.value(bin.min(self.bins() - 1))
    }

    fn bins(&self) -> usize {
        self.before.len() - 1
    }

    fn value(&self, bin: usize) -> f32 {
        self.low + bin as f32 * self.step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Polarity, Raster};

    fn film(samples: Vec<f32>) -> Radiograph {
        let raster = Raster::new(samples.len(), 1, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    #[test]
    fn bars_hold_every_sample_once_and_padding_never() {
        let mut samples: Vec<f32> = (0..1000).map(|i| (i % 100) as f32).collect();
        samples.extend([-2000.0; 50]);
        samples.push(f32::NAN);
        let histogram = Histogram::of(&film(samples).with_padding((-2000.0, -2000.0)));
        assert_eq!((histogram.padding, histogram.not_finite), (50, 1));
        assert_eq!((histogram.total(), histogram.range()), (1000, (0.0, 99.0)));
        for most in [1, 7, 33, 100, 5000] {
            let bars: Vec<_> = histogram.bars(most).collect();
            assert!(bars.len() <= most);
            assert_eq!(bars.iter().map(|(_, count)| count).sum::<usize>(), 1000);
        }
        // Every value its own bar: all as often as each other.
        assert!(histogram.bars(100).all(|(_, count)| count == 10));
    }

    #[test]
    fn shares_outside_a_window_count_what_it_clips() {
        let histogram = Histogram::of(&film((0..1000).map(|i| i as f32).collect()));
        assert_eq!(histogram.shares_outside((0.0, 999.0)), (0.0, 0.0));
        assert_eq!(histogram.shares_outside((100.0, 899.0)), (0.1, 0.1));
        assert_eq!(histogram.shares_outside((99.5, 899.5)), (0.1, 0.1));
        assert_eq!(histogram.shares_outside((-50.0, -10.0)), (0.0, 1.0));
        assert_eq!(histogram.shares_outside((2000.0, 3000.0)), (1.0, 0.0));
    }

    #[test]
    fn shares_of_even_samples_are_their_values() {
        let mut samples: Vec<f32> = (0..=1000).map(|value| value as f32).collect();
        samples.extend([5000.0; 500]);
        let histogram = Histogram::of(&film(samples).with_padding((5000.0, 5000.0)));
        for (share, value) in [(0.0, 0.0), (0.01, 10.0), (0.5, 500.0), (0.99, 990.0)] {
            assert_eq!(histogram.value_at(share), value, "{share}");
        }
        assert_eq!(histogram.value_at(1.0), 1000.0);
    }

    #[test]
    fn real_and_flat_films_are_counted_too() {
        let real = Histogram::of(&film(vec![0.25, 0.5, 0.5, 1.0]));
        assert_eq!(
            real.bars(4).map(|(_, count)| count).collect::<Vec<_>>(),
            [1, 2, 0, 1]
        );
        let flat = Histogram::of(&film(vec![7.0; 5]));
        assert_eq!(flat.bars(10).collect::<Vec<_>>(), [(7.0, 5)]);
    }
}
