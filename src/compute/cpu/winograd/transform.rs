//! Tiles to 36 places and back, a vector of channels at a time.
#![allow(unsafe_code)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::super::super::program::Activation;
use super::super::arena::{Arena, Places};
use super::super::math;
use super::points::{A, B, SIDE};
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
            let channel = v * S::F32_LANES;
            let bias = job.bias.as_ref();
            let bias = bias.map(|bias| S::as_simd_f32s(&bias[channel..]).0[0]);
            for (row, outputs) in tile.iter().enumerate().take(self.height) {
                for (column, &output) in outputs.iter().enumerate().take(self.width) {
                    self.finish(simd, (row, column), channel, bias, output);
                }
            }
        }
    }

    #[inline(always)]
    fn finish<S: Simd>(
        &self,
        simd: S,
        (row, column): (usize, usize),
        channel: usize,
        bias: Option<S::f32s>,
        mut output: S::f32s,
    ) {
        let (job, arena) = (self.job, self.arena);
        let (image, row, column) = (self.at.0, self.at.1 + row, self.at.2 + column);
        if let Some(bias) = bias {
            output = simd.add_f32s(output, bias);
        }
        if let Some(plus) = &job.plus {
            let plus = arena.part(plus.at(image, row, column) + channel, S::F32_LANES);
            output = simd.add_f32s(output, S::as_simd_f32s(plus).0[0]);
        }
        if let Activation::Leaky(slope) = job.then {
            let scaled = simd.mul_f32s(output, simd.splat_f32s(slope));
            let positive = simd.greater_than_f32s(output, simd.splat_f32s(0.0));
            output = simd.select_f32s(positive, output, scaled);
        }
        let y = arena.part_mut(job.y.at(image, row, column) + channel, S::F32_LANES);
        S::as_mut_simd_f32s(y).0[0] = output;
        match job.then {
            Activation::Nothing | Activation::Leaky(_) => {}
            then => math::activate(then, y),
        }
    }
}

/// The transforms along one axis.
#[derive(Clone, Copy)]
struct Axis<S: Simd> {
    simd: S,
    a: S::f32s,
    b: S::f32s,
    /// a², b², their sum and their product.
    aa: S::f32s,
    bb: S::f32s,
    sum: S::f32s,
    product: S::f32s,
}

impl<S: Simd> Axis<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        Self {
            simd,
            a: simd.splat_f32s(A),
            b: simd.splat_f32s(B),
            aa: simd.splat_f32s(A * A),
            bb: simd.splat_f32s(B * B),
            sum: simd.splat_f32s(A * A + B * B),
            product: simd.splat_f32s(A * A * B * B),
        }
    }

    /// `Bᵀ d`: with `M(x) = x (x² − a²) (x² − b²)`, the coefficients of `M(x) / (x − p)` for each
    /// point p, and of `M(x)` for ∞.
    #[inline(always)]
    fn window(self, d: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
        let simd = self.simd;
        let less = |factor, x, from| simd.negate_mul_add_e_f32s(factor, x, from);
        let more = |factor, x, to| simd.mul_add_e_f32s(factor, x, to);
        let even_a = less(self.bb, d[2], d[4]);
        let odd_a = less(self.bb, d[1], d[3]);
        let even_b = less(self.aa, d[2], d[4]);
        let odd_b = less(self.aa, d[1], d[3]);
        [
            more(self.product, d[0], less(self.sum, d[2], d[4])),
            more(self.a, odd_a, even_a),
            less(self.a, odd_a, even_a),
            more(self.b, odd_b, even_b),
            less(self.b, odd_b, even_b),
            more(self.product, d[1], less(self.sum, d[3], d[5])),
        ]
    }

    /// `Aᵀ m`: the first M coefficients of the sums over points, output i being Σ pⁱ m; ∞ adds to
    /// the last.
    #[inline(always)]
    fn outputs<const M: usize>(self, m: [S::f32s; SIDE]) -> [S::f32s; M] {
        let simd = self.simd;
        let mut even = (simd.add_f32s(m[1], m[2]), simd.add_f32s(m[3], m[4]));
        let mut odd = (simd.sub_f32s(m[1], m[2]), simd.sub_f32s(m[3], m[4]));
        odd = (simd.mul_f32s(self.a, odd.0), simd.mul_f32s(self.b, odd.1));
        let mut outputs = [m[0]; M];
        for (power, output) in outputs.iter_mut().enumerate() {
            let pair = if power % 2 == 0 { &mut even } else { &mut odd };
            let mut sum = simd.add_f32s(pair.0, pair.1);
            if power == 0 {
                sum = simd.add_f32s(m[0], sum);
            }
            if power + 1 == M {
                sum = simd.add_f32s(sum, m[5]);
            }
            *output = sum;
            *pair = (
                simd.mul_f32s(self.aa, pair.0),
                simd.mul_f32s(self.bb, pair.1),
            );
        }
        outputs
    }
}
