//! How the weights of a convolution are packed.

use super::super::program::Convolve;

/// The sizes of packed weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    /// Fours of input channels.
    pub(super) in_quads: usize,
    /// Fours of output channels.
    pub(super) out_quads: usize,
    /// Fours of weights of an output channel, input channels padded to fours.
    pub(super) depth_quads: usize,
}

impl Packing {
    /// Of a convolution.
    pub(super) fn of(step: &Convolve) -> Self {
        let [outputs, inputs, height, width] = step.kernels.shape;
        let in_quads = inputs.div_ceil(4);
        Self {
            in_quads,
            out_quads: outputs.div_ceil(4),
            depth_quads: height * width * in_quads,
        }
    }

    /// Samples, the biases included.
    pub(super) fn len(self) -> usize {
        (4 * self.depth_quads + 1) * 4 * self.out_quads
    }
}

/// Packs weights in rows of output channels: one row for each kernel row, kernel column and input
/// channel, then the biases. What is padded is 0.
pub(super) fn packed(step: &Convolve) -> Vec<f32> {
    let packing = Packing::of(step);
    let [outputs, inputs, height, width] = step.kernels.shape;
    let row_len = 4 * packing.out_quads;
    let mut samples = vec![0.0; packing.len()];
    for tap in 0..height * width {
        for input in 0..inputs {
            let row = 4 * tap * packing.in_quads + input;
            let row = &mut samples[row * row_len..][..outputs];
            for (output, sample) in row.iter_mut().enumerate() {
                let place = (output * inputs + input) * height * width + tap;
                *sample = step.kernels.samples[place];
            }
        }
    }
    if let Some(bias) = &step.bias {
        let row = 4 * packing.depth_quads * row_len;
        samples[row..row + outputs].copy_from_slice(bias);
    }
    samples
}
