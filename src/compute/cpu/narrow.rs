//! Convolution to a few channels, such as the last one of a generator: with one output channel, a
//! vector of output channels would be empty but for one lane. Here lanes are samples of the window.
#![allow(unsafe_code)]

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};

use super::super::program::{Activation, Convolve};
use super::arena::{Aligned, Arena, Places};
use super::direct::{window, windows};
use super::grid::{Grid, Walk};
use super::job::{Ground, Job, Stage, per_chunk, range};
use super::math;
use super::pad::Pad;
use super::tile::Run;

/// The most output channels: with more, vectors of output channels are full enough.
const MOST: usize = 4;

/// A convolution to at most four channels.
pub(super) struct Narrow {
    pad: Option<Pad>,
    x: Grid,
    y: Grid,
    plus: Option<Grid>,
    pixels: usize,
    pixels_per_chunk: usize,
    runs: Vec<Run>,
    /// For each run, for each vector of it, a vector of weights for each output channel; zeros
    /// behind a run's end.
    weights: Aligned,
    channels: usize,
    bias: Vec<f32>,
    then: Activation,
    cost: usize,
}

impl Narrow {
    /// Lays out the weights, if this is the faster way.
    pub(super) fn new(step: &Convolve, ground: &Ground) -> Option<Self> {
        let [columns, channels, kh, kw] = step.kernels.shape;
        let lanes = ground.vectors.lanes;
        let (x, pad) = Pad::of(step, ground);
        let runs = window(&x, step.kernels.shape);
        let filled = runs.iter().all(|run| run.len >= lanes);
        if columns > MOST || columns * 2 > lanes || !filled {
            return None;
        }
        let vectors: usize = runs.iter().map(|run| run.len.div_ceil(lanes)).sum();
        let mut weights = Aligned::zeros(vectors * lanes * columns);
        let (mut sample, mut vector) = (0, 0);
        for run in &runs {
            for k in 0..run.len {
                let (tap, channel) = ((sample + k) / channels, (sample + k) % channels);
                for column in 0..columns {
                    let at = ((vector + k / lanes) * columns + column) * lanes + k % lanes;
                    let from = (column * channels + channel) * kh * kw + tap;
                    weights.samples_mut()[at] = step.kernels.samples[from];
                }
            }
            sample += run.len;
            vector += run.len.div_ceil(lanes);
        }
        let pixels = step.y.images * step.y.height * step.y.width;
        let cost = channels * kh * kw * columns;
        Some(Self {
            x: windows(&x, step),
            y: Grid::of(&step.y),
            plus: step.plus.as_ref().map(Grid::of),
            pixels,
            pixels_per_chunk: per_chunk(pixels, cost).next_multiple_of(8),
            runs,
            weights,
            channels: columns,
            bias: (0..columns)
                .map(|column| step.bias.as_ref().map_or(0.0, |bias| bias[column]))
                .collect(),
            then: step.then,
            cost: cost * pixels,
            pad,
        })
    }
}

impl Job for Narrow {
    fn stages(&self) -> Vec<Stage> {
        let chunks = Stage::new(self.pixels.div_ceil(self.pixels_per_chunk), self.cost);
        self.pad.iter().map(Pad::stage).chain([chunks]).collect()
    }

    fn shared(&self) -> usize {
        self.pad.as_ref().map_or(0, Pad::len)
    }

    fn run(&self, arena: &Arena, stage: usize, chunk: usize, _: usize) {
        match &self.pad {
            Some(pad) if stage == 0 => pad.run(arena, chunk),
            _ => {
                let pixels = range(chunk, self.pixels_per_chunk, self.pixels);
                Arch::new().dispatch(Stretch {
                    job: self,
                    arena,
                    x: self.x.walk(pixels.start),
                    y: self.y.walk(pixels.start),
                    plus: self.plus.map(|plus| plus.walk(pixels.start)),
                    pixels: pixels.len(),
                });
            }
        }
    }
}

/// Pixels to compute.
struct Stretch<'a> {
    job: &'a Narrow,
    arena: &'a Arena,
    x: Walk,
    y: Walk,
    plus: Option<Walk>,
    pixels: usize,
}

impl WithSimd for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        while self.pixels > 0 {
            match (self.job.channels, self.pixels) {
                (1, 8..) => dots::<S, 8, 1>(simd, &mut self),
                (1, _) => dots::<S, 1, 1>(simd, &mut self),
                (2, 4..) => dots::<S, 4, 2>(simd, &mut self),
                (2, _) => dots::<S, 1, 2>(simd, &mut self),
                (3, 3..) => dots::<S, 3, 3>(simd, &mut self),
                (3, _) => dots::<S, 1, 3>(simd, &mut self),
                (_, 2..) => dots::<S, 2, 4>(simd, &mut self),
                (_, _) => dots::<S, 1, 4>(simd, &mut self),
            }
        }
    }
}

#[inline(always)]
fn dots<S: Simd, const P: usize, const C: usize>(simd: S, part: &mut Stretch) {
    let (job, arena) = (part.job, part.arena);
    let mut x = [0; P];
    for x in &mut x {
        *x = part.x.step();
    }
    let mut rows = [[simd.splat_f32s(0.0); C]; P];
    simd.vectorize(Sum {
        simd,
        arena,
        x,
        runs: &job.runs,
        weights: job.weights.samples(),
        sums: &mut rows,
    });
    for sums in rows {
        let mut row = [0.0; C];
        for c in 0..C {
            row[c] = simd.reduce_sum_f32s(sums[c]) + job.bias[c];
        }
        if let Some(plus) = &mut part.plus {
            for (sample, more) in row.iter_mut().zip(arena.part(plus.step(), C)) {
                *sample += more;
            }
        }
        math::activate(job.then, &mut row);
        arena.part_mut(part.y.step(), C).copy_from_slice(&row);
    }
    part.pixels -= P;
}

/// The innermost loops, apart from the others so that all sums stay in registers.
struct Sum<'a, S: Simd, const P: usize, const C: usize> {
    simd: S,
    arena: &'a Arena,
    x: [usize; P],
    runs: &'a [Run],
    weights: &'a [f32],
    sums: &'a mut [[S::f32s; C]; P],
}

impl<S: Simd, const P: usize, const C: usize> NullaryFnOnce for Sum<'_, S, P, C> {
    type Output = ();

    // Indices keep three arrays in step; iterators over them would hide that.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn call(self) {
        let (simd, lanes) = (self.simd, S::F32_LANES);
        let mut sums = [[simd.splat_f32s(0.0); C]; P];
        let mut rest = self.weights;
        for run in self.runs {
            let (whole, tail) = (run.len / lanes, run.len % lanes);
            let (weights, later) = rest.split_at(run.len.div_ceil(lanes) * C * lanes);
            rest = later;
            let weights = Places::of(weights);
            let samples = self.x.map(
                #[inline(always)]
                |x| self.arena.places(x + run.first, run.len),
            );
            for k in 0..whole {
                for c in 0..C {
                    // SAFETY: the run has `whole` vectors of samples, and C of weights for each.
                    let column = unsafe { weights.load::<S>(k * C + c) };
                    for p in 0..P {
                        // SAFETY: as above.
                        let sample = unsafe { samples[p].load::<S>(k) };
                        sums[p][c] = simd.mul_add_e_f32s(sample, column, sums[p][c]);
                    }
                }
            }
            if tail > 0 {
                for p in 0..P {
                    let end = self.x[p] + run.first + run.len;
                    let samples = simd.partial_load_f32s(self.arena.part(end - tail, tail));
                    for c in 0..C {
                        // SAFETY: weights of part empty vectors are filled with zeros.
                        let column = unsafe { weights.load::<S>(whole * C + c) };
                        sums[p][c] = simd.mul_add_e_f32s(samples, column, sums[p][c]);
                    }
                }
            }
        }
        *self.sums = sums;
    }
}
