//! The sizes of one convolution, and the columns it is multiplied as.

use std::ops::Range;

use candle_core::WithDType;

/// How a kernel moves over an image, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepping {
    /// Input pixels per output pixel.
    pub stride: usize,
    /// Zero pixels added on every side.
    pub padding: usize,
}

/// The sizes of one convolution: images `(N, C_in, H, W)`, kernels `(C_out, C_in, kH, kW)`,
/// outputs `(N, C_out, H_out, W_out)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) images: usize,
    pub(super) channels_in: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels_out: usize,
    pub(super) kernel_height: usize,
    pub(super) kernel_width: usize,
    pub(super) height_out: usize,
    pub(super) width_out: usize,
    pub(super) stepping: Stepping,
}

/// About as many columns as keep a tile of the column matrix inside the second-level cache.
const COLUMNS_PER_TILE: usize = 768;
const SAMPLES_PER_TILE: usize = 320 * 1024;

impl Plan {
    /// Works out the sizes, or says why the shapes cannot be convolved.
    pub(super) fn new(
        images: &[usize],
        kernels: &[usize],
        stepping: Stepping,
    ) -> candle_core::Result<Self> {
        let (&[n, channels_in, height, width], &[channels_out, kernel_in, kh, kw]) =
            (images, kernels)
        else {
            candle_core::bail!("a convolution takes 4-dimensional images and kernels");
        };
        let padded = (height + 2 * stepping.padding, width + 2 * stepping.padding);
        if kernel_in != channels_in || padded.0 < kh || padded.1 < kw || stepping.stride == 0 {
            candle_core::bail!("kernels {kernels:?} do not fit images {images:?}");
        }
        Ok(Self {
            images: n,
            channels_in,
            height,
            width,
            channels_out,
            kernel_height: kh,
            kernel_width: kw,
            height_out: (padded.0 - kh) / stepping.stride + 1,
            width_out: (padded.1 - kw) / stepping.stride + 1,
            stepping,
        })
    }

    /// Rows of the column matrix.
    pub(super) fn depth(&self) -> usize {
        self.channels_in * self.kernel_height * self.kernel_width
    }

    /// Output pixels of one image.
    pub(super) fn plane_out(&self) -> usize {
        self.height_out * self.width_out
    }

    /// Samples of one input image.
    pub(super) fn image_len(&self) -> usize {
        self.channels_in * self.height * self.width
    }

    /// Samples of one output image.
    pub(super) fn output_len(&self) -> usize {
        self.channels_out * self.plane_out()
    }

    /// Whether the column matrix of an image is the image itself.
    pub(super) fn is_pointwise(&self) -> bool {
        (self.kernel_height, self.kernel_width) == (1, 1)
            && self.stepping
                == Stepping {
                    stride: 1,
                    padding: 0,
                }
    }

    /// How many whole images share one product; 1 when an image fills a tile by itself.
    pub(super) fn images_per_group(&self) -> usize {
        let by_columns = COLUMNS_PER_TILE / self.plane_out().max(1);
        let by_memory = SAMPLES_PER_TILE / (self.depth() * self.plane_out()).max(1);
        let by_threads = self.images.div_ceil(rayon::current_num_threads().max(1));
        by_columns
            .min(by_memory.max(256 / self.plane_out().max(1)))
            .min(by_threads)
            .max(1)
    }

    /// How many output rows of one image share one product.
    pub(super) fn rows_per_tile(&self) -> usize {
        let columns = COLUMNS_PER_TILE.min((SAMPLES_PER_TILE / self.depth()).max(128));
        (columns / self.width_out.max(1)).clamp(1, self.height_out)
    }

    /// Fills `columns`, `(depth, rows · W_out)` row-major, from output rows `rows`, counted over
    /// all the images in `images`.
    pub(super) fn gather<T: WithDType>(
        &self,
        images: &[T],
        rows: &Range<usize>,
        columns: &mut [T],
    ) {
        let line_len = rows.len() * self.width_out;
        for (depth, line) in columns.chunks_exact_mut(line_len).enumerate() {
            self.gather_line(images, rows, depth, line);
        }
    }

    /// Fills one row of the column matrix.
    pub(super) fn gather_line<T: WithDType>(
        &self,
        images: &[T],
        rows: &Range<usize>,
        depth: usize,
        line: &mut [T],
    ) {
        let tap = self.tap(depth);
        for (row, run) in rows.clone().zip(line.chunks_exact_mut(self.width_out)) {
            match self.source_row(row, &tap) {
                None => run.fill(T::zero()),
                Some(start) => {
                    let (left, right) = self.inside(tap.kx);
                    run[..left].fill(T::zero());
                    run[right..].fill(T::zero());
                    let first =
                        start + left * self.stepping.stride + tap.kx - self.stepping.padding;
                    if self.stepping.stride == 1 {
                        run[left..right].copy_from_slice(&images[first..first + right - left]);
                    } else {
                        let source = images[first..].iter().step_by(self.stepping.stride);
                        for (sample, &value) in run[left..right].iter_mut().zip(source) {
                            *sample = value;
                        }
                    }
                }
            }
        }
    }

    /// Adds `columns` back onto the images they would be gathered from: the transpose of
    /// [`Self::gather`].
    pub(super) fn scatter<T: WithDType>(
        &self,
        columns: &[T],
        rows: &Range<usize>,
        images: &mut [T],
    ) {
        let line_len = rows.len() * self.width_out;
        for (depth, line) in columns.chunks_exact(line_len).enumerate() {
            let tap = self.tap(depth);
            let (left, right) = self.inside(tap.kx);
            for (row, run) in rows.clone().zip(line.chunks_exact(self.width_out)) {
                let Some(start) = self.source_row(row, &tap) else {
                    continue;
                };
                let first = start + left * self.stepping.stride + tap.kx - self.stepping.padding;
                if self.stepping.stride == 1 {
                    let target = &mut images[first..first + right - left];
                    for (sample, &value) in target.iter_mut().zip(&run[left..right]) {
                        *sample += value;
                    }
                } else {
                    let target = images[first..].iter_mut().step_by(self.stepping.stride);
                    for (sample, &value) in target.zip(&run[left..right]) {
                        *sample += value;
                    }
                }
            }
        }
    }

    /// Lays the outputs of several images side by side: `(C_out, images · H_out · W_out)`.
    pub(super) fn side_by_side<T: WithDType>(&self, outputs: &[T], columns: &mut Vec<T>) {
        let plane = self.plane_out();
        let line = outputs.len() / self.channels_out;
        columns.resize(outputs.len(), T::zero());
        for (index, image) in outputs.chunks_exact(self.output_len()).enumerate() {
            for (channel, source) in image.chunks_exact(plane).enumerate() {
                let start = channel * line + index * plane;
                columns[start..start + plane].copy_from_slice(source);
            }
        }
    }

    fn tap(&self, depth: usize) -> Tap {
        let taps = self.kernel_height * self.kernel_width;
        Tap {
            channel: depth / taps,
            ky: depth % taps / self.kernel_width,
            kx: depth % self.kernel_width,
        }
    }

    /// Where the input row under an output row begins, or `None` in the padding.
    fn source_row(&self, row: usize, tap: &Tap) -> Option<usize> {
        let (image, y_out) = (row / self.height_out, row % self.height_out);
        let y = (y_out * self.stepping.stride + tap.ky).checked_sub(self.stepping.padding)?;
        (y < self.height)
            .then(|| ((image * self.channels_in + tap.channel) * self.height + y) * self.width)
    }

    /// The output columns whose input column is not padding.
    fn inside(&self, kx: usize) -> (usize, usize) {
        let Stepping { stride, padding } = self.stepping;
        let left = padding
            .saturating_sub(kx)
            .div_ceil(stride)
            .min(self.width_out);
        let right = (self.width + padding)
            .saturating_sub(kx)
            .div_ceil(stride)
            .clamp(left, self.width_out);
        (left, right)
    }
}

struct Tap {
    channel: usize,
    ky: usize,
    kx: usize,
}
