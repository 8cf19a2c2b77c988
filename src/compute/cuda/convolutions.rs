//! The three passes of a convolution: each a product of matrices by cuBLAS, with launches that lay its
//! factors out. candle's own gather column by column, for which an H100 took ten times as long as for
//! the product.
//!
//! Everything here is without history; [`crate::compute::plain`] says what depends on what.

use candle_core::{Result, Tensor, bail};

use super::launch::{count, each_sample, launch, tensor, unwritten, with_samples};
use crate::compute::convolution::Stepping;

/// Samples of the columns at a time: 512 MiB.
const MOST_COLUMNS: usize = 1 << 27;

/// The sizes of a convolution.
#[derive(Clone, Copy)]
struct Sizes {
    channels: usize,
    height: usize,
    width: usize,
    /// The kernels' side.
    side: usize,
    stepping: Stepping,
    height_out: usize,
    width_out: usize,
}

impl Sizes {
    fn new(image: [usize; 3], side: usize, stepping: Stepping) -> Result<Self> {
        let [channels, height, width] = image;
        let out = |along: usize| {
            let room = (along + 2 * stepping.padding).checked_sub(side);
            room.map(|room| room / stepping.stride + 1)
        };
        let (Some(height_out), Some(width_out)) = (out(height), out(width)) else {
            bail!("kernels of side {side} do not fit onto images of {height} × {width}");
        };
        Ok(Self {
            channels,
            height,
            width,
            side,
            stepping,
            height_out,
            width_out,
        })
    }

    fn rows(&self) -> usize {
        self.channels * self.side * self.side
    }

    fn plane_out(&self) -> usize {
        self.height_out * self.width_out
    }

    /// Whether the columns are the images themselves.
    fn is_pointwise(&self) -> bool {
        let Stepping { stride, padding } = self.stepping;
        (self.side, stride, padding) == (1, 1, 0)
    }

    /// Cuts a batch into parts whose columns fit into memory: first image and count.
    fn parts(&self, images: usize) -> impl Iterator<Item = (usize, usize)> {
        let at_once = (MOST_COLUMNS / (self.rows() * self.plane_out()).max(1)).max(1);
        let firsts = (0..images).step_by(at_once);
        firsts.map(move |first| (first, at_once.min(images - first)))
    }

    /// The sizes that kernels take, in their order.
    fn numbers(&self) -> Result<[u32; 8]> {
        let numbers = [
            self.channels,
            self.height,
            self.width,
            self.side,
            self.stepping.stride,
            self.stepping.padding,
            self.height_out,
            self.width_out,
        ];
        let mut counts = [0; 8];
        for (count_of, number) in counts.iter_mut().zip(numbers) {
            *count_of = count(number)?;
        }
        Ok(counts)
    }
}

/// Convolves `(N, C, H, W)` with `(C_out, C, k, k)` and adds a bias `(C_out)`.
pub(in crate::compute) fn convolve(
    images: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    stepping: Stepping,
) -> Result<Tensor> {
    let (n, channels, height, width) = images.dims4()?;
    let (channels_out, _, side, _) = kernels.dims4()?;
    let sizes = Sizes::new([channels, height, width], side, stepping)?;
    let kernels = kernels
        .contiguous()?
        .reshape((channels_out, sizes.rows()))?;
    let out = [channels_out, sizes.height_out, sizes.width_out];
    let parts = sizes.parts(n).map(|(first, count)| {
        let columns = columns(&images.narrow(0, first, count)?, sizes)?;
        apart(&kernels.matmul(&columns)?, bias, count, out)
    });
    joined(parts.collect::<Result<_>>()?)
}

/// The transpose of [`convolve`] in its images: from `(N, C_out, H_out, W_out)` to images of a size.
pub(in crate::compute) fn spread(
    outputs: &Tensor,
    kernels: &Tensor,
    stepping: Stepping,
    (height, width): (usize, usize),
) -> Result<Tensor> {
    let (n, channels_out, ..) = outputs.dims4()?;
    let (_, channels, side, _) = kernels.dims4()?;
    let sizes = Sizes::new([channels, height, width], side, stepping)?;
    let kernels = kernels
        .contiguous()?
        .reshape((channels_out, sizes.rows()))?;
    let parts = sizes.parts(n).map(|(first, count)| {
        let outputs = side_by_side(&outputs.narrow(0, first, count)?)?;
        let columns = kernels.t()?.matmul(&outputs)?;
        from_columns(&columns, count, sizes)
    });
    joined(parts.collect::<Result<_>>()?)
}

/// The transpose of [`convolve`] in its kernels: `(C_out, C, k, k)`.
pub(in crate::compute) fn gather_kernels(
    images: &Tensor,
    outputs: &Tensor,
    stepping: Stepping,
    side: usize,
) -> Result<Tensor> {
    let (n, channels, height, width) = images.dims4()?;
    let channels_out = outputs.dim(1)?;
    let sizes = Sizes::new([channels, height, width], side, stepping)?;
    let mut sum: Option<Tensor> = None;
    for (first, count) in sizes.parts(n) {
        let columns = columns(&images.narrow(0, first, count)?, sizes)?;
        let outputs = side_by_side(&outputs.narrow(0, first, count)?)?;
        let part = outputs.matmul(&columns.t()?)?;
        sum = Some(match sum {
            Some(sum) => sum.add(&part)?,
            None => part,
        });
    }
    match sum {
        Some(sum) => sum.reshape((channels_out, channels, side, side)),
        None => bail!("no image was given"),
    }
}

fn joined(parts: Vec<Tensor>) -> Result<Tensor> {
    match parts.as_slice() {
        [one] => Ok(one.clone()),
        many => Tensor::cat(many, 0),
    }
}

/// `(C·k·k, n · plane_out)` of images `(n, C, H, W)`.
fn columns(images: &Tensor, sizes: Sizes) -> Result<Tensor> {
    if sizes.is_pointwise() {
        return side_by_side(images);
    }
    let device = images.device().as_cuda_device()?;
    let (rows, all) = (sizes.rows(), images.dim(0)? * sizes.plane_out());
    let (row_count, column_count) = (count(rows)?, count(all)?);
    let [c, h, w, side, stride, padding, height_out, width_out] = sizes.numbers()?;
    let mut columns = unwritten(device, rows * all)?;
    with_samples(&images.contiguous()?, |images| {
        launch!(
            device,
            "columns",
            each_sample(column_count, row_count),
            [
                images,
                &mut columns,
                &c,
                &h,
                &w,
                &side,
                &stride,
                &padding,
                &height_out,
                &width_out,
                &column_count
            ]
        )
    })?;
    Ok(tensor(columns, device, (rows, all)))
}

/// Images `(n, C, H, W)` from columns.
fn from_columns(columns: &Tensor, images: usize, sizes: Sizes) -> Result<Tensor> {
    let image = [sizes.channels, sizes.height, sizes.width];
    if sizes.is_pointwise() {
        return apart(columns, None, images, image);
    }
    let device = columns.device().as_cuda_device()?;
    let samples = images * image.iter().product::<usize>();
    let (sample_count, column_count) = (count(samples)?, count(images * sizes.plane_out())?);
    let [c, h, w, side, stride, padding, height_out, width_out] = sizes.numbers()?;
    let mut found = unwritten(device, samples)?;
    with_samples(columns, |columns| {
        launch!(
            device,
            "from_columns",
            each_sample(sample_count, 1),
            [
                columns,
                &mut found,
                &c,
                &h,
                &w,
                &side,
                &stride,
                &padding,
                &height_out,
                &width_out,
                &column_count,
                &sample_count
            ]
        )
    })?;
    let [channels, height, width] = image;
    Ok(tensor(found, device, (images, channels, height, width)))
}

/// `(C, n · plane)` of maps `(n, C, H, W)`.
fn side_by_side(maps: &Tensor) -> Result<Tensor> {
    let (n, channels, height, width) = maps.dims4()?;
    let (plane, maps) = (height * width, maps.contiguous()?);
    if n == 1 {
        return maps.reshape((channels, plane));
    }
    let device = maps.device().as_cuda_device()?;
    let [c, p, all, samples] = [channels, plane, n * plane, maps.elem_count()].map(count);
    let (c, p, all, samples) = (c?, p?, all?, samples?);
    let mut found = unwritten(device, maps.elem_count())?;
    with_samples(&maps, |maps| {
        launch!(
            device,
            "side_by_side",
            each_sample(samples, 1),
            [maps, &mut found, &c, &p, &all, &samples]
        )
    })?;
    Ok(tensor(found, device, (channels, n * plane)))
}

/// Maps `(n, C, H, W)` of what lies side by side, with a bias added to each channel.
fn apart(
    maps: &Tensor,
    bias: Option<&Tensor>,
    n: usize,
    [channels, height, width]: [usize; 3],
) -> Result<Tensor> {
    let plane = height * width;
    if n == 1 && bias.is_none() {
        return maps.reshape((1, channels, height, width));
    }
    let device = maps.device().as_cuda_device()?;
    let [c, p, all, samples] = [channels, plane, n * plane, maps.elem_count()].map(count);
    let (c, p, all, samples) = (c?, p?, all?, samples?);
    let mut found = unwritten(device, maps.elem_count())?;
    let biased = i32::from(bias.is_some());
    with_samples(maps, |maps| {
        // Without a bias the kernel reads none.
        with_bias(bias, maps, |bias| {
            launch!(
                device,
                "apart",
                each_sample(samples, 1),
                [maps, bias, &mut found, &c, &p, &all, &samples, &biased]
            )
        })
    })?;
    Ok(tensor(found, device, (n, channels, height, width)))
}

fn with_bias(
    bias: Option<&Tensor>,
    instead: &super::launch::View<'_>,
    work: impl FnOnce(&super::launch::View<'_>) -> Result<()>,
) -> Result<()> {
    match bias {
        Some(bias) => with_samples(&bias.contiguous()?, work),
        None => work(instead),
    }
}
