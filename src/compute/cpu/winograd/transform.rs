//! Tiles to 36 places and back, a vector of channels at a time.
#![allow(unsafe_code)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::super::super::program::{Activation, Maps};
use super::super::arena::{Arena, Places};
use super::super::math;
use super::axis::Axis;
use super::points::SIDE;
use super::{PLACES, Planes, Winograd};

impl Winograd {
    /// Transforms windows by `Bᵀ d B`; the tile `first` goes to the planes' begin.
    pub(super) fn forward(
        &self,
        arena: &Arena,
        planes: &Planes,
        tiles: &Range<usize>,
        first: usize,
    ) {
        let phases = self.rows.len() * self.columns.len();
        for index in tiles.clone() {
            let (image, row, column) = self.tile(index);
            let image = self.x.first + image * self.x.image_stride;
            for phase in 0..phases {
                let rows = &self.rows[phase / self.columns.len()][row];
                let columns = &self.columns[phase % self.columns.len()][column];
                let mut from = [self.zeros; PLACES];
                for (from, row) in from.chunks_exact_mut(SIDE).zip(rows) {
                    for (from, column) in from.iter_mut().zip(columns) {
                        if let (Some(row), Some(column)) = (row, column) {
                            *from = image + row + column;
                        }
                    }
                }
                let place = (index - first) * phases + phase;
                Arch::new().dispatch(Forward {
                    arena,
                    from,
                    to: planes.windows + place * self.x.channels,
                    stride: planes.window_stride,
                    channels: self.x.channels,
                });
            }
        }
    }

    /// Transforms products by `Aᵀ m A` and finishes the outputs.
    pub(super) fn back(&self, arena: &Arena, planes: &Planes, tiles: &Range<usize>, first: usize) {
        for index in tiles.clone() {
            let (image, row, column) = self.tile(index);
            let (row, column) = (row * self.size, column * self.size);
            let back = Back {
                job: self,
                arena,
                from: planes.products + (index - first) * self.y.channels,
                stride: planes.product_stride,
                at: (image, row, column),
                height: (self.y.height - row).min(self.size),
                width: (self.y.width - column).min(self.size),
            };
            Arch::new().dispatch(back);
        }
    }
}

struct Forward<'a> {
    arena: &'a Arena,
    from: [usize; PLACES],
    to: usize,
    stride: usize,
    channels: usize,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            arena, channels, ..
        } = self;
        let step = Axis::new(simd);
        let vectors = channels / S::F32_LANES;
        let from = self.from.map(
            #[inline(always)]
            |first| arena.places(first, channels),
        );
        let to: [Places; PLACES] = std::array::from_fn(
            #[inline(always)]
            |place| arena.places(self.to + place * self.stride, channels),
        );
        for v in 0..vectors {
            let mut half = [[simd.splat_f32s(0.0); SIDE]; SIDE];
            for row in 0..SIDE {
                let mut window = [simd.splat_f32s(0.0); SIDE];
                for column in 0..SIDE {
                    // SAFETY: v counts the channels' vectors, and another stage wrote them.
                    window[column] = unsafe { from[row * SIDE + column].load::<S>(v) };
                }
                half[row] = step.window(window);
            }
            for column in 0..SIDE {
                let mut down = [simd.splat_f32s(0.0); SIDE];
                for row in 0..SIDE {
                    down[row] = half[row][column];
                }
                let down = step.window(down);
                for row in 0..SIDE {
                    // SAFETY: as above, and the tile is this chunk's.
                    unsafe { to[row * SIDE + column].store::<S>(v, down[row]) };
                }
            }
        }
    }
}

struct Back<'a> {
    job: &'a Winograd,
    arena: &'a Arena,
    from: usize,
    stride: usize,
    at: (usize, usize, usize),
    height: usize,
    width: usize,
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.job.size {
            2 => self.tile::<S, 2>(simd),
            4 => self.tile::<S, 4>(simd),
            _ => self.tile::<S, 5>(simd),
        }
    }
}

impl Back<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize>(&self, simd: S) {
        let (job, arena, step) = (self.job, self.arena, Axis::new(simd));
        let from: [Places; PLACES] = std::array::from_fn(
            #[inline(always)]
            |place| arena.places(self.from + place * self.stride, job.y.channels),
        );
        let to = self.pixels::<M>(&job.y, from[0]);
        let plus = job.plus.as_ref();
        let plus = plus.map(|plus| self.pixels::<M>(plus, from[0]));
        let bias = job.bias.as_deref().map(Places::of);
        for v in 0..job.y.channels / S::F32_LANES {
            let mut half = [[simd.splat_f32s(0.0); M]; SIDE];
            for row in 0..SIDE {
                let mut products = [simd.splat_f32s(0.0); SIDE];
                for column in 0..SIDE {
                    // SAFETY: v counts the channels' vectors, and the products are computed.
                    products[column] = unsafe { from[row * SIDE + column].load::<S>(v) };
                }
                half[row] = step.outputs(products);
            }
            let mut tile = [[simd.splat_f32s(0.0); M]; M];
            for column in 0..M {
                let mut down = [simd.splat_f32s(0.0); SIDE];
                for row in 0..SIDE {
                    down[row] = half[row][column];
                }
                let down: [S::f32s; M] = step.outputs(down);
                for row in 0..M {
                    tile[row][column] = down[row];
                }
            }
            // SAFETY: v counts the channels' vectors, also of the biases, which are as many.
            let bias = bias.map(|bias| unsafe { bias.load::<S>(v) });
            for row in 0..M.min(self.height) {
                for column in 0..M.min(self.width) {
                    let mut output = tile[row][column];
                    if let Some(bias) = bias {
                        output = simd.add_f32s(output, bias);
                    }
                    if let Some(plus) = &plus {
                        // SAFETY: as above.
                        output = simd.add_f32s(output, unsafe { plus[row][column].load::<S>(v) });
                    }
                    output = finish(simd, job.then, output);
                    // SAFETY: as above, and the tile is this chunk's.
                    unsafe { to[row][column].store::<S>(v, output) };
                }
            }
        }
    }

    /// Where the tile's pixels lie in some maps; those beyond the edge stay as they are.
    #[inline(always)]
    fn pixels<const M: usize>(&self, maps: &Maps, beyond: Places) -> [[Places; M]; M] {
        let (image, row, column) = self.at;
        let mut pixels = [[beyond; M]; M];
        for (down, pixels) in pixels.iter_mut().enumerate().take(self.height) {
            for (right, pixel) in pixels.iter_mut().enumerate().take(self.width) {
                let first = maps.at(image, row + down, column + right);
                *pixel = self.arena.places(first, maps.channels);
            }
        }
        pixels
    }
}

#[inline(always)]
fn finish<S: Simd>(simd: S, then: Activation, output: S::f32s) -> S::f32s {
    match then {
        Activation::Nothing => output,
        Activation::Leaky(slope) => {
            let scaled = simd.mul_f32s(output, simd.splat_f32s(slope));
            let positive = simd.greater_than_f32s(output, simd.splat_f32s(0.0));
            simd.select_f32s(positive, output, scaled)
        }
        then => {
            let mut outputs = [output];
            math::activate(then, bytemuck::cast_slice_mut(&mut outputs));
            outputs[0]
        }
    }
}
