//! Convolution to a few channels, such as the last one of a generator: with one output channel, a
//! vector of output channels would be empty but for one lane. Here lanes are samples of the window.

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd};

use super::super::program::{Activation, Convolve};
use super::arena::{Aligned, Arena};
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

/// Vectors between two checks of the slices' bounds.
const STRETCH: usize = 2;

impl<S: Simd, const P: usize, const C: usize> NullaryFnOnce for Sum<'_, S, P, C> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let simd = self.simd;
        let mut sums = [[simd.splat_f32s(0.0); C]; P];
        let (mut rows, _) = S::as_simd_f32s(self.weights).0.as_chunks::<C>();
        for run in self.runs {
            let (weights, later) = rows.split_at(run.len.div_ceil(S::F32_LANES));
            rows = later;
            let mut samples: [&[S::f32s]; P] = [&[]; P];
            let mut ends: [&[f32]; P] = [&[]; P];
            for p in 0..P {
                let all = self.arena.part(self.x[p] + run.first, run.len);
                (samples[p], ends[p]) = S::as_simd_f32s(all);
            }
            let whole = run.len / S::F32_LANES;
            let (stretches, rest) = weights[..whole].as_chunks::<STRETCH>();
            for (index, weights) in stretches.iter().enumerate() {
                for p in 0..P {
                    let here = samples[p].as_chunks::<STRETCH>().0[index];
                    for k in 0..STRETCH {
                        for c in 0..C {
                            sums[p][c] = simd.mul_add_e_f32s(here[k], weights[k][c], sums[p][c]);
                        }
                    }
                }
            }
            let done = whole - rest.len();
            for (index, weights) in rest.iter().enumerate() {
                for p in 0..P {
                    for c in 0..C {
                        sums[p][c] =
                            simd.mul_add_e_f32s(samples[p][done + index], weights[c], sums[p][c]);
                    }
                }
            }
            if let Some(weights) = weights.get(whole) {
                for p in 0..P {
                    let samples = simd.partial_load_f32s(ends[p]);
                    for c in 0..C {
                        sums[p][c] = simd.mul_add_e_f32s(samples, weights[c], sums[p][c]);
                    }
                }
            }
        }
        *self.sums = sums;
    }
}
