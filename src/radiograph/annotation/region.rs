//! The samples inside a region.

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::Shape;
use crate::radiograph::{BitMask, PixelPoint, Radiograph};

/// What the samples of a region add up to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) count: usize,
    pub(super) mean: f64,
    /// The sum of squared distances from the mean.
    pub(super) squares: f64,
    pub(super) least: f32,
    pub(super) greatest: f32,
}

const NOTHING: Moments = Moments {
    count: 0,
    mean: 0.0,
    squares: 0.0,
    least: f32::INFINITY,
    greatest: f32::NEG_INFINITY,
};

impl Moments {
    /// Adds up the samples that count, as distances from one of them, so that no digits are lost.
    fn of(samples: &[f32], counts: impl Fn(f32) -> bool) -> Self {
        const LANES: usize = 8;
        let Some(origin) = samples.iter().copied().find(|sample| counts(*sample)) else {
            return NOTHING;
        };
        let shift = f64::from(origin);
        // Lanes side by side and no branch: a mark that is dragged over a whole film measures
        // millions of samples in every frame.
        let (mut count, mut sum, mut squares) = ([0_u32; LANES], [0.0; LANES], [0.0; LANES]);
        let (mut least, mut greatest) = ([origin; LANES], [origin; LANES]);
        let mut take = |lane: usize, sample: f32| {
            let counted = counts(sample);
            let sample = if counted { sample } else { origin };
            let off = f64::from(sample) - shift;
            count[lane] += u32::from(counted);
            sum[lane] += off;
            squares[lane] += off * off;
            least[lane] = if sample < least[lane] {
                sample
            } else {
                least[lane]
            };
            greatest[lane] = if sample > greatest[lane] {
                sample
            } else {
                greatest[lane]
            };
        };
        let (chunks, rest) = samples.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, &sample) in chunk.iter().enumerate() {
                take(lane, sample);
            }
        }
        rest.iter()
            .enumerate()
            .for_each(|(lane, &sample)| take(lane, sample));
        let count = count.iter().sum::<u32>() as usize;
        let sum: f64 = sum.iter().sum();
        let mean = sum / count as f64;
        Self {
            count,
            mean: shift + mean,
            squares: (squares.iter().sum::<f64>() - sum * mean).max(0.0),
            least: least.into_iter().fold(origin, f32::min),
            greatest: greatest.into_iter().fold(origin, f32::max),
        }
    }

    /// Joins two disjoint parts (Chan, Golub & LeVeque 1979, eq. 2.1).
    fn with(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let count = self.count + other.count;
        let apart = other.mean - self.mean;
        let share = other.count as f64 / count as f64;
        Self {
            count,
            mean: self.mean + apart * share,
            squares: self.squares + other.squares + apart * apart * self.count as f64 * share,
            least: self.least.min(other.least),
            greatest: self.greatest.max(other.greatest),
        }
    }
}

impl Shape {
    /// Returns the pixels of a film whose centre lies inside the region; `None` where it is no region
    /// or holds none.
    pub fn mask(&self, columns: usize, rows: usize) -> Option<BitMask> {
        let mut inside = vec![false; columns];
        let mut here = usize::MAX;
        let mask = BitMask::from_fn(columns, rows, |x, y| {
            if y != here {
                here = y;
                inside.fill(false);
                for (left, right) in spans(self, y as f32 + 0.5) {
                    let column = |edge: f32| ((edge - 0.5).ceil().max(0.0) as usize).min(columns);
                    let (first, end) = (column(left), column(right));
                    inside[first..end.max(first)].fill(true);
                }
            }
            inside[x]
        })?;
        (mask.count() > 0).then_some(mask)
    }
}

/// Adds up the samples whose centre lies inside a region and that are no padding.
pub(super) fn moments(region: &Shape, radiograph: &Radiograph) -> Moments {
    let raster = &radiograph.raster;
    // Nothing lies between two that are no numbers.
    let (low, high) = radiograph.padding.unwrap_or((f32::NAN, f32::NAN));
    let counts = |sample: f32| sample.is_finite() & !((sample >= low) & (sample <= high));
    let bounds = region.bounds();
    let row = |edge: f32| (edge.floor().max(0.0) as usize).min(raster.height());
    let rows = row(bounds.y)..row(bounds.bottom() + 1.0);
    let of_rows: Vec<Moments> = rows
        .into_par_iter()
        .map(|y| {
            let width = raster.width();
            let mut line = Vec::new();
            let parts = spans(region, y as f32 + 0.5)
                .into_iter()
                .map(|(left, right)| {
                    let column = |edge: f32| ((edge - 0.5).ceil().max(0.0) as usize).min(width);
                    let (first, end) = (column(left), column(right));
                    line.resize(end.saturating_sub(first), 0.0);
                    raster.read_row((first.min(width), y), &mut line);
                    Moments::of(&line, counts)
                });
            parts.fold(NOTHING, Moments::with)
        })
        .collect();
    // In their order, so that the last digits do not depend on the number of threads.
    of_rows.into_iter().fold(NOTHING, Moments::with)
}

/// Returns the parts of a horizontal line that lie inside a region, from left to right.
fn spans(region: &Shape, y: f32) -> Vec<(f32, f32)> {
    match region {
        Shape::Rectangle(rect) if (rect.y..rect.bottom()).contains(&y) => {
            vec![(rect.x, rect.right())]
        }
        Shape::Ellipse(rect) => {
            let center = rect.center();
            let off = (y - center.y) / (rect.height / 2.0);
            let half = rect.width / 2.0 * (1.0 - off * off).sqrt();
            // Neither a number where the line passes by nor where the ellipse is flat.
            if half > 0.0 {
                vec![(center.x - half, center.x + half)]
            } else {
                Vec::new()
            }
        }
        Shape::Freehand(line) => {
            let mut crossings: Vec<f32> = sides(line)
                .filter(|(a, b)| (a.y <= y) != (b.y <= y))
                .map(|(a, b)| a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x))
                .collect();
            crossings.sort_by(f32::total_cmp);
            let pairs = crossings.as_chunks::<2>().0.iter();
            pairs.map(|[left, right]| (*left, *right)).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the area inside a closed line, in pixels: exactly for a line that does not cross itself,
/// else that of the pixels whose centre lies inside an odd number of loops.
pub(super) fn enclosed_px(line: &[PixelPoint]) -> f64 {
    if !crosses_itself(line) {
        let first = line.first().copied().unwrap_or_default();
        // From the first point on, so that large coordinates cost no digits.
        let off = |point: PixelPoint| (f64::from(point.x - first.x), f64::from(point.y - first.y));
        let twice: f64 = sides(line)
            .map(|(a, b)| (off(a), off(b)))
            .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
            .sum();
        return twice.abs() / 2.0;
    }
    let shape = Shape::Freehand(line.to_vec());
    let bounds = shape.bounds();
    let rows = bounds.y.floor() as i64..=bounds.bottom().ceil() as i64;
    rows.flat_map(|row| spans(&shape, row as f32 + 0.5))
        .map(|(left, right)| f64::from((right - 0.5).ceil() - (left - 0.5).ceil()))
        .sum()
}

fn sides(line: &[PixelPoint]) -> impl Iterator<Item = (PixelPoint, PixelPoint)> + Clone + '_ {
    let next = line.iter().cycle().skip(1);
    line.iter().zip(next).map(|(a, b)| (*a, *b))
}

/// Whether two sides that are no neighbours meet. Lines drawn by hand have some hundred points.
fn crosses_itself(line: &[PixelPoint]) -> bool {
    let sides: Vec<(PixelPoint, PixelPoint)> = sides(line).collect();
    let last = sides.len().saturating_sub(1);
    let apart = |i: usize, j: usize| j > i + 1 && !(i == 0 && j == last);
    (0..sides.len()).any(|i| (i + 2..sides.len()).any(|j| apart(i, j) && cross(sides[i], sides[j])))
}

fn cross((a, b): (PixelPoint, PixelPoint), (c, d): (PixelPoint, PixelPoint)) -> bool {
    let turn = |p: PixelPoint, q: PixelPoint, r: PixelPoint| {
        (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)
    };
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}
