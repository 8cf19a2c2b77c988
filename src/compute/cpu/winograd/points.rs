//! The transforms' matrices for the points 0, ±a, ±b and ∞, and kernels transformed by them.

use super::super::super::program::Kernels;

/// Pixels of a window, both ways.
pub(super) const SIDE: usize = 6;

/// The points: ±5/8 and ±3/2 beside 0 and ∞. Their powers are exact in single precision, and neither
/// transform grows much: sums over 128 channels of random samples err by 2·10⁻⁶ of the largest output,
/// direct ones by 1·10⁻⁶, and the common ±1 and ±2 by 7·10⁻⁶.
pub(super) const A: f32 = 0.625;
/// See `A`.
pub(super) const B: f32 = 1.5;

/// Rows of `G`: what a kernel's polynomial is at a point, divided by the products of the distances
/// to the other points.
fn rows(taps: usize) -> [Vec<f64>; SIDE] {
    let (a, b) = (f64::from(A), f64::from(B));
    let of_a = 2.0 * a * a * (a * a - b * b);
    let of_b = 2.0 * b * b * (b * b - a * a);
    let row = |point: f64, distances: f64| -> Vec<f64> {
        (0..taps as i32)
            .map(|power| point.powi(power) / distances)
            .collect()
    };
    let mut last = vec![0.0; taps];
    last[taps - 1] = 1.0;
    [
        row(0.0, a * a * b * b),
        row(a, of_a),
        row(-a, of_a),
        row(b, of_b),
        row(-b, of_b),
        last,
    ]
}

/// `G g Gᵀ` for each kernel and each of its phases, the taps a stride apart from each other:
/// `(36, stride² · C_in, C_out)`.
pub(super) fn kernel(kernels: &Kernels, stride: usize) -> Vec<f32> {
    let [columns, channels, side, _] = kernels.shape;
    let taps = side.div_ceil(stride);
    let rows = rows(taps);
    let depth = stride * stride * channels;
    let mut transformed = vec![0.0; SIDE * SIDE * depth * columns];
    let mut half = vec![0.0; SIDE * taps];
    // Output channels innermost: 36 places are written side by side, each in order.
    for index in 0..depth * columns {
        let (row, column) = (index / columns, index % columns);
        let (phase, channel) = (row / channels, row % channels);
        let first = (column * channels + channel) * side * side;
        let kernel = &kernels.samples[first..first + side * side];
        let tap = |row: usize, column: usize| {
            let (row, column) = (
                row * stride + phase / stride,
                column * stride + phase % stride,
            );
            f64::from(kernel[row * side + column])
        };
        for (half, row) in half.chunks_exact_mut(taps).zip(&rows) {
            for (column, half) in half.iter_mut().enumerate() {
                let factors = row.iter().enumerate();
                *half = factors.map(|(row, factor)| factor * tap(row, column)).sum();
            }
        }
        for (down, half) in half.chunks_exact(taps).enumerate() {
            for (right, row) in rows.iter().enumerate() {
                let sum: f64 = row.iter().zip(half).map(|(factor, tap)| factor * tap).sum();
                let place = down * SIDE + right;
                transformed[place * depth * columns + index] = sum as f32;
            }
        }
    }
    transformed
}
