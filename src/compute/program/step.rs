//! What an engine executes: a fixed list of steps over one arena of samples.
//!
//! All addresses are fixed when a plan is made, so that running it allocates nothing. Feature maps
//! lie with their channels innermost (NHWC): a pixel's channels are one contiguous run, which is
//! what convolutions, norms and joins along the channels all want.

use std::ops::Range;
use std::sync::Arc;

/// The most dimensions a view has; fewer are padded with ones in front.
pub(crate) const RANK: usize = 6;

/// Samples of the arena under strides; a stride of 0 repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The first sample.
    pub(crate) first: usize,
    /// The sizes, outermost first.
    pub(crate) dims: [usize; RANK],
    /// The distance in samples between neighbours along each dimension.
    pub(crate) strides: [usize; RANK],
}

/// A stack of feature maps in the arena. A pixel's channels are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Maps {
    /// The first sample.
    pub(crate) first: usize,
    /// Images in the stack (N).
    pub(crate) images: usize,
    /// Channels (C).
    pub(crate) channels: usize,
    /// Rows (H).
    pub(crate) height: usize,
    /// Columns (W).
    pub(crate) width: usize,
    /// The distance between images.
    pub(crate) image_stride: usize,
    /// The distance between rows.
    pub(crate) row_stride: usize,
    /// The distance between pixels of a row: the channels of the whole buffer, of which these
    /// maps may be a part.
    pub(crate) pixel_stride: usize,
}

/// Samples per row, `width` each, neighbours in a row adjacent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// The first sample.
    pub(crate) first: usize,
    /// How many rows.
    pub(crate) rows: usize,
    /// Samples of a row.
    pub(crate) width: usize,
    /// The distance between rows.
    pub(crate) row_stride: usize,
}

/// What is done to a sample last, in the same pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activation {
    /// Nothing.
    Nothing,
    /// `x` where positive, `slope · x` elsewhere; a slope of 0 is the rectifier.
    Leaky(f32),
    /// `1 / (1 + exp(−x))`.
    Sigmoid,
    /// `tanh x`.
    Tanh,
    /// `|x|`.
    Abs,
    /// `factor · x + offset`.
    Affine(f32, f32),
}

/// What lies beyond the edge of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Zeros.
    Zero,
    /// The map mirrored at its edge pixels, which are not repeated (… 2 1 0 1 2 …).
    Reflect,
}

/// A fixed tensor that engines store in a layout of their own.
#[derive(Clone, Debug)]
pub(crate) struct Kernels {
    /// `(C_out, C_in, kH, kW)`.
    pub(crate) shape: [usize; 4],
    /// Row-major.
    pub(crate) samples: Arc<[f32]>,
}

/// `y[n, oy, ox, o] = then(bias[o] + plus[n, oy, ox, o] +
/// Σ kernels[o, i, ky, kx] · x[n, oy·stride + ky − top, ox·stride + kx − left, i])`.
///
/// Fully connected layers are 1×1 convolutions of 1×1 maps; transposed convolutions are one
/// convolution for each phase, each onto every second pixel of `y`.
#[derive(Clone, Debug)]
pub(crate) struct Convolve {
    pub(crate) x: Maps,
    pub(crate) y: Maps,
    pub(crate) kernels: Kernels,
    pub(crate) bias: Option<Arc<[f32]>>,
    /// Input pixels per output pixel, both ways.
    pub(crate) stride: usize,
    /// Pixels beyond the upper and the left edge that the first kernel reaches. What it reaches
    /// beyond the other edges follows from the sizes.
    pub(crate) before: (usize, usize),
    pub(crate) border: Border,
    pub(crate) plus: Option<Maps>,
    pub(crate) then: Activation,
}

/// Numbers per channel, or per image and channel: `arena[first + n · image_stride + c]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) first: usize,
    /// 0 when all images share the numbers.
    pub(crate) image_stride: usize,
}

/// `y = then(x · scale[n, c] + shift[n, c])`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) x: Maps,
    pub(crate) y: Maps,
    pub(crate) scale: Table,
    pub(crate) shift: Table,
    pub(crate) then: Activation,
}

/// What shares its mean and variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// One channel of one image: instance normalisation.
    Plane,
    /// All channels of one image: layer normalisation.
    Image,
}

/// How the deviation is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Deviation {
    /// `√(Σ(x − mean)² / n + ε)`.
    Biased(f32),
    /// `√(Σ(x − mean)² / (n − 1)) + ε`, as MUNIT's layer normalisation has it.
    Unbiased(f32),
}

/// `y = then((x − mean) / deviation · scale[n, c] + shift[n, c] + plus)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Normalise {
    pub(crate) x: Maps,
    pub(crate) y: Maps,
    pub(crate) over: Over,
    pub(crate) deviation: Deviation,
    pub(crate) affine: Option<(Table, Table)>,
    pub(crate) plus: Option<Maps>,
    pub(crate) then: Activation,
}

/// What is computed from each row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RowRule {
    /// The softmax.
    Softmax,
    /// SQUID's memory weights: with `s` the softmax, `t` its `top`-th largest entry and `d = s − t`,
    /// `max(d, 0) · s / (|d| + 1e-12)`, then divided by the larger of its sum and 1e-12.
    SparseSoftmax {
        /// Which entry is the threshold, counted from 1.
        top: usize,
    },
}

/// Applies a rule to each row; `y` has as many rows of the same width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MapRows {
    pub(crate) x: Rows,
    pub(crate) y: Rows,
    pub(crate) rule: RowRule,
}

/// `y[…, i, j] = Σ a[…, i, k] · b[…, k, j]` over the last two dimensions of the views; the first
/// four agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Multiply {
    pub(crate) a: View,
    pub(crate) b: View,
    pub(crate) y: View,
}

/// How two samples become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// `a`; `b` is ignored.
    First,
    /// `a + b`.
    Add,
    /// `a − b`.
    Subtract,
    /// `a · b`.
    Multiply,
    /// `a / b`.
    Divide,
}

/// `y = then(pairing(a, b))`, sample by sample; the dims of all three views agree, repetition is a
/// stride of 0. With `Pairing::First` and no activation it is a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Combine {
    pub(crate) a: View,
    pub(crate) b: View,
    pub(crate) y: View,
    pub(crate) pairing: Pairing,
    pub(crate) then: Activation,
}

/// How the size of maps changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resampling {
    /// Twice the size, bilinear, `align_corners = false`.
    TwiceBilinear,
    /// Twice the size, each pixel repeated.
    TwiceNearest,
    /// Half the size, the mean of 2×2 pixels.
    Half,
    /// One pixel, the mean of all.
    Mean,
}

/// Resamples `x` onto `y`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resample {
    pub(crate) x: Maps,
    pub(crate) y: Maps,
    pub(crate) how: Resampling,
}

/// One thing to compute. No step reads what it writes.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Convolve(Convolve),
    Scale(Scale),
    Normalise(Normalise),
    MapRows(MapRows),
    Multiply(Multiply),
    Combine(Combine),
    Resample(Resample),
}

/// A network for one input size, ready for an engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Samples of the arena.
    pub(crate) arena: usize,
    /// What is written into the arena once and stays.
    pub(crate) constants: Vec<(usize, Arc<[f32]>)>,
    /// Where the inputs go, row-major in their own dimension order.
    pub(crate) inputs: Vec<Range<usize>>,
    /// Where the outputs lie, row-major in their own dimension order.
    pub(crate) outputs: Vec<Range<usize>>,
    /// In order.
    pub(crate) steps: Vec<Step>,
}

impl Maps {
    /// Maps that fill a buffer of their own.
    pub(crate) fn dense(first: usize, [images, channels, height, width]: [usize; 4]) -> Self {
        Self {
            first,
            images,
            channels,
            height,
            width,
            image_stride: height * width * channels,
            row_stride: width * channels,
            pixel_stride: channels,
        }
    }

    /// Samples of the stack.
    pub(crate) fn len(&self) -> usize {
        self.images * self.height * self.width * self.channels
    }

    /// Where a pixel's channels begin.
    pub(crate) fn at(&self, image: usize, row: usize, column: usize) -> usize {
        self.first + image * self.image_stride + row * self.row_stride + column * self.pixel_stride
    }
}

impl View {
    /// Samples of the view.
    pub(crate) fn len(&self) -> usize {
        self.dims.iter().product()
    }
}
