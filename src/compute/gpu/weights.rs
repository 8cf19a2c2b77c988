//! How the weights of a convolution are packed.

use super::super::program::Convolve;

/// The convolution that packed weights serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Method {
    /// As defined.
    Direct,
    /// Lavin and Gray's F(2 × 2, 3 × 3), for kernels of 3 × 3: 16 instead of 36 multiplications for
    /// four outputs.
    Winograd,
}

/// Places of a block of Winograd's.
pub(super) const PLACES: usize = 16;

/// The sizes of packed weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    /// Fours of input channels; for Winograd, padded to fours again.
    pub(super) in_quads: usize,
    /// Fours of output channels.
    pub(super) out_quads: usize,
    /// Fours of weights of an output channel, input channels padded.
    pub(super) depth_quads: usize,
}

impl Packing {
    /// Of a convolution.
    pub(super) fn of(step: &Convolve, method: Method) -> Self {
        let [outputs, inputs, height, width] = step.kernels.shape;
        let (in_quads, taps) = match method {
            Method::Direct => (inputs.div_ceil(4), height * width),
            Method::Winograd => (inputs.div_ceil(16) * 4, PLACES),
        };
        Self {
            in_quads,
            out_quads: outputs.div_ceil(4),
            depth_quads: taps * in_quads,
        }
    }

    /// Samples, the biases included.
    pub(super) fn len(self) -> usize {
        (4 * self.depth_quads + 1) * 4 * self.out_quads
    }
}

/// Packs weights in rows of output channels: one row for each kernel row, kernel column and input
/// channel, then the biases. What is padded is 0.
pub(super) fn packed(step: &Convolve, method: Method) -> Vec<f32> {
    let packing = Packing::of(step, method);
    let [outputs, inputs, height, width] = step.kernels.shape;
    let row_len = 4 * packing.out_quads;
    let mut samples = vec![0.0; packing.len()];
    let kernels = step.kernels.samples.chunks_exact(height * width);
    for (place, kernel) in kernels.enumerate() {
        let (output, input) = (place / inputs, place % inputs);
        let mut put = |tap: usize, weight: f32| {
            let row = 4 * tap * packing.in_quads + input;
            samples[row * row_len + output] = weight;
        };
        match method {
            Method::Direct => (0..)
                .zip(kernel)
                .for_each(|(tap, &weight)| put(tap, weight)),
            Method::Winograd => (0..)
                .zip(transformed(kernel))
                .for_each(|(tap, weight)| put(tap, weight)),
        }
    }
    if let Some(bias) = &step.bias {
        let row = 4 * packing.depth_quads * row_len;
        samples[row..row + outputs].copy_from_slice(bias);
    }
    samples
}

/// Winograd's transform G g Gᵀ of a kernel of 3 × 3.
fn transformed(kernel: &[f32]) -> [f32; PLACES] {
    let along = |[a, b, c]: [f32; 3]| [a, 0.5 * (a + b + c), 0.5 * (a - b + c), c];
    let rows: [[f32; 4]; 3] =
        std::array::from_fn(|row| along(std::array::from_fn(|column| kernel[3 * row + column])));
    let columns: [[f32; 4]; 4] =
        std::array::from_fn(|column| along(std::array::from_fn(|row| rows[row][column])));
    std::array::from_fn(|place| columns[place % 4][place / 4])
}
