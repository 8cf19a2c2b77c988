//! A transposed convolution as one ordinary convolution for each phase of its stride.

use super::graph::Op;
use super::step::{Border, Convolve, Kernels, Maps, Step};
use crate::error::{Error, Result};

/// The convolutions that together spread `x` onto `y`.
///
/// Output row `s·q + r` gathers the taps `k ≡ r + padding (mod s)`; tap `k` reads input row
/// `q + (r + padding − k) / s`. Reversed, those taps are an ordinary kernel.
pub(super) fn of(op: &Op, x: Maps, y: Maps) -> Result<Vec<Step>> {
    let Op::Spread {
        kernels,
        bias,
        stride,
        padding,
        then,
    } = op
    else {
        return Err(Error::internal("only transposed convolutions have phases"));
    };
    let s = *stride;
    let [channels_in, channels_out, kh, kw] = kernels.shape;
    let mut steps = Vec::with_capacity(s * s);
    for phase_row in 0..s {
        for phase_column in 0..s {
            let rows = Taps::of(phase_row, s, *padding, kh)?;
            let columns = Taps::of(phase_column, s, *padding, kw)?;
            let shape = [channels_out, channels_in, rows.count, columns.count];
            let mut samples = Vec::with_capacity(shape.iter().product());
            for o in 0..channels_out {
                for i in 0..channels_in {
                    for ky in rows.reversed(s) {
                        for kx in columns.reversed(s) {
                            let at = ((i * channels_out + o) * kh + ky) * kw + kx;
                            samples.push(kernels.samples[at]);
                        }
                    }
                }
            }
            let part = Maps {
                first: y.first + phase_row * y.row_stride + phase_column * y.pixel_stride,
                height: (y.height - phase_row).div_ceil(s),
                width: (y.width - phase_column).div_ceil(s),
                row_stride: s * y.row_stride,
                pixel_stride: s * y.pixel_stride,
                ..y
            };
            steps.push(Step::Convolve(Convolve {
                x,
                y: part,
                kernels: Kernels {
                    shape,
                    samples: samples.into(),
                },
                bias: bias.clone(),
                stride: 1,
                before: (rows.before, columns.before),
                border: Border::Zero,
                plus: None,
                then: *then,
            }));
        }
    }
    Ok(steps)
}

/// The taps of one phase along one direction.
struct Taps {
    first: usize,
    count: usize,
    /// Input pixels before the first that the reversed taps reach.
    before: usize,
}

impl Taps {
    fn of(phase: usize, stride: usize, padding: usize, size: usize) -> Result<Self> {
        let first = (phase + padding) % stride;
        let count = size.saturating_sub(first).div_ceil(stride);
        let ahead = (phase + padding - first) / stride;
        match (count.checked_sub(1)).and_then(|last| last.checked_sub(ahead)) {
            Some(before) => Ok(Self {
                first,
                count,
                before,
            }),
            None => Err(Error::internal(format!(
                "a transposed kernel of {size} with stride {stride} and padding {padding} leaves gaps"
            ))),
        }
    }

    fn reversed(&self, stride: usize) -> impl Iterator<Item = usize> + use<> {
        let first = self.first;
        (0..self.count).rev().map(move |at| first + at * stride)
    }
}
