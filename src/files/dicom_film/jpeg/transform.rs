//! Coefficients to samples: dequantisation, inverse cosine transform, chrominance to full size
//! (T.81 A.3.3 and A.3.4).

use super::coefficients::{Coefficients, Plane};
use super::header::Frame;
use crate::error::Result;
use crate::files::damaged;

/// For each place in zigzag order its place in rows of eight (T.81 figure A.6).
const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Returns all components' samples, interleaved, row-major.
pub(super) fn samples(frame: &Frame, coefficients: &Coefficients) -> Result<Vec<u16>> {
    let count = frame.components.len();
    let mut samples = vec![0; frame.columns * frame.rows * count];
    for (index, plane) in coefficients.planes.iter().enumerate() {
        let own = PlaneSamples::of(plane, frame.precision)?;
        let whole = (plane.width, plane.height) == (frame.columns, frame.rows);
        if whole && count == 1 {
            let rows = samples.chunks_exact_mut(frame.columns);
            for (to, from) in rows.zip(own.samples.chunks_exact(own.stride)) {
                to.copy_from_slice(&from[..frame.columns]);
            }
            break;
        }
        let targets = samples.iter_mut().skip(index).step_by(count);
        if whole {
            let rows = own.samples.chunks_exact(own.stride).take(frame.rows);
            let sources = rows.flat_map(|row| &row[..frame.columns]);
            targets.zip(sources).for_each(|(to, from)| *to = *from);
        } else {
            let (most_across, most_down) = frame.sampling();
            let (across, down) = frame.components[index].sampling;
            let scale = (
                across as f32 / most_across as f32,
                down as f32 / most_down as f32,
            );
            for (place, target) in targets.enumerate() {
                *target = own.between((place % frame.columns, place / frame.columns), scale);
            }
        }
    }
    Ok(samples)
}

/// One component at its own size.
struct PlaneSamples {
    width: usize,
    height: usize,
    stride: usize,
    samples: Vec<u16>,
}

impl PlaneSamples {
    fn of(plane: &Plane, precision: u32) -> Result<Self> {
        let steps = plane
            .quantisation
            .ok_or_else(|| damaged("a JPEG component has no quantisation table"))?
            .map(f32::from);
        let transform = Transform::new(precision);
        let stride = 8 * plane.blocks_across;
        let mut samples = vec![0; plane.values.len()];
        let rows_of_blocks = plane.values.chunks_exact(64 * plane.blocks_across);
        for (row, blocks) in samples.chunks_exact_mut(8 * stride).zip(rows_of_blocks) {
            for (x, block) in blocks.chunks_exact(64).enumerate() {
                transform.block(block, &steps, (&mut row[8 * x..], stride));
            }
        }
        Ok(Self {
            width: plane.width,
            height: plane.height,
            stride,
            samples,
        })
    }

    /// Returns the sample for a pixel of the whole picture, between those whose centres lie around
    /// it.
    fn between(&self, (x, y): (usize, usize), (across, down): (f32, f32)) -> u16 {
        let centre = |at: usize, scale: f32, size: usize| {
            let centre = (at as f32 + 0.5) * scale - 0.5;
            let centre = centre.clamp(0.0, (size - 1) as f32);
            let first = centre as usize;
            (first, (first + 1).min(size - 1), centre - first as f32)
        };
        let (left, right, fraction_x) = centre(x, across, self.width);
        let (top, bottom, fraction_y) = centre(y, down, self.height);
        let at = |x: usize, y: usize| f32::from(self.samples[y * self.stride + x]);
        let row = |y: usize| at(left, y) + fraction_x * (at(right, y) - at(left, y));
        (row(top) + fraction_y * (row(bottom) - row(top)) + 0.5) as u16
    }
}

/// A number of each of eight lines.
type Lanes = [f32; 8];

/// The inverse cosine transform of blocks of eight by eight.
struct Transform {
    /// `C(u) / 2 · cos((2x + 1) u π / 16)` for x below 4; the others follow by symmetry.
    waves: [[f32; 4]; 8],
    /// What is added to a transformed value.
    middle: f32,
    top: f32,
}

impl Transform {
    fn new(precision: u32) -> Self {
        let wave = |frequency: usize, x: usize| {
            let angle = (2 * x + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
            let scale = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            (0.5 * scale * angle.cos()) as f32
        };
        Self {
            waves: std::array::from_fn(|frequency| std::array::from_fn(|x| wave(frequency, x))),
            middle: (1_u32 << (precision - 1)) as f32,
            top: ((1_u32 << precision) - 1) as f32,
        }
    }

    /// Turns a block's coefficients into samples, in rows that lie a stride apart.
    fn block(&self, block: &[i16], steps: &[f32; 64], (target, stride): (&mut [u16], usize)) {
        let sample = |value: f32| (value + self.middle + 0.5).clamp(0.0, self.top) as i32 as u16;
        if block[1..].iter().all(|&value| value == 0) {
            let flat = sample(f32::from(block[0]) * steps[0] / 8.0);
            for row in target.chunks_mut(stride).take(8) {
                row[..8].fill(flat);
            }
            return;
        }
        let mut values = [[0.0; 8]; 8];
        for ((&value, step), &place) in block.iter().zip(steps).zip(&NATURAL) {
            let place = usize::from(place);
            // Transposed: the first pass goes across, the second down.
            values[place % 8][place / 8] = f32::from(value) * step;
        }
        let columns = self.lines(&values);
        let rows: [Lanes; 8] = std::array::from_fn(|v| columns.map(|column| column[v]));
        let lines = self.lines(&rows);
        for (row, line) in target.chunks_mut(stride).zip(lines) {
            for (to, value) in row[..8].iter_mut().zip(line) {
                *to = sample(value);
            }
        }
    }

    /// Transforms eight lines at once: each lane is one, its frequencies lie behind each other.
    fn lines(&self, frequencies: &[Lanes; 8]) -> [Lanes; 8] {
        let mut lines = [[0.0; 8]; 8];
        for x in 0..4 {
            let sum = |first: usize| -> Lanes {
                let mut sum = [0.0; 8];
                for u in [first, first + 2, first + 4, first + 6] {
                    let wave = self.waves[u][x];
                    for (sum, value) in sum.iter_mut().zip(&frequencies[u]) {
                        *sum += value * wave;
                    }
                }
                sum
            };
            let (even, odd) = (sum(0), sum(1));
            for lane in 0..8 {
                lines[x][lane] = even[lane] + odd[lane];
                lines[7 - x][lane] = even[lane] - odd[lane];
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_agrees_with_the_formula_of_the_standard() {
        let mut block = [0_i16; 64];
        // In zigzag order: DC, (0,1), (1,0), (2,0) …
        block[..6].copy_from_slice(&[40, -13, 7, 0, 5, 3]);
        let mut samples = [0; 64];
        Transform::new(12).block(&block, &[16.0; 64], (&mut samples, 8));
        for (place, &sample) in samples.iter().enumerate() {
            let (x, y) = (place % 8, place / 8);
            let mut sum = 0.0;
            for (&value, &natural) in block.iter().zip(&NATURAL) {
                let (u, v) = (usize::from(natural) % 8, usize::from(natural) / 8);
                let scale = |k: usize| if k == 0 { 0.5_f64.sqrt() } else { 1.0 };
                let wave = |at: usize, k: usize| {
                    ((2 * at + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
                };
                sum +=
                    scale(u) * scale(v) / 4.0 * f64::from(value) * 16.0 * wave(x, u) * wave(y, v);
            }
            assert_eq!(sample, (sum + 2048.0 + 0.5).floor() as u16, "{x} {y}");
        }
    }
}
